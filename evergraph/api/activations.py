"""Activations of neural networks: `tf.nn.relu` and its kin."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("nn.relu")
def relu(features: Any, name: str | None = None) -> Tensor:
    """max(features, 0). Stands for `tf.nn.relu`.

    Args:
      features: a tensor of real numbers.
      name: the node's name.
    """
    return apply_op("Relu", features, name=name)


@export("nn.relu6")
def relu6(features: Any, name: str | None = None) -> Tensor:
    """min(max(features, 0), 6). Stands for `tf.nn.relu6`.

    Args:
      features: a tensor of real numbers.
      name: the node's name.
    """
    with name_scope(name, "Relu6", [features]) as name:
        features = convert_to_tensor(features, name="features")
        return apply_op("Relu6", features, name=name)


@export("nn.leaky_relu")
def leaky_relu(features: Any, alpha: Any = 0.2, name: str | None = None) -> Tensor:
    """max(features, alpha * features). Stands for `tf.nn.leaky_relu`.

    Args:
      features: a tensor of real numbers; integers become float32.
      alpha: the slope where `features` is negative, a number.
      name: the node's name.
    """
    with name_scope(name, "LeakyRelu", [features, alpha]) as name:
        features = convert_to_tensor(features, name="features")
        if features.dtype.is_integer:
            features = math_ops.cast(features, dtypes.float32)
        if isinstance(alpha, np.ndarray):
            alpha = alpha.item()
        return apply_op("LeakyRelu", features, alpha=alpha, name=name)


@export("nn.elu")
def elu(features: Any, name: str | None = None) -> Tensor:
    """`exp(features) - 1` where negative, else `features`. Stands for `tf.nn.elu`.

    Args:
      features: a float tensor.
      name: the node's name.
    """
    return apply_op("Elu", features, name=name)


@export("nn.selu")
def selu(features: Any, name: str | None = None) -> Tensor:
    """`elu` scaled so that mean 0 and variance 1 are kept through layers. Stands for `tf.nn.selu`.

    Args:
      features: a float tensor.
      name: the node's name.
    """
    return apply_op("Selu", features, name=name)


@export("nn.crelu")
def crelu(features: Any, name: str | None = None, axis: Any = -1) -> Tensor:
    """The relu of `features` and that of `-features`, joined along `axis`. Stands for
    `tf.nn.crelu`.

    Args:
      features: a tensor of real numbers.
      name: a name scope for the nodes.
      axis: where to join; its size doubles.
    """
    with name_scope(name, "CRelu", [features]) as name:
        features = convert_to_tensor(features, name="features")
        both = array_ops.concat([features, -features], axis, name=name)
        return relu(both)


def crelu_v2(features: Any, axis: Any = -1, name: str | None = None) -> Tensor:
    """As `tf.nn.crelu`, with TensorFlow 2's arguments."""
    return crelu(features, name=name, axis=axis)


@export("math.softplus", "nn.softplus")
def softplus(features: Any, name: str | None = None) -> Tensor:
    """log(exp(features) + 1). Stands for `tf.math.softplus`.

    Args:
      features: a float tensor.
      name: the node's name.
    """
    return apply_op("Softplus", features, name=name)


@export("nn.softsign", "math.softsign")
def softsign(features: Any, name: str | None = None) -> Tensor:
    """features / (abs(features) + 1). Stands for `tf.nn.softsign`.

    Args:
      features: a float tensor.
      name: the node's name.
    """
    return apply_op("Softsign", features, name=name)
