"""Eager execution: a graph whose nodes run as they are made.

The functions of the api build nodes in the default graph. Where that is the `EagerGraph`, a node's
kernel runs at once and its outputs hold values; the graph keeps no node. So whatever builds graphs
executes eagerly too, and a graph or a function inside of an eager program is built as always.
"""

import contextlib
import functools
import itertools
import random
import re
import threading
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from evergraph.base import errors
from evergraph.base.dtypes import DType
from evergraph.engine import failures, values
from evergraph.engine.functions import Functions
from evergraph.engine.interpret import Interpreter
from evergraph.engine.lower import variable_cell
from evergraph.engine.state import SessionState
from evergraph.graph import tape
from evergraph.graph.graph import Graph
from evergraph.graph.operation import Operation, _InputList
from evergraph.graph.registry import Entry
from evergraph.graph.shape_inference import infer_shapes, output_types_of
from evergraph.graph.tensor import Dims, Tensor, as_dims, merge_dims

DEVICE = "/job:localhost/replica:0/task:0/device:CPU:0"
_NO_INPUTS = _InputList()
_FOR_GRAPHS = frozenset(["Placeholder", "PlaceholderV2", "Variable", "VariableV2"])
_CONTROL_FLOW = frozenset(
    ["Switch", "RefSwitch", "Merge", "RefMerge", "Enter", "RefEnter", "Exit", "RefExit"]
    + ["NextIteration", "RefNextIteration", "LoopCond"]
)
_NO_PART_OF_NAMES = re.compile(r"[^\w.\-/]")
_GRAPH_TENSOR = """An op outside of the function building code is being passed
a "Graph" tensor. It is possible to have Graph tensors
leak out of the function building context by including a
tf.init_scope in your function building code.
For example, the following function will fail:
  @tf.function
  def has_init_scope():
    my_constant = tf.constant(1.)
    with tf.init_scope():
      added = my_constant * 2
The graph tensor has name: {}"""


class EagerTensor(Tensor):
    """A tensor that has its value already. `numpy` gives it as an array."""

    __slots__ = ("_value",)

    def __init__(self, op: Operation, value_index: int, dtype: Any) -> None:
        super().__init__(op, value_index, dtype)
        self._value: Any = None

    def numpy(self) -> Any:
        """The value as an array of its own; as a NumPy scalar, or bytes, where the rank is 0."""
        value = self._value
        if self._dtype in values.OBJECT_DTYPES:
            kind = self._dtype.name
            raise ValueError(f"Cannot convert a Tensor of dtype {kind} to a NumPy array.")
        array = values.to_array(value)
        if isinstance(array, np.ndarray):
            return array.copy() if array.ndim else array.item()
        return array

    def _static_array(self) -> np.ndarray | None:
        """The value for who decides by it, not to be written to; None for an object."""
        if self._dtype in values.OBJECT_DTYPES:
            return None
        return np.asarray(values.to_array(self._value), self._object_type())

    def _object_type(self) -> Any:
        return object if self._dtype.name == "string" else None

    @property
    def device(self) -> str:
        return DEVICE

    backing_device = device  # where its value is, which is where it was computed

    def cpu(self) -> "EagerTensor":
        """The tensor itself: values are in the memory of the CPU."""
        return self

    def set_shape(self, shape: Any) -> None:
        """Checks that the shape agrees with this. Raises ValueError where it does not."""
        try:
            merge_dims(self.dims, as_dims(shape))
        except ValueError:
            raise ValueError(
                f"Tensor's shape {self.dims} is not compatible with supplied shape {shape}"
            ) from None

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """Refused: there is no session."""
        raise NotImplementedError(
            "eval is not supported when eager execution is enabled, is .numpy() what you're "
            "looking for?"
        )

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.array(self.numpy(), dtype or self._object_type())

    def __bool__(self) -> bool:
        return bool(self.numpy())

    __nonzero__ = __bool__

    def __int__(self) -> int:
        return int(self.numpy())

    def __float__(self) -> float:
        return float(self.numpy())

    def __complex__(self) -> complex:
        return complex(self.numpy())

    def __index__(self) -> int:
        return int(self.numpy().__index__())

    def __format__(self, format_spec: str) -> str:
        return format(self.numpy(), format_spec)

    def __len__(self) -> int:
        if not self.dims:
            raise TypeError("Scalar tensor has no `len()`")
        return self.dims[0]  # type: ignore[return-value]

    def __iter__(self) -> Any:
        if not self.dims:
            raise TypeError("Cannot iterate over a scalar tensor.")
        return (self[i] for i in range(len(self)))

    def __reversed__(self) -> Any:
        return (self[i] for i in reversed(range(len(self))))

    def __copy__(self) -> "EagerTensor":  # type: ignore[override]
        return self

    def __deepcopy__(self, memo: Any) -> "EagerTensor":
        return self

    def _text(self, write: Any) -> str:
        if self._dtype in values.OBJECT_DTYPES:
            return "<unprintable>"
        text = write(self.numpy())
        return "\n" + text if "\n" in text else text

    def __str__(self) -> str:
        return f"tf.Tensor({self._text(str)}, shape={self.shape}, dtype={self._dtype.name})"

    def __repr__(self) -> str:
        text = self._text(lambda v: repr(v) if isinstance(v, (np.ndarray, bytes)) else str(v))
        return (
            f"<tf.Tensor: id={self._id}, shape={self.shape}, dtype={self._dtype.name}, "
            f"numpy={text}>"
        )


class EagerOperation(Operation):
    """A node that has run.

    It knows its outputs without keeping them alive, as they know it: their memory is free as soon
    as nobody has them. The graph has those of a thread's last node, until they are taken.
    """

    __slots__ = ("_references",)

    @property
    def _outputs(self) -> list[Tensor]:  # type: ignore[override]
        return [reference() for reference in self._references]

    @_outputs.setter
    def _outputs(self, outputs: list[Tensor]) -> None:
        self._references: list[Any] = [weakref.ref(t) for t in outputs]
        _last.outputs = outputs


class _Last(threading.local):
    outputs: list[Tensor] | None = None


_last = _Last()


class _OwnValues:
    """What the evaluator takes for its table of values: each tensor has its own."""

    def __getitem__(self, tensor: EagerTensor) -> Any:
        return tensor._value


class EagerGraph(Graph):
    """The graph that executes. It knows functions, scopes and seeds, and keeps no nodes.

    Values of variables and the objects of stateful nodes are in `state`.
    """

    runs_at_once = True
    _tensor_type = EagerTensor
    _static_value = staticmethod(lambda tensor: tensor._static_array())

    def __init__(self) -> None:
        super().__init__()
        self.switch_to_thread_local()
        self.state = SessionState()
        self.state.functions = Functions(self.state)
        self._evaluator = Interpreter(self.state)
        self._evaluator.env = _OwnValues()  # type: ignore[assignment]
        self._ids = itertools.count(1)

    @property
    def seed(self) -> int | None:
        """The seed of the ops that have none of their own."""
        return self._seed

    @seed.setter
    def seed(self, seed: int | None) -> None:
        self._seed = seed
        self._op_seeds = random.Random(seed)
        # Generators begin anew.
        self.state.drop_all(lambda key: key[0] == "philox")

    def _next_op_seed(self) -> int:
        """The seed of the next op that has none: what Python's generator, seeded, gives."""
        return self._op_seeds.randint(0, 2**31 - 1)

    @staticmethod
    def _static_dims(tensor: Tensor) -> Dims:  # type: ignore[override]
        array = tensor._static_array()  # type: ignore[attr-defined]
        if array.ndim == 0:
            return None
        return tuple([None if d < 0 else d for d in array.tolist()])

    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """The name in the current scope: names are of no consequence, and may come twice."""
        stack = self._stacks.name_stack
        return f"{stack}/{name}" if stack else name

    def control_dependencies(self, control_inputs: Any) -> Any:
        """As in a graph, with nothing to wait for: all that was made has run, but what is to be
        called."""
        for pending in control_inputs or ():
            if callable(pending):
                pending()
        return super().control_dependencies(None if control_inputs is None else [])

    def prevent_feeding(self, tensor: Tensor) -> None:
        """Nothing: no tensor is fed."""

    def add_to_collection(self, name: Any, value: Any) -> None:
        """Adds to a collection what is neither a tensor nor an operation: these live as long as
        the program has them."""
        if not isinstance(value, (Tensor, Operation)):
            super().add_to_collection(name, value)

    def _add(
        self,
        op_type: str,
        entry: Entry | None,
        inputs: Sequence[Tensor],
        attrs: dict[str, Any],
        output_types: Sequence[DType] | None,
        name: str | None,
        input_types: Sequence[DType] | None = None,
        compute_device: bool = True,
    ) -> Operation:
        """Runs a node."""
        _check(op_type, inputs)
        if output_types is None:
            output_types = output_types_of(entry, attrs)
        name = self._name_of(op_type, attrs, entry, name)
        op = EagerOperation._bare(self, op_type, name, entry, tuple(inputs), attrs, output_types)
        outputs = op._outputs
        op._id = next(self._ids)
        op._device = DEVICE
        if self._gradient_overrides:
            self._apply_attr_scopes(op)
        self._run(op)
        if tape.active():
            tape.record(op)
        op._inputs = _NO_INPUTS
        if op_type == "VarHandleOp":
            # The variable lives as long as its handle.
            key = variable_cell(op).key
            weakref.finalize(outputs[0], self.state.variables.pop, key, None).atexit = False
        _last.outputs = outputs  # others may have run meanwhile
        return op

    @staticmethod
    @contextlib.contextmanager
    def aside() -> Iterator[None]:
        """A block whose nodes may run between any two lines of a program."""
        before = _last.outputs
        try:
            yield
        finally:
            _last.outputs = before

    def _name_of(
        self, op_type: str, attrs: dict[str, Any], entry: Entry | None, name: str | None
    ) -> str:
        """The node's name, under which a stateful one keeps its state: nodes that draw random
        numbers draw from one generator where their attrs are equal, others have each their own."""
        name = (name or op_type).rstrip("/")
        if entry is None or not entry.signature.is_stateful:
            return name
        if "seed2" in attrs:
            text = "/".join(f"{k}.{attrs[k]}" for k in sorted(attrs))
            return f"{op_type}/" + _NO_PART_OF_NAMES.sub("_", text)
        return f"{name}_{next(self._ids)}"

    def _run(self, op: Operation) -> None:
        complaint = None
        try:
            infer_shapes(op)
        except ValueError as error:
            complaint = error  # kernels say better what is wrong, where they do
        except errors.OpError as error:
            raise _described(error, op) from None
        try:
            results = self._evaluator._results(op)
        except Exception as error:
            raise _described(error, op) from None
        if complaint is not None:
            raise errors.InvalidArgumentError(None, None, f"{complaint} [Op:{op._type}]")
        for tensor, value in zip(op._outputs, results, strict=True):
            tensor._value = value  # type: ignore[attr-defined]
            if tensor._dtype not in values.OBJECT_DTYPES or isinstance(value, np.ndarray):
                tensor.dims = tuple(np.shape(value))


class _Beside(EagerGraph):
    """The graph that executes, with the collections of another graph."""

    def __init__(self, graph: Graph) -> None:
        self.__dict__.update(eager_graph().__dict__, _collections=graph._collections)

    @property
    def seed(self) -> int | None:
        return eager_graph().seed

    @seed.setter
    def seed(self, seed: int | None) -> None:
        eager_graph().seed = seed

    def _next_op_seed(self) -> int:
        return eager_graph()._next_op_seed()


def _check(op_type: str, inputs: Sequence[Tensor]) -> None:
    if op_type in _FOR_GRAPHS:
        if "Placeholder" in op_type:
            raise RuntimeError("tf.placeholder() is not compatible with eager execution.")
        raise RuntimeError("Reference variables are not supported when eager execution is enabled.")
    if op_type in _CONTROL_FLOW:
        raise RuntimeError(f"{op_type} is of graphs: there is no such node in eager execution.")
    for t in inputs:
        if not isinstance(t, EagerTensor):
            raise TypeError(_GRAPH_TENSOR.format(t.name))


def _described(error: Exception, op: Operation) -> Exception:
    """A kernel's error with the op's type."""
    known = failures._as_op_error(error)
    kind: Any = type(known)
    suffix = f" [Op:{op._type}]"
    message = known.message if "[Op:" in known.message else known.message + suffix
    found = kind(None, None, message)
    for note in getattr(error, "__notes__", ()):
        found.add_note(note)
    return found


@functools.cache
def eager_graph() -> EagerGraph:
    """The one graph that executes; made when it is first asked for."""
    return EagerGraph()


_beside: "weakref.WeakKeyDictionary[Graph, _Beside]" = weakref.WeakKeyDictionary()


def eager_graph_beside(graph: Graph | None) -> EagerGraph:
    """The graph that executes in blocks of eager mode within `graph`, which has the collections:
    the global step and names of layers are of the graph that is the default around such a block."""
    if graph is None or graph.building_function:
        return eager_graph()
    if isinstance(graph, EagerGraph):
        return graph
    found = _beside.get(graph)
    if found is None:
        found = _beside[graph] = _Beside(graph)
    return found
