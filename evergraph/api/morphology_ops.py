"""Greyscale morphology: `tf.nn.dilation2d`, `tf.nn.erosion2d`."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base.deprecation import deprecated_argument_lookup
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("nn.dilation2d")
def dilation2d_v1(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    rates: Any = None,
    padding: str | None = None,
    name: str | None = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """The largest sum of a window's pixels and a filter. Stands for `tf.nn.dilation2d`.

    Args:
      input: [batch, rows, columns, channels], a real number tensor.
      filter: [rows, columns, channels].
      strides, rates: how far windows move, and how far apart the places of a filter are, for each
        axis.
      padding: "SAME" (what lies outside of the image does not count) or "VALID".
      name: a name for the node.
      filters, dilations: newer names of `filter` and `rates`.
    """
    filter = deprecated_argument_lookup("filters", filters, "filter", filter)
    rates = deprecated_argument_lookup("dilations", dilations, "rates", rates)
    return _dilation(input, filter, strides, rates, padding, name)


def _dilation(
    input: Any, filter: Any, strides: Any, rates: Any, padding: Any, name: str | None
) -> Tensor:
    return apply_op(
        "Dilation2D", input, filter, strides=strides, rates=rates, padding=padding, name=name
    )


def dilation2d_v2(
    input: Any,
    filters: Any,
    strides: Any,
    padding: str,
    data_format: str,
    dilations: Any,
    name: str | None = None,
) -> Tensor:
    """As `tf.nn.dilation2d`, with TensorFlow 2's arguments."""
    if data_format != "NHWC":
        raise ValueError("Data formats other than NHWC are not yet supported")
    return _dilation(input, filters, strides, dilations, padding, name)


@export("nn.erosion2d")
def erosion2d(
    value: Any, kernel: Any, strides: Any, rates: Any, padding: str, name: str | None = None
) -> Tensor:
    """The smallest difference of a window's pixels and a filter. Stands for `tf.nn.erosion2d`;
    arguments as `dilation2d`'s."""
    with name_scope(name, "erosion2d", [value, kernel]) as name:
        turned = math_ops.negative(value), array_ops.reverse_v2(kernel, [0, 1])
        return math_ops.negative(_dilation(*turned, strides, rates, padding, name))


def erosion2d_v2(
    value: Any,
    filters: Any,
    strides: Any,
    padding: str,
    data_format: str,
    dilations: Any,
    name: str | None = None,
) -> Tensor:
    """As `tf.nn.erosion2d`, with TensorFlow 2's arguments."""
    if data_format != "NHWC":
        raise ValueError("Data formats other than NHWC are not yet supported")
    return erosion2d(value, filters, strides, dilations, padding, name)
