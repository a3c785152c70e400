"""The plan: an immutable, ordered list of steps that computes some fetches from some feeds.

A plan is made by pruning the graph backwards from fetches and targets to the feeds
(`needed_nodes`), by ordering what
is left (`ordered`), and by lowering each node to a step (engine/lower.py). Passes turn plans into
better plans;
engine/codegen.py turns a plan into a Python function.
"""

import dataclasses
import heapq
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from evergraph.base.dtypes import DType
from evergraph.engine.races import READS, writes_before, writes_state
from evergraph.engine.sections import Sections
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Dims, Tensor

TORCH, NUMPY, OBJECT = "torch", "numpy", "object"
"""Where a value lives: a torch tensor, a NumPy value on the host, or an object (a cell, a
handle)."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A result of a step, or a feed: a local variable of the generated function."""

    name: str
    place: str
    tensor: Tensor | None = None


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Const:
    """A value known when the plan is made."""

    value: Any
    place: str
    tensor: Tensor | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Literal:
    """A Python number, string or tuple, written into the source as it is."""

    value: Any


@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """A variable of the session, looked up when the plan is bound to a session."""

    key: str
    dtype: DType
    dims: Dims
    resource: bool = False


Arg = Any
"""Value, Const, Literal, Cell, or a list of them."""

Guard = frozenset[tuple[Any, bool]]
"""Conditions under which a step runs: (predicate, branch) pairs."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One call of a kernel.

    `unpack` says how results reach `outputs`: "none", "one" or "many". `reads` marks a read of a
    cell's value. `effect` says
    that the step must run even where nobody uses its outputs.
    """

    node: Operation
    kernel: Callable[..., Any]
    args: tuple[Arg, ...]
    keywords: tuple[tuple[str, Any], ...]
    outputs: tuple[Value | None, ...]
    unpack: str
    guard: Guard = frozenset()
    effect: bool = False
    kind: str = "call"
    loop: "Loop | None" = None


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """What a step of kind "loop" repeats.

    The variables start as `initial` and become `next` at the end of an iteration. Among the steps
    is one of kind "test", whose argument ends the loop where it is false. After the loop the
    variables are the step's outputs.
    """

    variables: tuple[Value, ...]
    initial: tuple[Arg, ...]
    steps: tuple[Step, ...]
    next: tuple[Arg, ...]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Steps from feeds to fetches. A fetch is a Value, a Const or a Cell (read when the run
    ends)."""

    steps: tuple[Step, ...]
    feeds: tuple[Value, ...]
    fetches: tuple[Arg, ...]
    owned: tuple[bool, ...]
    """For each fetch, whether nobody else holds its memory, so that it may be handed out as it
    is."""


def needed_nodes(
    fetches: Iterable[Tensor], targets: Iterable[Operation], feeds: Iterable[Tensor]
) -> set[Operation]:
    """The nodes that must run: backwards from fetches and targets, stopping at fed tensors."""
    fed = set(feeds)
    needed: set[Operation] = set()
    stack = [t._op for t in fetches if t not in fed]
    stack.extend(targets)
    while stack:
        op = stack.pop()
        if op in needed:
            continue
        needed.add(op)
        stack.extend(t._op for t in op._inputs if t not in fed and t._op not in needed)
        stack.extend(c for c in op._control_inputs if c not in needed)
    return needed


_TAKES = (
    *("QueueDequeue", "BarrierTakeMany", "ReaderRead"),
    *("Unstage", "MapUnstage", "OrderedMapUnstage"),
)


def _turn(op: Operation) -> int:
    """Which of the nodes that could run come first: the lower number."""
    if op._type.startswith(_TAKES) or op._type.endswith("AccumulatorTakeGradient"):
        return 2
    return int(writes_state(op))


def ordered(
    needed: set[Operation], fed: set[Tensor], is_back_edge: Callable[[Operation, Tensor], bool]
) -> list[Operation]:
    """A topological order of `needed`, in which writes come as late as they can, but for those of
    `races.writes_before`.

    Another read that is not ordered against a write sees the old value, in every run the same. What
    may wait for an element comes last: another node of the run may be the one that gives it.

    Raises:
      ValueError: the nodes form a cycle.
    """
    waiting: dict[Operation, int] = {}
    users: dict[Operation, list[Operation]] = {}
    after = writes_before(needed, fed)
    for op in needed:
        sources = {t._op for t in op._inputs if t not in fed and not is_back_edge(op, t)}
        sources.update(op._control_inputs)
        sources.update(after.get(op, ()))
        sources &= needed
        waiting[op] = len(sources)
        for source in sources:
            users.setdefault(source, []).append(op)
    ready = [(_turn(op), op._id, op) for op, n in waiting.items() if n == 0]
    heapq.heapify(ready)
    order = []
    sections = Sections(needed)
    while ready:
        _, _, op = heapq.heappop(ready)
        if sections.must_wait(op, bool(ready)):
            continue
        order.append(op)
        for user in users.get(op, ()):
            waiting[user] -= 1
            if waiting[user] == 0:
                heapq.heappush(ready, (_turn(user), user._id, user))
        for other in sections.done(op) if ready else sections.left():
            heapq.heappush(ready, (_turn(other), other._id, other))
    if len(order) != len(needed):
        count = len(needed) - len(order)
        raise ValueError(f"Graph is invalid, contains a cycle with {count} nodes")
    return order


def loop_step(node: Operation, loop: Loop, guard: Guard) -> Step:
    """The step that runs a loop. Its arguments are all that the loop takes from around it."""
    inside: set[Value] = set(loop.variables)
    taken: dict[Any, None] = dict.fromkeys(a for a in loop.initial if not isinstance(a, list))
    for step in loop.steps:
        for arg in flat(step.args):
            if isinstance(arg, Cell) or (isinstance(arg, Value) and arg not in inside):
                taken[arg] = None
        inside.update(o for o in step.outputs if o is not None)
    taken.update((v, None) for v in values_in(loop.next) if v not in inside)
    effect = any(s.effect and s.kind != "test" for s in loop.steps)
    return Step(
        node, run_loop, tuple(taken), (), loop.variables, "many", guard, effect, "loop", loop
    )


def run_loop(*args: Any) -> Any:
    """Stands for a loop as a step's kernel; the code generator writes the loop itself."""
    raise AssertionError("a loop is no call")


def flat(args: Iterable[Arg]) -> Iterable[Arg]:
    """Arguments, lists among them taken apart."""
    for arg in args:
        if isinstance(arg, list):
            yield from flat(arg)
        else:
            yield arg


def predicates_in(step: Step) -> Iterable[Any]:
    """The predicates that decide whether a step, or one in its loop, runs."""
    for predicate, _ in step.guard:
        yield predicate
    if step.loop is not None:
        for inner in step.loop.steps:
            yield from predicates_in(inner)


def all_steps(steps: Iterable[Step]) -> Iterable[Step]:
    """Steps and those in their loops."""
    for step in steps:
        yield step
        if step.loop is not None:
            yield from all_steps(step.loop.steps)


def writes_variables(plan: Plan) -> bool:
    """Whether a step of the plan takes a variable and does not just read it."""
    return any(
        isinstance(arg, Cell) and step.kind not in ("read", "loop") and step.node._type not in READS
        for step in all_steps(plan.steps)
        for arg in flat(step.args)
    )


def values_in(args: Sequence[Arg]) -> Iterable[Value]:
    """The Values among arguments, in lists too."""
    for arg in args:
        if isinstance(arg, Value):
            yield arg
        elif isinstance(arg, list):
            yield from values_in(arg)
