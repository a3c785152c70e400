"""Names of TensorFlow's private modules that nothing in evergraph itself needs.

Some have been without effect since TensorFlow 1.9; programs and tests call them all the same.
"""

import re
from typing import Any

from evergraph.graph.composite import convert_to_tensor_or_composite
from evergraph.graph.conversion import get_graph_from_inputs
from evergraph.graph.device import DeviceSpec
from evergraph.graph.gradient_registry import GRADIENTS
from evergraph.graph.graph import get_default_graph
from evergraph.graph.registry import REGISTRY, lookup
from evergraph.graph.scopes import graph_stack
from evergraph.graph.statistics import OpStats as OpStats
from evergraph.graph.statistics import RegisterStatistics as RegisterStatistics
from evergraph.graph.statistics import get_stats_for_node_def as get_stats_for_node_def
from evergraph.proto.framework.attr_value_pb2 import AttrValue
from evergraph.proto.framework.node_def_pb2 import NodeDef

_default_graph_stack = graph_stack
_get_graph_from_inputs = get_graph_from_inputs
_USE_C_API = True
_USE_C_SHAPES = True


def _as_graph_element(obj: Any) -> Any:
    """The tensor that a variable, or what else stands for one, is read by; None of others."""
    convert = getattr(obj, "_as_graph_element", None)
    return convert() if callable(convert) else None


# --------------------------------------------------------------------------- shape functions
class RegisterShape:
    """A decorator that gave an op type its shape function, and does nothing now."""

    def __init__(self, op_type: str) -> None:
        if not isinstance(op_type, str):
            raise TypeError("op_type must be a string")

    def __call__(self, f: Any) -> Any:
        return f


def _set_call_cpp_shape_fn(call_cpp_shape_fn: Any) -> None:
    """Nothing: shape rules belong to the ops."""


def set_shapes_for_outputs(op: Any) -> None:
    """Nothing: a node has its shapes when it is made."""


set_shape_and_handle_data_for_outputs = set_shapes_for_outputs


# --------------------------------------------------------------------------- nodes
def _NodeDef(
    op_type: str, name: str, device: Any = None, attrs: dict[str, AttrValue] | None = None
) -> NodeDef:
    """A NodeDef; `device` may be a function of it."""
    node_def = NodeDef(op=op_type, name=name)
    for key, value in (attrs or {}).items():
        node_def.attr[key].CopyFrom(value)
    if device is not None:
        node_def.device = device(node_def) if callable(device) else _device_string(device)
    return node_def


def _device_string(dev_spec: Any) -> str:
    """The name of a device that is given by name or as a DeviceSpec."""
    return dev_spec.to_string() if isinstance(dev_spec, DeviceSpec) else dev_spec


# --------------------------------------------------------------------------- devices
DeviceSpecV1 = DeviceSpec


class DeviceSpecV2(DeviceSpec):
    """The parts of a device name, unchangeable, as in TensorFlow 2."""

    __slots__ = ("_frozen",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._frozen = True

    def __setattr__(self, name: str, value: Any) -> None:
        if hasattr(self, "_frozen"):
            raise AttributeError("can't set attribute")
        super().__setattr__(name, value)

    def parse_from_string(self, spec: str) -> "DeviceSpecV2":
        """A new object with the parts of a device name."""
        return self.from_string(spec)

    @classmethod
    def from_string(cls, spec: str) -> "DeviceSpecV2":
        """The object with the parts of a device name."""
        return cls(**DeviceSpec.from_string(spec)._parts())


# --------------------------------------------------------------------------- tensors and graphs
_VALID_OP_NAME_REGEX = re.compile("^[A-Za-z0-9.][A-Za-z0-9_.\\-/]*$")
_VALID_SCOPE_NAME_REGEX = re.compile("^[A-Za-z0-9_.\\-/]*$")


class NullContextmanager:
    """A block that does nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: Any) -> bool:
        return False


def tensor_id(tensor: Any) -> int:
    """A number that no other tensor has."""
    return tensor._id


def numpy_text(tensor: Any, is_repr: bool = False) -> str:
    """The value of a tensor that has one, as text."""
    if not tensor.dtype.is_numpy_compatible:
        text = "<unprintable>"
    else:
        text = repr(tensor.numpy()) if is_repr else str(tensor.numpy())
    return f"\n{text}" if "\n" in text else text


def inside_function() -> bool:
    """Whether nodes go to the body of a function."""
    return get_default_graph().building_function


def dismantle_graph(graph: Any) -> None:
    """Nothing: Python's collector finds a graph whose nodes know each other."""


def internal_convert_to_tensor_or_composite(
    value: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False
) -> Any:
    """A value as a tensor, or as it is where it is made of several."""
    return convert_to_tensor_or_composite(value, dtype, name)


def internal_convert_n_to_tensor_or_composite(
    values: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False
) -> list[Any]:
    """The same for each of several values; None stays None."""
    return [
        value
        if value is None
        else convert_to_tensor_or_composite(value, dtype, None if name is None else f"{name}_{i}")
        for i, value in enumerate(values)
    ]


def convert_n_to_tensor_or_composite(
    values: Any, dtype: Any = None, name: str | None = None
) -> list[Any]:
    """Each of several values as a tensor, or as it is where it is made of several."""
    return internal_convert_n_to_tensor_or_composite(values, dtype, name)


class _Gradients:
    """The gradient functions by op type, as a registry."""

    def lookup(self, name: str) -> Any:
        """The function of an op type.

        Raises:
          LookupError: It has none.
        """
        entry = lookup(name)
        if name in GRADIENTS:
            return GRADIENTS[name]
        if entry is None or (entry.gradient_rule is None and entry.differentiable):
            raise LookupError(f"gradient registry has no entry for: {name}")
        return entry.gradient_rule

    def list(self) -> Any:
        """The op types that have one."""
        return [*GRADIENTS, *(name for name, e in REGISTRY.items() if e.gradient_rule)]


_gradient_registry = _Gradients()
