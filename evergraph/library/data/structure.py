"""What elements are made of: nests of type specs, and elements as lists of tensors."""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api.tensor_array_lists import TensorArraySpec
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.base import type_spec
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export_constant
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import dimension_value
from evergraph.base.tensor_spec import TensorSpec
from evergraph.graph.composite import SparseTensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.specs import SparseTensorSpec
from evergraph.graph.tensor import Tensor
from evergraph.library.data import nest
from evergraph.library.ragged.ragged_tensor import convert_to_tensor_or_ragged_tensor
from evergraph.library.ragged.ragged_tensor_spec import RaggedTensorSpec


@deprecated(None, "Use `tf.TensorSpec` instead.")
def _TensorStructure(dtype: Any, shape: Any) -> TensorSpec:
    """A `tf.TensorSpec`. Stands for `tf.data.experimental.TensorStructure`."""
    return TensorSpec(shape, dtype)


@deprecated(None, "Use `tf.SparseTensorSpec` instead.")
def _SparseTensorStructure(dtype: Any, shape: Any) -> SparseTensorSpec:
    """A `tf.SparseTensorSpec`. Stands for `tf.data.experimental.SparseTensorStructure`."""
    return SparseTensorSpec(shape, dtype)


@deprecated(None, "Use `tf.TensorArraySpec` instead.")
def _TensorArrayStructure(
    dtype: Any, element_shape: Any, dynamic_size: Any, infer_shape: Any
) -> TensorArraySpec:
    """A `tf.TensorArraySpec`. Stands for `tf.data.experimental.TensorArrayStructure`."""
    return TensorArraySpec(element_shape, dtype, dynamic_size, infer_shape)


@deprecated(None, "Use `tf.RaggedTensorSpec` instead.")
def _RaggedTensorStructure(dtype: Any, shape: Any, ragged_rank: Any) -> RaggedTensorSpec:
    """A `tf.RaggedTensorSpec`. Stands for `tf.data.experimental.RaggedTensorStructure`."""
    return RaggedTensorSpec(shape, dtype, ragged_rank)


export_constant(__name__, "_TensorStructure", "data.experimental.TensorStructure")
export_constant(__name__, "_SparseTensorStructure", "data.experimental.SparseTensorStructure")
export_constant(__name__, "_TensorArrayStructure", "data.experimental.TensorArrayStructure")
export_constant(__name__, "_RaggedTensorStructure", "data.experimental.RaggedTensorStructure")


def normalize_element(element: Any) -> Any:
    """The element with tensors in the place of arrays, numbers and values."""
    found = []
    with name_scope("normalize_element"):
        for i, value in enumerate(nest.flatten(element)):
            name = f"component_{i}"
            try:
                spec = type_spec_from_value(value, use_fallback=False)
            except TypeError:
                found.append(convert_to_tensor(value, name=name))
                continue
            if isinstance(spec, SparseTensorSpec):
                value = SparseTensor.from_value(value)
            elif isinstance(spec, RaggedTensorSpec):
                value = convert_to_tensor_or_ragged_tensor(value, name=name)
            elif isinstance(spec, TensorSpec):
                value = convert_to_tensor(value, name=name)
            found.append(value)
    return nest.pack_sequence_as(element, found)


def convert_legacy_structure(output_types: Any, output_shapes: Any, output_classes: Any) -> Any:
    """The nest of specs that nests of types, shapes and classes stand for.

    Raises:
      TypeError: there is no spec for a class.
    """
    parts = zip(
        nest.flatten(output_types),
        nest.flatten(output_shapes),
        nest.flatten(output_classes),
        strict=False,
    )
    return nest.pack_sequence_as(output_classes, [_spec_of(*part) for part in parts])


def _spec_of(dtype: Any, shape: Any, kind: Any) -> Any:
    if isinstance(kind, type_spec.TypeSpec):
        return kind
    if issubclass(kind, SparseTensor):
        return SparseTensorSpec(shape, dtype)
    if issubclass(kind, Tensor):
        return TensorSpec(shape, dtype)
    if issubclass(kind, TensorArray):
        # The first two sizes are flags: see TensorArraySpec's legacy shape.
        return TensorArraySpec(
            shape[2:],
            dtype,
            dynamic_size=dimension_value(shape[0]),
            infer_shape=dimension_value(shape[1]),
        )
    raise TypeError(f"Could not build a structure for output class {kind!r}")


def _from_list(
    decode: Callable[[Any, list[Any]], Any], element_spec: Any, tensors: Sequence[Any]
) -> Any:
    specs = nest.flatten(element_spec)
    counts = [len(spec._flat_tensor_specs) for spec in specs]
    if sum(counts) != len(tensors):
        raise ValueError(f"Expected {sum(counts)} tensors but got {len(tensors)}.")
    found, at = [], 0
    for spec, count in zip(specs, counts, strict=True):
        found.append(decode(spec, list(tensors[at : at + count])))
        at += count
    return nest.pack_sequence_as(element_spec, found)


def from_compatible_tensor_list(element_spec: Any, tensor_list: Sequence[Any]) -> Any:
    """The element of a list of tensors that is known to fit."""
    return _from_list(lambda s, v: s._from_compatible_tensor_list(v), element_spec, tensor_list)


def from_tensor_list(element_spec: Any, tensor_list: Sequence[Any]) -> Any:
    """The element of a list of tensors. Raises ValueError where they do not fit."""
    return _from_list(lambda s, v: s._from_tensor_list(v), element_spec, tensor_list)


def get_flat_tensor_specs(element_spec: Any) -> list[TensorSpec]:
    """The specs of the tensors that an element is."""
    return [flat for spec in nest.flatten(element_spec) for flat in spec._flat_tensor_specs]


def get_flat_tensor_shapes(element_spec: Any) -> list[Any]:
    """Their static shapes."""
    return [spec.shape for spec in get_flat_tensor_specs(element_spec)]


def get_flat_tensor_types(element_spec: Any) -> list[Any]:
    """Their types."""
    return [spec.dtype for spec in get_flat_tensor_specs(element_spec)]


def _to_list(encode: Callable[[Any, Any], list[Any]], element_spec: Any, element: Any) -> list[Any]:
    nest.assert_same_structure(element_spec, element)
    parts = zip(nest.flatten(element_spec), nest.flatten(element), strict=True)
    return [t for spec, value in parts for t in encode(spec, value)]


def to_batched_tensor_list(element_spec: Any, element: Any) -> list[Any]:
    """A batch of elements as tensors whose rows are elements' tensors."""
    return _to_list(lambda s, v: s._to_batched_tensor_list(v), element_spec, element)


def to_tensor_list(element_spec: Any, element: Any) -> list[Any]:
    """An element as a list of tensors."""
    return _to_list(lambda s, v: s._to_tensor_list(v), element_spec, element)


def are_compatible(spec1: Any, spec2: Any) -> bool:
    """Whether two nests of specs are alike and describe common elements."""
    try:
        nest.assert_same_structure(spec1, spec2)
    except (TypeError, ValueError):
        return False
    pairs = zip(nest.flatten(spec1), nest.flatten(spec2), strict=True)
    return all(a.is_compatible_with(b) and b.is_compatible_with(a) for a, b in pairs)


def type_spec_from_value(element: Any, use_fallback: bool = True) -> Any:
    """The nest of specs of an element.

    Args:
      element: the element.
      use_fallback: whether what has no spec may be made a tensor.

    Raises:
      TypeError: a part has none.
    """
    spec = type_spec._type_spec_from_value(element)
    if spec is not None:
        return spec
    if isinstance(element, dict):
        found = element.copy()
        for key in element:
            found[key] = type_spec_from_value(element[key])
        return found
    if isinstance(element, tuple):
        parts = [type_spec_from_value(v) for v in element]
        return type(element)(*parts) if hasattr(element, "_fields") else tuple(parts)
    if use_fallback:
        try:
            return type_spec_from_value(convert_to_tensor(element), use_fallback=False)
        except (ValueError, TypeError) as error:
            logging.vlog(3, f"Failed to convert {type(element).__name__!r} to tensor: {error}")
    raise TypeError(
        f"Could not build a TypeSpec for {element!r} with type {type(element).__name__}"
    )
