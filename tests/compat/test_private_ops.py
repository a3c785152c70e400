"""Names of TensorFlow's private modules that have no other place."""

import copy
import pickle

import numpy as np
import pytest

import evergraph as tf
from evergraph.base.tensor_like import _TensorLike
from evergraph.compat import private_ops
from evergraph.graph import common_shapes
from evergraph.graph.conversion import is_dense_tensor_like
from evergraph.library import pywrap_tensorflow
from evergraph.library.autograph import transformer
from evergraph.library.keras.utils import tf_utils


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


def test_objects_that_pass_for_tensors_in_keras():
    class Twice:
        def __init__(self, part):
            self.part, self.dtype, self.shape = part, part.dtype, part.shape

    tf.register_tensor_conversion_function(
        Twice, lambda x, dtype=None, name=None, as_ref=False: x.part * 2.0
    )
    tf_utils.register_symbolic_tensor_type(Twice)
    with tf.Graph().as_default():
        twice = Twice(tf.constant(1.0))
        seen = [twice, twice.part, tf.Variable(1.0), tf.SparseTensor([[0]], [1.0], [1])]
        assert tf_utils.are_all_symbolic_tensors(seen)
        assert not tf_utils.is_symbolic_tensor(np.ones(2))
        inputs = tf.keras.Input([3])
        wrapped = tf.keras.layers.Lambda(Twice)(inputs)
        outputs = tf.keras.layers.Dense(1, kernel_initializer="ones")(wrapped)
        model = tf.keras.Model(inputs, outputs)
        assert isinstance(wrapped, Twice)
        assert model.predict(np.ones([2, 3], np.float32)).tolist() == [[6.0], [6.0]]


def test_transformers_can_be_derived_from():
    class Mine(transformer.Base):
        pass

    with pytest.raises(NotImplementedError, match=r"pyct\.transformer\.Base"):
        Mine(None)


def test_base_of_optimizers():
    names = "Adadelta Adagrad AdagradDA Adam Ftrl GradientDescent Momentum ProximalAdagrad".split()
    names += "ProximalGradientDescent RMSProp SyncReplicas".split()
    assert all(getattr(tf.train, f"{n}Optimizer").__base__ is tf.train.Optimizer for n in names)
    optimizer = copy.deepcopy(tf.train.AdamOptimizer(0.5, use_locking=True))
    assert optimizer._use_locking and pickle.loads(pickle.dumps(optimizer))._use_locking


def test_what_random_variables_add_to_distributions():
    class Variable(tf.distributions.Normal):
        def __init__(self, *args, sample_shape=(), **kwargs):
            super().__init__(*args, **kwargs)
            self._sample_shape = tf.TensorShape(sample_shape)
            self._value = self.sample(self._sample_shape)

    with tf.Graph().as_default():
        assert Variable(tf.zeros(2), tf.ones(2), sample_shape=[3])._value.shape == [3, 2]


def test_values_known_while_building():
    with tf.Graph().as_default() as graph:
        known = tf.constant(2) * 3 > 5
        unknown = tf.placeholder(tf.int32, []) > 5
        for tensor, value in ((known, True), (unknown, None)):
            found = pywrap_tensorflow.TF_TryEvaluateConstant_wrapper(
                graph._c_graph, tensor._as_tf_output()
            )
            assert found == value
