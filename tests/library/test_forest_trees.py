"""Trees of random forests in checkpoints."""

from pathlib import Path

import evergraph as tf
from evergraph.api import generated_ops as ops
from evergraph.api import resources
from evergraph.library import tensor_forest_ops

LEAF = b"\n\x0a\n\x08\n\x06\n\x04\x00\x00\x00\x40"


def test_savers_keep_trees(tmp_path: Path) -> None:
    with tf.Graph().as_default():
        handle = tensor_forest_ops.tree_variable(LEAF, "tree")
        logits = ops.tensor_forest_tree_predict(handle, [[1.0], [3.0]], logits_dimension=1)
        emptied = ops.tensor_forest_tree_deserialize(handle, b"")
        create = resources.initialize_resources(resources.shared_resources())
        saver = tf.train.Saver()
        with tf.Session() as session:
            session.run(create)
            path = saver.save(session, str(tmp_path / "model"))
            session.run(emptied)
            assert session.run(logits).tolist() == [[0], [0]]
            saver.restore(session, path)
            assert session.run(logits).tolist() == [[2], [2]]
        with tf.Session() as session:
            saver.restore(session, path)
            assert session.run(logits).tolist() == [[2], [2]]
    assert [name for name, _ in tf.train.list_variables(path)] == ["tree/"]
