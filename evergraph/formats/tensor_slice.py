"""Slices of tensors, as checkpoints name them: "10 4 0,5:-"."""

from collections.abc import Sequence
from typing import Any

from evergraph.base import errors
from evergraph.formats import ordered_code
from evergraph.graph.tensor import dims_text
from evergraph.proto.framework.tensor_slice_pb2 import TensorSliceProto

Extent = tuple[int, int | None]  # start and length; None: all of the dimension


class TensorSlice:
    """Start and length in each dimension."""

    def __init__(self, extents: Sequence[Extent]) -> None:
        self.extents = tuple(extents)

    @classmethod
    def parse(cls, spec: str) -> tuple[tuple[int, ...], "TensorSlice"]:
        """The whole's shape and the slice that "10 4 0,5:-" means.

        Raises InvalidArgumentError for another text, InternalError for a slice outside of the
        shape.
        """
        *sizes, text = spec.split(" ")
        if not sizes:
            raise _invalid(f"Need least two elements in shape_and_slice specification: {spec}")
        result = cls([_parse_extent(part, text) for part in text.split(":")])
        try:
            shape = tuple(int(s) for s in sizes if s)
        except ValueError:
            raise _invalid(f"Non numerical dimension in shape_and_slice: {spec}") from None
        if len(result.extents) != len(shape):
            raise errors.InternalError(
                None, None, f"Mismatching ranks: shape = {dims_text(shape)}, slice = {result}"
            )
        for i, (_, end) in enumerate(result.bounds(shape)):
            if end > shape[i]:
                raise errors.InternalError(
                    None,
                    None,
                    f"Extent in dimension {i} out of bounds: shape = {dims_text(shape)}, slice = "
                    f"{result}",
                )
        return shape, result

    @classmethod
    def from_proto(cls, proto: Any) -> "TensorSlice":
        """The slice of a TensorSliceProto."""
        return cls(
            [(e.start, e.length) if e.HasField("length") else (0, None) for e in proto.extent]
        )

    def to_proto(self) -> Any:
        """As a TensorSliceProto."""
        proto = TensorSliceProto()
        for start, length in self.extents:
            extent = proto.extent.add()
            if length is not None:
                extent.start = start
                extent.length = length
        return proto

    def is_full(self) -> bool:
        """Whether it says to be all of the tensor."""
        return all(length is None for _, length in self.extents)

    def fits(self, shape: Sequence[int]) -> bool:
        """Whether it is a slice of a tensor of `shape`."""
        return len(self.extents) == len(shape) and all(
            0 <= start <= end <= size
            for (start, end), size in zip(self.bounds(shape), shape, strict=True)
        )

    def bounds(self, shape: Sequence[int]) -> list[tuple[int, int]]:
        """Start and end in each dimension of a tensor of `shape`."""
        return [
            (0, size) if length is None else (start, start + length)
            for (start, length), size in zip(self.extents, shape, strict=True)
        ]

    def index(self, shape: Sequence[int]) -> tuple[slice, ...]:
        """As an index into an array of `shape`."""
        return tuple(slice(a, b) for a, b in self.bounds(shape))

    def shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        """The shape of the slice of a tensor of `shape`."""
        return tuple(b - a for a, b in self.bounds(shape))

    def key(self, name: str) -> bytes:
        """What the slice of the tensor `name` is kept under in a table."""
        key = ordered_code.number(0) + ordered_code.string(name.encode(errors="surrogateescape"))
        key += ordered_code.number(len(self.extents))
        for start, length in self.extents:
            key += ordered_code.signed_number(start)
            key += ordered_code.signed_number(-1 if length is None else length)
        return key

    def __str__(self) -> str:
        return ":".join("-" if n is None else f"{start},{n}" for start, n in self.extents)


def _invalid(message: str) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(None, None, message)


def _parse_extent(part: str, text: str) -> Extent:
    if part == "-":
        return 0, None
    try:
        start, length = map(int, part.split(","))
    except ValueError:
        raise _invalid(
            f"Expected a pair of numbers or '-' but got '{part}': string = {text}"
        ) from None
    if start < 0 or length <= 0:
        raise _invalid(
            f"Expected non-negative start and positive length but got start = {start}, length = "
            f"{length}: string = {text}"
        )
    return start, length
