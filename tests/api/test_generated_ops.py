"""Functions made of op definitions: tf.raw_ops and gen_*_ops."""

import inspect

import numpy as np
import pytest

import evergraph as tf
from evergraph.api import generated_ops
from evergraph.compat import test_ops
from evergraph.graph.registry import REGISTRY

assert test_ops is not None  # registers what TensorFlow's own tests use


def test_names() -> None:
    names = (
        "Conv2DBackpropInput FFT2D LRN BatchMatMulV2 SpaceToBatchND AvgPool3DGrad L2Loss CTCLoss"
    )
    snake = "conv2d_backprop_input fft2d lrn batch_mat_mul_v2 space_to_batch_nd avg_pool3d_grad"
    assert [generated_ops.snake_case(name) for name in names.split()] == [
        *snake.split(),
        "l2_loss",
        "ctc_loss",
    ]


def test_arguments() -> None:
    signature = inspect.signature(generated_ops.two_int_outputs)
    assert list(signature.parameters) == ["name"]
    signature = inspect.signature(generated_ops.foo1)
    assert list(signature.parameters) == ["a", "b", "c", "name"]
    signature = inspect.signature(generated_ops.default_attrs)
    assert signature.parameters["int_list_val"].default == [1, 2, 3]


def test_nodes() -> None:
    with tf.Graph().as_default() as graph:
        result = generated_ops.foo1(1.0, 2, c=3, name="x")
        assert result._fields == ("d", "e")
        assert result.d.name == "x:0"
        assert generated_ops.int_attr(foo=None).op.get_attr("foo") == 1
        assert [op.type for op in graph.get_operations()][-1] == "IntAttr"


def test_wrong_calls() -> None:
    with tf.Graph().as_default(), pytest.raises(TypeError, match=r"foo1\(\) missing 1 required"):
        generated_ops.foo1(1.0, 2)
    with pytest.raises(TypeError, match=r"foo1\(\) got an unexpected keyword argument 'T'"):
        generated_ops.foo1(1.0, 2, 3, T=tf.float32)
    with pytest.raises(AttributeError):
        _ = generated_ops.no_such_op


@pytest.mark.skipif("MatMul" not in REGISTRY, reason="no MatMul yet")
def test_raw_ops() -> None:
    message = (
        r"MatMul only takes keyword args \(possible keys: "
        r"\['a', 'b', 'transpose_a', 'transpose_b', 'name'\]\). "
        r"Please pass these args as kwargs instead."
    )
    with tf.Graph().as_default(), pytest.raises(TypeError, match=message):
        tf.raw_ops.MatMul([[1.0]], [[1.0]])
    with tf.Graph().as_default():
        assert tf.raw_ops.MatMul(a=[[1.0]], b=[[1.0]], name="y").name == "y:0"
    with pytest.raises(NotImplementedError, match="tf.raw_ops.TPUCompilationResult is part of"):
        _ = tf.raw_ops.TPUCompilationResult


def test_a_resource_for_tests() -> None:
    with tf.Graph().as_default() as graph, tf.Session() as session:
        handle = generated_ops.stub_resource_handle_op(container="a", shared_name="b")
        made = generated_ops.resource_initialized_op(handle)
        use, create = (
            generated_ops.resource_using_op(handle),
            generated_ops.resource_create_op(handle),
        )
        assert made.shape == [] and session.run(made) is np.False_
        with pytest.raises(tf.errors.NotFoundError, match=r"a does not exist.*resource: a/b\)"):
            session.run(use)
        assert session.run(create) is None and session.run(made) is np.True_
        session.run(use)
        with pytest.raises(tf.errors.AlreadyExistsError, match="a/b/N10tensorflow12StubResourceE"):
            session.run(create)
        with graph._kernel_label_map({"KernelLabelRequired": "overload_1"}):
            with pytest.raises(ValueError, match="Shape must be rank 1 but is rank 0 for 'Kernel"):
                generated_ops.kernel_label_required(1)
