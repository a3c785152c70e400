"""`TypeSpec`: what kind of value a function, dataset or signature takes or gives.

A spec says how a value is taken apart into tensors (`_to_components`, `_component_specs`) and put
together again (`_from_components`), and by `_serialize` what makes two specs equal.
"""

import abc
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from evergraph.base import nest
from evergraph.base.decorator import unwrap
from evergraph.base.dtypes import DType
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import TensorShape


@export("TypeSpec", "data.experimental.Structure")
class TypeSpec(abc.ABC):
    """Describes values of one kind: a tensor, a sparse or ragged tensor, a dataset and so on.

    Stands for `tf.TypeSpec`; use its subclasses, as `tf.TensorSpec`.
    """

    __slots__: tuple[str, ...] = ()

    @property
    @abc.abstractmethod
    def value_type(self) -> Any:
        """The class of the values."""

    @abc.abstractmethod
    def _to_components(self, value: Any) -> Any:
        """The nest of tensors that `value` is made of; makes no nodes."""

    @abc.abstractmethod
    def _from_components(self, components: Any) -> Any:
        """The value made of such a nest; makes no nodes."""

    @property
    @abc.abstractmethod
    def _component_specs(self) -> Any:
        """The nest of the specs of the components."""

    @abc.abstractmethod
    def _serialize(self) -> tuple[Any, ...]:
        """What determines this spec: the arguments of its constructor, as simple values."""

    @classmethod
    def _deserialize(cls, serialization: tuple[Any, ...]) -> Any:
        return cls(*serialization)

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Whether a value (or all values of a spec) may be described by this spec."""
        if not isinstance(spec_or_value, TypeSpec):
            spec_or_value = type_spec_from_value(spec_or_value)
        return type(self) is type(spec_or_value) and _is_compatible(
            self._serialize(), spec_or_value._serialize()
        )

    def most_specific_compatible_type(self, other: "TypeSpec") -> Any:
        """The narrowest spec that describes what both specs describe.

        Raises:
            ValueError: when there is none.
        """
        if type(self) is not type(other):
            raise ValueError(f"No TypeSpec is compatible with both {self} and {other}")
        return self._deserialize(_merged(self._serialize(), other._serialize()))

    def _to_tensor_list(self, value: Any) -> list[Any]:
        """`value` as a list of tensors."""
        return nest.flatten(self._to_components(value), expand_composites=True)

    def _from_tensor_list(self, tensor_list: list[Any]) -> Any:
        """The value of a list of tensors. Raises ValueError when they do not fit."""
        expected = self._flat_tensor_specs
        if len(tensor_list) != len(expected):
            raise ValueError("Incompatible input: wrong number of tensors")
        for i, (tensor, spec) in enumerate(zip(tensor_list, expected, strict=True)):
            if not type_spec_from_value(tensor).is_compatible_with(spec):
                raise ValueError(
                    f"Incompatible input: tensor {i} ({tensor}) is incompatible with {spec}"
                )
        return self._from_compatible_tensor_list(tensor_list)

    def _from_compatible_tensor_list(self, tensor_list: list[Any]) -> Any:
        return self._from_components(
            nest.pack_sequence_as(self._component_specs, tensor_list, expand_composites=True)
        )

    @property
    def _flat_tensor_specs(self) -> list[Any]:
        return nest.flatten(self._component_specs, expand_composites=True)

    def _cmp_key(self) -> tuple[Any, ...]:
        return type(self), _hashable(self._serialize(), type(self).__name__)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._cmp_key() == other._cmp_key()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._cmp_key())

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._serialize()

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self._serialize()!r}"

    def _to_legacy_output_types(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__}._to_legacy_output_types()")

    def _to_legacy_output_shapes(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__}._to_legacy_output_shapes()")

    def _to_legacy_output_classes(self) -> Any:
        return self.value_type


class BatchableTypeSpec(TypeSpec):
    """A spec whose values can be stacked into one value with another axis in front."""

    __slots__ = ()

    @abc.abstractmethod
    def _batch(self, batch_size: int | None) -> "TypeSpec":
        """The spec of `batch_size` values stacked."""

    @abc.abstractmethod
    def _unbatch(self) -> "TypeSpec":
        """The spec of one of the values stacked."""

    def _to_batched_tensor_list(self, value: Any) -> list[Any]:
        tensors = self._to_tensor_list(value)
        if any(tensor.shape.ndims == 0 for tensor in tensors):
            raise ValueError(f"Value {value} has insufficient rank for batching.")
        return tensors


def _hashable(value: Any, owner: str) -> Any:
    """A serialization in a form that can be hashed and compared."""
    if value is None or isinstance(value, (int, float, str, bytes, DType, TypeSpec)):
        return value
    if isinstance(value, dict):
        return tuple((_hashable(k, owner), _hashable(value[k], owner)) for k in sorted(value))
    if isinstance(value, tuple):
        return tuple(_hashable(item, owner) for item in value)
    if isinstance(value, TensorShape):
        return TensorShape, value._dims_tuple
    if isinstance(value, np.ndarray):
        return np.ndarray, value.shape, tuple(value.ravel().tolist())
    raise ValueError(
        f"Unsupported value type {type(value).__name__} returned by {owner}._serialize"
    )


def _is_compatible(a: Any, b: Any) -> bool:
    """Whether two serializations are alike up to what shapes, dtypes and specs allow."""
    if type(a) is not type(b):
        return False
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(_is_compatible, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_is_compatible(a[key], b[key]) for key in a)
    if isinstance(a, (TypeSpec, TensorShape, DType)):
        return a.is_compatible_with(b)
    return bool(a == b)


def _merged(a: Any, b: Any) -> Any:
    """The serialization of the narrowest spec for both. Raises ValueError when there is none."""
    incompatible = ValueError(f"Types are not compatible: {a!r} vs {b!r}")
    if type(a) is not type(b):
        raise incompatible
    if isinstance(a, tuple):
        if len(a) != len(b):
            raise incompatible
        return tuple(map(_merged, a, b))
    if isinstance(a, dict):
        if a.keys() != b.keys():
            raise incompatible
        return {key: _merged(a[key], b[key]) for key in sorted(a)}
    if isinstance(a, TensorShape):
        return a.most_specific_compatible_shape(b)
    if isinstance(a, list):
        raise AssertionError("_serialize() should not return list values.")
    if isinstance(a, TypeSpec):
        return a.most_specific_compatible_type(b)
    if a != b:
        raise incompatible
    return a


class _Converter(NamedTuple):
    type_object: Any
    converter_fn: Callable[[Any], Any]
    allow_subclass: bool


# The registry of converters; the latest that fits a value is used.
_TYPE_CONVERSION_FUNCTION_REGISTRY: list[_Converter] = []


def register_type_spec_from_value_converter(
    type_object: Any, converter_fn: Callable[[Any], Any], allow_subclass: bool = False
) -> None:
    """Tell how to make the spec of a value of the class `type_object`, or of a derived class."""
    _, type_object = unwrap(type_object)
    _TYPE_CONVERSION_FUNCTION_REGISTRY.append(_Converter(type_object, converter_fn, allow_subclass))


class _Tensors:
    """What the layer of graphs tells about tensors: see `tensor_spec.set_tensor_type`."""

    tensor_class: Any = ()
    convert_to_tensor: Callable[..., Any] | None = None


def type_spec_from_value(value: Any) -> Any:
    """The spec that describes `value`.

    Raises:
        TypeError: when values of its kind have no spec.
    """
    spec = _type_spec_from_value(value)
    if spec is not None:
        return spec
    if _Tensors.convert_to_tensor is not None:
        try:
            spec = _type_spec_from_value(_Tensors.convert_to_tensor(value))
        except (ValueError, TypeError) as error:
            logging.vlog(3, f"Failed to convert {type(value).__name__!r} to tensor: {error}")
        if spec is not None:
            return spec
    raise TypeError(f"Could not build a TypeSpec for {value!r} with type {type(value).__name__}")


def _type_spec_from_value(value: Any) -> Any:
    """The spec of a value for which no conversion to a tensor is needed, or None."""
    if getattr(type(value), "_is_composite_tensor", False):
        return value._type_spec
    if isinstance(value, list) and value:
        spec = _spec_of_list(value)
        if spec is not None:
            return spec
    for converter in reversed(_TYPE_CONVERSION_FUNCTION_REGISTRY):
        if type(value) is converter.type_object or (
            converter.allow_subclass and isinstance(value, converter.type_object)
        ):
            return converter.converter_fn(value)
    return None


def _spec_of_list(values: list[Any]) -> Any:
    """The spec of a batch of values that can be described alike, or None."""
    specs = [_type_spec_from_value(value) for value in values]
    if not isinstance(specs[0], BatchableTypeSpec):
        return None
    merged = specs[0]
    try:
        for spec in specs[1:]:
            merged = merged.most_specific_compatible_type(spec)
    except (ValueError, TypeError):
        return None
    return merged._batch(len(specs))
