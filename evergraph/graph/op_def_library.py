"""Nodes by the names of ops and inputs: TensorFlow's op library, as generated code calls it."""

from typing import Any

from evergraph.base import dtypes
from evergraph.base.tensor_shape import as_shape
from evergraph.graph.apply import add_op
from evergraph.graph.conversion import get_graph_from_inputs
from evergraph.graph.graph import get_default_graph
from evergraph.graph.op_def import op_def
from evergraph.graph.operation import Operation
from evergraph.graph.registry import REGISTRY
from evergraph.proto.framework import attr_value_pb2, op_def_pb2, tensor_pb2, tensor_shape_pb2


def _Attr(op_def: Any, name: str) -> Any:
    """An attr's definition.

    Raises:
      TypeError: the op has none of this name.
    """
    for attr in op_def.attr:
        if attr.name == name:
            return attr
    raise TypeError(f"Inconsistent OpDef for '{op_def.name}', missing attr '{name}'")


def _NumTypeFields(arg: Any) -> int:
    """In how many ways an argument's definition says its type."""
    return (arg.type != 0) + bool(arg.type_attr) + bool(arg.type_list_attr)


def _AttrValue(attr_protos: dict[str, Any], name: str) -> Any:
    """An attr's value.

    Raises:
      TypeError: it is not there.
    """
    if name not in attr_protos:
        raise TypeError(f"Inconsistent OpDef, missing attr '{name}' from '{attr_protos}'.")
    return attr_protos[name]


def _IsListParameter(arg: Any) -> bool:
    """Whether an argument is a list of tensors."""
    return bool(arg.number_attr or arg.type_list_attr)


def _IsListValue(v: Any) -> bool:
    return isinstance(v, (list, tuple))


def _Flatten(values: Any) -> list[Any]:
    """Values, with the elements of lists in the lists' places."""
    return [e for v in values for e in (v if _IsListValue(v) else [v])]


def _Restructure(values: list[Any], structure: list[Any]) -> Any:
    """Values as a structure says: None for one, n for a list of the next n."""
    found, at = [], 0
    for many in structure:
        found.append(values[at] if many is None else values[at : at + many])
        at += 1 if many is None else many
    return found[0] if len(found) == 1 else found


# --------------------------------------------------------------------------- values of attrs
def _MakeFloat(v: Any, arg_name: str) -> float:
    if isinstance(v, (float, int)) or hasattr(v, "__float__") and not isinstance(v, str):
        return float(v)
    raise TypeError(f"Expected float for argument '{arg_name}' not {v!r}.")


def _MakeInt(v: Any, arg_name: str) -> int:
    if isinstance(v, str):
        raise TypeError(f"Expected int for argument '{arg_name}' not {v!r}.")
    try:
        return int(v)
    except (ValueError, TypeError):
        raise TypeError(f"Expected int for argument '{arg_name}' not {v!r}.") from None


def _MakeStr(v: Any, arg_name: str) -> bytes:
    if not isinstance(v, (str, bytes)):
        raise TypeError(f"Expected string for argument '{arg_name}' not {v!r}.")
    return v.encode() if isinstance(v, str) else v


def _MakeBool(v: Any, arg_name: str) -> bool:
    if not isinstance(v, bool):
        raise TypeError(f"Expected bool for argument '{arg_name}' not {v!r}.")
    return v


def _MakeType(v: Any, attr_def: Any) -> int:
    try:
        dtype = dtypes.as_dtype(v).base_dtype
    except TypeError:
        raise TypeError(f"Expected DataType for argument '{attr_def.name}' not {v!r}.") from None
    kind = dtype.as_datatype_enum
    _SatisfiesTypeConstraint(kind, attr_def, param_name=attr_def.name)
    return kind


def _MakeShape(v: Any, arg_name: str) -> Any:
    if isinstance(v, tensor_shape_pb2.TensorShapeProto):
        return v
    try:
        return as_shape(v).as_proto()
    except (TypeError, ValueError) as error:
        raise type(error)(f"Error converting {arg_name} to a TensorShape: {error}") from None


def _MakeTensor(v: Any, arg_name: str) -> Any:
    if isinstance(v, tensor_pb2.TensorProto):
        return v
    raise TypeError(f"Don't know how to convert {v!r} to a TensorProto for argument '{arg_name}'")


def _MakeFunc(v: Any, arg_name: str) -> Any:
    if isinstance(v, attr_value_pb2.NameAttrList):
        return v
    if isinstance(v, (str, bytes)):
        return attr_value_pb2.NameAttrList(name=v if isinstance(v, str) else v.decode())
    if hasattr(v, "add_to_graph"):
        v.add_to_graph(get_default_graph())
        return attr_value_pb2.NameAttrList(name=v.name)
    raise TypeError(f"Don't know how to convert {v} to a func for argument {arg_name}")


def _SatisfiesTypeConstraint(dtype: int, attr_def: Any, param_name: str) -> None:
    """Raises TypeError where a type is not one of those that an attr may have."""
    if not attr_def.HasField("allowed_values"):
        return
    allowed = attr_def.allowed_values.list.type
    if dtype not in allowed:
        names = ", ".join(dtypes.as_dtype(t).name for t in allowed)
        raise TypeError(
            f"Value passed to parameter '{param_name}' has DataType "
            f"{dtypes.as_dtype(dtype).name} not in list of allowed values: {names}"
        )


# --------------------------------------------------------------------------- the library
class _OpInfo:
    """A definition that was looked through.

    Raises:
      TypeError: an argument's type is not given in one way, or by an attr of another kind.
    """

    def __init__(self, op_def: Any) -> None:
        self.op_def = op_def
        for arg in (*op_def.input_arg, *op_def.output_arg):
            ways = _NumTypeFields(arg)
            if ways != 1:
                raise TypeError(
                    f"Arg '{arg.name}' of '{op_def.name}' must have one type field not {ways}"
                )
            for field, wanted in (
                ("type_attr", "type"),
                ("type_list_attr", "list(type)"),
                ("number_attr", "int"),
            ):
                name = getattr(arg, field)
                kind = _Attr(op_def, name).type if name else wanted
                if kind != wanted:
                    name = arg.type_attr if field == "type_list_attr" else name  # as TensorFlow
                    raise TypeError(
                        f"Attr '{name}' of '{op_def.name}' used as a {field} but has type {kind}"
                    )


def _check_keywords(op_def: Any, keywords: dict[str, Any]) -> None:
    """Complains of what functions of generated modules cannot be called with, and makes shapes."""
    inferred = set()
    for arg in op_def.input_arg:
        inferred |= {arg.type_attr, arg.number_attr, arg.type_list_attr}
        given = keywords.get(arg.name, keywords.get(f"{arg.name}_"))
        if given is None:
            return  # whoever makes the node says so
        if _IsListParameter(arg) and not _IsListValue(given):
            raise TypeError(
                f"Expected list for '{arg.name}' argument to '{op_def.name}' Op, not {given}."
            )
    for attr in op_def.attr:
        key = attr.name if attr.name in keywords else f"{attr.name}_"
        if key not in keywords:
            if attr.name not in inferred:
                raise TypeError(f"No argument for attr {attr.name}")
        elif keywords[key] is not None and attr.type == "shape":
            keywords[key] = _MakeShape(keywords[key], attr.name)


class OpDefLibrary:
    """Definitions of ops by name, and nodes made of them."""

    def __init__(self) -> None:
        self._ops: dict[str, _OpInfo] = {}

    def add_op(self, op_def: Any) -> None:
        """Adds a definition.

        Raises:
          TypeError: it is no OpDef, or not a good one.
          ValueError: it has no name.
          RuntimeError: the name is taken.
        """
        if not isinstance(op_def, op_def_pb2.OpDef):
            raise TypeError(f"{op_def} is {type(op_def)}, not an op_def_pb2.OpDef")
        if not op_def.name:
            raise ValueError(f"{op_def} missing name.")
        if op_def.name in self._ops:
            raise RuntimeError(f"Op name {op_def.name} registered twice.")
        self._ops[op_def.name] = _OpInfo(op_def)

    def add_op_list(self, op_list: Any) -> None:
        """Adds the definitions of an OpList."""
        if not isinstance(op_list, op_def_pb2.OpList):
            raise TypeError(f"{op_list} is {type(op_list)}, not an op_def_pb2.OpList")
        for definition in op_list.op:
            self.add_op(definition)

    def apply_op(self, op_type_name: str, name: str | None = None, **keywords: Any) -> Any:
        """A new node; all inputs and attrs are given by name.

        Returns:
          Its output; the Operation where there is none; a list for several outputs or an output
          that is a list, of lists where both.

        Raises:
          RuntimeError: the library does not have the op.
          TypeError: an input or attr is missing, unknown or of the wrong type.
          ValueError: shapes do not fit, or a list is too short.
        """
        structure, is_stateful, op = self._apply_op_helper(op_type_name, name, **keywords)
        if not structure:
            return op
        found = _Restructure(list(op.outputs), structure)
        return op if isinstance(found, list) and not found and is_stateful else found

    def _apply_op_helper(
        self, op_type_name: str, name: str | None = None, **keywords: Any
    ) -> tuple[list[Any], bool, Operation]:
        """How the outputs are structured, whether the op has effects, and the node."""
        info = self._info(op_type_name)
        if info is None:
            raise RuntimeError(f"Unrecognized Op name {op_type_name}")
        _check_keywords(info.op_def, keywords)
        graph = get_graph_from_inputs([v for v in _Flatten(keywords.values()) if v is not None])
        op = add_op(graph, graph._entry(op_type_name), (), name, keywords, False)
        structure: list[Any] = []
        for arg in info.op_def.output_arg:
            if arg.number_attr:
                structure.append(op.get_attr(arg.number_attr))
            elif arg.type_list_attr:
                structure.append(len(op.get_attr(arg.type_list_attr)))
            else:
                structure.append(None)
        return structure, info.op_def.is_stateful, op

    def _info(self, op_type_name: str) -> _OpInfo | None:
        return self._ops.get(op_type_name)


class RegisteredOps(OpDefLibrary):
    """All ops that evergraph has: the library of generated modules."""

    def _info(self, op_type_name: str) -> _OpInfo | None:
        if op_type_name not in self._ops:
            if op_type_name not in REGISTRY:
                return None
            self._ops[op_type_name] = _OpInfo(op_def(REGISTRY[op_type_name]))
        return self._ops[op_type_name]


_op_def_lib = RegisteredOps()
