"""Softmax, its logarithm, and the cross entropies of logits with labels."""

import math
from typing import Any

from evergraph.api import array_ops, check_ops, math_ops
from evergraph.base import dtypes, errors
from evergraph.base.deprecation import deprecated, deprecated_args, deprecated_argument_lookup
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor


def _swap_axis(tensor: Any, axis: Any, last: Any, name: str | None = None) -> Tensor:
    """`tensor` with `axis` and the last axis in each other's place."""
    order = [math_ops.range(axis), [last], math_ops.range(axis + 1, last), [axis]]
    return array_ops.transpose(tensor, array_ops.concat(order, 0), name=name)


def _softmax(logits: Any, op_type: str, axis: Any, name: str | None) -> Tensor:
    """An op that works along the last axis, applied along `axis`."""
    logits = convert_to_tensor(logits)
    shape = logits.get_shape()
    ndims = shape.ndims
    is_tensor = isinstance(axis, Tensor)
    if not is_tensor and (axis == -1 or axis == ndims - 1):
        return apply_op(op_type, logits, name=name)
    value = constant_value(axis) if is_tensor else axis
    if value is not None and not -ndims <= value < ndims:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Dimension ({value}) must be in the range [{-ndims}, {ndims}) where {ndims} is the "
            "number of dimensions in the input.",
        )
    rank = array_ops.rank(logits)
    if is_tensor:
        axis = array_ops.where(math_ops.less(axis, 0), axis + rank, axis)
    elif axis < 0:
        axis += rank
    rank = array_ops.rank(logits)
    axis %= ndims
    swapped = _swap_axis(logits, axis, math_ops.subtract(rank, 1))
    output = _swap_axis(apply_op(op_type, swapped), axis, math_ops.subtract(rank, 1), name=name)
    output.set_shape(shape)
    return output


@export("nn.softmax", "math.softmax")
@deprecated_args(None, "dim is deprecated, use axis instead", "dim")
def softmax(logits: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """exp(logits) divided by its sum along `axis`. Stands for `tf.nn.softmax`.

    Args:
      logits: a float tensor.
      axis: one axis; default: the last.
      name: the node's name.
      dim: an older name of `axis`.

    Raises:
      InvalidArgumentError: `axis` is not an axis of `logits`.
    """
    return softmax_v2(logits, deprecated_argument_lookup("axis", axis, "dim", dim), name)


def softmax_v2(logits: Any, axis: Any = None, name: str | None = None) -> Tensor:
    """As `tf.nn.softmax`, with TensorFlow 2's arguments."""
    return _softmax(logits, "Softmax", -1 if axis is None else axis, name)


@export("nn.log_softmax", "math.log_softmax")
@deprecated_args(None, "dim is deprecated, use axis instead", "dim")
def log_softmax(logits: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """The logarithm of the softmax along `axis`. Stands for `tf.nn.log_softmax`.

    Args:
      logits: a float tensor.
      axis: one axis; default: the last.
      name: the node's name.
      dim: an older name of `axis`.

    Raises:
      InvalidArgumentError: `axis` is not an axis of `logits`.
    """
    return log_softmax_v2(logits, deprecated_argument_lookup("axis", axis, "dim", dim), name)


def log_softmax_v2(logits: Any, axis: Any = None, name: str | None = None) -> Tensor:
    """As `tf.nn.log_softmax`, with TensorFlow 2's arguments."""
    return _softmax(logits, "LogSoftmax", -1 if axis is None else axis, name)


def _flatten_outer_dims(logits: Tensor) -> Tensor:
    """`logits` as a matrix that keeps the last axis."""
    rank = array_ops.rank(logits)
    last = array_ops.slice(array_ops.shape(logits), [math_ops.subtract(rank, 1)], [1])
    output = array_ops.reshape(logits, array_ops.concat([[-1], last], 0))
    if logits.dims is not None:
        sizes = logits.get_shape().as_list()
        if None not in sizes[:-1]:
            output.set_shape([math.prod(sizes[:-1]), sizes[-1]])
    return output


def _move_to_end(tensor: Any, axis: Any, rank: Any) -> Tensor:
    order = [math_ops.range(axis), math_ops.range(axis + 1, rank), [axis]]
    return array_ops.transpose(tensor, array_ops.concat(order, 0))


def _ensure_xent_args(name: str, sentinel: Any, labels: Any, logits: Any) -> None:
    """Refuse positional arguments, which older versions took in another order."""
    if sentinel is not None:
        raise ValueError(f"Only call `{name}` with named arguments (labels=..., logits=..., ...)")
    if labels is None or logits is None:
        raise ValueError("Both labels and logits must be provided.")


@export("nn.softmax_cross_entropy_with_logits_v2")
@deprecated_args(None, "dim is deprecated, use axis instead", "dim")
def softmax_cross_entropy_with_logits_v2_helper(
    labels: Any, logits: Any, axis: Any = None, name: str | None = None, dim: Any = None
) -> Tensor:
    """-sum(labels * log_softmax(logits)) along `axis`, with gradients to both. Stands for
    `tf.nn.softmax_cross_entropy_with_logits_v2`.

    Args:
      labels: probabilities, shaped like `logits`; cast to its dtype.
      logits: a float tensor.
      axis: the axis of classes; default: the last.
      name: the node's name.
      dim: an older name of `axis`.

    Returns:
      A tensor of the dtype of `logits` without `axis`. float16 is computed in float32.
    """
    axis = deprecated_argument_lookup("axis", axis, "dim", dim)
    axis = -1 if axis is None else axis
    with name_scope(name, "softmax_cross_entropy_with_logits", [logits, labels]) as name:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        is_short = logits.dtype in (dtypes.float16, dtypes.bfloat16)
        precise = math_ops.cast(logits, dtypes.float32) if is_short else logits
        labels = math_ops.cast(labels, precise.dtype)
        rank = array_ops.rank(precise)
        dims = logits.dims
        if axis != -1:
            precise = _move_to_end(precise, axis, rank)
            labels = _move_to_end(labels, axis, rank)
        shape = array_ops.shape(precise)
        precise = _flatten_outer_dims(precise)
        labels = _flatten_outer_dims(labels)
        cost, _ = apply_op("SoftmaxCrossEntropyWithLogits", precise, labels, name=name)
        output_shape = array_ops.slice(shape, [0], [math_ops.subtract(rank, 1)])
        cost = array_ops.reshape(cost, output_shape)
        if dims is not None:
            kept = list(dims)
            del kept[axis]
            cost.set_shape(kept)
        return math_ops.cast(cost, logits.dtype) if is_short else cost


def softmax_cross_entropy_with_logits_v2(
    labels: Any, logits: Any, axis: Any = -1, name: str | None = None
) -> Tensor:
    """As `tf.nn.softmax_cross_entropy_with_logits_v2`, with TensorFlow 2's arguments."""
    return softmax_cross_entropy_with_logits_v2_helper(
        labels=labels, logits=logits, axis=axis, name=name
    )


@export("nn.softmax_cross_entropy_with_logits")
@deprecated(
    None,
    "\nFuture major versions of TensorFlow will allow gradients to flow\n"
    "into the labels input on backprop by default.\n\n"
    "See `tf.nn.softmax_cross_entropy_with_logits_v2`.\n",
)
def softmax_cross_entropy_with_logits(
    _sentinel: Any = None,
    labels: Any = None,
    logits: Any = None,
    dim: Any = -1,
    name: str | None = None,
    axis: Any = None,
) -> Tensor:
    """-sum(labels * log_softmax(logits)) along `dim`, without a gradient to the labels. Stands for
    `tf.nn.softmax_cross_entropy_with_logits`.

    Args:
      _sentinel: not used; keeps callers from giving the others by position.
      labels: probabilities, shaped like `logits`.
      logits: a float tensor.
      dim: the axis of classes.
      name: a name scope for the nodes.
      axis: another name of `dim`; giving it needs `dim=None`.

    Raises:
      ValueError: an argument is given by position, or one of labels and logits is missing.
    """
    dim = deprecated_argument_lookup("axis", axis, "dim", dim)
    _ensure_xent_args("softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "softmax_cross_entropy_with_logits_sg", [logits, labels]) as name:
        labels = array_ops.stop_gradient(labels, name="labels_stop_gradient")
    return softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits, axis=dim, name=name)


def _check_sparse_shapes(labels: Tensor, logits: Tensor) -> None:
    label_shape, logit_shape = labels.get_shape(), logits.get_shape()
    if logit_shape.ndims == 0:
        raise ValueError(f"Logits cannot be scalars - received shape {logit_shape}.")
    if logit_shape.ndims is None or label_shape.ndims is None:
        return
    if label_shape.ndims != logit_shape.ndims - 1:
        raise ValueError(
            f"Rank mismatch: Rank of labels (received {label_shape.ndims}) should "
            f"equal rank of logits minus 1 (received {logit_shape.ndims})."
        )
    if _fully_defined(labels, logits) and labels.dims != logits.dims[:-1]:
        raise ValueError(
            f"Shape mismatch: The shape of labels (received {label_shape}) should equal the "
            f"shape of logits except for the last dimension (received {logit_shape})."
        )


def _fully_defined(labels: Tensor, logits: Tensor) -> bool:
    return all(
        d is not None and None not in d for d in (labels.dims, (logits.dims or (None, 0))[:-1])
    )


@export("nn.sparse_softmax_cross_entropy_with_logits")
def sparse_softmax_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """-log_softmax(logits) at the class that each label names. Stands for
    `tf.nn.sparse_softmax_cross_entropy_with_logits`.

    Args:
      _sentinel: not used; keeps callers from giving the others by position.
      labels: int32 or int64 numbers of classes, shaped like `logits` without its last axis.
      logits: a float tensor; classes lie along the last axis.
      name: the node's name.

    Returns:
      A tensor shaped like `labels`, of the dtype of `logits`. float16 is computed in float32.

    Raises:
      ValueError: an argument is given by position or missing; the shapes do not fit.
    """
    _ensure_xent_args("sparse_softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "SparseSoftmaxCrossEntropyWithLogits", [labels, logits]):
        labels = convert_to_tensor(labels)
        logits = convert_to_tensor(logits)
        is_half = logits.dtype == dtypes.float16
        precise = math_ops.cast(logits, dtypes.float32) if is_half else logits
        labels_shape = array_ops.shape(labels)
        _check_sparse_shapes(labels, logits)
        if logits.get_shape().ndims == 2:
            cost = _sparse_costs(precise, labels, name)
        else:
            cost = _flattened_sparse_costs(precise, labels, labels_shape, logits, name)
        return math_ops.cast(cost, dtypes.float16) if is_half else cost


def _sparse_costs(logits: Any, labels: Any, name: str | None) -> Tensor:
    return apply_op("SparseSoftmaxCrossEntropyWithLogits", logits, labels, name=name)[0]


def _flattened_sparse_costs(
    precise: Any, labels: Any, labels_shape: Any, logits: Any, name: str | None
) -> Tensor:
    """The costs where `logits` is not known to be a matrix."""
    static_dims = labels.dims
    checks = []
    if not _fully_defined(labels, logits):
        fits = check_ops.assert_equal(array_ops.shape(labels), array_ops.shape(logits)[:-1])
        checks.append(fits)
    with control_dependencies(checks):
        classes = array_ops.shape(logits)[array_ops.rank(logits) - 1]
        precise = array_ops.reshape(precise, [-1, classes])
        labels = array_ops.reshape(labels, [-1])
        cost = array_ops.reshape(_sparse_costs(precise, labels, name), labels_shape)
        cost.set_shape(static_dims)
        return cost


def sparse_softmax_cross_entropy_with_logits_v2(
    labels: Any, logits: Any, name: str | None = None
) -> Tensor:
    """As `tf.nn.sparse_softmax_cross_entropy_with_logits`, with TensorFlow 2's arguments."""
    return sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits, name=name)
