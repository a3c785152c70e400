"""Names of TensorFlow's private modules that have no other place."""

import pytest

import evergraph as tf
from evergraph.base.tensor_like import _TensorLike
from evergraph.compat import private_ops
from evergraph.graph import common_shapes
from evergraph.graph.conversion import is_dense_tensor_like


def test_device_specs_of_tensorflow_2_do_not_change():
    spec = private_ops.DeviceSpecV2.from_string("/job:a/gpu:1")
    merged = spec.make_merged_spec(tf.DeviceSpec(job="b", task=2))
    assert spec.to_string() == "/job:a/device:GPU:1"
    assert merged.to_string() == "/job:b/task:2/device:GPU:1"
    assert merged.replace(task=None).parse_from_string("/cpu:0").to_string() == "/device:CPU:0"
    with pytest.raises(AttributeError, match="can't set attribute"):
        spec.job = "c"


def test_statistics():
    @private_ops.RegisterStatistics("MadeUpOp", "weight")
    def weight(graph, node):
        return private_ops.OpStats("weight", 3)

    total = private_ops.OpStats("weight")
    for op in ("MadeUpOp", "MadeUpOp", "NoOp"):
        node = private_ops._NodeDef(op, "x", device=lambda n: "/" + n.name)
        assert node.device == "/x"
        total += private_ops.get_stats_for_node_def(None, node, "weight")
    assert total.value == 6
    with pytest.raises(ValueError, match="Can't add an OpStat of type weight to one of other"):
        total += private_ops.OpStats("other")
    with pytest.raises(KeyError, match="MadeUpOp,weight"):
        private_ops.RegisterStatistics("MadeUpOp", "weight")(weight)
    with pytest.raises(TypeError, match="comma"):
        private_ops.RegisterStatistics("a,b", "weight")


def test_shape_functions_have_no_effect():
    def f(op):
        raise AssertionError

    assert private_ops.RegisterShape("Any")(f) is f
    op = tf.constant([1.0]).op
    assert common_shapes.unknown_shape(op)[0].ndims is None
    assert common_shapes.scalar_shape(op)[0].ndims == 0


def test_tensor_like():
    x, v = tf.constant([[1.0]]), tf.Variable(1.0)
    things = (x, v, tf.sparse.from_dense(x), tf.IndexedSlices(x, [0]), tf.ragged.constant([[1]]))
    assert [isinstance(t, _TensorLike) for t in things] == [True, False, True, True, False]
    mine = type("Mine", (_TensorLike,), {})()
    assert tf.is_tensor(mine) and not is_dense_tensor_like(mine)
