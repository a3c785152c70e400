"""Resources of boosted trees: their savers, names and helpers."""

from pathlib import Path

import numpy as np
import pytest

import evergraph as tf
from evergraph.library import boosted_trees_ops
from evergraph.library.boosted_trees_ops import PruningMode, QuantileAccumulator, TreeEnsemble

# As TensorFlow 1.15 has them.
NAMES = [
    *("accumulator:0_bucket_boundaries_0", "accumulator:0_bucket_boundaries_1"),
    *("trees:0_serialized", "trees:0_stamp"),
]
TREES = b"\n\t\n\x07\n\x05\x1d\x00\x00\x00\xbf\x12\x04\x00\x00\x80?\x1a\x00"


def test_savers_keep_trees_and_boundaries(tmp_path: Path) -> None:
    with tf.Graph().as_default():
        accumulator = QuantileAccumulator(0.1, 2, 3, name="accumulator")
        ensemble = TreeEnsemble("trees", stamp_token=4)
        numbers = np.arange(8, dtype=np.float32)
        add = accumulator.add_summaries([numbers, numbers * 2], [1.0])
        bias = boosted_trees_ops.center_bias(ensemble.resource_handle, [[0.5]], [[1.0]], 0.0, 0.0)
        resources = tf.get_collection(tf.GraphKeys.RESOURCES)
        create = [resource.create for resource in resources]
        state = [*ensemble.serialize(), *accumulator.get_bucket_boundaries()]
        flush, saver = accumulator.flush(), tf.train.Saver()
        with tf.Session() as session:
            assert not any(session.run([r.is_initialized for r in resources]))
            session.run(create)
            for operation in (add, flush, bias):
                session.run(operation)
            kept = session.run(state)
            path = saver.save(session, str(tmp_path / "model"))
        with tf.Session() as session:
            saver.restore(session, path)
            again = session.run(state)
            states = session.run(ensemble.get_states())
    assert sorted(name for name, _ in tf.train.list_variables(path)) == NAMES
    assert kept[:2] == [5, TREES]
    assert [b.tolist() for b in kept[2:]] == [[0, 3, 6, 7], [0, 6, 12, 14]]
    for before, after in zip(kept, again, strict=True):
        np.testing.assert_array_equal(before, after)
    assert states[:4] == (5, 1, 0, 0) and states[4].tolist() == [0, 1]


def test_pruning_modes_have_names() -> None:
    assert [PruningMode.from_str(name) for name in ("none", "pre", "post")] == [0, 1, 2]
    with pytest.raises(ValueError, match="pruning_mode mode must be one of: none, post, pre"):
        PruningMode.from_str("all")
