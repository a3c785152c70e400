"""Shapes of ragged tensors that are known when the graph runs, and broadcasting to them."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops, control_flow_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.tensor_shape import dimension_value
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.ragged import ragged_array_ops, ragged_config, ragged_util
from evergraph.library.ragged.ragged_tensor import (
    RaggedTensor,
    convert_to_tensor_or_ragged_tensor,
    is_ragged,
)


class RaggedTensorDynamicShape:
    """The sizes of a tensor's axes as tensors, ragged or not.

    The outer axes, up to the last ragged one, are partitioned: each has a scalar (all slices are as
    long) or a vector (the length of each slice). The axes inside of them are uniform; one vector
    has their sizes. `[[[1, 2], [3, 4]], [[5, 6]]]` has the partitioned sizes `2, (2, 1)` and the
    inner size `2`.
    """

    def __init__(
        self, partitioned_dim_sizes: Any, inner_dim_sizes: Any, dim_size_dtype: Any = None
    ) -> None:
        """
        Args:
          partitioned_dim_sizes: A list of integer scalars and vectors; the first is a scalar, the
            last a vector.
          inner_dim_sizes: An integer vector.
          dim_size_dtype: The type of the sizes (default: that of the vectors; int64 if there are
            none).

        Raises:
          ValueError: If a rank is wrong or not known, or the vectors' types differ.
        """
        assert isinstance(partitioned_dim_sizes, (list, tuple))
        with name_scope(None, "RaggedTensorDynamicShape", (partitioned_dim_sizes, inner_dim_sizes)):
            sizes = [
                convert_to_tensor(size, name=f"partitioned_dimension_size_{i}")
                for i, size in enumerate(partitioned_dim_sizes)
            ]
            inner = convert_to_tensor(inner_dim_sizes, name="inner_dim_sizes")
            _check_ranks(sizes)
            inner.shape.assert_has_rank(1)
            if dim_size_dtype is None:
                dim_size_dtype = _common_dtype(sizes)
            self._partitioned_dim_sizes = tuple(math_ops.cast(s, dim_size_dtype) for s in sizes)
            self._inner_dim_sizes = math_ops.cast(inner, dim_size_dtype)

    def __repr__(self) -> str:
        return (
            f"RaggedTensorDynamicShape(partitioned_dim_sizes={self._partitioned_dim_sizes!r}, "
            f"inner_dim_sizes={self._inner_dim_sizes!r})"
        )

    @staticmethod
    def from_dim_sizes(dim_sizes: Sequence[Any]) -> "RaggedTensorDynamicShape":
        """The shape with a scalar for each uniform and a vector for each ragged axis.

        Raises:
          ValueError: If one is of a higher rank.
        """
        with name_scope(None, "RaggedTensorDynamicShapeFromDimensionSizes", [dim_sizes]):
            sizes = tuple(
                convert_to_tensor(size, preferred_dtype=dtypes.int64, name="dim_sizes")
                for size in dim_sizes
            )
            split = 0
            for axis, size in enumerate(sizes):
                if size.shape.ndims == 1:
                    split = axis + 1
                elif size.shape.ndims != 0:
                    raise ValueError("Each dim_size must be a scalar or a vector")
            return RaggedTensorDynamicShape(sizes[:split], sizes[split:])

    @classmethod
    def from_tensor(cls, rt_input: Any, dim_size_dtype: Any = None) -> "RaggedTensorDynamicShape":
        """The shape of a tensor, ragged or not."""
        with name_scope(None, "RaggedTensorDynamicShapeFromTensor", [rt_input]):
            rt_input = convert_to_tensor_or_ragged_tensor(rt_input)
            if not is_ragged(rt_input):
                return cls([], array_ops.shape(rt_input))
            return RaggedTensorDynamicShape(
                (rt_input.nrows(), *rt_input.nested_row_lengths()),
                array_ops.shape(rt_input.flat_values)[1:],
                dim_size_dtype=dim_size_dtype,
            )

    # -- what it holds

    def dimension_size(self, axis: int) -> Tensor:
        """The size of an axis: a scalar, or the lengths of its slices."""
        if not isinstance(axis, int):
            raise TypeError("axis must be an integer")
        partitioned = len(self._partitioned_dim_sizes)
        if axis < partitioned:
            return self._partitioned_dim_sizes[axis]
        return self._inner_dim_sizes[axis - partitioned]

    def is_ragged(self, axis: int) -> bool:
        """Whether the slices of an axis may differ in length.

        Raises:
          ValueError: If the axis is negative or there is none such.
        """
        if not isinstance(axis, int):
            raise TypeError("axis must be an integer")
        if axis < 0:
            raise ValueError("Negative axis values are not supported")
        if self.rank is not None and axis >= self.rank:
            raise ValueError(f"Expected axis={axis} < rank={self.rank}")
        sizes = self._partitioned_dim_sizes
        return 0 < axis < len(sizes) and sizes[axis].shape.ndims == 1

    @property
    def rank(self) -> int | None:
        """The number of axes; None if it is not known."""
        inner = self.num_inner_dimensions
        return None if inner is None else len(self._partitioned_dim_sizes) + inner

    @property
    def partitioned_dim_sizes(self) -> tuple[Tensor, ...]:
        """The sizes of the partitioned axes."""
        return self._partitioned_dim_sizes

    @property
    def inner_dim_sizes(self) -> Tensor:
        """The sizes of the inner axes, a vector."""
        return self._inner_dim_sizes

    @property
    def num_partitioned_dimensions(self) -> int:
        """The number of partitioned axes."""
        return len(self._partitioned_dim_sizes)

    @property
    def num_inner_dimensions(self) -> int | None:
        """The number of inner axes; None if it is not known."""
        return dimension_value(self._inner_dim_sizes.shape[0])

    @property
    def dim_size_dtype(self) -> Any:
        """The type of the sizes."""
        return self._inner_dim_sizes.dtype

    def num_slices_in_dimension(self, axis: int) -> Tensor:
        """How many slices there are along an axis, in all."""
        if axis < 0:
            return constant(1, dtype=self.dim_size_dtype)
        if self.is_ragged(axis):
            return math_ops.reduce_sum(self._partitioned_dim_sizes[axis])
        return self.dimension_size(axis) * self.num_slices_in_dimension(axis - 1)

    def with_dim_size_dtype(self, dtype: Any) -> "RaggedTensorDynamicShape":
        """The same shape with sizes of another type, int32 or int64."""
        if dtype not in (dtypes.int32, dtypes.int64):
            raise ValueError("dtype must be int32 or int64")
        if self.dim_size_dtype == dtype:
            return self
        return RaggedTensorDynamicShape(
            [math_ops.cast(p, dtype) for p in self._partitioned_dim_sizes],
            math_ops.cast(self._inner_dim_sizes, dtype),
        )

    # -- broadcasting

    def broadcast_to_rank(self, rank: int) -> "RaggedTensorDynamicShape":
        """The shape with axes of size 1 in front, up to `rank`.

        Raises:
          ValueError: If the own rank is higher or not known.
        """
        if self.rank is None:
            raise ValueError("Unable to broadcast: self.rank is unknown")
        new = rank - self.rank
        if new < 0:
            raise ValueError(
                f"Unable to broadcast: rank={rank} must be greater than self.rank={self.rank}."
            )
        if new == 0:
            return self
        if self._partitioned_dim_sizes:
            return RaggedTensorDynamicShape(
                (1,) * new + self._partitioned_dim_sizes, self._inner_dim_sizes
            )
        ones = array_ops.ones([new], self.dim_size_dtype)
        return RaggedTensorDynamicShape([], array_ops.concat([ones, self.inner_dim_sizes], axis=0))

    def broadcast_dimension(self, axis: int, lengths: Any) -> "RaggedTensorDynamicShape":
        """The shape with an axis of size 1 made as long as `lengths`.

        Args:
          axis: The axis. If its size is not 1, it must be that of `lengths`, or `lengths` be 1.
          lengths: An integer, or the lengths of slices.

        Raises:
          ValueError: If the rank of `lengths` is above 1 or not known.
        """
        lengths = ragged_util.convert_to_int_tensor(
            lengths, name="lengths", dtype=self.dim_size_dtype
        )
        if lengths.shape.ndims is None:
            raise ValueError("lengths must have a known rank.")
        if lengths.shape.ndims > 1:
            raise ValueError("lengths must be a scalar or vector")
        scalar = lengths.shape.ndims == 0
        own = self.dimension_size(axis)
        if self.is_ragged(axis):
            fits = (
                math_ops.equal(lengths, 1)
                if scalar
                else math_ops.reduce_all(math_ops.equal(lengths, own))
            )
        elif scalar:
            fits = (
                math_ops.equal(lengths, 1) | math_ops.equal(own, 1) | math_ops.equal(own, lengths)
            )
        else:
            fits = math_ops.equal(own, 1)
        complaint = [
            "Unable to broadcast: dimension size mismatch in dimension",
            axis,
            "lengths=",
            lengths,
            "dim_size=",
            own,
        ]
        check = control_flow_ops.Assert(fits, data=complaint, summarize=10)
        with control_dependencies([check]):
            if axis < self.num_partitioned_dimensions:
                if not self.is_ragged(axis):
                    return self._broadcast_uniform_partitioned_dimension(axis, lengths)
                return RaggedTensorDynamicShape(
                    self._partitioned_dim_sizes, array_ops.identity(self.inner_dim_sizes)
                )
            if scalar:
                return self._broadcast_inner_dimension_to_uniform(axis, lengths)
            if axis == 0:
                raise ValueError("Unable to broadcast: outermost dimension must be uniform.")
            return self._broadcast_inner_dimension_to_ragged(axis, lengths)

    def _broadcast_uniform_partitioned_dimension(
        self, axis: int, lengths: Tensor
    ) -> "RaggedTensorDynamicShape":
        own = self.dimension_size(axis)
        sizes = list(self._partitioned_dim_sizes[:axis])
        if lengths.shape.ndims == 0:
            one = math_ops.equal(own, 1)
            lengths = array_ops.where(one, lengths, own)
            repeats = array_ops.where(one, lengths, array_ops.ones_like(lengths))
            splits = array_ops.stack([0, self.num_slices_in_dimension(axis)])
        else:
            splits = math_ops.range(array_ops.size(lengths, out_type=self.dim_size_dtype) + 1)
            repeats = lengths
        sizes.append(lengths)
        for size in self._partitioned_dim_sizes[axis + 1 :]:
            if size.shape.ndims == 0:
                sizes.append(size)
                splits = splits * size
            else:
                sizes.append(ragged_util.repeat_ranges(size, splits, repeats))
                splits = array_ops.gather(ragged_util.lengths_to_splits(size), splits)
        return RaggedTensorDynamicShape(sizes, self._inner_dim_sizes)

    def _broadcast_inner_dimension_to_uniform(
        self, axis: int, length: Tensor
    ) -> "RaggedTensorDynamicShape":
        own = self.dimension_size(axis)
        place = axis - self.num_partitioned_dimensions
        new = [array_ops.where(math_ops.equal(own, 1), length, own)]
        inner = self._inner_dim_sizes
        return RaggedTensorDynamicShape(
            self._partitioned_dim_sizes,
            array_ops.concat([inner[:place], new, inner[place + 1 :]], axis=0),
        )

    def _broadcast_inner_dimension_to_ragged(
        self, axis: int, lengths: Tensor
    ) -> "RaggedTensorDynamicShape":
        place = axis - self.num_partitioned_dimensions
        inner = self._inner_dim_sizes
        outer = [*self._partitioned_dim_sizes, *(inner[i] for i in range(place)), lengths]
        return RaggedTensorDynamicShape(outer, inner[place + 1 :])


def _check_ranks(sizes: Sequence[Tensor]) -> None:
    for axis, size in enumerate(sizes):
        if size.shape.ndims is None:
            raise ValueError(f"rank of partitioned_dim_sizes[{axis}] is unknown")
        size.shape.with_rank_at_most(1)
    if sizes and sizes[0].shape.ndims == 1:
        raise ValueError("outermost partitioned dimension must be uniform")
    if sizes and sizes[-1].shape.ndims == 0:
        raise ValueError("innermost partitioned dimension must be ragged")


def _common_dtype(sizes: Sequence[Tensor]) -> Any:
    found = {size.dtype for size in sizes if size.shape.ndims == 1}
    if len(found) == 1:
        return found.pop()
    if found and not ragged_config.auto_cast_partition_dtype():
        raise ValueError("partitioned_dim_sizes must have matching dtypes")
    return dtypes.int64


def broadcast_dynamic_shape(
    shape_x: RaggedTensorDynamicShape, shape_y: RaggedTensorDynamicShape
) -> RaggedTensorDynamicShape:
    """The shape that two shapes broadcast to.

    Raises:
      TypeError: If one is no RaggedTensorDynamicShape.
      ValueError: If a rank is not known.
    """
    for label, shape in (("shape_x", shape_x), ("shape_y", shape_y)):
        if not isinstance(shape, RaggedTensorDynamicShape):
            raise TypeError(f"{label} must be a RaggedTensorDynamicShape")
    if shape_x.rank is None or shape_y.rank is None:
        raise ValueError("Unable to broadcast: unknown rank")
    rank = max(shape_x.rank, shape_y.rank)
    shape_x, shape_y = shape_x.broadcast_to_rank(rank), shape_y.broadcast_to_rank(rank)
    for axis in range(rank):
        shape_x = shape_x.broadcast_dimension(axis, shape_y.dimension_size(axis))
        shape_y = shape_y.broadcast_dimension(axis, shape_x.dimension_size(axis))
    return shape_x


def broadcast_to(
    rt_input: Any, shape: RaggedTensorDynamicShape, broadcast_inner_dimensions: bool = True
) -> Any:
    """A tensor, ragged or not, tiled until it has a shape.

    Args:
      rt_input: The tensor. It must fit; this is not checked.
      shape: The shape.
      broadcast_inner_dimensions: Whether the inner axes are tiled, too.

    Raises:
      TypeError: If `shape` is no RaggedTensorDynamicShape.
      ValueError: If ranks or ragged ranks do not fit, or the types of row splits differ.
    """
    if not isinstance(shape, RaggedTensorDynamicShape):
        raise TypeError("shape must be a RaggedTensorDynamicShape")
    rt_input = convert_to_tensor_or_ragged_tensor(rt_input)
    if shape.num_partitioned_dimensions > 0:
        return _broadcast_to_ragged_shape(rt_input, shape, broadcast_inner_dimensions)
    if is_ragged(rt_input):
        raise ValueError("Incompatible with shape: ragged rank mismatch")
    if broadcast_inner_dimensions:
        return array_ops.broadcast_to(rt_input, shape.inner_dim_sizes)
    return rt_input


def _broadcast_to_ragged_shape(
    rt_input: Any, shape: RaggedTensorDynamicShape, broadcast_inner_dimensions: bool
) -> Any:
    if is_ragged(rt_input) and rt_input.row_splits.dtype != shape.dim_size_dtype:
        if not ragged_config.auto_cast_partition_dtype():
            raise ValueError(
                "rt_input and dst_shape have different row_split dtypes; use "
                "RaggedTensor.with_row_splits_dtype() or "
                "RaggedTensorDynamicShape.with_dim_size_dtype() to convert to a compatible dtype."
            )
        rt_input = rt_input.with_row_splits_dtype(dtypes.int64)
        shape = shape.with_dim_size_dtype(dtypes.int64)
    if rt_input.shape.ndims is None or shape.rank is None:
        raise ValueError("Unable to broadcast: unknown rank")
    if rt_input.shape.ndims > shape.rank:
        raise ValueError("Incompatible with shape: rank mismatch")
    if is_ragged(rt_input) and rt_input.ragged_rank >= shape.num_partitioned_dimensions:
        raise ValueError("Incompatible with shape: ragged rank mismatch")
    source = RaggedTensorDynamicShape.from_tensor(rt_input).broadcast_to_rank(shape.rank)
    rt_input = _as_partitioned(rt_input, shape)
    rt_input = _tiled(rt_input, source, shape)
    if broadcast_inner_dimensions:
        inner = array_ops.concat([[-1], shape.inner_dim_sizes], axis=0)
        rt_input = rt_input.with_flat_values(array_ops.reshape(rt_input.flat_values, inner))
    for axis in range(shape.num_partitioned_dimensions):
        if not source.is_ragged(axis) and shape.is_ragged(axis):
            rt_input = _ragged_tile_axis(
                rt_input, axis, shape.dimension_size(axis), shape.dim_size_dtype
            )
    return rt_input


def _as_partitioned(rt_input: Any, shape: RaggedTensorDynamicShape) -> RaggedTensor:
    """The tensor with new axes in front, as many as `shape` has, and with row splits for each axis
    that `shape` has a size of its own of."""
    inner_axes = shape.num_inner_dimensions
    assert shape.rank is not None and inner_axes is not None
    if shape.rank > rt_input.shape.ndims:
        if rt_input.shape.ndims < inner_axes + 1:
            inner = array_ops.concat([[-1], shape.inner_dim_sizes], axis=0)
            rt_input = array_ops.reshape(rt_input, inner)
        for _ in range(shape.rank - rt_input.shape.ndims):
            rows = (
                rt_input.nrows()
                if is_ragged(rt_input)
                else array_ops.shape(rt_input, out_type=shape.dim_size_dtype)[0]
            )
            rt_input = RaggedTensor.from_row_lengths(rt_input, [rows], validate=False)
    if not is_ragged(rt_input):
        return RaggedTensor.from_tensor(
            rt_input,
            ragged_rank=shape.num_partitioned_dimensions - 1,
            row_splits_dtype=shape.dim_size_dtype,
        )
    more = rt_input.flat_values.shape.ndims - 1 - inner_axes
    if more > 0:
        values = RaggedTensor.from_tensor(
            rt_input.flat_values, ragged_rank=more, row_splits_dtype=shape.dim_size_dtype
        )
        rt_input = rt_input.with_flat_values(values)
    return rt_input


def _tiled(
    rt_input: RaggedTensor, source: RaggedTensorDynamicShape, shape: RaggedTensorDynamicShape
) -> Any:
    """The tensor repeated along the axes that are uniform in both shapes."""
    multiples: list[Any] = [1] * (shape.rank or 0)
    for axis in range(shape.num_partitioned_dimensions):
        if source.is_ragged(axis) or shape.is_ragged(axis):
            continue
        old, new = source.dimension_size(axis), shape.dimension_size(axis)
        if constant_value(old) in (1, None) and constant_value(new) != 1:
            multiples[axis] = array_ops.where(math_ops.equal(old, 1), new, array_ops.ones_like(new))
    if all(isinstance(many, int) for many in multiples):
        return rt_input
    return ragged_array_ops.tile(rt_input, array_ops.stack(multiples, axis=0))


def _ragged_tile_axis(rt_input: Any, axis: int, repeats: Any, row_splits_dtype: Any) -> Any:
    """The tensor with each slice of an axis of size 1 repeated its own number of times."""
    assert axis > 0  # the outermost one is not ragged
    if not is_ragged(rt_input):
        rt_input = RaggedTensor.from_tensor(
            rt_input, ragged_rank=1, row_splits_dtype=row_splits_dtype
        )
    if axis > 1:
        inner = _ragged_tile_axis(rt_input.values, axis - 1, repeats, row_splits_dtype)
        return rt_input.with_values(inner)
    nested_splits = rt_input.nested_row_splits
    nested_lengths = rt_input.nested_row_lengths()
    splits, lengths = nested_splits[0], [repeats]
    for own_splits, own_lengths in zip(nested_splits[1:], nested_lengths[1:], strict=True):
        lengths.append(ragged_util.repeat_ranges(own_lengths, splits, repeats))
        splits = array_ops.gather(own_splits, splits)
    values = ragged_util.repeat_ranges(rt_input.flat_values, splits, repeats)
    return RaggedTensor.from_nested_row_lengths(values, lengths, validate=False)
