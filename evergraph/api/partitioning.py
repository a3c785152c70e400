"""How `tf.get_variable` cuts a variable into parts."""

from collections.abc import Iterator, Sequence
from typing import Any


def _check_sequence(value: Any, name: str) -> None:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise TypeError(
            f"`{name}` must be a sequence (like tuple or list) instead of {type(value).__name__}"
        )


class PartitionInfo:
    """Which part of a variable an initializer is asked for.

    Args:
      full_shape: the shape of the whole, as a list.
      var_offset: where the part begins, in each dimension.

    Raises:
      TypeError: one is not a sequence.
      ValueError: they differ in length, or an offset is outside of the shape.
    """

    def __init__(self, full_shape: Sequence[int], var_offset: Sequence[int]) -> None:
        _check_sequence(full_shape, "full_shape")
        _check_sequence(var_offset, "var_offset")
        if len(var_offset) != len(full_shape):
            raise ValueError(
                f"Expected equal length, but `var_offset` is of length {len(var_offset)} while "
                f"full_shape is of length {len(full_shape)}."
            )
        for offset, size in zip(var_offset, full_shape, strict=True):
            if offset < 0 or offset >= size:
                raise ValueError(
                    f"Expected 0 <= offset < shape but found offset={offset}, shape={size} for "
                    f"var_offset={var_offset}, full_shape={full_shape}"
                )
        self._full_shape = full_shape
        self._var_offset = var_offset

    @property
    def full_shape(self) -> Sequence[int]:
        return self._full_shape

    @property
    def var_offset(self) -> Sequence[int]:
        return self._var_offset

    def single_offset(self, shape: Sequence[int]) -> int:
        """The offset of a part of `shape` along the axis that is cut; 0 where none is."""
        axis = self.single_slice_dim(shape)
        return 0 if axis is None else self._var_offset[axis]

    def single_slice_dim(self, shape: Sequence[int]) -> int | None:
        """The axis along which a part of `shape` is less than the whole; None where it is not.

        Raises:
          TypeError: `shape` is not a sequence.
          ValueError: the part does not fit, or is cut along several axes.
        """
        _check_sequence(shape, "shape")
        full, offset = self._full_shape, self._var_offset
        if len(shape) != len(full):
            raise ValueError(
                f"Expected equal length, but received shape={shape} of length {len(shape)} while "
                f"self.full_shape={full} is of length {len(full)}."
            )
        for i, size in enumerate(shape):
            if offset[i] + size > full[i]:
                raise ValueError(
                    f"With self.var_offset={offset}, a partition of shape={shape} would exceed "
                    f"self.full_shape={full} in dimension {i}."
                )
        axis = None
        for i, size in enumerate(shape):
            if size == full[i]:
                continue
            if axis is not None:
                raise ValueError(
                    f"Cannot use single_slice_dim() with shape={shape} and self.full_shape={full} "
                    f"since slice dim could be either dimension {i} or {axis}."
                )
            axis = i
        return axis


def call_partitioner(partitioner: Any, shape: Any, dtype: Any) -> Sequence[int]:
    """The number of parts for each axis. Raises ValueError where that makes no sense."""
    if not shape.is_fully_defined():
        raise ValueError(
            f"Shape of a new partitioned variable must be fully defined, but instead was {shape}."
        )
    if shape.ndims < 1:
        raise ValueError(f"A partitioned Variable must have rank at least 1, shape: {shape}")
    slicing = partitioner(shape=shape, dtype=dtype)
    if not isinstance(slicing, Sequence):
        raise ValueError(f"Partitioner must return a sequence, but saw: {slicing}")
    if len(slicing) != shape.ndims:
        raise ValueError(
            "Partitioner returned a partition list that does not match the Variable's rank: "
            f"{slicing} vs. {shape}"
        )
    if any(p < 1 for p in slicing):
        raise ValueError(f"Partitioner returned zero partitions for some axes: {slicing}")
    if sum(p > 1 for p in slicing) > 1:
        raise ValueError(
            "Can only slice a variable along one dimension: "
            f"shape: {shape}, partitioning: {slicing}"
        )
    return slicing


def slice_dim_and_count(slicing: Sequence[int]) -> tuple[int, int]:
    """The axis that is cut, and into how many parts."""
    for axis, count in enumerate(slicing):
        if count > 1:
            return axis, count
    return 0, 1


def iter_slices(
    full_shape: list[int], count: int, axis: int
) -> Iterator[tuple[list[int], list[int]]]:
    """Offset and shape of each part; the first ones take what does not divide evenly."""
    size, excess = divmod(full_shape[axis], count)
    offset = [0] * len(full_shape)
    for i in range(count):
        shape = list(full_shape)
        shape[axis] = size + (i < excess)
        yield list(offset), shape
        offset[axis] += shape[axis]
