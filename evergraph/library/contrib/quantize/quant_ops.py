"""Layers that compute as if tensors were quantized."""

from typing import Any

from evergraph.api import fake_quant_ops, init_ops, math_ops, state_ops, variable_scope
from evergraph.api.variables import VariableAggregation
from evergraph.graph.defaults import name_scope
from evergraph.graph.keys import GraphKeys
from evergraph.library.train import moving_averages


def FixedQuantize(
    inputs: Any, init_min: float = -6.0, init_max: float = 6.0, scope: str | None = None
) -> Any:
    """A tensor as if quantized between two numbers."""
    with name_scope(scope, "FixedQuantize", values=[inputs]):
        return fake_quant_ops.fake_quant_with_min_max_args(inputs, min=init_min, max=init_max)


def _bound(name: str, shape: Any, value: float, collection: str | None) -> Any:
    """A variable with an end of the range."""
    return variable_scope.get_variable(
        name,
        shape=shape,
        initializer=init_ops.constant_initializer(value),
        collections=[*([collection] if collection else []), GraphKeys.GLOBAL_VARIABLES],
        trainable=False,
        aggregation=VariableAggregation.MEAN,
    )


class _Quantizer:
    """What is common to ranges of the last values and to averages of ranges."""

    def __init__(
        self,
        inputs: Any,
        per_channel: bool,
        ends: tuple[float, float],
        vars_collection: str | None,
        name_prefix: str,
        num_bits: int,
        narrow_range: bool,
    ) -> None:
        self.inputs = inputs
        self.per_channel = per_channel
        self.num_bits = num_bits
        self.narrow_range = narrow_range
        shape = inputs.get_shape()
        sizes = []
        if per_channel:
            assert len(shape) in (1, 2, 4), (
                f"Expected 1D, 2D or 4D input, was: {shape} in  scope: {name_prefix}"
            )
            sizes = [shape[-1]]
        self.low = _bound("min", sizes, ends[0], vars_collection)
        self.high = _bound("max", sizes, ends[1], vars_collection)

    def batch_range(self, symmetric: bool) -> tuple[Any, Any]:
        """The least and largest of the values, and 0."""
        low = high = self.inputs
        rank = self.inputs.get_shape().ndims
        if not self.per_channel:
            low = math_ops.reduce_min(self.inputs, name="BatchMin")
            high = math_ops.reduce_max(self.inputs, name="BatchMax")
        elif rank >= 2:
            axes = list(range(rank - 1))
            low = math_ops.reduce_min(self.inputs, axis=axes, name="BatchMin")
            high = math_ops.reduce_max(self.inputs, axis=axes, name="BatchMax")
        if not symmetric:
            return math_ops.minimum(low, 0.0), math_ops.maximum(high, 0.0)
        ratio: float = -1
        if not self.narrow_range:
            # There is one more negative number than positive ones.
            ratio = -((1 << self.num_bits) - 2) / (1 << self.num_bits)
        return math_ops.minimum(low, high / ratio), math_ops.maximum(high, low * ratio)

    def quantized(self, low: Any, high: Any) -> Any:
        """The tensor as if quantized between two tensors."""
        call = fake_quant_ops.fake_quant_with_min_max_vars
        if self.per_channel:
            call = fake_quant_ops.fake_quant_with_min_max_vars_per_channel
        return call(self.inputs, low, high, num_bits=self.num_bits, narrow_range=self.narrow_range)


def LastValueQuantize(
    inputs: Any,
    per_channel: bool = False,
    init_min: float = -6.0,
    init_max: float = 6.0,
    vars_collection: str | None = None,
    name_prefix: str = "LastValueQuant",
    reuse: Any = None,
    is_training: bool = True,
    num_bits: int = 8,
    narrow_range: bool = False,
    symmetric: bool = False,
) -> Any:
    """A tensor as if quantized in the range that it had last in training.

    Args:
      inputs: the tensor.
      per_channel: whether each index of the last axis has a range of its own.
      init_min, init_max: the range before training.
      vars_collection: a collection for the variables "min" and "max".
      name_prefix: their scope.
      reuse: whether they are there already.
      is_training: whether the range follows the values.
      num_bits: from 2 to 8.
      narrow_range: whether the lowest number is left out.
      symmetric: whether 0 is in the middle.

    Returns:
      A tensor like `inputs`.
    """
    with variable_scope.variable_scope(
        None, default_name=name_prefix, values=[inputs], reuse=reuse
    ) as scope:
        scope.set_partitioner(None)
        ends = init_min, init_max
        layer = _Quantizer(
            inputs, per_channel, ends, vars_collection, name_prefix, num_bits, narrow_range
        )
        if not is_training:
            return layer.quantized(layer.low, layer.high)
        low, high = layer.batch_range(symmetric)
        return layer.quantized(
            state_ops.assign(layer.low, low, name="AssignMinLast"),
            state_ops.assign(layer.high, high, name="AssignMaxLast"),
        )


def MovingAvgQuantize(
    inputs: Any,
    per_channel: bool = False,
    init_min: float = -6.0,
    init_max: float = 6.0,
    ema_decay: float = 0.999,
    vars_collection: str | None = GraphKeys.MOVING_AVERAGE_VARIABLES,
    name_prefix: str = "MovingAvgQuantize",
    reuse: Any = None,
    is_training: bool = True,
    num_bits: int = 8,
    narrow_range: bool = False,
    symmetric: bool = False,
) -> Any:
    """A tensor as if quantized in the average of the ranges that it had in training.

    Args:
      ema_decay: how much of the average stays in a step.
      inputs, per_channel, init_min, init_max, vars_collection, name_prefix, reuse, is_training,
        num_bits, narrow_range, symmetric: as for `LastValueQuantize`.

    Returns:
      A tensor like `inputs`.
    """
    with variable_scope.variable_scope(
        None, default_name=name_prefix, values=[inputs], reuse=reuse
    ) as scope:
        scope.set_partitioner(None)
        ends = init_min, init_max
        layer = _Quantizer(
            inputs, per_channel, ends, vars_collection, name_prefix, num_bits, narrow_range
        )
        if not is_training:
            return layer.quantized(layer.low, layer.high)
        low, high = layer.batch_range(symmetric)
        average = moving_averages.assign_moving_average
        return layer.quantized(
            average(layer.low, low, ema_decay, name="AssignMinEma"),
            average(layer.high, high, ema_decay, name="AssignMaxEma"),
        )
