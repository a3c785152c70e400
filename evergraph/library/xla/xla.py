"""`tf.xla.experimental.compile`: a computation as one unit; here its nodes are as others."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evergraph.api import array_ops
from evergraph.api.grouping import group, no_op
from evergraph.api.variable_scope import get_variable_scope
from evergraph.base import nest
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, executing_eagerly
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.eager.def_function import function


@export("xla.experimental.compile", "contrib.compiler.xla.compile")
def compile(computation: Callable[..., Any], inputs: Sequence[Any] | None = None) -> Any:
    """What a function makes of inputs, all of its operations done. Stands for
    `tf.xla.experimental.compile`.

    Variables that it makes are resource variables. TensorFlow refuses gradients through the result;
    here they are there.

    Args:
      computation: a function of the inputs. It returns tensors in a structure; or None, or a
        tensor, or a list of tensors and then operations.
      inputs: what can be converted to tensors, in structures.

    Returns:
      The tensors in the structure, where it is one of several levels or a dict; otherwise a list of
      the tensors, or one operation where there are none.

    Raises:
      TypeError: `inputs` is no sequence.
      ValueError: an output is neither an operation nor can be converted to a tensor, or operations
        stand before tensors or in a structure of several levels.
    """
    if executing_eagerly():
        return function(lambda: _compiled(computation, inputs))()
    return _compiled(computation, inputs)


def _compiled(computation: Callable[..., Any], inputs: Sequence[Any] | None) -> Any:
    if inputs is None:
        inputs = []
    if not isinstance(inputs, Sequence):
        raise TypeError("inputs must be a list")
    flat = [
        array_ops.identity(convert_to_tensor(x), name=f"input_{i}")
        for i, x in enumerate(nest.flatten(inputs))
    ]
    scope = get_variable_scope()
    before = scope.use_resource
    scope.set_use_resource(True)
    try:
        outputs = computation(*nest.pack_sequence_as(inputs, flat))
    finally:
        scope.set_use_resource(before)
    if _is_flat(outputs):
        tensors, operations = _flat_outputs(outputs)
    else:
        tensors, operations = [_of_structure(o) for o in nest.flatten(outputs)], []
    if not tensors:
        return group(*operations, name="output_0")
    with control_dependencies(operations):
        tensors = [array_ops.identity(t, name=f"output_{i}") for i, t in enumerate(tensors)]
    return tensors if _is_flat(outputs) else nest.pack_sequence_as(outputs, tensors)


def _is_flat(outputs: Any) -> bool:
    """Whether outputs are none, one, or a sequence without structures in it."""
    if isinstance(outputs, Mapping):
        return False
    inner = outputs if isinstance(outputs, Sequence) else ()
    return not any(isinstance(o, (Sequence, Mapping)) for o in inner)


def _flat_outputs(outputs: Any) -> tuple[list[Tensor], list[Operation]]:
    if outputs is None:
        outputs = ()
    values = [*outputs] if isinstance(outputs, Sequence) else [outputs]
    converted = [v if isinstance(v, Operation) else _converted(v) for v in values]
    tensors = [v for v in converted if isinstance(v, Tensor)]
    operations = [v for v in converted if isinstance(v, Operation)]
    if any(isinstance(v, Operation) for v in converted[: len(tensors)]):
        raise ValueError(
            "XLA computation function must return zero or more Tensor values followed by zero or "
            "more Operations."
        )
    return tensors, [*operations, no_op()]


def _of_structure(value: Any) -> Tensor:
    if isinstance(value, Operation):
        raise ValueError(
            "xla.compile does not support Operation as return value in non-flat output structure. "
            "You can set returned Operations as control dependencies of returned Tensors so "
            "Operations are triggered when Tensors are evaluated. Operation found: "
            f'"{value.name}"'
        )
    return _converted(value)


def _converted(value: Any) -> Tensor:
    try:
        return convert_to_tensor(value)
    except Exception as error:
        raise ValueError(
            "XLA computation function return values must all either be Operations or convertible "
            f'to Tensors. Got error: "{error}"'
        ) from error
