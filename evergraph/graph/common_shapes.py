"""Shape functions as Python code wrote them for its own ops: from a node to the shapes of its
outputs.

The ops of evergraph have their own rules (`ops/shape_rules.py`); these are for programs that call
TensorFlow's.
"""

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any

from evergraph.base.tensor_shape import Dimension, TensorShape, as_dimension
from evergraph.base.tensor_shape import unknown_shape as _unknown_shape
from evergraph.graph.tensor import Tensor

_IN_DEPTH = "Current implementation does not yet support strides in the batch and depth dimensions."
_UNEQUAL = (
    "Current implementation only supports equal length strides in the row and column dimensions."
)


def has_fully_defined_shape(tensor: Tensor) -> bool:
    """Whether every size of a tensor is known."""
    return tensor.shape.is_fully_defined()


def rank(tensor: Any) -> int | None:
    """The number of dimensions of a tensor; None if it is unknown or the value no tensor."""
    return tensor.shape.ndims if isinstance(tensor, Tensor) else None


# --------------------------------------------------------------------------- simple ones
def scalar_shape(unused_op: Any) -> list[TensorShape]:
    """The shape of one scalar output."""
    return [TensorShape([])]


def no_outputs(unused_op: Any) -> list[TensorShape]:
    """The shapes of no outputs."""
    return []


def unknown_shape(op: Any) -> list[TensorShape]:
    """An unknown shape for each output of a node."""
    return [_unknown_shape() for _ in op.outputs]


def unchanged_shape(op: Any) -> list[TensorShape]:
    """The shape of the first input."""
    return [op.inputs[0].get_shape()]


def unchanged_shape_with_rank(rank: int) -> Callable[[Any], list[TensorShape]]:
    """A function that gives the shape of the first input, of exactly this rank."""
    return lambda op: [op.inputs[0].get_shape().with_rank(rank)]


def unchanged_shape_with_rank_at_least(rank: int) -> Callable[[Any], list[TensorShape]]:
    """A function that gives the shape of the first input, of this rank or more."""
    return lambda op: [op.inputs[0].get_shape().with_rank_at_least(rank)]


def unchanged_shape_with_rank_at_most(rank: int) -> Callable[[Any], list[TensorShape]]:
    """A function that gives the shape of the first input, of this rank or less."""
    return lambda op: [op.inputs[0].get_shape().with_rank_at_most(rank)]


def call_cpp_shape_fn(op: Any, require_shape_fn: bool = True) -> None:
    """Nothing: a node has its shapes when it is made."""


def matmul_shape(op: Any) -> list[TensorShape]:
    """The shape of a product of matrices; heeds `transpose_a` and `transpose_b`."""
    rows, inner_a = op.inputs[0].get_shape().with_rank(2).dims
    inner_b, columns = op.inputs[1].get_shape().with_rank(2).dims
    if op.get_attr("transpose_a"):
        rows, inner_a = inner_a, rows
    if op.get_attr("transpose_b"):
        inner_b, columns = columns, inner_b
    inner_a.assert_is_compatible_with(inner_b)
    return [TensorShape([rows, columns])]


# --------------------------------------------------------------------------- moving windows
def get_conv_output_size(
    input_size: Sequence[Any], filter_size: Sequence[Any], strides: Sequence[Any], padding_type: Any
) -> tuple[int | None, ...]:
    """How many windows fit in each dimension, for the padding b"SAME" or b"VALID".

    Raises:
      ValueError: If the filter is larger than the input, or the padding another one.
    """
    sizes = tuple(as_dimension(size).value for size in input_size)
    windows = tuple(as_dimension(size).value for size in filter_size)
    steps = [int(step) for step in strides]
    if all(size == 1 for size in (*sizes, *windows)):
        return sizes
    known = (pair for pair in zip(windows, sizes, strict=False) if None not in pair)
    if any(window > size for window, size in known):  # type: ignore[operator]
        raise ValueError(
            f"Filter must not be larger than the input: Filter: {windows!r} Input: {sizes!r}"
        )
    if padding_type == b"VALID":
        return tuple(
            None if size is None or window is None else (size - window + step) // step
            for size, window, step in zip(sizes, windows, steps, strict=False)
        )
    if padding_type == b"SAME":
        return tuple(
            None if size is None else -(-size // step)
            for size, step in zip(sizes, steps, strict=False)
        )
    raise ValueError(f"Invalid padding: {padding_type!r}")


def _planes(op: Any, image: Any, window: Any, steps: Any) -> tuple[int | None, ...]:
    """The rows and columns of an output; all arguments but the node are sizes in the plane."""
    return get_conv_output_size(image, window, steps, op.get_attr("padding"))


def get2d_conv_output_size(
    input_height: Any,
    input_width: Any,
    filter_height: Any,
    filter_width: Any,
    row_stride: Any,
    col_stride: Any,
    padding_type: Any,
) -> tuple[int | None, ...]:
    """The numbers of windows in rows and columns; see `get_conv_output_size`."""
    return get_conv_output_size(
        (input_height, input_width),
        (filter_height, filter_width),
        (row_stride, col_stride),
        padding_type,
    )


class _Layout:
    """Moves the dimensions of a node's data format to those of NHWC, and back."""

    def __init__(self, op: Any) -> None:
        try:
            self._channels_first = op.get_attr("data_format") == b"NCHW"
        except ValueError:
            self._channels_first = False

    def unpacked(self, sizes: Any) -> list[Any]:
        """Batch, rows, columns, depth of four sizes."""
        batch, *rest = sizes
        return [batch, *rest[1:], rest[0]] if self._channels_first else [batch, *rest]

    def shape(self, batch: Any, rows: Any, columns: Any, depth: Any) -> list[TensorShape]:
        """The shape of an output."""
        if self._channels_first:
            return [TensorShape([batch, depth, rows, columns])]
        return [TensorShape([batch, rows, columns, depth])]


def conv2d_shape(op: Any) -> list[TensorShape]:
    """The shape of a Conv2D node's output, for both data formats."""
    layout = _Layout(op)
    image = layout.unpacked(op.inputs[0].get_shape().with_rank(4).dims)
    kernel = op.inputs[1].get_shape().with_rank(4).dims
    image[3].assert_is_compatible_with(kernel[2])
    steps = layout.unpacked(op.get_attr("strides"))
    if steps[0] != 1 or steps[3] != 1:
        raise ValueError(_IN_DEPTH)
    rows, columns = _planes(op, image[1:3], kernel[:2], steps[1:3])
    return layout.shape(image[0], rows, columns, kernel[3])


def _depthwise(op: Any, image: Any, kernel: Any, depth: Any) -> list[TensorShape]:
    steps = op.get_attr("strides")
    if steps[0] != 1 or steps[3] != 1:
        raise ValueError(_IN_DEPTH)
    if steps[1] != steps[2]:
        raise ValueError(_UNEQUAL)
    rows, columns = _planes(op, image[1:3], kernel[:2], steps[1:3])
    return [TensorShape([image[0], rows, columns, depth])]


def depthwise_conv2d_native_shape(op: Any) -> list[TensorShape]:
    """The shape of a DepthwiseConv2dNative node's output."""
    image = op.inputs[0].get_shape().with_rank(4).dims
    kernel = op.inputs[1].get_shape().with_rank(4).dims
    image[3].assert_is_compatible_with(kernel[2])
    return _depthwise(op, image, kernel, kernel[3] * kernel[2])


def separable_conv2d_shape(op: Any) -> list[TensorShape]:
    """The shape of a separable convolution: an image, depthwise and pointwise filters."""
    image = op.inputs[0].get_shape().with_rank(4).dims
    kernel = op.inputs[1].get_shape().merge_with(TensorShape([None, None, image[3], None])).dims
    between = kernel[2] * kernel[3]
    points = op.inputs[2].get_shape().merge_with(TensorShape([1, 1, between, None])).dims
    return _depthwise(op, image, kernel, points[3])


def avg_pool_shape(op: Any) -> list[TensorShape]:
    """The shape of an AvgPool node's output, for both data formats."""
    layout = _Layout(op)
    image = layout.unpacked(op.inputs[0].get_shape().with_rank(4).dims)
    window, steps = (layout.unpacked(op.get_attr(name)) for name in ("ksize", "strides"))
    if window[0] != 1 or window[3] != 1:
        raise ValueError(
            "Current implementation does not support pooling in the batch and depth dimensions."
        )
    if steps[0] != 1 or steps[3] != 1:
        raise ValueError(
            "Current implementation does not support strides in the batch and depth dimensions."
        )
    return _pooled(op, layout, image, window, steps)


def max_pool_shape(op: Any) -> list[TensorShape]:
    """The shape of a MaxPool node's output, which may pool over depth instead."""
    layout = _Layout(op)
    image = layout.unpacked(op.inputs[0].get_shape().with_rank(4).dims)
    window, steps = (layout.unpacked(op.get_attr(name)) for name in ("ksize", "strides"))
    if window[0] != 1:
        raise ValueError(
            "Current implementation does not support pooling across the batch dimension."
        )
    if steps[0] != 1:
        raise ValueError("Current implementation does not support strides in the batch dimension.")
    in_plane = window[1] == window[2] == 1
    if not (in_plane or window[3] == 1):
        raise ValueError(
            "MaxPooling supports exactly one of pooling across depth or pooling across "
            "width/height."
        )
    if window[3] == 1:
        return _pooled(op, layout, image, window, steps)
    if image[3] % window[3] > 0:
        raise ValueError(
            "Depthwise max pooling requires the depth window to evenly divide the input depth."
        )
    if steps[3] != window[3]:
        raise ValueError(
            "Depthwise max pooling requires the depth window to equal the depth stride."
        )
    return layout.shape(image[0], image[1], image[2], image[3] // window[3])


def _pooled(op: Any, layout: _Layout, image: Any, window: Any, steps: Any) -> list[TensorShape]:
    rows, columns = _planes(op, image[1:3], window[1:3], steps[1:3])
    return layout.shape(image[0], rows, columns, image[3])


# --------------------------------------------------------------------------- broadcasting
def _broadcast_shape_helper(shape_x: Any, shape_y: Any) -> list[Any] | None:
    """The sizes that two shapes of known rank have together; None if they do not fit."""
    found: list[Any] = []
    ones = zip_longest(reversed(shape_x.dims), reversed(shape_y.dims), fillvalue=Dimension(1))
    for x, y in ones:
        if x.value is None or y.value is None:
            # A size above 1 is believed: the unknown one is 1 or the same.
            known = [size for size in (x, y) if size.value is not None and size.value > 1]
            found.append(known[0] if known else None)
        elif x.value == 1 or x.value == y.value:
            found.append(y)
        elif y.value == 1:
            found.append(x)
        else:
            return None
    return found[::-1]


def is_broadcast_compatible(shape_x: Any, shape_y: Any) -> bool:
    """Whether two shapes of known rank broadcast to a common one."""
    if shape_x.ndims is None or shape_y.ndims is None:
        return False
    return _broadcast_shape_helper(shape_x, shape_y) is not None


def broadcast_shape(shape_x: Any, shape_y: Any) -> TensorShape:
    """The shape that two shapes broadcast to; unknown if the rank of one is.

    Raises:
      ValueError: If they do not broadcast.
    """
    if shape_x.ndims is None or shape_y.ndims is None:
        return _unknown_shape()
    found = _broadcast_shape_helper(shape_x, shape_y)
    if found is None:
        raise ValueError(f"Incompatible shapes for broadcasting: {shape_x} and {shape_y}")
    return TensorShape(found)
