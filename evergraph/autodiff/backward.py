"""The walk back through a graph that `tf.gradients` makes.

The nodes between xs and ys are visited once each, from the ys on, when all gradients of their
outputs are there:
these are summed, the node's gradient function is called, and what it gives is kept for the node's
inputs.
The order of visits, and so the order of the nodes made, is TensorFlow's.
"""

import collections
import contextlib
import enum
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from evergraph.api import grouping
from evergraph.api.control_flow_util import IsLoopExit, IsLoopSwitch, IsSwitch
from evergraph.api.resource_variable_ops import is_resource_variable
from evergraph.autodiff.aggregation import aggregated
from evergraph.autodiff.colocation import colocate_with_for_gradient, maybe_colocate
from evergraph.autodiff.control_flow_state import ControlFlowState, loops_between
from evergraph.autodiff.initial_gradients import default_grad_ys
from evergraph.autodiff.zeros import zeros_like_outside_loop, zeros_like_unconnected
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import (
    convert_n_to_tensor_or_indexed_slices,
    internal_convert_n_to_tensor_or_indexed_slices,
)
from evergraph.graph.defaults import device, executing_eagerly, name_scope
from evergraph.graph.gradient_registry import get_gradient_function
from evergraph.graph.graph import Graph, get_default_graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.proto.framework.attr_value_pb2 import AttrValue, NameAttrList

_PARTITIONED_CALLS = ("PartitionedCall", "StatefulPartitionedCall")
_LOOPS = ("While", "StatelessWhile")

_TRAINABLE = (
    dtypes.float16,
    dtypes.float32,
    dtypes.float64,
    dtypes.complex64,
    dtypes.complex128,
    dtypes.resource,
    dtypes.variant,
)


@export("UnconnectedGradients")
class UnconnectedGradients(enum.Enum):
    """What `tf.gradients` gives for an x that the ys do not depend on. Stands for
    `tf.UnconnectedGradients`.

    `NONE`: None. `ZERO`: zeros in the shape of x.
    """

    NONE = "none"
    ZERO = "zero"


def as_list(x: Any) -> list[Any]:
    """`x` as a list; one that is neither list nor tuple becomes the only item."""
    return list(x) if isinstance(x, (list, tuple)) else [x]


def is_trainable(tensor_or_dtype: Any) -> bool:
    """Whether gradients flow through tensors of a type: floating ones, complex ones, handles,
    variants."""
    dtype = tensor_or_dtype.dtype if isinstance(tensor_or_dtype, Tensor) else tensor_or_dtype
    return dtypes.as_dtype(dtype).base_dtype in _TRAINABLE


def _is_backpropagatable(tensor: Tensor) -> bool:
    return is_trainable(tensor) or tensor.dtype.base_dtype == dtypes.bfloat16


def _is_function(graph: Any) -> bool:
    """Whether a graph is the body of a function that is being built."""
    return hasattr(graph, "captures")


def _outside(t: Tensor) -> Tensor:
    """The tensor that a placeholder in a function's body stands for; others are themselves."""
    graph: Any = t.graph
    if _is_function(graph) and t.op.type == "Placeholder":
        for captured, placeholder in graph.captures:
            if placeholder is t:
                return _outside(captured)
    return t


def _symbolic_gradient(op: Operation, *out_grads: Any) -> Any:
    """The gradient of a function's call: a node that runs the gradient of the function's body."""
    partitioned = op.type in _PARTITIONED_CALLS
    func = NameAttrList(name=op.attr("f").name if partitioned else op.type)
    for key, value in op.node_def.attr.items():
        func.attr[key].CopyFrom(value)
    types = [t.dtype.base_dtype for t in op.inputs]
    return apply_op(
        "SymbolicGradient",
        [*op.inputs, *out_grads],
        Tout=[dtypes.float32 if d == dtypes.resource else d for d in types],
        f=func,
    )


def gradients_helper(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str | None = "gradients",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
    stop_gradients: Any = None,
    unconnected_gradients: Any = UnconnectedGradients.NONE,
    src_graph: Graph | None = None,
    shapes_must_fit: bool = True,
) -> list[Any]:
    """As `tf.gradients`; `src_graph` is where the ys are (default: the default graph). Tapes take
    gradients that are not shaped like their inputs: these need not fit."""
    if src_graph is None and executing_eagerly():
        raise RuntimeError(
            "tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape "
            "instead."
        )
    graph = get_default_graph() if src_graph is None else src_graph
    try:
        unconnected = UnconnectedGradients(unconnected_gradients)
    except ValueError:
        raise ValueError(
            f"Unknown value for unconnected_gradients: {unconnected_gradients!r}"
        ) from None
    ys, xs = as_list(ys), as_list(xs)
    stops = [] if stop_gradients is None else as_list(stop_gradients)
    grad_ys = [None] * len(ys) if grad_ys is None else as_list(grad_ys)
    with name_scope(name, "gradients", [*ys, *xs, *stops, *grad_ys]) as scope:
        uid = get_default_graph().unique_name("uid")
        ys = convert_n_to_tensor_or_indexed_slices(ys, name="y")
        xs = [x.handle if is_resource_variable(x) else x for x in xs]
        xs = internal_convert_n_to_tensor_or_indexed_slices(xs, name="x", as_ref=True)
        grad_ys = default_grad_ys(grad_ys, ys, colocate_gradients_with_ops, uid)
        walk = _Walk(graph, xs, scope, uid)
        walk.colocate = colocate_gradients_with_ops
        walk.gate = gate_gradients
        walk.aggregation_method = aggregation_method
        walk.shapes_must_fit = shapes_must_fit
        walk.run(ys, grad_ys, [t.op for t in stops])
    if walk.loops is not None:
        walk.loops.finish()
    return [walk.gradient_of(x, unconnected) for x in xs]


class _Walk:
    """One call of `tf.gradients`.

    `grads` holds, for each node and output, a list of the gradients received, then their sum.
    """

    def __init__(self, graph: Graph, xs: Sequence[Tensor], scope: str, uid: str) -> None:
        self.graph = graph
        self.xs = xs
        self.scope = scope
        self.uid = uid
        self.colocate = False
        self.gate = False
        self.aggregation_method: int | None = None
        self.shapes_must_fit = True
        self.between: set[Operation] = set()
        self.grads: dict[Operation, list[Any]] = {}
        self.loops: ControlFlowState | None = None
        self.function_graphs: list[Any] = []
        while _is_function(graph):
            self.function_graphs.append(graph)
            graph = graph.outer_graph  # type: ignore[attr-defined]

    def run(
        self, ys: Sequence[Tensor], grad_ys: Sequence[Any], stop_ops: Sequence[Operation]
    ) -> None:
        to_ops = [t.op for t in ys]
        from_ops = [t.op for t in self.xs]
        reachable, pending = self._pending_counts(to_ops, from_ops)
        for y, grad_y in zip(ys, grad_ys, strict=True):
            self._add(y, grad_y)
        queue: collections.deque[Operation] = collections.deque()
        # A y that another y depends on waits for that one's gradient.
        for op in to_ops:
            if pending[op] == 0 and op not in queue and op in reachable:
                queue.append(op)
        if self.loops is not None:
            for result in self.loops.unused_exits(pending, set(queue)):
                if is_trainable(result):
                    self._add(result, self.loops.zeros_like_exit(result))
                    queue.append(result.op)
        stops = self._frontier(from_ops, pending) | set(stop_ops)
        context = get_default_graph()._get_control_flow_context()
        try:
            while queue:
                op = queue.popleft()
                with maybe_colocate(op, self.uid, self.colocate):
                    self._visit(op, stops)
                for t in self.inputs(op):
                    pending[t.op] -= 1
                    if pending[t.op] == 0 or (pending[t.op] > 0 and self._is_loop_switch(t.op)):
                        self._ready(t, queue)
        except BaseException:
            # Whoever failed may have been inside of a gradient's loop.
            get_default_graph()._set_control_flow_context(context)
            raise

    def _is_loop_switch(self, op: Operation) -> bool:
        """Whether a node is visited twice: a gradient comes from the loop's exit, another one from
        its body."""
        return self.loops is not None and IsLoopSwitch(op)

    def _ready(self, t: Tensor, queue: collections.deque[Operation]) -> None:
        """Lets a node be visited; the exits of a loop all together, when the last one is there."""
        state = None
        if self.loops is not None and IsLoopExit(t.op):
            state = self.loops.state_of(t.op, before=False)
        if self.loops is None or state is None:
            queue.append(t.op)
            return
        state.deferred_exits.append(t)
        state.pending_exits_count -= 1
        if state.pending_exits_count:
            return
        reached = [y for y in state.deferred_exits if self._has_gradient(y.op)]
        queue.extend(y.op for y in reached)
        state.unused_exits.extend(y for y in state.deferred_exits if y not in reached)
        for y in state.unused_exits:
            # With no gradient for any exit there is none for the loop.
            if reached and is_trainable(y):
                self._add(y, self.loops.zeros_like_exit(y))
            queue.append(y.op)

    def _has_gradient(self, op: Operation) -> bool:
        received = self.grads.get(op, ())
        return any(g is not None for gs in received for g in (gs if isinstance(gs, list) else [gs]))

    def inputs(self, op: Operation) -> Sequence[Tensor]:
        """The tensors that the gradients of a node's inputs belong to.

        In the body of a function, a placeholder for a tensor of the graph outside stands for that.
        """
        if not _is_function(op._graph):
            return op._inputs
        return [t if any(t is x for x in self.xs) else _outside(t) for t in op._inputs]

    def consumers(self, tensor: Tensor) -> list[Operation]:
        """The nodes that take a tensor, those in bodies of functions among them."""
        found = tensor.consumers()
        for graph in self.function_graphs:
            for captured, placeholder in graph.captures:
                if captured is tensor:
                    found.extend(self.consumers(placeholder))
        return found

    def _pending_counts(
        self, to_ops: Sequence[Operation], from_ops: Sequence[Operation]
    ) -> tuple[set[Operation], dict[Operation, int]]:
        """The ys' nodes that depend on xs, and for each node between how many gradients it waits
        for."""
        reached: set[Operation] = set()
        queue = collections.deque(from_ops)
        while queue:
            op = queue.popleft()
            if op in reached:
                continue
            reached.add(op)
            for output in op.outputs:
                if _is_backpropagatable(output):
                    queue.extend(self.consumers(output))
        reachable = {op for op in to_ops if op in reached}
        between: list[Operation] = []
        queue.extend(to_ops)
        while queue:
            op = queue.popleft()
            if op not in reached:
                continue
            between.append(op)
            reached.remove(op)
            queue.extend(t.op for t in self.inputs(op))
        known = self.between = set(between)
        self.loops = loops_between(between, known, self.colocate)
        pending: dict[Operation, int] = collections.defaultdict(int)
        for op in between:
            for t in self.inputs(op):
                if t.op in known:
                    pending[t.op] += 1
        return reachable, pending

    def _frontier(
        self, from_ops: Sequence[Operation], pending: dict[Operation, int]
    ) -> set[Operation]:
        """The xs' nodes that depend on no other x: the walk ends there."""
        return {op for op in from_ops if all(pending[t.op] <= 0 for t in self.inputs(op))}

    def _add(self, t: Tensor, grad: Any) -> None:
        received = self.grads.get(t.op)
        if received is None:
            received = self.grads[t.op] = [[] for _ in t.op.outputs]
        if isinstance(received[t.value_index], list):
            received[t.value_index].append(grad)
        else:
            # The Switch of a loop variable, which has been visited once.
            assert IsLoopSwitch(t.op)
            received[t.value_index] = grad

    def gradient_of(self, t: Tensor, unconnected: UnconnectedGradients) -> Any:
        found = self.grads.get(t.op)
        if found is None:
            if unconnected is UnconnectedGradients.ZERO:
                return zeros_like_unconnected(t)
            return None
        grad = found[t.value_index]
        assert not isinstance(grad, list), "gradients list should have been aggregated by now."
        return grad

    def _visit(self, op: Operation, stops: set[Operation]) -> None:
        """Sums the gradients of a node's outputs and adds those of its inputs."""
        received = self.grads.get(op) or [[] for _ in op.outputs]
        with self._in_loop(op, before=True):
            out_grads = aggregated(received, op, self.uid, self.aggregation_method)
        alive = any(g is not None for g in out_grads) and op not in stops
        function, symbolic = self._gradient_function(op) if alive else (None, False)
        with self._in_loop(op, before=False):
            self._check_initial_value(op)
            if function is not None:
                self._pass_on(op, function, symbolic, out_grads)

    def _in_loop(self, op: Operation, before: bool) -> contextlib.AbstractContextManager[None]:
        """The gradient's loop for a node, see `ControlFlowState.state_of`."""
        return contextlib.nullcontext() if self.loops is None else self.loops.within(op, before)

    def _check_initial_value(self, op: Operation) -> None:
        """Raises ValueError where the walk, which began in a loop's body, leaves it by the
        loop's variables."""
        context = op._get_control_flow_context()
        if not IsSwitch(op) or context is None or not context.IsWhileContext():
            return
        if context is not get_default_graph()._get_control_flow_context():
            return
        sources = [t.op for t in self.xs]
        queue, seen = collections.deque([op]), set()
        while queue[0] not in sources:
            found = queue.popleft()
            if found not in seen:
                seen.add(found)
                queue.extend(t.op for t in self.inputs(found))
        raise ValueError(
            "Cannot compute gradient inside while loop with respect to op "
            f"'{queue[0].name}'. We do not support taking the gradient wrt or through the initial "
            "value of a loop variable. Gradients can be computed through loop invariants or wrt "
            "the input parameters to the loop body."
        )

    def _pass_on(
        self, op: Operation, function: Callable[..., Any], symbolic: bool, out_grads: list[Any]
    ) -> None:
        """Adds the gradients of a node's inputs."""
        if self.graph.runs_at_once:
            # Gradients that nobody asks for would be computed all the same.
            found = (i for i, t in enumerate(op.inputs) if t.op not in self.between)
            op.skip_input_indices = tuple(found)  # type: ignore[attr-defined]
        zeros = zeros_like_outside_loop if self.loops is None else self.loops.zeros_like
        for i, grad in enumerate(out_grads):
            if grad is None and (symbolic or is_trainable(op.outputs[i])):
                out_grads[i] = zeros(op, i)
        for i, (t, grad) in enumerate(
            zip(self.inputs(op), self._call(op, function, out_grads), strict=False)
        ):
            if grad is None:
                continue
            if isinstance(grad, Tensor) and t.dtype != dtypes.resource:
                self._shape_as_input(op, i, t, grad)
            self._add(t, grad)

    def _shape_as_input(self, op: Operation, i: int, t: Tensor, grad: Tensor) -> None:
        try:
            grad.set_shape(t.shape)
        except ValueError:
            if not self.shapes_must_fit:
                return
            raise ValueError(
                "Incompatible shapes between op input and calculated input gradient.  Forward "
                f"operation: {op.name}.  Input index: {i}. Original input shape: {t.shape}.  "
                f"Calculated input gradient shape: {grad.shape}"
            ) from None

    def _gradient_function(self, op: Operation) -> tuple[Callable[..., Any] | None, bool]:
        """The gradient function of a node, and whether it is the symbolic one of a call of a graph
        function."""
        try:
            return get_gradient_function(op), False
        except LookupError:
            called = self._called(op)
            if called is None:
                raise LookupError(
                    f"No gradient defined for operation '{op.name}' (op type: {op.type})"
                ) from None
        if called.python_grad_func is not None:
            return called.python_grad_func, False
        return _symbolic_gradient, True

    def _called(self, op: Operation) -> Any:
        """The graph function that a node calls, or None."""
        if op.type in _PARTITIONED_CALLS:
            return self.graph._get_function(op.attr("f").name)
        if self.graph._is_function(op.type):
            return getattr(op, "__defun", self.graph._get_function(op.type))
        return None

    def _call(self, op: Operation, function: Callable[..., Any], out_grads: Sequence[Any]) -> Any:
        """Calls a gradient function in the scope of its nodes."""
        with name_scope(op.name + "_grad"), self.graph._original_op(op):
            with self._compiled_like(op):
                in_grads = as_list(function(op, *out_grads))
            # A loop is given further inputs while its gradient is built.
            if len(in_grads) != len(op.inputs) and op.type not in _LOOPS:
                raise ValueError(
                    f"Num gradients {len(in_grads)} generated for op {op.node_def} do not match "
                    "num "
                    f"inputs {len(op.inputs)}"
                )
            if self.gate and sum(g is not None for g in in_grads) > 1:
                with (
                    device(None),
                    colocate_with_for_gradient(None, self.uid, ignore_existing=True),
                ):
                    in_grads = grouping.tuple(in_grads)
            return in_grads

    @contextlib.contextmanager
    def _compiled_like(self, op: Operation) -> Iterator[None]:
        """Marks the gradient nodes of a node that is to be compiled by XLA as such, too."""
        called = self._called(op)
        known = op._attrs if called is None else called.definition.attr
        names = ("_XlaCompile", "_XlaSeparateCompiledGradients", "_XlaScope")
        marks = [known[name] for name in names if name in known]
        if len(marks) < len(names) or not marks[0].b:
            yield
            return
        scope = marks[2].s.decode()
        if marks[1].b:
            scope = f"{scope}_grad_{self.scope.rstrip('/').replace('/', '_')}"
        attrs = {"_XlaCompile": AttrValue(b=True), "_XlaScope": AttrValue(s=scope.encode())}
        with get_default_graph()._attr_scope(attrs):
            yield
