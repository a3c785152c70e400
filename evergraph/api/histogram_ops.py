"""Histograms with bins of equal width."""

from typing import Any

from evergraph.api import array_ops, clip_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("histogram_fixed_width_bins")
def histogram_fixed_width_bins(
    values: Any,
    value_range: Any,
    nbins: Any = 100,
    dtype: Any = dtypes.int32,
    name: str | None = None,
) -> Tensor:
    """The bin of each element; those outside of the range count for its end bins. Stands for
    `tf.histogram_fixed_width_bins`.

    Args:
      values: a number tensor.
      value_range: the two ends of the range, of the same type.
      nbins: how many bins there are.
      dtype: has no effect, as in TensorFlow 1.15: the result is int32.
      name: a name scope for the nodes.
    """
    with name_scope(name, "histogram_fixed_width_bins", [values, value_range, nbins]):
        values = convert_to_tensor(values, name="values")
        shape = array_ops.shape(values)
        values = array_ops.reshape(values, [-1])
        value_range = convert_to_tensor(value_range, name="value_range")
        nbins = convert_to_tensor(nbins, dtype=dtypes.int32, name="nbins")
        nbins_float = math_ops.cast(nbins, values.dtype)
        scaled_values = math_ops.truediv(
            values - value_range[0], value_range[1] - value_range[0], name="scaled_values"
        )
        indices = math_ops.floor(nbins_float * scaled_values, name="indices")
        clipped = clip_ops.clip_by_value(indices, 0, nbins_float - 1)
        return array_ops.reshape(math_ops.cast(clipped, dtypes.int32), shape)


@export("histogram_fixed_width")
def histogram_fixed_width(
    values: Any,
    value_range: Any,
    nbins: Any = 100,
    dtype: Any = dtypes.int32,
    name: str | None = None,
) -> Tensor:
    """How many elements fall into each bin. Stands for `tf.histogram_fixed_width`.

    Args:
      values: a number tensor.
      value_range: the two ends of the range, of the same type; elements outside count for the end
        bins.
      nbins: how many bins there are.
      dtype: the type of the counts, int32 or int64.
      name: the node's name.
    """
    with name_scope(name, "histogram_fixed_width", [values, value_range, nbins]) as name:
        return apply_op("HistogramFixedWidth", values, value_range, nbins, dtype=dtype, name=name)
