"""Biases, and the products of layers that have them."""

from typing import Any

from evergraph.api import math_ops
from evergraph.api.activations import relu
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("nn.bias_add")
def bias_add(
    value: Any, bias: Any, data_format: str | None = None, name: str | None = None
) -> Tensor:
    """`value` with `bias` added along the channels. Stands for `tf.nn.bias_add`.

    Args:
      value: a number tensor of rank 2 or more.
      bias: a vector of the same dtype, with a number for each channel.
      data_format: "N...C" (default) where channels come last, "NC..." where they come second.
      name: the node's name.

    Raises:
      ValueError: another data format.
    """
    with name_scope(name, "BiasAdd", [value, bias]) as name:
        if data_format is not None:
            if data_format.startswith("NC"):
                data_format = "NCHW"
            elif data_format.startswith("N") and data_format.endswith("C"):
                data_format = "NHWC"
            else:
                raise ValueError("data_format must be of the form `N...C` or `NC...`")
        value = convert_to_tensor(value, name="input")
        bias = convert_to_tensor(bias, dtype=value.dtype, name="bias")
        return apply_op("BiasAdd", value, bias, data_format=data_format, name=name)


def bias_add_v1(value: Any, bias: Any, name: str | None = None) -> Tensor:
    """`value` with `bias` added along the last axis, by the older op."""
    with name_scope(name, "BiasAddV1", [value, bias]) as name:
        value = convert_to_tensor(value, name="input")
        bias = convert_to_tensor(bias, dtype=value.dtype, name="bias")
        return apply_op("BiasAddV1", value, bias, name=name)


def _tensors(x: Any, weights: Any, biases: Any) -> tuple[Tensor, Tensor, Tensor]:
    return (
        convert_to_tensor(x, name="x"),
        convert_to_tensor(weights, name="weights"),
        convert_to_tensor(biases, name="biases"),
    )


@export("nn.xw_plus_b")
def xw_plus_b(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """matmul(x, weights) + biases. Stands for `tf.nn.xw_plus_b`.

    Args:
      x, weights: matrices.
      biases: a vector.
      name: the node's name.
    """
    with name_scope(name, "xw_plus_b", [x, weights, biases]) as name:
        x, weights, biases = _tensors(x, weights, biases)
        return bias_add(math_ops.matmul(x, weights), biases, name=name)


def xw_plus_b_v1(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """As `tf.nn.xw_plus_b`, by the older op."""
    with name_scope(name, "xw_plus_b_v1", [x, weights, biases]) as name:
        x, weights, biases = _tensors(x, weights, biases)
        return bias_add_v1(math_ops.matmul(x, weights), biases, name=name)


@export("nn.relu_layer")
def relu_layer(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """relu(matmul(x, weights) + biases). Stands for `tf.nn.relu_layer`.

    Args:
      x, weights: matrices.
      biases: a vector.
      name: the node's name.
    """
    with name_scope(name, "relu_layer", [x, weights, biases]) as name:
        x, weights, biases = _tensors(x, weights, biases)
        return relu(bias_add(math_ops.matmul(x, weights), biases), name=name)
