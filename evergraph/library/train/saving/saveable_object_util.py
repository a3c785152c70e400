"""SaveableObjects for variables, and the lists and dicts of variables that a Saver is given."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from evergraph.api import array_ops, state_ops
from evergraph.api.resource_variable_ops import (
    BaseResourceVariable,
    is_resource_variable,
    shape_safe_assign_variable_handle,
)
from evergraph.api.variables import PartitionedVariable, RefVariable, Variable
from evergraph.base.object_identity import ObjectIdentitySet
from evergraph.base.trackable import VARIABLE_VALUE_KEY
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import device
from evergraph.graph.device import DeviceSpec
from evergraph.graph.tensor import Tensor
from evergraph.library.train.saving.saveable_object import SaveableObject, SaveSpec

_REF_OPS = ("Variable", "VariableV2", "AutoReloadVariable")
_RESOURCE_OPS = ("VarHandleOp", "ReadVariableOp")


def set_cpu0(device_string: str) -> str:
    """The first CPU of the machine that a device is part of."""
    spec = DeviceSpec.from_string(device_string)
    spec.device_type, spec.device_index = "CPU", 0
    return spec.to_string()


class ReferenceVariableSaveable(SaveableObject):
    """A reference variable, or the tensor of one."""

    def __init__(self, var: Any, slice_spec: str, name: str) -> None:
        super().__init__(var, [SaveSpec(var, slice_spec, name, dtype=var.dtype)], name)

    def restore(self, restored_tensors: Any, restored_shapes: Any) -> Any:
        value = _reshaped(restored_tensors, restored_shapes)
        # Of unknown shape, or reshaped to a shape known at run time: then any value will do.
        validate = restored_shapes is None and self.op.get_shape().is_fully_defined()
        return state_ops.assign(self.op, value, validate_shape=validate)


class ResourceVariableSaveable(SaveableObject):
    """A resource variable, or the tensor of a read of one.

    Raises ValueError for anything else.
    """

    def __init__(self, var: Any, slice_spec: str, name: str) -> None:
        self._device = var.device
        self._shape = var.shape
        tensor: Any
        if isinstance(var, Tensor):
            self.handle_op = var.op.inputs[0]
            tensor = var
        elif is_resource_variable(var):
            self.handle_op = var.handle
            tensor = _reader(var)
        else:
            raise ValueError(
                "Saveable is neither a resource variable nor a read operation. Got: " + repr(var)
            )
        spec = SaveSpec(tensor, slice_spec, name, dtype=var.dtype, device=var.device)
        super().__init__(var, [spec], name)

    def restore(self, restored_tensors: Any, restored_shapes: Any) -> Any:
        value = _reshaped(restored_tensors, restored_shapes)
        with device(self._device):
            value = array_ops.identity(value)
            return shape_safe_assign_variable_handle(self.handle_op, self._shape, value)


def _reader(variable: Any) -> Callable[[], Tensor]:
    def read() -> Tensor:
        with device(variable.device):
            value = variable.read_value()
            with device("/device:CPU:0"):
                return array_ops.identity(value)

    return read


def _reshaped(tensors: Any, shapes: Any) -> Any:
    return tensors[0] if shapes is None else array_ops.reshape(tensors[0], shapes[0])


def _is_variable_tensor(value: Any) -> bool:
    return isinstance(value, Tensor) and value.op.type in (*_REF_OPS, *_RESOURCE_OPS)


def _is_object(value: Any) -> bool:
    """Whether it is no single variable but says itself what of it to save, as lookup tables do."""
    return hasattr(value, "_gather_saveables_for_checkpoint") and not isinstance(
        value, (BaseResourceVariable, RefVariable)
    )


def _called(factory: Any, *args: Any) -> Any:
    return factory(*args) if callable(factory) else factory


def _saveable(variable: Any, slice_spec: str, name: str) -> SaveableObject:
    is_reference = variable.op.type in _REF_OPS
    kind = ReferenceVariableSaveable if is_reference else ResourceVariableSaveable
    return kind(variable, slice_spec, name)


def saveable_objects_for_op(op: Any, name: Any) -> Iterator[SaveableObject]:
    """What of `op` to save as `name`.

    Args:
      op: a variable or its tensor, the parts of one, a SaveableObject, or an object that says
        itself what to save.
      name: the name in the checkpoint.

    Raises:
      TypeError: `name` is no string, or `op` is nothing that can be saved.
      ValueError: parts are no parts, or not of the same whole.
    """
    if not isinstance(name, str):
        raise TypeError(
            "names_to_saveables must be a dict mapping string names to trackable operations. Name "
            f"is not a string: {name}"
        )
    if isinstance(op, SaveableObject):
        yield op
    elif isinstance(op, (list, tuple, PartitionedVariable)):
        yield from _saveable_parts(op, name)
    elif _is_object(op):
        for attribute, factory in op._gather_saveables_for_checkpoint().items():
            full_name = name if attribute == VARIABLE_VALUE_KEY else f"{name}_{attribute}"
            part = _called(factory, full_name)
            yield from saveable_objects_for_op(part, part.name)
    elif isinstance(op, BaseResourceVariable):
        at_once = op.handle.graph.runs_at_once
        yield ResourceVariableSaveable(op if at_once else op._graph_element, "", name)
    else:
        tensor = convert_to_tensor(op, as_ref=True)
        if not _is_variable_tensor(tensor):
            raise TypeError(
                "names_to_saveables must be a dict mapping string names to Tensors/Variables. Not "
                f"a variable: {tensor}"
            )
        yield _saveable(tensor, "", name)


def _saveable_parts(parts: Iterable[Any], name: str) -> Iterator[SaveableObject]:
    full_name = None
    for part in parts:
        if not isinstance(part, Variable):
            raise ValueError(f"Slices must all be Variables: {part}")
        info = part._save_slice_info
        if not info:
            raise ValueError(f"Slices must all be slices: {part}")
        if full_name is None:
            full_name = info.full_name
        elif full_name != info.full_name:
            raise ValueError(
                f"Slices must all be from the same tensor: {full_name} != {info.full_name}"
            )
        yield _saveable(part, info.spec, name)


def op_list_to_dict(op_list: Any, convert_variable_to_tensor: bool = True) -> dict[str, Any]:
    """What to save by the name to save it under.

    Args:
      op_list: a list, tuple or set of variables, their tensors, or SaveableObjects.
      convert_variable_to_tensor: whether whole variables are to be given as their tensors.

    Returns:
      A dict; parts of the same whole are a list.

    Raises:
      TypeError: `op_list` or something in it is of another type.
      ValueError: two have the same name.
    """
    if not isinstance(op_list, (list, tuple, set)):
        raise TypeError(f"Variables to save should be passed in a dict or a list: {op_list}")
    found: dict[str, Any] = {}
    for var in sorted(op_list, key=lambda v: v.name):
        if isinstance(var, SaveableObject):
            found[var.name] = var
        elif isinstance(var, PartitionedVariable):
            _add(found, var.name, var)
        elif isinstance(var, Variable) and var._save_slice_info:
            name = var._save_slice_info.full_name
            others = found.setdefault(name, [])
            if not isinstance(others, list):
                raise ValueError(f"Mixing slices and non-slices with the same name: {name}")
            others.append(var)
        elif _is_object(var):
            saveables = [_called(f) for f in var._gather_saveables_for_checkpoint().values()]
            found.update(op_list_to_dict(saveables))
        elif isinstance(var, BaseResourceVariable) and var.handle.graph.runs_at_once:
            _add(found, var._shared_name, var)
        else:
            tensor = _tensor(var) if convert_variable_to_tensor else var
            node = tensor.op
            _add(
                found,
                node.inputs[0].op.name if node.type == "ReadVariableOp" else node.name,
                tensor,
            )
    return found


def _tensor(var: Any) -> Tensor:
    if isinstance(var, BaseResourceVariable):
        tensor = var._graph_element
    else:
        tensor = convert_to_tensor(var, as_ref=True)
    if not _is_variable_tensor(tensor):
        raise TypeError(f"Variable to save is not a Variable: {tensor}")
    return tensor


def _add(found: dict[str, Any], name: str, value: Any) -> None:
    if name in found:
        raise ValueError(f"At least two variables have the same name: {name}")
    found[name] = value


def validate_and_slice_inputs(names_to_saveables: Any) -> list[SaveableObject]:
    """The SaveableObjects of a dict or list, by name.

    Raises:
      TypeError: a name is no string, or something is of another type.
      ValueError: something occurs twice.
    """
    if not isinstance(names_to_saveables, dict):
        names_to_saveables = op_list_to_dict(names_to_saveables)
    saveables: list[SaveableObject] = []
    seen = ObjectIdentitySet()
    for name, op in sorted(names_to_saveables.items(), key=lambda item: item[0]):
        for saveable in saveable_objects_for_op(op, name):
            if saveable.op in seen:
                raise ValueError(
                    f"The same saveable will be restored with two names: {saveable.name}"
                )
            saveables.append(saveable)
            seen.add(saveable.op)
    return saveables
