"""Operation: a node of the graph."""

import dataclasses
import linecache
import os
import sys
from collections.abc import Sequence
from types import CodeType
from typing import TYPE_CHECKING, Any

from evergraph.base import errors
from evergraph.base.dtypes import DType
from evergraph.base.export import export
from evergraph.graph import attr_value
from evergraph.graph.op_def import op_def
from evergraph.graph.registry import Entry
from evergraph.graph.tensor import Dims, Tensor, dims_text, run_using_default_session
from evergraph.proto.framework import attr_value_pb2, node_def_pb2

if TYPE_CHECKING:
    from evergraph.graph.graph import Graph

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

Trace = tuple[tuple[CodeType, int], ...]


def user_trace() -> Trace:
    """The callers outside this package, innermost first, as (code, line) pairs."""
    frame = sys._getframe(1)
    found = []
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith(_PACKAGE):
            found.append((code, frame.f_lineno))
        frame = frame.f_back  # type: ignore[assignment]
    return tuple(found)


@dataclasses.dataclass(frozen=True, slots=True)
class TraceableObject:
    """Something, and the user's line where it came up."""

    obj: Any
    filename: str
    lineno: int

    @classmethod
    def here(cls, obj: Any) -> "TraceableObject":
        """`obj`, and the innermost line of the user's code that is running."""
        for code, line in user_trace():
            if "contextlib" not in code.co_filename:
                return cls(obj, code.co_filename, line)
        return cls(obj, "", 0)


def _compatible(a: Dims, b: Dims) -> bool:
    if a is None or b is None:
        return True
    return len(a) == len(b) and all(
        x is None or y is None or x == y for x, y in zip(a, b, strict=True)
    )


def make_node_def(op_type: str, name: str, device: Any = None, attrs: Any = None) -> Any:
    """A NodeDef with a type, a name, a device string or function's result, and attr protos."""
    node_def = node_def_pb2.NodeDef(op=op_type, name=name)
    for key, value in (attrs or {}).items():
        node_def.attr[key].CopyFrom(value)
    if device is not None:
        node_def.device = device(node_def) if callable(device) else str(device)
    return node_def


class _InputList(tuple[Tensor, ...]):
    """The inputs of a node. Not to be changed by the user."""

    __slots__ = ()


@export("Operation")
class Operation:
    """A node: an op type with inputs, attrs and outputs. Stands for `tf.Operation`.

    Attrs are kept as natives (see docs/architecture.md); attrs that the op's signature does not
    name
    (`_class`, `_output_shapes`, ...) are kept as AttrValue protos.
    """

    __slots__ = (
        "_graph",
        "_name",
        "_type",
        "_entry",
        "_attrs",
        "_inputs",
        "_control_inputs",
        "_control_outputs",
        "_outputs",
        "_device",
        "_id",
        "_trace",
        "_control_flow_context",
        "_original_op",
        "_gradient_function",
        "_input_types_val",
        "_op_def_val",
        "_requested",
        "__dict__",
        "__weakref__",
    )

    # While an error is being explained: the inputs whose values the shape rule may see.
    _visible: set[int] | None = None

    def __init__(
        self,
        node_def: Any,
        g: "Graph",
        inputs: Sequence[Tensor] | None = None,
        output_types: Sequence[Any] | None = None,
        control_inputs: Sequence[Any] | None = None,
        input_types: Sequence[Any] | None = None,
        original_op: "Operation | None" = None,
        op_def: Any = None,
    ) -> None:
        """Adds a node to `g` as `node_def` says. Programs use `Graph.create_op` instead."""
        if not isinstance(node_def, node_def_pb2.NodeDef):
            raise TypeError(f"node_def needs to be a NodeDef: {node_def}")
        if not hasattr(g, "_init_operation"):
            raise TypeError(f"g needs to be a Graph: {g}")
        g._init_operation(
            self, node_def, inputs, output_types, control_inputs, input_types, original_op, op_def
        )

    @classmethod
    def _bare(
        cls,
        graph: "Graph",
        op_type: str,
        name: str,
        entry: Entry | None,
        inputs: tuple[Tensor, ...],
        attrs: dict[str, Any],
        output_types: Sequence[DType],
    ) -> "Operation":
        """A node with its outputs that is not yet part of the graph."""
        op = cls.__new__(cls)
        op._fill(graph, op_type, name, entry, inputs, attrs, output_types)
        return op

    def _fill(
        self,
        graph: "Graph",
        op_type: str,
        name: str,
        entry: Entry | None,
        inputs: tuple[Tensor, ...],
        attrs: dict[str, Any],
        output_types: Sequence[DType],
    ) -> None:
        self._graph = graph
        self._name = name
        self._type = op_type
        self._entry = entry
        self._inputs = _InputList(inputs)
        self._attrs = attrs
        self._control_inputs: list[Operation] = []
        self._control_outputs: list[Operation] = []
        self._outputs = [graph._tensor_type(self, i, t) for i, t in enumerate(output_types)]
        self._device = ""
        self._id = -1
        self._trace = user_trace()
        self._control_flow_context: Any = None
        self._original_op: Operation | None = None
        self._gradient_function: Any = None
        self._input_types_val: Sequence[DType] | None = None
        self._op_def_val: Any = None
        self._requested: dict[int, str] | None = None

    # -- what shape rules and kernels read

    def attr(self, name: str) -> Any:
        """The native value of an attr; its default where the node has none. KeyError for other
        names."""
        try:
            return self._attrs[name]
        except KeyError:
            if self._entry is not None:
                declared = self._entry.signature.attr_by_name.get(name)
                if declared is not None and declared.has_default:
                    return declared.default
            raise

    def static_input(self, i: int) -> Any:
        """The value of input `i` as a NumPy array where it is known while building, else None."""
        self._request(i, "value")
        if self._visible is not None and i not in self._visible:
            return None
        return self._graph._static_value(self._inputs[i])

    def static_dims(self, i: int) -> Dims:
        """Input `i`, a shape vector, as dims: known in full, in part (None inside) or not at all
        (None)."""
        self._request(i, "dims")
        if self._visible is not None and i not in self._visible:
            length = self._inputs[i].dims
            return None if not length or length[0] is None else (None,) * length[0]
        return self._graph._static_dims(self._inputs[i])

    def _request(self, i: int, what: str) -> None:
        # Remembered for the error message, which shows the values that the rule asked for.
        if self._requested is None:
            self._requested = {}
        if what == "dims" or i not in self._requested:
            self._requested[i] = what

    # -- TensorFlow's public properties

    @property
    def name(self) -> str:
        return self._name

    @property
    def type(self) -> str:
        return self._type

    @property
    def graph(self) -> "Graph":
        return self._graph

    @property
    def device(self) -> str:
        return self._device

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        return self._inputs

    @property
    def outputs(self) -> list[Tensor]:
        return self._outputs

    @property
    def control_inputs(self) -> list["Operation"]:
        return list(self._control_inputs)

    @property
    def _control_output_ops(self) -> list["Operation"]:
        return list(self._control_outputs)

    @property
    def _input_types(self) -> list[DType]:
        """The types at which the op takes its inputs: a ref type only where it wants the
        reference."""
        if self._input_types_val is not None:
            return list(self._input_types_val)
        return [t._dtype.base_dtype for t in self._inputs]

    @property
    def _input_dtypes(self) -> list[DType]:
        return self._input_types

    @property
    def _output_types(self) -> list[int]:
        return [t._dtype.as_datatype_enum for t in self._outputs]

    @property
    def _id_value(self) -> int:
        return self._id

    @property
    def _is_stateful(self) -> bool:
        return self._entry is not None and self._entry.signature.is_stateful

    @property
    def _device_assignments(self) -> list["TraceableObject"]:
        """The `device` blocks that the node was made in, innermost first."""
        return [entry.trace for entry in reversed(self.__dict__.get("_device_blocks", ()))]

    @property
    def _colocation_dict(self) -> dict[str, "TraceableObject"]:
        """By name, the nodes of the `colocate_with` blocks that the node was made in."""
        return dict(self.__dict__.get("_colocation_blocks", {}))

    def values(self) -> tuple[Tensor, ...]:
        """The outputs, as a tuple."""
        return tuple(self._outputs)

    @property
    def op_def(self) -> Any:
        if self._op_def_val is None and self._entry is not None:
            self._op_def_val = op_def(self._entry)
        return self._op_def_val

    @property
    def node_def(self) -> Any:
        """The node as a NodeDef: inputs, then control inputs in the order of their adding."""
        return self._to_node_def(sort_control_inputs=False)

    _node_def = node_def

    def _to_node_def(self, sort_control_inputs: bool = True) -> Any:
        node_def = node_def_pb2.NodeDef(name=self._name, op=self._type, device=self._device)
        node_def.input.extend([t._as_node_def_input() for t in self._inputs])
        controls = [c._name for c in self._control_inputs]
        if sort_control_inputs:
            controls.sort()
        node_def.input.extend(["^" + c for c in controls])
        kinds = {} if self._entry is None else self._entry.signature.attr_by_name
        for key, value in self._attrs.items():
            if isinstance(value, attr_value_pb2.AttrValue):
                node_def.attr[key].CopyFrom(value)
            else:
                attr_value.fill(node_def.attr[key], kinds[key].kind, value)
        return node_def

    def get_attr(self, name: str) -> Any:
        """An attr in TensorFlow's public form: DType, bytes, TensorShapeProto, TensorProto, int,
        ...

        Raises:
          ValueError: the node has no such attr.
        """
        if name not in self._attrs:
            raise ValueError(f"Operation '{self._name}' has no attr named '{name}'.")
        value = self._attrs[name]
        if isinstance(value, attr_value_pb2.AttrValue):
            return attr_value.public_from_proto(value)
        assert self._entry is not None
        return attr_value.public_from_native(self._entry.signature.attr_by_name[name].kind, value)

    def _set_attr(self, name: str, value: Any) -> None:
        """Sets an attr from an AttrValue proto."""
        declared = None if self._entry is None else self._entry.signature.attr_by_name.get(name)
        if declared is None:
            copied = attr_value_pb2.AttrValue()
            copied.CopyFrom(value)
            self._attrs[name] = copied
        else:
            self._attrs[name] = attr_value.from_proto(value)
        self._note_change()

    _set_attr_with_buf = _set_attr

    def _set_func_attr(self, attr_name: str, func_name: str) -> None:
        self._set_attr(attr_name, attr_value_pb2.AttrValue(func={"name": func_name}))

    def _set_func_list_attr(self, attr_name: str, func_names: Sequence[str]) -> None:
        functions = [attr_value_pb2.NameAttrList(name=name) for name in func_names]
        self._set_attr(attr_name, attr_value_pb2.AttrValue(list={"func": functions}))

    def _set_type_list_attr(self, attr_name: str, types: Sequence[DType]) -> None:
        enums = [t.as_datatype_enum for t in types]
        self._set_attr(attr_name, attr_value_pb2.AttrValue(list={"type": enums}))

    def _set_shape_list_attr(self, attr_name: str, shapes: Sequence[Any]) -> None:
        protos = [s.as_proto() for s in shapes]
        self._set_attr(attr_name, attr_value_pb2.AttrValue(list={"shape": protos}))

    def _clear_attr(self, name: str) -> None:
        self._attrs.pop(name, None)
        self._note_change()

    def colocation_groups(self) -> list[bytes]:
        """The groups of nodes to be placed together that this node is in; its own where it names
        none."""
        own = [b"loc:@" + self._name.encode()]
        if "_class" not in self._attrs:
            return own
        groups = [g for g in self.get_attr("_class") if g.startswith(b"loc:@")]
        return groups or own

    def _set_device(self, device: Any) -> None:
        self._device = device if isinstance(device, str) else device.to_string()

    _set_device_from_string = _set_device

    def _get_control_flow_context(self) -> Any:
        return self._control_flow_context

    def _set_control_flow_context(self, context: Any) -> None:
        self._control_flow_context = context

    # -- changing edges

    def _note_change(self) -> None:
        """Plans made so far are out of date, unless this node is newer than all of them."""
        if self._id <= self._graph._planned_id:
            self._graph._mutations += 1

    def _update_input(self, index: int, tensor: Tensor) -> None:
        """Replaces input `index`.

        Raises:
          OutOfRangeError: there is no such input.
          ValueError: the tensor is of another graph.
        """
        if not isinstance(tensor, Tensor):
            raise TypeError(f"tensor must be a Tensor: {tensor}")
        if tensor.graph is not self._graph:
            raise ValueError(f"{tensor} must be from the same graph as {self}.")
        self._graph._check_not_finalized()
        if index >= len(self._inputs):
            raise errors.OutOfRangeError(
                None,
                None,
                f"Cannot update edge. Input index [{index}] is greater than the number of total "
                f"inputs [{len(self._inputs)}].",
            )
        old = self._inputs[index]
        if not _compatible(old.dims, tensor.dims):
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Cannot update edge, incompatible shapes: {dims_text(tensor.dims)} and "
                f"{dims_text(old.dims)}.",
            )
        self._graph._rewired.add(self)
        self._replace_input(index, tensor)

    def _replace_input(self, index: int, tensor: Tensor) -> None:
        old = self._inputs[index]
        self._inputs = _InputList((*self._inputs[:index], tensor, *self._inputs[index + 1 :]))
        old._consumers.remove(self)
        tensor._consumers.append(self)
        self._note_change()

    def _add_while_inputs(self, tensors: Sequence[Tensor]) -> None:
        """Gives a loop further variables, with these first values."""
        self._inputs = _InputList((*self._inputs, *tensors))
        for t in tensors:
            t._consumers.append(self)
        self._note_change()

    def _add_outputs(self, types: Sequence[DType], shapes: Sequence[Any]) -> None:
        """Further outputs; the attrs that say which there are are the caller's."""
        for dtype, shape in zip(types, shapes, strict=True):
            output = Tensor(self, len(self._outputs), dtype)
            output.set_shape(shape)
            self._outputs.append(output)
        self._note_change()

    def _add_control_inputs(self, ops: Sequence["Operation"]) -> None:
        for op in ops:
            if not isinstance(op, Operation):
                raise TypeError(f"op must be an Operation: {op}")
            if op._graph is not self._graph:
                raise ValueError(f"{op} must be from the same graph as {self}.")
            if op not in self._control_inputs:
                self._control_inputs.append(op)
                op._control_outputs.append(self)
        self._note_change()

    def _add_control_input(self, op: "Operation") -> None:
        self._add_control_inputs([op])

    def _remove_all_control_inputs(self) -> None:
        for op in self._control_inputs:
            op._control_outputs.remove(self)
        self._control_inputs = []
        self._note_change()

    # -- where it was made

    @property
    def traceback(self) -> list[tuple[str, int, str, str | None]]:
        """The calls that made the node, outermost first: (file, line, function, text)."""
        return [
            (c.co_filename, n, c.co_name, linecache.getline(c.co_filename, n).strip() or None)
            for c, n in reversed(self._trace)
        ]

    @property
    def _traceback(self) -> list[tuple[str, int, str, str | None]]:
        return self.traceback

    @property
    def traceback_with_start_lines(self) -> list[tuple[str, int, str, str | None, int]]:
        """As `traceback`, with the first line of each function."""
        return [
            (*t, c.co_firstlineno)
            for t, (c, _) in zip(self.traceback, reversed(self._trace), strict=True)
        ]

    @property
    def created_at(self) -> str:
        """`file:line` of the user's code that made the node; empty where there is none."""
        if not self._trace:
            return ""
        code, line = self._trace[0]
        return f"{code.co_filename}:{line}"

    def run(self, feed_dict: Any = None, session: Any = None) -> None:
        """Runs the node in `session` (default: the default session)."""
        run_using_default_session(self, feed_dict, self._graph, session)

    def __str__(self) -> str:
        return str(self.node_def)

    def __repr__(self) -> str:
        return f"<tf.Operation '{self._name}' type={self._type}>"

    @property
    def _c_op(self) -> "Operation":
        return self

    def _tf_output(self, index: int) -> Tensor:
        return self._outputs[index]
