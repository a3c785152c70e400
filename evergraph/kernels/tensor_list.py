"""Lists of tensors as values: what a variant tensor of TensorFlow's list ops is at run time."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evergraph.base.dtypes import DType
from evergraph.graph.op_summary import type_name
from evergraph.graph.tensor import Dims
from evergraph.kernels.tensor_array import (
    UNWRITTEN,
    compatible,
    concat,
    merged,
    refuse,
    rows_of,
    shape_text,
    stack,
    zeros,
)

# Stands in an undo record for an element that was not there.
_ABSENT = object()


class TensorList:
    """A list of tensors of one type that never changes; what changes it makes another one.

    The newest of those made of one another holds the elements, the one before knows what differs.
    So loops that push, pop and set take no copies, unless somebody goes back to an older list.

    Args:
      dtype: the elements' type.
      dims: what is known of the elements' shape.
      values: the elements; UNWRITTEN where there is none.
      limit: how many there may be at most; -1: any number.
    """

    __slots__ = ("dtype", "dims", "limit", "_values", "_later", "_undo")

    # As an element of a list of lists it is a scalar.
    shape: tuple[int, ...] = ()

    def __init__(self, dtype: DType, dims: Dims, values: list[Any], limit: int = -1) -> None:
        self.dtype = dtype
        self.dims = dims
        self.limit = limit
        self._values: list[Any] | None = values
        self._later: TensorList | None = None
        # The place and the element that stood there.
        self._undo: tuple[int, Any] = (0, _ABSENT)

    @property
    def values(self) -> list[Any]:
        """The elements, to be read only."""
        if self._values is None:
            self._values = self._older_values()
            self._later = None
        return self._values

    def _older_values(self) -> list[Any]:
        versions = [self]
        while versions[-1]._later is not None:
            versions.append(versions[-1]._later)
        newest = versions.pop()._values
        assert newest is not None
        values = list(newest)
        for version in reversed(versions):
            place, old = version._undo
            if old is _ABSENT:
                values.pop()
            elif place == len(values):
                values.append(old)
            else:
                values[place] = old
        return values

    def _hand_on(self, place: int, old: Any) -> "TensorList":
        """The next list: it takes the elements, which differ from this one's at `place`."""
        later = TensorList(self.dtype, self.dims, self.values, self.limit)
        self._values, self._later, self._undo = None, later, (place, old)
        return later

    def with_values(self, values: list[Any]) -> "TensorList":
        return TensorList(self.dtype, self.dims, values, self.limit)

    # -- checks

    def check_dtype(self, dtype: DType) -> None:
        if dtype != self.dtype:
            refuse(
                f"Invalid data types; op elements {type_name(dtype)} but list elements "
                f"{type_name(self.dtype)}"
            )

    def _fit(self, value: Any, does: str) -> None:
        if not compatible(self.dims, tuple(value.shape)):
            refuse(f"{does}{shape_text(tuple(value.shape))} list shape: {shape_text(self.dims)}")

    # -- one element

    def push(self, value: Any) -> "TensorList":
        self._fit(
            value,
            "Tried to append a tensor with incompatible shape to a list. Op element shape: ",
        )
        values = self.values
        if self.limit != -1 and len(values) >= self.limit:
            refuse(
                f"Tried to push item into a full list list size: {len(values)} max_num_elements: "
                f"{self.limit}"
            )
        later = self._hand_on(len(values), _ABSENT)
        values.append(value)
        return later

    def pop(self, dims: Dims) -> tuple["TensorList", Any]:
        """The list without its last element, and that; zeros of `dims` where it is unwritten."""
        values = self.values
        if not values:
            refuse("Trying to pop from an empty list.")
        found = values[-1]
        if found is UNWRITTEN:
            dims = merged(dims, self.dims)
            if dims is None or None in dims:
                refuse(
                    "Trying to read an uninitialized tensor but element_shape is not fully "
                    f"defined.{shape_text(dims)}"
                )
            found = zeros(self.dtype, dims, values)  # type: ignore[arg-type]
        later = self._hand_on(len(values) - 1, values[-1])
        values.pop()
        return later, found

    def get(self, index: int, dims: Dims) -> Any:
        values = self.values
        if not 0 <= index < len(values):
            refuse(f"Trying to access element {index} in a list with {len(values)} elements.")
        found = values[index]
        if found is not UNWRITTEN:
            return found
        dims = self._element_dims(dims, values)
        if dims is None or None in dims:
            refuse(
                "Trying to read an uninitialized tensor but element_shape is not fully defined: "
                f"{shape_text(dims)} and no list element is set."
            )
        return zeros(self.dtype, dims, values)  # type: ignore[arg-type]

    def set(self, index: int, value: Any) -> "TensorList":
        values = self.values
        if not 0 <= index < len(values):
            refuse(f"Trying to modify element {index} in a list with {len(values)} elements.")
        self._fit(
            value,
            "Tried to set a tensor with incompatible shape at a list index. Item element shape: ",
        )
        later = self._hand_on(index, values[index])
        values[index] = value
        return later

    # -- all of them

    def resized(self, size: int) -> "TensorList":
        if size < 0:
            refuse(f"TensorListSlice expects size to be non-negative. Got: {size}")
        values = self.values[:size]
        return self.with_values(values + [UNWRITTEN] * (size - len(values)))

    def _element_dims(self, dims: Dims, values: Sequence[Any]) -> Dims:
        """What is known of the elements' shape: by `dims`, by the list, by the elements."""
        dims = merged(dims, self.dims)
        if self.dims is None or None in self.dims:
            for value in values:
                if value is not UNWRITTEN:
                    dims = merged(dims, tuple(value.shape))
        return dims

    def stacked(self, dims: Dims, count: int) -> Any:
        """All elements as one tensor."""
        values = self.values
        if count not in (-1, len(values)):
            refuse(
                f"Operation expected a list with {count} elements but got a list with "
                f"{len(values)} elements."
            )
        return self._joined(
            values,
            dims,
            "Tried to stack elements of an empty list with non-fully-defined element_shape: ",
            "Tried to stack list which only contains uninitialized tensors and has a "
            "non-fully-defined element_shape: ",
        )

    def gathered(self, indices: Sequence[int], dims: Dims) -> Any:
        """Some elements as one tensor."""
        values = self.values
        for i in indices:
            if not 0 <= i < len(values):
                refuse(f"Index {i} out o range; list only has {len(values)} elements.")
        return self._joined(
            [values[i] for i in indices],
            dims,
            "Tried to gather 0-elements from a list with non-fully-defined shape: ",
            "Tried to gather uninitialized tensors from a list with non-fully-defined "
            "element_shape: ",
        )

    def _joined(self, values: Sequence[Any], dims: Dims, none: str, unwritten: str) -> Any:
        dims = merged(dims, self.dims)
        if not values and (dims is None or None in dims):
            refuse(f"{none}{shape_text(dims)}")
        dims = self._element_dims(dims, values)
        if dims is None or None in dims:
            refuse(f"{unwritten}{shape_text(dims)}")
        if not values:
            return zeros(self.dtype, (0, *dims), self.values)  # type: ignore[misc]
        return stack(self._filled(values, [dims] * len(values)))

    def _filled(self, values: Sequence[Any], dims: Sequence[Any]) -> list[Any]:
        """Elements with zeros, of these shapes, in the place of those not written."""
        return [
            zeros(self.dtype, d, values) if v is UNWRITTEN else v
            for v, d in zip(values, dims, strict=True)
        ]

    def concatenated(
        self, first: int | None, tail: Dims, leading: Sequence[int] | None
    ) -> tuple[Any, np.ndarray]:
        """All elements joined along their first axis, and the length of each.

        Args:
          first: the elements' length, where it is known to be the same.
          tail: what is known of their other axes.
          leading: the lengths of elements not written; None in older graphs, which do not say.
        """
        values = self.values
        if not values and (tail is None or None in tail):
            refuse(
                "All except the first dimension must be fully defined when concating an empty "
                f"tensor list. element_shape: {shape_text(tail)}"
            )
        if self.dims is None or None in self.dims:
            first, tail = _common(values, first, tail)
        if tail is None or None in tail:
            refuse(
                "Trying to concat list with only uninitialized tensors but "
                f"element_shape_except_first_dim_ is not fully defined: {shape_text(tail)}"
            )
        assert tail is not None
        lengths = [
            _length(i, first, leading) if v is UNWRITTEN else v.shape[0]
            for i, v in enumerate(values)
        ]
        if not values:
            return zeros(self.dtype, (0, *tail), ()), np.zeros(0, np.int64)
        found = self._filled(values, [(n, *tail) for n in lengths])
        return concat(found), np.array(lengths, np.int64)

    def scattered(self, indices: Sequence[int], tensor: Any) -> "TensorList":
        """The list with the rows of a tensor at `indices`."""
        values = list(self.values)
        values += [UNWRITTEN] * (max(indices, default=-1) + 1 - len(values))
        for i, row in zip(indices, rows_of(tensor), strict=True):
            values[i] = row
        return self.with_values(values)

    def __add__(self, other: "TensorList") -> "TensorList":
        if self.dtype != other.dtype:
            refuse(
                "Trying to add two lists of tensors of different dtypes. One is "
                f"{type_name(self.dtype)} and the other is {type_name(other.dtype)}"
            )
        if not compatible(self.dims, other.dims):
            refuse(
                "Trying to add two lists of tensors with incompatible element shapes. One is "
                f"{shape_text(self.dims)} and the other is {shape_text(other.dims)}"
            )
        a, b = self.values, other.values
        if len(a) != len(b):
            refuse(
                "Trying to add two lists of tensors with different lengths. One is "
                f"{len(a)} and the other is {len(b)}"
            )
        total = [
            n if m is UNWRITTEN else m if n is UNWRITTEN else m + n
            for m, n in zip(a, b, strict=True)
        ]
        return TensorList(self.dtype, merged(self.dims, other.dims), total)

    def zeros_like(self) -> "TensorList":
        """A list of zeros; of what is not written nothing is written."""
        values = [
            v.zeros_like()
            if isinstance(v, TensorList)
            else UNWRITTEN
            if v is UNWRITTEN
            else zeros(self.dtype, v.shape, (v,))
            for v in self.values
        ]
        return TensorList(self.dtype, self.dims, values)


def _common(values: Sequence[Any], first: int | None, tail: Dims) -> tuple[int | None, Dims]:
    """The length that all elements have, if they have one, and the rest of their shape."""
    lengths = set()
    for i, value in enumerate(values):
        if value is UNWRITTEN:
            continue
        if not value.shape:
            refuse(f"Concat saw a scalar shape at index {i} but requires at least vectors.")
        tail = merged(tail, tuple(value.shape[1:]))
        if first not in (None, value.shape[0]):
            refuse(
                "First entry of element_shape input does not match the first dim of list element "
                f"at index: {i} Expected: {first} Actual: {value.shape[0]}"
            )
        lengths.add(value.shape[0])
    return (lengths.pop() if first is None and len(lengths) == 1 else first), tail


def _length(i: int, first: int | None, leading: Sequence[int] | None) -> int:
    """The length of an element that is not written."""
    given = leading is not None and i < len(leading)
    if not given and first is not None:
        return first
    if leading is None:
        refuse(
            "Concating lists with uninitialized tensors is not supported in this version of "
            "TensorListConcat. Consider updating your GraphDef to run the newer version."
        )
    assert leading is not None
    if not given:
        refuse(
            f"List contains uninitialized tensor at index {i} but leading_dims has only "
            f"{len(leading)} elements."
        )
    return leading[i]
