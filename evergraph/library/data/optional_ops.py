"""Optionals: an element that is there or not."""

import abc
from typing import Any

from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_spec import TensorSpec
from evergraph.base.type_spec import TypeSpec
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import CompositeTensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.data import structure


@export("data.experimental.Optional", "contrib.data.Optional")
class Optional(CompositeTensor, metaclass=abc.ABCMeta):
    """A value that is there or not, when the graph runs. Stands for
    `tf.data.experimental.Optional`."""

    @abc.abstractmethod
    def has_value(self, name: str | None = None) -> Tensor:
        """A scalar bool: whether the value is there."""

    @abc.abstractmethod
    def get_value(self, name: str | None = None) -> Any:
        """The value. A run raises InvalidArgumentError where there is none."""

    @property
    @abc.abstractmethod
    def value_structure(self) -> Any:
        """The nest of specs of the value."""

    @staticmethod
    def from_value(value: Any) -> "Optional":
        """An optional with a value, a nest. Stands for
        `tf.data.experimental.Optional.from_value`."""
        with name_scope("optional") as scope:
            with name_scope("value"):
                spec = structure.type_spec_from_value(value)
                tensors = structure.to_tensor_list(spec, value)
        return _OptionalImpl(apply_op("OptionalFromValue", tensors, name=scope), spec)

    @staticmethod
    def none_from_structure(value_structure: Any) -> "Optional":
        """An optional without a value, which would be of this spec. Stands for
        `tf.data.experimental.Optional.none_from_structure`."""
        return _OptionalImpl(apply_op("OptionalNone"), value_structure)


class _OptionalImpl(Optional):
    """The optional that a variant tensor holds."""

    def __init__(self, variant_tensor: Tensor, value_structure: Any) -> None:
        self._variant_tensor = variant_tensor
        self._value_structure = value_structure

    def has_value(self, name: str | None = None) -> Tensor:
        found: Tensor = apply_op("OptionalHasValue", self._variant_tensor, name=name)
        return found

    def get_value(self, name: str | None = None) -> Any:
        with name_scope(name, "OptionalGetValue", [self._variant_tensor]) as scope:
            tensors = apply_op(
                "OptionalGetValue",
                self._variant_tensor,
                name=scope,
                output_types=structure.get_flat_tensor_types(self._value_structure),
                output_shapes=structure.get_flat_tensor_shapes(self._value_structure),
            )
            return structure.from_tensor_list(self._value_structure, tensors)

    @property
    def value_structure(self) -> Any:
        return self._value_structure

    @property
    def _type_spec(self) -> Any:  # type: ignore[override]
        return OptionalSpec.from_value(self)


@export("OptionalSpec", "data.experimental.OptionalStructure")
class OptionalSpec(TypeSpec):
    """Describes optionals of values of a spec. Stands for `tf.OptionalSpec`."""

    __slots__ = ("_value_structure",)

    def __init__(self, value_structure: Any) -> None:
        self._value_structure = value_structure

    @property
    def value_type(self) -> Any:
        """The class of the optionals."""
        return _OptionalImpl

    def _serialize(self) -> tuple[Any, ...]:
        return (self._value_structure,)

    @property
    def _component_specs(self) -> list[TensorSpec]:
        return [TensorSpec((), dtypes.variant)]

    def _to_components(self, value: Any) -> list[Tensor]:
        return [value._variant_tensor]

    def _from_components(self, flat_value: Any) -> Any:
        return _OptionalImpl(flat_value[0], self._value_structure)

    @staticmethod
    def from_value(value: Any) -> "OptionalSpec":
        """The spec of an optional."""
        return OptionalSpec(value.value_structure)

    def _to_legacy_output_types(self) -> Any:
        return self

    def _to_legacy_output_shapes(self) -> Any:
        return self

    def _to_legacy_output_classes(self) -> Any:
        return self
