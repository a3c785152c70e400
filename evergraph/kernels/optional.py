"""Optionals as values: what a variant tensor of TensorFlow's optional ops is at run time."""

from collections.abc import Sequence
from typing import Any

from evergraph.base.dtypes import DType
from evergraph.kernels.host import invalid
from evergraph.kernels.tensor_array import zeros


class Optional:
    """Values of some types, or nothing: then `values` is None."""

    __slots__ = ("types", "values")

    # As an element of a list it is a scalar.
    shape: tuple[int, ...] = ()

    def __init__(self, values: Sequence[Any] | None, types: Sequence[DType] = ()) -> None:
        self.values = values
        self.types = types

    def __add__(self, other: "Optional") -> "Optional":
        if self.values is None or other.values is None:
            if self.values is not other.values:
                raise invalid("Cannot add optionals because one has a value and the other doesn't.")
            return self
        if len(self.values) != len(other.values):
            raise invalid(
                f"Cannot add optionals because they have different numbers of components "
                f"({len(self.values)} vs. {len(other.values)})."
            )
        total = [a + b for a, b in zip(self.values, other.values, strict=True)]
        return Optional(total, self.types)

    def zeros_like(self) -> "Optional":
        """The same with zeros for values."""
        if self.values is None:
            return self
        found = [
            v.zeros_like() if hasattr(v, "zeros_like") else zeros(t, v.shape, (v,))
            for v, t in zip(self.values, self.types, strict=True)
        ]
        return Optional(found, self.types)
