"""Graph functions at run time: each is a graph with a plan of its own, made when it is first called
in a session."""

import re
import threading
from collections.abc import Callable, Sequence
from typing import Any

import torch

from evergraph.autodiff.backward import gradients_helper
from evergraph.autodiff.zeros import zeros_like_unconnected
from evergraph.base import errors
from evergraph.engine import values
from evergraph.engine.executor import Executor
from evergraph.engine.lower import Guarded, feed_place
from evergraph.engine.plan import OBJECT, TORCH
from evergraph.engine.state import SessionState
from evergraph.graph.apply import apply_op
from evergraph.graph.function_def import graph_def_of
from evergraph.graph.graph import Graph
from evergraph.graph.operation import Operation
from evergraph.graph.portable import import_graph
from evergraph.graph.tensor import Tensor

Body = tuple[Graph, list[Tensor], list[Tensor], list[Operation]]


def body_of(function: Any, library: dict[str, Any]) -> Body:
    """The body of a function as a graph, with the placeholders of its arguments, its results, and
    the nodes that it says must run."""
    fdef = function.definition
    graph_def, arguments, results = graph_def_of(fdef, library)
    graph = Graph()
    with graph.as_default():
        for other in library.values():
            graph._functions[other.name] = other
        # The prefix tells the state of its nodes from that of nodes elsewhere. A scope cannot begin
        # with an underscore.
        name = re.sub(r"[^\w.\\/-]", "_", fdef.signature.name)  # such as that of a lambda
        name = f"of{name}" if name[0] == "_" else name
        must_run = [fdef.control_ret[n] for n in fdef.signature.control_output]
        wanted = [*arguments, *results, *must_run]
        elements = import_graph(graph_def, return_elements=wanted, name=name)
        assert elements is not None
    first, last = len(arguments), len(arguments) + len(results)
    return graph, elements[:first], elements[first:last], elements[last:]


class Functions:
    """The functions that a session has called. `graph` is where the calling node is."""

    def __init__(self, state: SessionState) -> None:
        self.state = state

    def call(
        self, function: Any, graph: Graph, args: Sequence[Any], pruned: bool = False
    ) -> tuple[Any, ...]:
        """Runs a function on run-time values.

        With `pruned` only those of its nodes run that its results ask for, or that it names.
        """
        return self.runner(function, graph, pruned)(args)

    def runner(self, function: Any, graph: Graph, pruned: bool = False) -> "_Runner":
        """The function as something to call with a sequence of run-time values, many times."""
        key = ("function", graph, function.name, pruned)
        return self._runner(key, lambda: _body(function, graph), pruned)

    def instance(self, function: Any, graph: Graph) -> "_Runner":
        """The same with generators of random numbers of its own, which begin anew."""
        state: Any = InstanceState(self.state)
        return _Runner(state, *_body(function, graph), pruned=False)

    def is_random(self, function: Any, graph: Graph) -> bool:
        """Whether seeded random numbers are drawn in the function, or in one that it calls."""
        key = ("is_random", graph, function.name)
        return bool(self.state.slot(key, lambda: (_draws(function, graph, set()),))[0])

    def call_gradient(self, op: Operation, args: Sequence[Any]) -> tuple[Any, ...]:
        """Runs the gradient of what a SymbolicGradient node names: a function, or an op type.

        `args` are the arguments and the gradients of the results.
        """
        results = self._gradient_of(op, args)
        if len(results) != len(op.outputs):
            raise errors.InvalidArgumentError(
                None,
                None,
                f"SymGrad expects to return {len(op.outputs)} gradient(s), but get {len(results)} "
                "instead.",
            )
        return results

    def _gradient_of(self, op: Operation, args: Sequence[Any]) -> tuple[Any, ...]:
        graph, name = op.graph, op.attr("f").name
        function = graph._get_function(name)
        if function is None:
            return self._run(("gradient", op), lambda: _primitive_gradient(op), args)
        if function.grad_func_name:
            return self.call(graph._get_function(function.grad_func_name), graph, args)
        return self._run(("gradient", graph, name), lambda: _gradient(function, graph), args)

    def _run(
        self, key: Any, build: Callable[[], Body], args: Sequence[Any], pruned: bool = False
    ) -> tuple[Any, ...]:
        return self._runner(key, build, pruned)(args)

    def _runner(self, key: Any, build: Callable[[], Body], pruned: bool) -> "_Runner":
        runner: _Runner = self.state.slot(key, lambda: _Runner(self.state, *build(), pruned))
        return runner


class InstanceState:
    """A session's state but for generators of random numbers, and for functions, which may have
    some."""

    _OWN = ("philox", "function", "gradient")

    def __init__(self, session: SessionState) -> None:
        self._session = session
        self._slots: dict[Any, Any] = {}
        self._lock = threading.RLock()
        self.functions = Functions(self)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def slot(self, key: Any, make: Callable[[], Any]) -> Any:
        """The object kept for `key`; `make()` gives it the first time."""
        if key[0] not in self._OWN:
            return self._session.slot(key, make)
        with self._lock:
            if key not in self._slots:
                self._slots[key] = make()
            return self._slots[key]


def _draws(function: Any, graph: Graph, seen: set[str]) -> bool:
    """Whether a node of a function has a seed."""
    seen.add(function.name)
    for node in function.definition.node_def:
        if any(key in node.attr and node.attr[key].i for key in ("seed", "seed2")):
            return True
        called = [f.name for a in node.attr.values() for f in (a.func, *a.list.func) if f.name]
        for name in (node.op, *called):
            inner = None if name in seen else graph._get_function(name)
            if inner is not None and _draws(inner, graph, seen):
                return True
    return False


def _body(function: Any, graph: Graph) -> Body:
    return body_of(function, dict(graph._functions) | {function.name: function})


def _gradient(function: Any, graph: Graph) -> Body:
    body, arguments, results, must_run = _body(function, graph)
    with body.as_default():
        return body, *_with_gradients(arguments, results), must_run


def _with_gradients(
    arguments: list[Tensor], results: list[Tensor]
) -> tuple[list[Tensor], list[Tensor]]:
    """Arguments and results of the gradient: gradients of results come in, those of arguments come
    out."""
    given = [apply_op("Placeholder", dtype=t.dtype, shape=t.shape) for t in results]
    found = gradients_helper(results, arguments, given)
    dense = [
        zeros_like_unconnected(t) if g is None else apply_op("Identity", g)
        for t, g in zip(arguments, found, strict=True)
    ]
    return [*arguments, *given], dense


def _primitive_gradient(op: Operation) -> Body:
    """The gradient of one op, as a graph; a SymbolicGradient node may name an op type, too."""
    func = op.attr("f")
    count = len(op.attr("Tout"))
    graph = Graph()
    with graph.as_default():
        arguments = [apply_op("Placeholder", dtype=t.dtype, shape=None) for t in op.inputs[:count]]
        node = graph.create_op(func.name, arguments, attrs=dict(func.attr))
        return graph, *_with_gradients(arguments, list(node.outputs)), []


class _Runner:
    """A function with its plan in one session."""

    def __init__(
        self,
        state: SessionState,
        graph: Graph,
        arguments: list[Tensor],
        results: list[Tensor],
        must_run: list[Operation],
        pruned: bool,
    ) -> None:
        effects = must_run
        if not pruned:
            # What has an effect runs, whether a result needs it or not.
            stateful = (op for op in graph.get_operations() if op._is_stateful)
            effects = must_run + [op for op in stateful if not _is_source(op)]
        self.executor = Executor(graph, state, results, effects, arguments)
        self.places = [feed_place(t) for t in arguments]
        program = self.executor.program
        if program is not None:
            self.places = [v.place for v in program.plan.feeds]
            self.owned = [
                o and not isinstance(f, Guarded)
                for o, f in zip(program.plan.owned, program.plan.fetches, strict=True)
            ]
        else:
            self.owned = [False] * len(results)

    def __call__(self, args: Sequence[Any]) -> tuple[Any, ...]:
        """The results for run-time values, where kernels expect them."""
        return tuple(
            _result(t, v, owned)
            for t, v, owned in zip(self.executor.fetches, self._run(args), self.owned, strict=True)
        )

    def arrays(self, args: Sequence[Any]) -> tuple[Any, ...]:
        """The results as NumPy values, held by nobody else."""
        return tuple(
            values.to_array(v.clone() if isinstance(v, torch.Tensor) and not owned else v)
            for v, owned in zip(self._run(args), self.owned, strict=True)
        )

    def _run(self, args: Sequence[Any]) -> Any:
        inputs = [_at(v, place) for v, place in zip(args, self.places, strict=True)]
        try:
            return self.executor.call(*inputs)
        except Exception as error:
            raise self.executor.explain(error) from None


def _is_source(op: Any) -> bool:
    """Whether a stateful node is only a handle, or a value that nobody misses."""
    return op.type in ("VarHandleOp", "Variable", "VariableV2", "ReadVariableOp")


def _at(value: Any, place: str) -> Any:
    if place == OBJECT:
        return value
    return values.to_torch(value) if place == TORCH else values.to_array(value)


def _result(tensor: Tensor, value: Any, owned: bool) -> Any:
    """A result where the caller expects it, and held by nobody else."""
    if tensor.dtype in values.OBJECT_DTYPES:
        return value
    if values.on_host(tensor.dtype):
        return values.to_array(value)
    value = values.to_torch(value)
    return value if owned else value.clone()
