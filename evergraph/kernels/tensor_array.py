"""Arrays of tensors, which live as long as a run: what a TensorArray's handle is at run time."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from evergraph.base.dtypes import DType
from evergraph.base.errors import InvalidArgumentError, UnimplementedError
from evergraph.graph.op_summary import type_name
from evergraph.graph.tensor import Dims
from evergraph.kernels.dtypes import HOST_DTYPES, numpy_dtype, torch_dtype

# Arrays are told apart by a number in their names, over the whole process.
_numbers = itertools.count()


class _Mark:
    """Stands in the place of an element."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


UNWRITTEN = _Mark("<not written>")
ZEROS = _Mark("<zeros>")
CLEARED = _Mark("<cleared>")


def refuse(text: str) -> None:
    raise InvalidArgumentError(None, None, text)


def shape_text(dims: Dims) -> str:
    """Dims as TensorFlow's messages print them: ``[2,?]``, ``<unknown>``."""
    if dims is None:
        return "<unknown>"
    return "[" + ",".join("?" if d is None else str(d) for d in dims) + "]"


def compatible(dims: Dims, shape: Dims) -> bool:
    """Whether both may be shapes of one tensor."""
    if dims is None or shape is None:
        return True
    return len(dims) == len(shape) and all(
        a is None or b is None or a == b for a, b in zip(dims, shape, strict=True)
    )


def merged(a: Dims, b: Dims) -> Dims:
    """What both say of a shape."""
    if a is None or b is None:
        return b if a is None else a
    if not compatible(a, b):
        if len(a) != len(b):
            refuse(f"PartialTensorShape: Incompatible ranks during merge: {len(a)} vs. {len(b)}")
        refuse(
            "PartialTensorShape: Incompatible shapes during merge: "
            f"{shape_text(a)} vs. {shape_text(b)}"
        )
    return tuple(n if m is None else m for m, n in zip(a, b, strict=True))


def zeros(dtype: DType, dims: Sequence[Any], beside: Sequence[Any]) -> Any:
    """Zeros where the elements `beside` are."""
    if dtype in HOST_DTYPES:
        if dtype.name == "string":
            return np.full(tuple(dims), b"", object)
        return np.zeros(tuple(dims), numpy_dtype(dtype))
    like = next((v for v in beside if isinstance(v, torch.Tensor)), None)
    device = None if like is None else like.device
    return torch.zeros(tuple(dims), dtype=torch_dtype(dtype), device=device)


def stack(values: Sequence[Any]) -> Any:
    """Elements along a new first axis."""
    return torch.stack(values) if isinstance(values[0], torch.Tensor) else np.stack(values)


def concat(values: Sequence[Any]) -> Any:
    """Elements joined along their first axis."""
    return torch.cat(values) if isinstance(values[0], torch.Tensor) else np.concatenate(values)


def rows_of(value: Any) -> Sequence[Any]:
    """The elements that a tensor is made of."""
    if isinstance(value, torch.Tensor):
        return value.unbind(0)
    return [np.asarray(row, value.dtype) for row in value]  # strings, too, stay arrays


class ArrayOfTensors:
    """The elements of a TensorArray, with what happened to each.

    Args:
      name: for messages; a number is added.
      dtype: the elements' type.
      size: how many elements; more if `dynamic`.
      dims: what is known of the elements' shape.
      clear: whether a read lets an element go.
      identical: whether all elements have the shape of the first one written.
      of: the array that this one takes the gradients for.
    """

    __slots__ = (
        "name",
        "dtype",
        "dims",
        "dynamic",
        "clear",
        "identical",
        "is_gradient",
        "values",
        "shapes",
        "was_read",
        "closed",
        "added_up",
        "gradients",
        "marked_size",
    )

    def __init__(
        self,
        name: str,
        dtype: DType,
        size: int,
        dims: Dims,
        *,
        dynamic: bool = False,
        clear: bool = True,
        identical: bool = False,
        of: "ArrayOfTensors | None" = None,
    ) -> None:
        self.name = name if of is not None else f"{name}_{next(_numbers)}"
        self.dtype = dtype
        self.dims = dims
        self.dynamic = dynamic
        self.clear = clear
        self.identical = identical
        self.is_gradient = of is not None
        self.values: list[Any] = [UNWRITTEN] * size
        self.shapes: list[Any] = [None] * size
        self.was_read: set[int] = set()
        self.closed = False
        self.added_up = False
        self.gradients: dict[str, ArrayOfTensors] = {}
        self.marked_size = -1

    # -- one element

    def write(self, index: int, value: Any, dtype: DType) -> None:
        """Sets an element; of a gradient array, adds to it."""
        if self.closed or dtype is not self.dtype:
            self._check_open()
            self._check_dtype(dtype, "is trying to write")
        values = self.values
        if index < 0 or index >= len(values):
            self._grow(index)
        shape = value.shape
        if self.dims != shape:
            self._fit(index, shape)
        if values[index] is UNWRITTEN:
            values[index] = value
            self.shapes[index] = shape
        else:
            self._write_again(index, value)

    def read(self, index: int, dtype: DType) -> Any:
        """An element; where nothing was written, zeros if the shape is known."""
        if self.closed or dtype is not self.dtype:
            self._check_open()
            self._check_dtype(dtype, "requested", op="Op")
        values = self.values
        value = values[index] if 0 <= index < len(values) else UNWRITTEN
        if type(value) is _Mark:
            value = self._missing(index, value)
        if self.clear:
            values[index] = CLEARED
        else:
            self.was_read.add(index)
        return value

    def _check_open(self) -> None:
        if self.closed:
            refuse(f"TensorArray {self.name} has already been closed.")

    def _check_dtype(self, dtype: DType, does: str, op: str = "Op") -> None:
        if dtype != self.dtype:
            refuse(
                f"TensorArray dtype is {type_name(self.dtype)} but {op} {does} dtype "
                f"{type_name(dtype)}."
            )

    def _grow(self, index: int) -> None:
        if index < 0 or not self.dynamic:
            refuse(
                f"TensorArray {self.name}: Tried to write to index {index} but array is not "
                f"resizeable and size is: {len(self.values)}"
            )
        self._resize(index + 1)

    def _resize(self, size: int) -> None:
        more = size - len(self.values)
        self.values.extend([UNWRITTEN] * more)
        self.shapes.extend([None] * more)

    def _fit(self, index: int, shape: Sequence[int]) -> None:
        """Checks an element's shape, and remembers it where all are to have the same."""
        if not compatible(self.dims, shape):
            refuse(
                f"TensorArray {self.name}: Could not write to TensorArray index {index} because "
                f"the value shape is {shape_text(tuple(shape))} which is incompatible with the "
                f"TensorArray's inferred element shape: {shape_text(self.dims)} (consider setting "
                "infer_shape=False)."
            )
        if self.identical:
            self.dims = tuple(shape)

    def _write_again(self, index: int, value: Any) -> None:
        start = f"TensorArray {self.name}: Could not "
        if self.values[index] is CLEARED or index in self.was_read:
            refuse(f"{start}write to TensorArray index {index} because it has already been read.")
        if not self.is_gradient:
            refuse(
                f"{start}write to TensorArray index {index} because it has already been written to."
            )
        old = self.values[index]
        if tuple(self.shapes[index]) != tuple(value.shape):
            refuse(
                f"{start}aggregate to TensorArray index {index} because the existing shape is "
                f"{shape_text(tuple(self.shapes[index]))} but the new input shape is "
                f"{shape_text(tuple(value.shape))}."
            )
        if old is ZEROS:
            self.values[index] = value
            return
        self.values[index] = old + value
        self.added_up = True

    def _missing(self, index: int, mark: _Mark) -> Any:
        if mark is CLEARED:
            refuse(
                f"TensorArray {self.name}: Could not read index {index} twice because it was "
                "cleared after a previous read (perhaps try setting clear_after_read = false?)."
            )
        if mark is ZEROS:
            return self._zeros(self.shapes[index])
        if index < 0 or (index >= len(self.values) and not self.is_gradient):
            refuse(f"Tried to read from index {index} but array size is: {len(self.values)}")
        if self.dims is None or None in self.dims:
            refuse(
                f"TensorArray {self.name}: Could not read from TensorArray index {index}.  "
                "Furthermore, the element shape is not fully defined: "
                f"{shape_text(self.dims)}.  It is possible you are working with a resizeable "
                "TensorArray and stop_gradients is not allowing the gradients to be written.  If "
                "you set the full element_shape property on the forward TensorArray, the proper "
                "all-zeros tensor will be returned instead of incurring this error."
            )
        first = min(index, len(self.values))
        self._resize(max(index + 1, len(self.values)))
        for i in range(first, index + 1):
            self.values[i], self.shapes[i] = ZEROS, self.dims
        value = self._zeros(self.dims)
        if not self.clear:
            self.values[index] = value
        return value

    def _zeros(self, dims: Any) -> Any:
        return zeros(self.dtype, dims, self.values)

    # -- all of them

    @property
    def size(self) -> int:
        self._check_open()
        return len(self.values)

    @property
    def packed_size(self) -> int:
        """How many elements are joined: of a gradient array, as many as came from one tensor."""
        self._check_open()
        if self.is_gradient and self.marked_size >= 0:
            return self.marked_size
        return len(self.values)

    def gather(self, indices: Sequence[int], dims: Dims, dtype: DType) -> Any:
        """Elements as one tensor."""
        self._check_open()
        self._check_dtype(dtype, "requested")
        self.dims = merged(self.dims, dims)
        if not indices:
            return self._zeros((0, *self._static(dims, "element shape", "packing")))
        found = [self.read(i, dtype) for i in indices]
        first = tuple(found[0].shape)
        if not compatible(dims, first):
            refuse(
                f"TensorArray was passed element_shape {shape_text(dims)} which does not match "
                f"the Tensor at index 0: {shape_text(first)}"
            )
        for i, value in enumerate(found):
            if tuple(value.shape) != first:
                refuse(
                    f"TensorArray has inconsistent shapes.  Index 0 has shape: {shape_text(first)} "
                    f"but index {i} has shape: {shape_text(tuple(value.shape))}"
                )
        return stack(found)

    @staticmethod
    def _static(dims: Dims, name: str, doing: str) -> Sequence[int]:
        if dims is None or None in dims:
            raise UnimplementedError(
                None,
                None,
                f"TensorArray has size zero, but {name} {shape_text(dims)} is not fully defined. "
                f"Currently only static shapes are supported when {doing} zero-size TensorArrays.",
            )
        return dims  # type: ignore[return-value]

    def concat(self, dims: Dims, dtype: DType) -> tuple[Any, np.ndarray]:
        """All elements joined along their first axis, and the length of each."""
        self._check_open()
        self._check_dtype(dtype, "requested")
        size = self.packed_size
        if not size:
            tail = self._static(dims, "element_shape_except0", "concatenating")
            return self._zeros((0, *tail)), np.zeros(0, np.int64)
        found = [self.read(i, dtype) for i in range(size)]
        first: tuple[int, ...] = ()
        for i, value in enumerate(found):
            if not value.shape:
                refuse(
                    f"Concat saw a scalar shape at index {i} but requires at least vectors.  Did "
                    "you mean to call pack?"
                )
            tail = tuple(value.shape[1:])
            if not i:
                first = tail
                if not compatible(dims, first):
                    refuse(
                        f"TensorArray was passed element_shape_except0 {shape_text(dims)} but "
                        "index 0 has (excepting dimension 0) shape: "
                        f"{shape_text(first)} which does not match."
                    )
            elif tail != first:
                refuse(
                    "TensorArray has inconsistent shapes.  Index 0 has (excepting dimension 0) "
                    f"shape: {shape_text(first)} but index {i} has (excepting dimension 0) shape: "
                    f"{shape_text(tail)}"
                )
        lengths = np.array([v.shape[0] for v in found], np.int64)
        return concat(found), lengths

    def scatter(self, indices: Sequence[int], value: Any, dtype: DType) -> None:
        """Writes the rows of a tensor."""
        self._check_dtype(dtype, "is trying to write")
        if not value.shape:
            refuse("Input value for unpack must be at least a vector but received shape: []")
        if len(indices) != value.shape[0]:
            refuse(
                f"Expected len(indices) == values.shape[0], but saw: {len(indices)} vs. "
                f"{value.shape[0]}"
            )
        size, highest = self.size, max(indices, default=-1)
        if highest >= size and not self.dynamic:
            refuse(f"Max scatter index must be < array size ({highest} vs. {size})")
        for index, row in zip(indices, rows_of(value), strict=True):
            self.write(index, row, dtype)

    def split(self, value: Any, lengths: Sequence[int], dtype: DType) -> None:
        """Writes pieces of a tensor, cut along its first axis."""
        if not value.shape:
            refuse("Expected value to be at least a vector, but received shape: []")
        if sum(lengths) != value.shape[0]:
            refuse(
                "Expected sum of lengths to be equal to values.shape[0], but sum of lengths is "
                f"{sum(lengths)} and value's shape is: {shape_text(tuple(value.shape))}"
            )
        size = max(self.size, len(lengths)) if self.dynamic else self.size
        if size != len(lengths):
            refuse(
                f"TensorArray's size is not equal to the size of lengths ({size} vs. "
                f"{len(lengths)}), and the TensorArray is not marked as dynamically resizeable"
            )
        self._check_dtype(dtype, "is trying to write")
        self._mark(size)
        start = 0
        for i, length in enumerate(lengths):
            self.write(i, value[start : start + length], dtype)
            start += length

    def _mark(self, size: int) -> None:
        if not self.is_gradient:
            self.marked_size = size

    def unpack(self, value: Any, dtype: DType) -> None:
        """As `scatter` to all elements in order; older graphs have it."""
        if not value.shape:
            self.scatter((), value, dtype)
        size = max(self.size, value.shape[0]) if self.dynamic else self.size
        if value.shape[0] != size:
            refuse(
                "Input value must have first dimension equal to the array size "
                f"({value.shape[0]} vs. {size})"
            )
        self._mark(size)
        self.scatter(range(value.shape[0]), value, dtype)

    def gradient(self, source: str, prepended: Sequence[int] = ()) -> "ArrayOfTensors":
        """The array that takes the gradients of this one's elements, for one call of gradients.

        It starts as zeros of the elements' shapes, with `prepended` axes before them.
        """
        self._check_open()
        self.dynamic = False
        if self.added_up:
            refuse(
                f"Unable to create a gradients TensorArray for {self.name}.  Perhaps you used the "
                "multiple_writes_aggregate flag on a previous write?  Gradient calculation is "
                "impossible when multiple writes are performed to the same index."
            )
        found = self.gradients.get(source)
        if found is None:
            dims = None if self.dims is None else (*prepended, *self.dims)
            found = ArrayOfTensors(
                f"{self.name}@{source}",
                self.dtype,
                len(self.values),
                dims,
                identical=self.identical,
                of=self,
            )
            found.marked_size = self.marked_size
            for i, shape in enumerate(self.shapes):
                if shape is not None:
                    found.values[i], found.shapes[i] = ZEROS, (*prepended, *shape)
            self.gradients[source] = found
        return found

    def close(self) -> None:
        """Lets everything go."""
        self.values, self.shapes = [], []
        self.closed = True
