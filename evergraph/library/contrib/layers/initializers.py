"""Initializers of tf.contrib.layers."""

import math
from collections.abc import Callable
from typing import Any

from evergraph.api import random_ops
from evergraph.base import dtypes
from evergraph.base.dtypes import DType
from evergraph.base.export import export, export_constant
from evergraph.graph.tensor import Tensor

__all__ = ["xavier_initializer", "xavier_initializer_conv2d", "variance_scaling_initializer"]

# Makes up for what a normal distribution loses when it is cut at two deviations.
_TRUNCATION = 1.3


@export("contrib.layers.xavier_initializer")
def xavier_initializer(
    uniform: bool = True, seed: int | None = None, dtype: DType = dtypes.float32
) -> Callable[..., Tensor]:
    """Random weights that keep the variance of signals in both directions of a layer.

    Stands for `tf.contrib.layers.xavier_initializer`.

    Args:
        uniform: whether values are uniform or (truncated) normal.
        seed: the op's seed; see `tf.set_random_seed`.
        dtype: a floating type.

    Raises:
        TypeError: `dtype` is no floating type.
    """
    return variance_scaling_initializer(1.0, "FAN_AVG", uniform=uniform, seed=seed, dtype=dtype)


xavier_initializer_conv2d = xavier_initializer
export_constant(__name__, "xavier_initializer_conv2d", "contrib.layers.xavier_initializer_conv2d")


@export("contrib.layers.variance_scaling_initializer")
def variance_scaling_initializer(
    factor: float = 2.0,
    mode: str = "FAN_IN",
    uniform: bool = False,
    seed: int | None = None,
    dtype: DType = dtypes.float32,
) -> Callable[..., Tensor]:
    """Random weights of variance factor / n.

    Stands for `tf.contrib.layers.variance_scaling_initializer`.

    Args:
        factor: a positive number.
        mode: what n is: "FAN_IN" the inputs of a unit, "FAN_OUT" its outputs, "FAN_AVG" their mean.
        uniform: whether values are uniform or (truncated) normal.
        seed: the op's seed; see `tf.set_random_seed`.
        dtype: a floating type.

    Returns:
        A function of a shape, and maybe a dtype and partition_info.

    Raises:
        TypeError: `dtype` is no floating type, or there is no such mode.
    """
    _check_floating(dtype)
    if mode not in ("FAN_IN", "FAN_OUT", "FAN_AVG"):
        raise TypeError("Unknown mode %s [FAN_IN, FAN_OUT, FAN_AVG]", mode)

    def _initializer(shape: Any, dtype: DType = dtype, partition_info: Any = None) -> Tensor:
        _check_floating(dtype)
        fan_in, fan_out = _fans(shape)
        n = {"FAN_IN": fan_in, "FAN_OUT": fan_out, "FAN_AVG": (fan_in + fan_out) / 2.0}[mode]
        if uniform:
            limit = math.sqrt(3.0 * factor / n)
            return random_ops.random_uniform(shape, -limit, limit, dtype, seed=seed)
        stddev = math.sqrt(_TRUNCATION * factor / n)
        return random_ops.truncated_normal(shape, 0.0, stddev, dtype, seed=seed)

    return _initializer


def _check_floating(dtype: DType) -> None:
    if not dtype.is_floating:
        raise TypeError("Cannot create initializer for non-floating point type.")


def _fans(shape: Any) -> tuple[float, float]:
    if not shape:
        return 1.0, 1.0
    fan_in = float(shape[-2]) if len(shape) > 1 else float(shape[-1])
    fan_out = float(shape[-1])
    for dim in shape[:-2]:
        fan_in *= float(dim)
        fan_out *= float(dim)
    return fan_in, fan_out
