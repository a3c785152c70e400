"""An executor: everything that one signature of `Session.run` needs, made once."""

import functools
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch

from evergraph.base import errors
from evergraph.engine import failures, values
from evergraph.engine.codegen import Program
from evergraph.engine.feeds import converter
from evergraph.engine.frames import Unstructured
from evergraph.engine.interpret import DEAD, Interpreter
from evergraph.engine.lower import Guarded, feed_place
from evergraph.engine.metadata import Timing, size_of
from evergraph.engine.passes import optimize
from evergraph.engine.plan import OBJECT, TORCH, Cell, Const, Plan, all_steps, writes_variables
from evergraph.engine.planning import make_plan
from evergraph.engine.state import SessionState
from evergraph.engine.watching import Dump
from evergraph.graph.graph import Graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor

_plan_lock = threading.RLock()

# torch.inference_mode without its Python part, which costs as much as a small product.
InferenceMode = torch._C._InferenceMode
# Runs take numbers too small for full precision as zeros, as those of TensorFlow do: products with
# them take a hundred times as long, and moments of what has no gradient any more become such.
_flush = torch.set_flush_denormal
_GRAIN = 1 << 15  # numbers that torch does not share out


@functools.cache
def _flush_in_helpers() -> None:
    """Lets torch begin the threads that help the main one: they flush always if it does then.

    Other threads have helpers only if they share out something, in a run, and are not to: with more
    threads than cores those of OpenMP sleep between products, and steps take twice as long.
    """
    _flush(True)
    torch.empty(torch.get_num_threads() * _GRAIN).fill_(0)
    _flush(False)


def _deliver(owned: bool) -> Callable[[Any], Any]:
    """What the user gets of a run-time value: an array of his own."""

    def take(value: Any) -> Any:
        if type(value) is torch.Tensor:
            array = _plain(values.to_array(value))
            return array if owned or not isinstance(array, np.ndarray) else array.copy()
        if isinstance(value, np.ndarray):
            value = _plain(value)
            return value.copy() if value.ndim else value[()]
        return value

    return take


def _plain(array: Any) -> Any:
    """Quantized numbers, structs of one field in feeds and constants, are plain numbers in
    results."""
    names = getattr(getattr(array, "dtype", None), "names", None)
    return array[names[0]] if names else array


def _take_fed(value: Any) -> Any:
    """A fed tensor, fetched: the array that was fed."""
    return _plain(np.asarray(values.to_array(value)))


def _take_fresh(value: Any) -> Any:
    """A result that nobody else holds: handed out without a copy."""
    if type(value) is torch.Tensor and not value.is_cuda and value.dtype is not torch.bfloat16:
        array = value.numpy() if not value.is_conj() else values.to_array(value)
        return array if array.ndim else array[()]
    if type(value) is np.ndarray:
        if value.ndim == 0:  # a string
            return value[()]
        # Kernels may give views of bytes or of broadcast values, which nobody can write to.
        return value if value.flags.writeable else value.copy()
    return values.to_array(value)


class Executor:
    """Runs given fetches and targets from given feeds, in one session."""

    def __init__(
        self,
        graph: Graph,
        state: SessionState,
        fetches: Sequence[Tensor],
        targets: Sequence[Operation],
        feeds: Sequence[Tensor],
    ) -> None:
        self.graph = graph
        if threading.current_thread() is threading.main_thread():
            _flush_in_helpers()
        graph._planned_id = graph._last_id
        self.version = graph._mutations
        self.fetches = list(fetches)
        self.targets = list(targets)
        self.feeds = list(feeds)
        self.state = state
        self.program: Program | None = program_for(graph, self.fetches, self.targets, self.feeds)
        self.uses_torch = self.uses_numpy = self.writes = True
        if self.program is None:
            self.call: Callable[..., Any] = self._interpret
            self.takers = [_take_fed if self._is_fed(t) else _deliver(False) for t in self.fetches]
            self.converters = [converter(t, feed_place(t)) for t in self.feeds]
            return
        plan = self.program.plan
        self.uses_torch, self.uses_numpy = _kinds(plan)
        self.writes = writes_variables(plan)
        self.call = self.program.bind(state)
        self.converters = [converter(v.tensor, v.place) for v in plan.feeds if v.tensor is not None]
        self.takers = [
            self._taker(fetch, owned, tensor)
            for fetch, owned, tensor in zip(plan.fetches, plan.owned, self.fetches, strict=True)
        ]

    def _is_fed(self, tensor: Tensor) -> bool:
        return tensor in self.feeds and feed_place(tensor) != OBJECT

    def _taker(self, fetch: Any, owned: bool, tensor: Tensor) -> Callable[[Any], Any]:
        if self._is_fed(tensor):
            return _take_fed
        if isinstance(fetch, Guarded):
            take = _deliver(owned)

            def take_guarded(value: Any) -> Any:
                if value is None:
                    _raise_dead(tensor)
                return take(value)

            return take_guarded
        if owned and not isinstance(fetch, (Cell, Const)):
            return _take_fresh
        return _deliver(False)

    def run_watched(self, feed_values: Sequence[Any], dump: Dump) -> list[Any]:
        """As `run`, by the slow evaluator; `dump` is told of fed values and of what nodes give."""
        inputs = [
            converter(tensor, feed_place(tensor))(value)
            for tensor, value in zip(self.feeds, feed_values, strict=True)
        ]
        for tensor, value in zip(self.feeds, inputs, strict=True):
            dump.fed(tensor, value)
        _flush(True)
        try:
            with InferenceMode(True), np.errstate(all="ignore"):
                results = self._interpret(
                    *inputs, observe=lambda op, given: dump.ran(op, given, DEAD)
                )
                takers = [_take_fed if self._is_fed(t) else _deliver(False) for t in self.fetches]
                return [take(value) for take, value in zip(takers, results, strict=True)]
        finally:
            _flush(False)
            self.state.variables_changed()

    def _interpret(self, *feeds: Any, observe: Any = None) -> list[Any]:
        interpreter = Interpreter(self.state, observe)
        for tensor, value in zip(self.feeds, feeds, strict=True):
            interpreter.feed(tensor, value)
        results = interpreter.run(self.fetches, self.targets)
        for tensor, value in zip(self.fetches, results, strict=True):
            if value is DEAD:
                _raise_dead(tensor)
        return results

    def run(self, feed_values: Iterable[Any], raw: bool = False) -> list[Any]:
        """The values of the fetches as the user's arrays, or as kernels give them."""
        # There are as many values as converters: both come from the same feeds.
        inputs = [convert(v) for convert, v in zip(self.converters, feed_values)]  # noqa: B905
        _flush(True)
        try:
            if not self.uses_torch:
                with np.errstate(all="ignore"):
                    results = self.call(*inputs)
            elif self.uses_numpy:
                with InferenceMode(True), np.errstate(all="ignore"):
                    results = self.call(*inputs)
            else:
                with InferenceMode(True):
                    results = self.call(*inputs)
            if raw:
                return list(results)
            return [take(v) for take, v in zip(self.takers, results)]  # noqa: B905
        except Exception as error:
            raise self.explain(error) from None
        finally:
            _flush(False)
            if self.writes:
                self.state.variables_changed()

    def explain(self, error: Exception) -> Exception:
        """The error to raise for a failed run: with its node, where that is known."""
        if isinstance(error, errors.OpError) and error.op is not None:
            return error
        if self.program is None:
            return error
        line = failures.line_in(error, self.program.filename)
        frame = failures.frame_of(error, self.program.filename)
        node = None if line is None else self.program.node_at(line)
        if node is None and isinstance(error, errors.FailedPreconditionError):
            node = next((t.op for t in self.fetches if t._dtype._is_ref_dtype), None)
        if line is not None and line in self.program.steps:
            step = self.program.steps[line]
            error = failures.retold(error, step.node, failures.arguments_in(frame, step))
        if frame is not None:
            # Values, and locks among them, are not to live as long as the error.
            frame.clear()
            _ = frame.f_locals  # Python 3.11 keeps what it last gave, until it is asked again
        return failures.located(error, node)

    def run_timed(self, feed_values: Sequence[Any]) -> tuple[list[Any], list[Timing]]:
        """As `run`, and for each step when its node ran and what it gave."""
        if self.program is None:
            return self.run(feed_values), []
        stamps: list[tuple[int, float, list[Any]]] = []
        timed = Program(self.program.plan, timed=True)
        call = timed.bind(
            self.state,
            lambda i, outputs: stamps.append((i, time.time(), list(map(size_of, outputs)))),
        )
        inputs = [convert(v) for convert, v in zip(self.converters, feed_values, strict=True)]
        start = time.time()
        _flush(True)
        try:
            with InferenceMode(True), np.errstate(all="ignore"):
                results = call(*inputs)
                taken = [take(v) for take, v in zip(self.takers, results, strict=True)]
        except Exception as error:
            line = failures.line_in(error, timed.filename)
            raise failures.located(error, None if line is None else timed.node_at(line)) from None
        finally:
            _flush(False)
            if self.writes:
                self.state.variables_changed()
        found = []
        for i, end, sizes in stamps:
            node = timed.marked[i].node
            found.append(Timing(node, int(start * 1e6), int(end * 1e6), sizes))
            start = end
        return taken, found


def _kinds(plan: Plan) -> tuple[bool, bool]:
    """Whether a plan computes with torch, and whether with NumPy."""
    steps = list(all_steps(plan.steps))
    places = {o.place for s in steps for o in s.outputs if o is not None}
    touches = {s.kind for s in steps} - {"read", "move"}
    uses_torch = TORCH in places or any(
        s.kind != "test" and (None in s.outputs or not s.outputs) for s in steps
    )
    return uses_torch, bool(touches) and places != {TORCH}


def _raise_dead(tensor: Tensor) -> None:
    raise errors.InvalidArgumentError(
        None,
        None,
        f"Retval[0] does not have value: {tensor.name} is the result of a branch that was not "
        "taken",
    )


def program_for(
    graph: Graph, fetches: list[Tensor], targets: list[Operation], feeds: list[Tensor]
) -> Program | None:
    """The program of a signature, kept with the graph; None where the interpreter has to run it."""
    key = (graph._mutations, tuple(fetches), tuple(targets), tuple(feeds))
    with _plan_lock:
        if key not in graph._plans:
            try:
                plan = optimize(make_plan(fetches, targets, feeds))
            except Unstructured:
                graph._plans[key] = None
            else:
                graph._plans[key] = Program(plan)
        return graph._plans[key]
