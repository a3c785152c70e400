"""The file "checkpoint" and questions about checkpoints."""

from pathlib import Path

import numpy as np
import pytest

import evergraph as tf
from evergraph.graph.apply import apply_op
from evergraph.library.train.checkpoint_management import update_checkpoint_state_internal

# What TensorFlow's saver writes.
STATE = (
    'model_checkpoint_path: "model-40"\n'
    'all_model_checkpoint_paths: "model-30"\n'
    'all_model_checkpoint_paths: "model-40"\n'
)


def write(prefix: Path) -> str:
    with tf.Graph().as_default(), tf.Session() as sess:
        values = [tf.constant([1.0, 2.0]), tf.constant(3)]
        sess.run(apply_op("SaveV2", str(prefix), ["w", "n"], ["", ""], values))
    return str(prefix)


def test_state_is_written_and_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    update_checkpoint_state_internal(".", "./model-40", ["./model-30", "./model-40"])
    assert (tmp_path / "checkpoint").read_text() == STATE
    assert tf.train.latest_checkpoint(".") is None  # the checkpoint itself is not there
    write(tmp_path / "model-40")
    assert tf.train.latest_checkpoint(".") == "./model-40"
    assert tf.train.latest_checkpoint(str(tmp_path)) == str(tmp_path / "model-40")
    state = tf.train.get_checkpoint_state(str(tmp_path))
    assert list(state.all_model_checkpoint_paths)[0] == str(tmp_path / "model-30")
    assert tf.train.get_checkpoint_state(str(tmp_path / "none")) is None


def test_looking_into_a_checkpoint(tmp_path: Path) -> None:
    prefix = write(tmp_path / "model")
    assert tf.train.checkpoint_exists(prefix)
    assert len(tf.train.get_checkpoint_mtimes([prefix, prefix + "x"])) == 1
    assert tf.train.list_variables(prefix) == [("n", []), ("w", [2])]
    np.testing.assert_array_equal(tf.train.load_variable(prefix, "w:0"), [1.0, 2.0])
    assert tf.train.load_checkpoint(prefix).get_variable_to_dtype_map()["n"] == tf.int32
    with pytest.raises(ValueError, match="Couldn't find 'checkpoint' file or checkpoints in given"):
        tf.train.load_checkpoint(str(tmp_path))
    tf.train.remove_checkpoint(prefix)
    assert not tf.train.checkpoint_exists(prefix)
    with pytest.raises(tf.errors.NotFoundError, match="Failed to find any matching files for"):
        tf.train.NewCheckpointReader(prefix)
