"""Neural networks: what is made of several ops. The functions of TensorFlow's module of this
name."""

import math
from typing import Any

from evergraph.api import array_ops, math_ops, nn_ops
from evergraph.api.control_flow_ops import cond
from evergraph.api.custom_gradient import custom_gradient
from evergraph.api.moments import *  # noqa: F403
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated_args, deprecated_argument_lookup
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor


def _check_same_shape(names: str, a: Tensor, b: Tensor) -> None:
    """ValueError where the static shapes of two tensors, called `names`, do not fit."""
    try:
        b.get_shape().merge_with(a.get_shape())
    except ValueError:
        raise ValueError(
            f"{names} must have the same shape ({a.get_shape()} vs {b.get_shape()})"
        ) from None


@export("nn.log_poisson_loss")
def log_poisson_loss(
    targets: Any, log_input: Any, compute_full_loss: bool = False, name: str | None = None
) -> Tensor:
    """exp(log_input) - log_input * targets: the loss of a Poisson rate whose logarithm is given.
    Stands for `tf.nn.log_poisson_loss`.

    Args:
      targets, log_input: float tensors of one shape.
      compute_full_loss: whether to add Stirling's approximation of log(targets!).
      name: a name scope for the nodes.

    Raises:
      ValueError: the shapes differ.
    """
    with name_scope(name, "log_poisson_loss", [log_input, targets]) as name:
        log_input = convert_to_tensor(log_input, name="log_input")
        targets = convert_to_tensor(targets, name="targets")
        _check_same_shape("log_input and targets", log_input, targets)
        result = math_ops.exp(log_input) - log_input * targets
        if compute_full_loss:
            half = constant(0.5, dtype=targets.dtype)
            two_pi = constant(2 * math.pi, dtype=targets.dtype)
            stirling = (
                (targets * math_ops.log(targets))
                - targets
                + (half * math_ops.log(two_pi * targets))
            )
            zeros = array_ops.zeros_like(targets, dtype=targets.dtype)
            ones = array_ops.ones_like(targets, dtype=targets.dtype)
            small = math_ops.logical_and(targets >= zeros, targets <= ones)
            result += array_ops.where(small, zeros, stirling)
        return result


@export("nn.sigmoid_cross_entropy_with_logits")
def sigmoid_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """The cross entropy of independent yes-or-no classes, element by element. Stands for
    `tf.nn.sigmoid_cross_entropy_with_logits`.

    Args:
      _sentinel: not used; keeps callers from giving the others by position.
      labels: probabilities, of the shape and dtype of `logits`.
      logits: a float tensor.
      name: the node's name.

    Raises:
      ValueError: an argument is given by position or missing; the shapes differ.
    """
    nn_ops._ensure_xent_args("sigmoid_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "logistic_loss", [logits, labels]) as name:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        _check_same_shape("logits and labels", logits, labels)
        # max(x, 0) - x * z + log(1 + exp(-abs(x))), with gradients at 0.
        zeros = array_ops.zeros_like(logits, dtype=logits.dtype)
        positive = logits >= zeros
        relu_logits = array_ops.where(positive, logits, zeros)
        neg_abs_logits = array_ops.where(positive, -logits, logits)
        return math_ops.add(
            relu_logits - logits * labels,
            math_ops.log1p(math_ops.exp(neg_abs_logits)),
            name=name,
        )


def sigmoid_cross_entropy_with_logits_v2(
    labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """As `tf.nn.sigmoid_cross_entropy_with_logits`, with TensorFlow 2's arguments."""
    return sigmoid_cross_entropy_with_logits(logits=logits, labels=labels, name=name)


def weighted_cross_entropy_with_logits_v2(
    labels: Any, logits: Any, pos_weight: Any, name: str | None = None
) -> Tensor:
    """As `tf.nn.weighted_cross_entropy_with_logits`, with TensorFlow 2's arguments."""
    with name_scope(name, "logistic_loss", [logits, labels]) as name:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        _check_same_shape("logits and labels", logits, labels)
        log_weight = 1 + (pos_weight - 1) * labels
        return math_ops.add(
            (1 - labels) * logits,
            log_weight
            * (math_ops.log1p(math_ops.exp(-math_ops.abs(logits))) + nn_ops.relu(-logits)),
            name=name,
        )


@export("nn.weighted_cross_entropy_with_logits")
@deprecated_args(None, "targets is deprecated, use labels instead", "targets")
def weighted_cross_entropy_with_logits(
    labels: Any = None,
    logits: Any = None,
    pos_weight: Any = None,
    name: str | None = None,
    targets: Any = None,
) -> Tensor:
    """`sigmoid_cross_entropy_with_logits` with a weight on the positive part. Stands for
    `tf.nn.weighted_cross_entropy_with_logits`.

    Args:
      labels: probabilities, of the shape and dtype of `logits`.
      logits: a float tensor.
      pos_weight: the weight; above 1 it favours recall, below 1 precision.
      name: the node's name.
      targets: an older name of `labels`.

    Raises:
      ValueError: the shapes of labels and logits differ.
    """
    labels = deprecated_argument_lookup("labels", labels, "targets", targets)
    return weighted_cross_entropy_with_logits_v2(labels, logits, pos_weight, name)


@export("nn.swish")
@custom_gradient
def swish(features: Any) -> Any:
    """features * sigmoid(features). Stands for `tf.nn.swish`.

    Args:
      features: a float tensor.
    """
    features = convert_to_tensor(features, name="features")

    def grad(dy: Any) -> Any:
        # Computed anew, so that it need not be kept from the forward pass.
        with control_dependencies([dy]):
            sigmoid = math_ops.sigmoid(features)
        return dy * (sigmoid * (1.0 + features * (1.0 - sigmoid)))

    return features * math_ops.sigmoid(features), grad


@export("math.l2_normalize", "linalg.l2_normalize", "nn.l2_normalize")
@deprecated_args(None, "dim is deprecated, use axis instead", "dim")
def l2_normalize(
    x: Any, axis: Any = None, epsilon: Any = 1e-12, name: str | None = None, dim: Any = None
) -> Tensor:
    """`x` divided by its L2 norm along `axis`. Stands for `tf.math.l2_normalize`.

    Args:
      x: a float tensor.
      axis: an axis or several; default: all.
      epsilon: the least square sum to divide by.
      name: the node's name.
      dim: an older name of `axis`.
    """
    axis = deprecated_argument_lookup("axis", axis, "dim", dim)
    return l2_normalize_v2(x, axis, epsilon, name)


def l2_normalize_v2(
    x: Any, axis: Any = None, epsilon: Any = 1e-12, name: str | None = None
) -> Tensor:
    """As `tf.math.l2_normalize`, with TensorFlow 2's arguments."""
    with name_scope(name, "l2_normalize", [x]) as name:
        x = convert_to_tensor(x, name="x")
        square_sum = math_ops.reduce_sum(math_ops.square(x), axis, keepdims=True)
        x_inv_norm = math_ops.rsqrt(math_ops.maximum(square_sum, epsilon))
        return math_ops.multiply(x, x_inv_norm, name=name)


def _count_nonzero(input_tensor: Tensor, dtype: Any = dtypes.int64) -> Tensor:
    with name_scope("count_nonzero", values=[input_tensor]):
        zero = array_ops.zeros([], dtype=input_tensor.dtype)
        nonzero = math_ops.cast(math_ops.not_equal(input_tensor, zero), dtype=dtype)
        return math_ops.reduce_sum(nonzero, name="nonzero_count")


@export("math.zero_fraction", "nn.zero_fraction")
def zero_fraction(value: Any, name: str | None = None) -> Tensor:
    """The share of elements that are 0, float32. Stands for `tf.math.zero_fraction`.

    Args:
      value: a number tensor.
      name: a name scope for the nodes.
    """
    with name_scope(name, "zero_fraction", [value]):
        value = convert_to_tensor(value, name="value")
        size = array_ops.size(value, out_type=dtypes.int64)
        num_nonzero = cond(
            size <= dtypes.int32.max,
            true_fn=lambda: math_ops.cast(
                _count_nonzero(value, dtype=dtypes.int32), dtype=dtypes.int64
            ),
            false_fn=lambda: _count_nonzero(value, dtype=dtypes.int64),
        )
        with name_scope("counts_to_fraction"):
            num_zero = size - num_nonzero
            numerator = math_ops.cast(num_zero, dtype=dtypes.float32)
            fraction = numerator / math_ops.cast(size, dtype=dtypes.float32)
        return array_ops.identity(fraction, "fraction")


@export("nn.batch_normalization")
def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    offset: Any,
    scale: Any,
    variance_epsilon: Any,
    name: str | None = None,
) -> Tensor:
    """scale * (x - mean) / sqrt(variance + epsilon) + offset. Stands for
    `tf.nn.batch_normalization`.

    Args:
      x: a float tensor.
      mean, variance: tensors that broadcast to `x`.
      offset, scale: likewise, or None.
      variance_epsilon: a small number that keeps the root from 0.
      name: a name scope for the nodes.
    """
    with name_scope(name, "batchnorm", [x, mean, variance, scale, offset]):
        inv = math_ops.rsqrt(variance + variance_epsilon)
        if scale is not None:
            inv *= scale
        scaled = x * math_ops.cast(inv, x.dtype)
        shift = -mean * inv if offset is None else offset - mean * inv
        return scaled + math_ops.cast(shift, x.dtype)


@export("nn.batch_norm_with_global_normalization")
def batch_norm_with_global_normalization(
    t: Any = None,
    m: Any = None,
    v: Any = None,
    beta: Any = None,
    gamma: Any = None,
    variance_epsilon: Any = None,
    scale_after_normalization: Any = None,
    name: str | None = None,
    input: Any = None,
    mean: Any = None,
    variance: Any = None,
) -> Tensor:
    """`batch_normalization` under its older name. Stands for
    `tf.nn.batch_norm_with_global_normalization`.

    Args:
      t, m, v: `x`, `mean` and `variance`.
      beta, gamma: `offset` and `scale`.
      variance_epsilon: a small number that keeps the root from 0.
      scale_after_normalization: whether `gamma` is used.
      name: a name scope for the nodes.
      input, mean, variance: newer names of `t`, `m` and `v`.
    """
    t = deprecated_argument_lookup("input", input, "t", t)
    m = deprecated_argument_lookup("mean", mean, "m", m)
    v = deprecated_argument_lookup("variance", variance, "v", v)
    scale = gamma if scale_after_normalization else None
    return batch_normalization(t, m, v, beta, scale, variance_epsilon, name)
