"""Shapes as layers take them: TensorShapes, tuples, and structures of these; symbolic tensors."""

from collections.abc import Callable, Iterable
from typing import Any

from evergraph.api.variable_base import Variable
from evergraph.base import nest
from evergraph.base.object_identity import ObjectIdentitySet
from evergraph.base.tensor_shape import Dimension, TensorShape
from evergraph.graph.composite import CompositeTensor, convert_to_tensor_or_composite
from evergraph.graph.defaults import executing_eagerly
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


def convert_shapes(input_shape: Any, to_tuples: bool = True) -> Any:
    """A structure of shapes (TensorShapes, tuples, lists, ints or None) with each as a tuple of
    ints and None, or as a TensorShape."""
    if _is_shape(input_shape):
        shape = TensorShape(input_shape)
        return tuple(shape.as_list()) if to_tuples else shape
    if isinstance(input_shape, dict):
        return {key: convert_shapes(part, to_tuples) for key, part in input_shape.items()}
    parts = [convert_shapes(part, to_tuples) for part in input_shape]
    return parts if isinstance(input_shape, list) else tuple(parts)


def _is_size(value: Any) -> bool:
    return value is None or isinstance(value, (int, Dimension))


def _is_shape(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return all(map(_is_size, value))
    return _is_size(value) or isinstance(value, TensorShape)


def shape_type_conversion(fn: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Decorator of `build` and `compute_output_shape`, which then get tuples and give
    TensorShapes."""

    def wrapper(instance: Any, input_shape: Any) -> Any:
        given = None if input_shape is None else convert_shapes(input_shape)
        found = fn(instance, given)
        return None if found is None else convert_shapes(found, to_tuples=False)

    return wrapper


_symbolic_types: list[type] = []


def register_symbolic_tensor_type(cls: type) -> None:
    """Have objects of a class, which can be made tensors, taken for tensors of a graph."""
    _symbolic_types.append(cls)


def is_symbolic_tensor(tensor: Any) -> bool:
    """Whether something is a tensor of a graph: its value is known only when that runs.

    A variable is where execution is not eager, and where a Keras layer gave it.
    """
    if isinstance(tensor, tuple(_symbolic_types)):
        tensor = convert_to_tensor_or_composite(tensor)
    if isinstance(tensor, Variable):
        return bool(getattr(tensor, "_keras_history", False)) or not executing_eagerly()
    parts = nest.flatten(tensor, expand_composites=True)
    is_tensor = isinstance(tensor, (Tensor, CompositeTensor))
    return is_tensor and not any(part.graph.runs_at_once for part in parts)


def are_all_symbolic_tensors(tensors: Iterable[Any]) -> bool:
    """Whether all are tensors of graphs."""
    return all(map(is_symbolic_tensor, tensors))


def get_reachable_from_inputs(inputs: Any, targets: Any = None) -> ObjectIdentitySet:
    """The tensors and operations that depend on some tensors, operations or variables, and these.

    Args:
      inputs: where the search begins, in a structure.
      targets: the search is over when all of these are found (default: at its end).

    Raises:
      TypeError: an input is something else.
    """
    ways = nest.flatten(inputs, expand_composites=True)
    found = ObjectIdentitySet(ways)
    missing = ObjectIdentitySet(nest.flatten(targets) if targets else ())
    for way in ways:
        missing.discard(way)
    while ways and (missing or not targets):
        for other in _users(ways.pop()):
            if other not in found:
                found.add(other)
                missing.discard(other)
                ways.append(other)
    return found


def _users(x: Any) -> list[Any]:
    if isinstance(x, Operation):
        return [*x.outputs, *x._control_outputs]
    if isinstance(x, Variable):
        return [] if executing_eagerly() else [x.op]
    if isinstance(x, Tensor):
        return [*x.consumers()]
    raise TypeError(f"Expected Operation, Variable, or Tensor, got {x}")
