"""Savers do what TensorFlow's do."""

from pathlib import Path

import pytest
from behaviour import Behaviour

import evergraph as tf

CASES = Behaviour("saver")


@pytest.mark.parametrize("name", CASES.names)
def test_saver(name: str) -> None:
    CASES.check(name)


FAULTS = Behaviour("checkpoint_faults")


@pytest.mark.parametrize("name", FAULTS.names)
def test_faults(name: str) -> None:
    FAULTS.check(name)


VALUES = Behaviour("initial_values")


@pytest.mark.parametrize("name", VALUES.names)
def test_initial_values(name: str) -> None:
    VALUES.check(name)


SAVED_MODELS = Behaviour("saved_model")


@pytest.mark.parametrize("name", SAVED_MODELS.names)
def test_saved_models(name: str) -> None:
    SAVED_MODELS.check(name)


def test_signatures_that_are_not_there_are_named(tmp_path: Path) -> None:
    """TensorFlow gives a predictor of nothing."""
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [2])
        v = tf.get_variable("v", [2])
        sess.run(v.initializer)
        tf.saved_model.simple_save(sess, str(tmp_path / "m"), {"x": x}, {"y": x + v})
    with pytest.raises(ValueError, match='Got signature_def_key "other". Available .*default'):
        tf.contrib.predictor.from_saved_model(str(tmp_path / "m"), "other")


def test_ragged_tensors_come_back_from_signatures() -> None:
    """TensorFlow fails with an AttributeError."""
    with tf.Graph().as_default():
        ragged = tf.ragged.placeholder(tf.float32, 1)
        info = tf.saved_model.build_tensor_info(ragged)
        again = tf.saved_model.get_tensor_from_tensor_info(info)
        assert again.flat_values is ragged.flat_values
        assert again.row_splits is ragged.row_splits
