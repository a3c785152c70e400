"""Nodes that only order others: `tf.group`, `tf.no_op`, `tf.tuple`, and `with_dependencies`."""

from collections.abc import Sequence
from typing import Any

from evergraph.base import nest
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import IndexedSlices, convert_to_tensor_or_composite
from evergraph.graph.conversion import convert_to_tensor, is_tensor
from evergraph.graph.defaults import (
    colocate_with,
    control_dependencies,
    device,
    executing_eagerly,
    name_scope,
)
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


@export("no_op")
def no_op(name: str | None = None) -> Operation:
    """An operation that does nothing; control dependencies give it a use. Stands for `tf.no_op`."""
    return apply_op("NoOp", name=name)


def _no_op_after(deps: Sequence[Any], dev: Any, name: str | None = None) -> Operation:
    with control_dependencies(deps):
        if dev is None:
            return no_op(name=name)
        with device(dev):
            return no_op(name=name)


@export("group")
def group(*inputs: Any, **kwargs: Any) -> Any:
    """An operation that is done when all of `inputs` are. Stands for `tf.group`.

    Args:
      *inputs: tensors and operations, also in nested structures.
      name: the operation's name.

    Raises:
      ValueError: there is a keyword argument other than `name`.
      TypeError: an input is neither a tensor nor an operation.
    """
    if executing_eagerly():
        return None  # they have run
    name = kwargs.pop("name", None)
    if kwargs:
        raise ValueError("Unknown keyword arguments: " + ", ".join(kwargs))
    with name_scope(name, "group_deps", inputs) as scope:
        if not inputs:
            return no_op(name=scope)
        by_device: dict[Any, list[Any]] = {}
        for item in nest.flatten(inputs, expand_composites=True):
            if not hasattr(item, "device"):
                raise TypeError(
                    f"Expected tf.group() expected Tensor arguments not '{item}' with type "
                    f"'{type(item)}'"
                )
            by_device.setdefault(item.device, []).append(item)
        if len(by_device) == 1:
            ((dev, deps),) = by_device.items()
            return _no_op_after(deps, dev, scope)
        # One node a device waits for that device's inputs, so that only one edge leaves each
        # device.
        deps = [
            _no_op_after(by_device[dev], dev) for dev in sorted(by_device, key=lambda d: d or "")
        ]
        with control_dependencies(deps):
            return no_op(name=scope)


def with_dependencies(
    dependencies: Sequence[Any], output_tensor: Any, name: str | None = None
) -> Any:
    """`output_tensor` (a tensor or IndexedSlices) as a node that runs after `dependencies`."""
    if executing_eagerly():
        return output_tensor  # they have run
    with (
        name_scope(name, "control_dependency", [*dependencies, output_tensor]) as scope,
        colocate_with(output_tensor),
        control_dependencies(dependencies),
    ):
        output_tensor = convert_to_tensor_or_composite(output_tensor)
        if isinstance(output_tensor, Tensor):
            return _identity(output_tensor, scope)
        return IndexedSlices(
            _identity(output_tensor.values, scope),
            output_tensor.indices,
            output_tensor.dense_shape,
        )


def _identity(tensor: Tensor, name: str) -> Tensor:
    is_ref = tensor.dtype._is_ref_dtype
    return apply_op("RefIdentity" if is_ref else "Identity", tensor, name=name)


@export("tuple")
def tuple(
    tensors: Sequence[Any], name: str | None = None, control_inputs: Sequence[Any] | None = None
) -> list[Any]:
    """The `tensors`, each available only when all of them are. Stands for `tf.tuple`.

    Args:
      tensors: tensors, IndexedSlices, operations and None, which stays None.
      name: a name scope for the nodes.
      control_inputs: further operations to wait for.

    Raises:
      ValueError: there is nothing in `tensors` but None.
      TypeError: a control input is neither a tensor nor an operation.
    """
    with name_scope(name, "tuple", tensors):
        tensors = [
            t if t is None or isinstance(t, Operation) or is_tensor(t) else convert_to_tensor(t)
            for t in tensors
        ]
        gating = [t if isinstance(t, Operation) else t.op for t in tensors if t is not None]
        for control in control_inputs or ():
            if not isinstance(control, (Operation, Tensor)):
                raise TypeError(f"Control input must be Operation or Tensor: {control}")
            gating.append(control.op if isinstance(control, Tensor) else control)
        if not gating:
            raise ValueError(f"Must have at least one Tensor: {tensors}")
        gate = group(*sorted(set(gating), key=lambda op: op._id))
        return [_gated(t, gate) for t in tensors]


def _gated(item: Any, gate: Operation) -> Any:
    if item is None:
        return None
    if isinstance(item, Operation):
        with control_dependencies([gate]):
            return group(item)
    return with_dependencies([gate], item)
