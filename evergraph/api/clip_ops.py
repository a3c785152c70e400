"""Clipping of tensors by value and by norm."""

import collections.abc
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated, deprecated_endpoints
from evergraph.base.dispatch import add_dispatch_support
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import colocate_with, name_scope
from evergraph.graph.tensor import Tensor


def _values(t: Any, name: str) -> Tensor:
    return convert_to_tensor(t.values if isinstance(t, IndexedSlices) else t, name=name)


def _like(t: Any, values: Any) -> Any:
    """`values` as IndexedSlices where `t` is."""
    return (
        IndexedSlices(values, t.indices, t.dense_shape) if isinstance(t, IndexedSlices) else values
    )


@export("clip_by_value")
@add_dispatch_support
def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None) -> Any:
    """`t` with all elements moved into a range. Stands for `tf.clip_by_value`.

    Args:
      t: a tensor or IndexedSlices.
      clip_value_min, clip_value_max: the ends; they broadcast to `t`.
      name: the node's name.

    Raises:
      ValueError: the result would have another shape than `t`.
    """
    with name_scope(name, "clip_by_value", [t, clip_value_min, clip_value_max]) as name:
        values = _values(t, "t")
        low = math_ops.minimum(values, clip_value_max)
        values.shape.merge_with(low.shape)
        clipped = math_ops.maximum(low, clip_value_min, name=name)
        values.shape.merge_with(clipped.shape)
        return _like(t, clipped)


@export("clip_by_norm")
def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: str | None = None) -> Any:
    """`t` scaled down so that its L2 norm is `clip_norm` at most. Stands for `tf.clip_by_norm`.

    Args:
      t: a float tensor or IndexedSlices.
      clip_norm: the greatest norm allowed, a scalar.
      axes: the axes to take the norm over; default: all.
      name: the node's name.

    Raises:
      ValueError: `clip_norm` would broadcast `t`.
    """
    with name_scope(name, "clip_by_norm", [t, clip_norm]) as name:
        values = _values(t, "t")
        l2sum = math_ops.reduce_sum(values * values, axes, keepdims=True)
        pred = l2sum > 0
        # The root has no gradient at 0.
        l2sum_safe = array_ops.where(pred, l2sum, array_ops.ones_like(l2sum))
        l2norm = array_ops.where(pred, math_ops.sqrt(l2sum_safe), l2sum)
        intermediate = values * clip_norm
        values.shape.merge_with(intermediate.shape)
        scaled = intermediate / math_ops.maximum(l2norm, clip_norm)
        return _like(t, array_ops.identity(scaled, name=name))


def _checked_list(t_list: Any) -> list[Any]:
    if not isinstance(t_list, collections.abc.Sequence) or isinstance(t_list, (str, bytes)):
        raise TypeError("t_list should be a sequence")
    return list(t_list)


def _all_values(t_list: list[Any]) -> list[Any]:
    return [None if t is None else _values(t, f"t_{i}") for i, t in enumerate(t_list)]


@export("linalg.global_norm", "global_norm")
@deprecated_endpoints("global_norm")
def global_norm(t_list: Any, name: str | None = None) -> Tensor:
    """The L2 norm of all tensors of a list together. Stands for `tf.linalg.global_norm`.

    Args:
      t_list: float tensors, IndexedSlices or None, which counts nothing.
      name: a name scope for the nodes.

    Raises:
      TypeError: `t_list` is no sequence.
    """
    t_list = _checked_list(t_list)
    with name_scope(name, "global_norm", t_list) as name:
        half_squared_norms = []
        for value in _all_values(t_list):
            if value is not None:
                with colocate_with(value):
                    half_squared_norms.append(apply_op("L2Loss", value))
        half_squared_norm = math_ops.reduce_sum(array_ops.stack(half_squared_norms))
        two = constant(2.0, dtype=half_squared_norm.dtype)
        return math_ops.sqrt(half_squared_norm * two, name="global_norm")


@export("clip_by_global_norm")
def clip_by_global_norm(
    t_list: Any, clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> tuple[list[Any], Any]:
    """Tensors scaled down so that their norm together is `clip_norm` at most. Stands for
    `tf.clip_by_global_norm`.

    Args:
      t_list: float tensors, IndexedSlices or None, which stays None.
      clip_norm: the greatest norm allowed, a scalar.
      use_norm: their norm, where it is known already.
      name: a name scope for the nodes.

    Returns:
      The scaled tensors, and the norm before scaling. All are NaN where the norm is not finite.

    Raises:
      TypeError: `t_list` is no sequence.
    """
    t_list = _checked_list(t_list)
    if use_norm is None:
        use_norm = global_norm(t_list, name)
    with name_scope(name, "clip_by_global_norm", [*t_list, clip_norm]) as name:
        scale_for_finite = clip_norm * math_ops.minimum(
            1.0 / use_norm, constant(1.0, dtype=use_norm.dtype) / clip_norm
        )
        finite = math_ops.is_finite(use_norm)
        nan = constant(float("nan"), dtype=use_norm.dtype)
        scale = array_ops.where(finite, scale_for_finite, nan)
        clipped: list[Any] = []
        for i, value in enumerate(_all_values(t_list)):
            if value is None:
                clipped.append(None)
                continue
            with colocate_with(value):
                scaled = array_ops.identity(value * scale, name=f"{name}_{i}")
            clipped.append(_like(t_list[i], scaled))
    return clipped, use_norm


@export("clip_by_average_norm")
@deprecated(
    date=None,
    instructions="clip_by_average_norm is deprecated in TensorFlow 2.0. Please use "
    "clip_by_norm(t, clip_norm * tf.cast(tf.size(t), tf.float32), name) instead.",
)
def clip_by_average_norm(t: Any, clip_norm: Any, name: str | None = None) -> Tensor:
    """`t` scaled down so that its L2 norm by its size is `clip_norm` at most. Stands for
    `tf.clip_by_average_norm`.

    Args:
      t: a float32 tensor.
      clip_norm: the greatest average norm allowed, a scalar.
      name: the node's name.
    """
    with name_scope(name, "clip_by_average_norm", [t, clip_norm]) as name:
        t = convert_to_tensor(t, name="t")
        n_element = math_ops.cast(array_ops.size(t), dtypes.float32)
        l2sum = math_ops.reduce_sum(t * t, math_ops.range(array_ops.rank(t)))
        l2norm_inv = math_ops.rsqrt(l2sum)
        scaled = t * clip_norm
        scale = math_ops.minimum(l2norm_inv * n_element, constant(1.0) / clip_norm)
        return array_ops.identity(scaled * scale, name=name)
