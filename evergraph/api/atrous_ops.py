"""Convolutions of any number of spatial axes, with holes in the filter or not: `tf.nn.convolution`
and what stands on it.

Convolutions with holes are built as ordinary ones over images taken apart: every `rate`-th pixel
becomes an image of its own (SpaceToBatchND), which is put back afterwards.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from evergraph.api import array_ops
from evergraph.api.convolution_ops import _get_sequence, conv1d, conv2d, conv2d_node, conv3d_node
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated_argument_lookup
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, as_shape, dimension_at_index
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor

Build = Callable[[int, str], Callable[[Tensor, Any], Tensor]]


def _channels_first(data_format: str | None) -> bool:
    return data_format is not None and data_format.startswith("NC")


def _base_paddings(filter_shape: Any, count: int, rate: Any) -> Tensor:
    """What SAME adds before and after each axis, for a filter with holes; an odd one at the end."""
    shape = filter_shape[:count]
    with_holes = shape + (shape - 1) * (rate - 1)
    extra = with_holes - 1
    start = extra // 2
    end = extra - start
    return array_ops.stack([[start[i], end[i]] for i in range(count)])


def _spread(values: Tensor, fill: int, axes: Sequence[int]) -> Any:
    """A row for each axis from 1 on: those of `values` for `axes`, `fill` for axes between."""
    known = constant_value(values)
    rows = values if known is None else known
    width = values.shape.as_list()[1:]
    parts: list[Any] = []
    last = taken = 0
    while taken < len(axes):
        start = taken
        if axes[start] > 1:
            gap = [axes[start] - 1 - last, *width]
            parts.append(np.full(gap, fill, dtype=values.dtype.as_numpy_dtype))
        while taken + 1 < len(axes) and axes[taken + 1] == axes[taken] + 1:
            taken += 1
        parts.append(rows[start : taken + 1])
        last = axes[taken]
        taken += 1
    return array_ops.concat(parts, 0) if known is None else np.concatenate(parts)


def _checked_axes(given: Any, count: int, data_format: str | None, shape: TensorShape) -> list[int]:
    """The spatial axes. Raises ValueError where they, or the input's rank, cannot be."""
    first = 2 if _channels_first(data_format) else 1
    given = list(range(first, count + first)) if given is None else list(given)
    axes = sorted({int(axis) for axis in given})
    if axes != given or any(axis < 1 for axis in axes):
        raise ValueError(
            "spatial_dims must be a montonically increasing sequence of positive integers"
        )
    rank = axes[-1] if _channels_first(data_format) else axes[-1] + 1
    try:
        shape.with_rank_at_least(rank)
    except ValueError:
        raise ValueError(f"input tensor must have rank {rank} at least") from None
    return axes


class WithSpaceToBatch:
    """An operation over images with every `rate`-th pixel, made once and called with tensors.

    Args:
      input_shape: the static shape of the input.
      dilation_rate: int32 of rank 1, a rate for each spatial axis.
      padding: "SAME" or "VALID".
      build_op: of the number of spatial axes and a padding, the function (input, filter) → tensor.
      filter_shape: the shape of the filter, needed for "SAME".
      spatial_dims: the axes of the input; default: those after the batch.
      data_format: starts with "NC" where channels come first.
    """

    def __init__(
        self,
        input_shape: TensorShape,
        dilation_rate: Any,
        padding: str,
        build_op: Build,
        filter_shape: Any = None,
        spatial_dims: Any = None,
        data_format: str | None = None,
    ) -> None:
        rate = convert_to_tensor(dilation_rate, dtypes.int32, name="dilation_rate")
        try:
            rate_shape = rate.shape.with_rank(1)
        except ValueError:
            raise ValueError("rate must be rank 1") from None
        if not rate.shape.is_fully_defined():
            raise ValueError("rate must have known shape")
        self.count = rate_shape.as_list()[0]
        self.axes = _checked_axes(spatial_dims, self.count, data_format, input_shape)
        self.input_shape, self.rate, self.data_format = input_shape, rate, data_format
        known = constant_value(rate)
        self.known_rate = rate if known is None else known
        self.plain: Callable[[Tensor, Any], Tensor] | None = None
        if known is not None:
            if np.any(known < 1):
                raise ValueError("dilation_rate must be positive")
            if np.all(known == 1):
                self.plain = build_op(self.count, padding)
                return
        self.paddings = self._paddings(padding, filter_shape)
        self.op = build_op(self.count, "VALID")

    def _paddings(self, padding: str, filter_shape: Any) -> Any:
        """What makes a VALID operation one with `padding`; None if only the filter can tell."""
        if padding == "VALID":
            return np.zeros([self.count, 2], np.int32)
        if padding != "SAME":
            raise ValueError(f"Invalid padding method {padding!r}")
        if filter_shape is None:
            raise ValueError("filter_shape must be specified for SAME padding")
        known = constant_value(convert_to_tensor(filter_shape, name="filter_shape"))
        return None if known is None else _base_paddings(known, self.count, self.known_rate)

    def _space(self, images: Tensor) -> Any:
        """The sizes of the spatial axes: numbers if all are known."""
        if self.input_shape.ndims is not None:
            known = self.input_shape.as_list()
            sizes = [known[axis] for axis in self.axes]
            if None not in sizes:
                return sizes
        shape = array_ops.shape(images)
        return array_ops.stack([shape[axis] for axis in self.axes])

    def __call__(self, images: Tensor, filters: Any) -> Tensor:
        if self.plain is not None:
            return self.plain(images, filters)
        space = self._space(images)
        base = self.paddings
        if base is None:
            base = _base_paddings(array_ops.shape(filters), self.count, self.known_rate)
        paddings, crops = array_ops.required_space_to_batch_paddings(
            input_shape=space, base_paddings=base, block_shape=self.rate
        )
        rate = _spread(self.rate, 1, self.axes)
        paddings, crops = _spread(paddings, 0, self.axes), _spread(crops, 0, self.axes)
        taken_apart = array_ops.space_to_batch_nd(images, rate, paddings)
        found = array_ops.batch_to_space_nd(self.op(taken_apart, filters), rate, crops)
        if _channels_first(self.data_format) and filters is not None:
            dims = found.shape.as_list()
            if not dims[1]:
                dims[1] = filters.shape[-1]
                found.set_shape(dims)
        return found


@export("nn.with_space_to_batch")
def with_space_to_batch(
    input: Any,
    dilation_rate: Any,
    padding: str,
    op: Callable[[Tensor, int, str], Tensor],
    filter_shape: Any = None,
    spatial_dims: Any = None,
    data_format: str | None = None,
) -> Tensor:
    """`op` over images of every `rate`-th pixel. Stands for `tf.nn.with_space_to_batch`.

    Args:
      input: [batch, ...].
      dilation_rate: int32 of rank 1, a rate for each spatial axis.
      padding: "SAME" or "VALID", of a window with holes.
      op: a function of (input, number of spatial axes, padding).
      filter_shape: the shape of the window, needed for "SAME".
      spatial_dims: the spatial axes, ascending; default: those after the batch.
      data_format: starts with "NC" where channels come first.

    Raises:
      ValueError: an argument is of a wrong form.
    """
    input = convert_to_tensor(input, name="input")

    def build(count: int, padding: str) -> Callable[[Tensor, Any], Tensor]:
        return lambda images, _: op(images, count, padding)

    made = WithSpaceToBatch(
        input.shape, dilation_rate, padding, build, filter_shape, spatial_dims, data_format
    )
    return made(input, None)


def _plain_convolution(
    input_shape: TensorShape,
    filter_shape: TensorShape,
    padding: str,
    data_format: str | None,
    strides: Any,
    name: str | None,
) -> Callable[[Tensor, Any], Tensor]:
    """A convolution without holes, by the rank of its input and filter."""
    filter_shape = filter_shape.with_rank(input_shape.ndims)
    rank = input_shape.with_rank(filter_shape.ndims).ndims
    if rank is None:
        raise ValueError("Rank of convolution must be known")
    if rank < 3 or rank > 5:
        raise ValueError("`input` and `filter` must have rank at least 3 and at most 5")
    count = rank - 2
    if strides is None:
        strides = [1] * count
    elif len(strides) != count:
        raise ValueError(f"len(strides)={len(strides)}, but should be {count}")
    given = {"padding": padding, "name": name}
    if count == 1:
        if data_format not in {None, "NCW", "NWC", "NCHW", "NHWC"}:
            raise ValueError('data_format must be "NWC" or "NCW".')
        data_format = data_format or "NWC"
        return lambda x, w: conv1d(x, w, strides[0], data_format=data_format, **given)
    last, first = ("NHWC", "NCHW") if count == 2 else ("NDHWC", "NCDHW")
    if data_format not in {None, last, first}:
        have = "" if count == 2 else f" Have: {data_format}"
        raise ValueError(f'data_format must be "{last}" or "{first}".{have}')
    whole = [1, 1, *strides] if data_format == first else [1, *strides, 1]
    if count == 2:
        return lambda x, w: conv2d(x, w, whole, data_format=data_format, **given)
    return lambda x, w: conv3d_node(x, w, whole, data_format=data_format, **given)


def _strides_and_rates(count: int, strides: Any, rates: Any) -> tuple[Any, Any]:
    """Arrays of `count` strides and rates; 1s where None is given."""
    if rates is None:
        rates = [1] * count
    elif len(rates) != count:
        raise ValueError(f"len(dilation_rate)={len(rates)} but should be {count}")
    rates = np.array(rates, dtype=np.int32)
    if np.any(rates < 1):
        raise ValueError("all values of dilation_rate must be positive")
    if strides is None:
        strides = [1] * count
    elif len(strides) != count:
        raise ValueError(f"len(strides)={len(strides)} but should be {count}")
    strides = np.array(strides, dtype=np.int32)
    if np.any(strides < 1):
        raise ValueError("all values of strides must be positive")
    if np.any(strides > 1) and np.any(rates > 1):
        raise ValueError("strides > 1 not supported in conjunction with dilation_rate > 1")
    return strides, rates


class Convolution:
    """A convolution made once for static shapes and called with tensors, as layers do.

    Args:
      input_shape, filter_shape: TensorShapes; one of them has a known rank.
      padding: "SAME" or "VALID".
      strides, dilation_rate: a number for each spatial axis, or None; not both above 1.
      name: a name for the node.
      data_format: starts with "NC" where channels come first.

    Raises:
      ValueError: shapes, strides or rates do not fit.
    """

    def __init__(
        self,
        input_shape: TensorShape,
        filter_shape: TensorShape,
        padding: str,
        strides: Any = None,
        dilation_rate: Any = None,
        name: str | None = None,
        data_format: str | None = None,
    ) -> None:
        rank = input_shape.ndims if filter_shape.ndims is None else filter_shape.ndims
        if rank is None:
            raise ValueError("rank of input or filter must be known")
        for what, shape in (("input", input_shape), ("filter", filter_shape)):
            try:
                shape.with_rank(rank)
            except ValueError:
                raise ValueError(f"{what} tensor must have rank {rank}") from None
        count = rank - 2
        first = _channels_first(data_format)
        depth = dimension_at_index(input_shape, 1 if first else count + 1)
        if not depth.is_compatible_with(filter_shape[count]):
            raise ValueError(
                "number of input channels does not match corresponding dimension of filter, "
                f"{depth} != {filter_shape[count]}"
            )
        strides, rates = _strides_and_rates(count, strides, dilation_rate)
        self.input_shape, self.filter_shape = input_shape, filter_shape
        self.strides, self.dilation_rate = strides, rates
        self.padding, self.data_format, self.name = padding, data_format, name
        self.conv_op = WithSpaceToBatch(
            input_shape,
            rates,
            padding,
            lambda _, padding: _plain_convolution(
                input_shape, filter_shape, padding, data_format, strides, name
            ),
            filter_shape,
            range(2, count + 2) if first else range(1, count + 1),
            data_format,
        )

    def __call__(self, inp: Tensor, filter: Any) -> Tensor:
        return self.conv_op(inp, filter)


def _rank(input: Any, filters: Any) -> int:
    for tensor in (input, filters):
        rank = as_shape(tensor.shape).ndims
        if rank is not None:
            return rank
    raise ValueError("rank of input or filter must be known")


def convolution_internal(
    input: Any,
    filters: Any,
    strides: Any = None,
    padding: str = "VALID",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """`convolution`, by the rank of its input. Without holes it is one node."""
    count = _rank(input, filters) - 2
    if not 1 <= count <= 3:
        raise ValueError(f"Input tensor must be of rank 3, 4 or 5 but was {count + 2}.")
    channel_index = 1 if _channels_first(data_format) else count + 1
    strides = _get_sequence(strides, count, channel_index, "strides")
    dilations = _get_sequence(dilations, count, channel_index, "dilations")
    with name_scope(name, "convolution", [input, filters]) as name:
        if all(rate == 1 for rate in dilations):
            node = {1: conv1d, 2: conv2d_node, 3: conv3d_node}[count]
            return node(
                input,
                filters,
                strides,
                padding=padding,
                data_format=data_format,
                dilations=dilations,
                name=name,
            )
        space = slice(2, None) if channel_index == 1 else slice(1, -1)
        op = Convolution(
            as_shape(input.shape),
            as_shape(filters.shape),
            padding,
            strides=strides[space],
            dilation_rate=dilations[space],
            name=name,
            data_format=data_format,
        )
        return op(input, filters)


@export("nn.convolution")
def convolution(
    input: Any,
    filter: Any,
    padding: str,
    strides: Any = None,
    dilation_rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """The convolution of sequences, images or volumes with filters. Stands for
    `tf.nn.convolution`.

    Args:
      input: [batch, space..., in] with 1 to 3 spatial axes, or [batch, in, space...] if
        `data_format` starts with "NC".
      filter: [space..., in, out].
      padding: "SAME" or "VALID".
      strides: how far filters move: a number, or one for each spatial axis.
      dilation_rate: how far apart the places of a filter are; likewise. Not with strides above 1.
      name: a name scope for the nodes.
      data_format: "NWC", "NCW", "NHWC", "NCHW", "NDHWC" or "NCDHW".
      filters, dilations: newer names of `filter` and `dilation_rate`.

    Raises:
      ValueError: an argument is of a wrong form, or shapes do not fit.
    """
    filter = deprecated_argument_lookup("filters", filters, "filter", filter)
    rates = deprecated_argument_lookup("dilations", dilations, "dilation_rate", dilation_rate)
    return convolution_internal(
        input,
        filter,
        strides=strides,
        padding=padding,
        data_format=data_format,
        dilations=rates,
        name=name,
    )


def convolution_v2(
    input: Any,
    filters: Any,
    strides: Any = None,
    padding: str = "VALID",
    data_format: str | None = None,
    dilations: Any = None,
    name: str | None = None,
) -> Tensor:
    """As `tf.nn.convolution`, with TensorFlow 2's arguments."""
    return convolution_internal(input, filters, strides, padding, data_format, dilations, name)


@export("nn.atrous_conv2d")
def atrous_conv2d(
    value: Any, filters: Any, rate: Any, padding: str, name: str | None = None
) -> Any:
    """The convolution of images with filters that have holes. Stands for `tf.nn.atrous_conv2d`.

    Args:
      value: [batch, rows, columns, in].
      filters: [rows, columns, in, out].
      rate: how far apart the places of a filter are.
      padding: "SAME" or "VALID".
      name: a name scope for the nodes.
    """
    rates = np.broadcast_to(rate, (2,))
    return convolution(input=value, filter=filters, padding=padding, dilation_rate=rates, name=name)
