"""Token passing: how the slow evaluator runs graphs with loops, whatever their shape.

Each execution of a node belongs to an iteration of a frame. Enter brings a value into a frame's
first iteration (an invariant into all of them), NextIteration into the next one, Exit back to where
the frame was entered. A node runs when all its inputs have come; Merge with the first that is
alive. Frames and their dead exits are described in "Dynamic Control Flow in Large-Scale Machine
Learning" (Yu et al., EuroSys 2018).
"""

import heapq
import itertools
from collections import Counter
from collections.abc import Iterable
from typing import Any

from evergraph.engine import failures
from evergraph.engine.races import writes_state
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor

ENTERS = frozenset(["Enter", "RefEnter"])
EXITS = frozenset(["Exit", "RefExit"])
NEXTS = frozenset(["NextIteration", "RefNextIteration"])
MERGES = frozenset(["Merge", "RefMerge"])
LOOP_OPS = ENTERS | EXITS | NEXTS | frozenset(["LoopCond"])


def is_back_edge(op: Operation, tensor: Tensor) -> bool:
    """Whether `tensor` reaches `op` from the iteration before."""
    return tensor._op._type in NEXTS


class _Iteration:
    """Values and counts of one iteration of a frame."""

    __slots__ = ("frame", "index", "path", "env", "dead", "waiting", "alive", "absent", "started")

    def __init__(self, frame: "_Frame", index: int, env: dict[Tensor, Any]) -> None:
        self.frame = frame
        self.index = index
        # Numbers of the iterations around it and of its own; () outside of loops.
        parent = frame.parent
        self.path: tuple[int, ...] = () if parent is None else (*parent.path, index)
        self.env = env
        self.dead: set[Operation] = set()
        # Of a node: inputs still to come (of a Merge: control inputs only); of a Merge: whether a
        # live input came, and how many dead ones.
        self.waiting: dict[Operation, int] = {}
        self.alive: set[Operation] = set()
        self.absent: dict[Operation, int] = {}
        self.started: set[Operation] = set()


class _Frame:
    def __init__(self, parent: _Iteration | None, env: dict[Tensor, Any]) -> None:
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.frame.depth + 1
        self.invariants: list[Operation] = []
        self.iterations = [_Iteration(self, 0, env)]
        self.entered = 0
        self.dead_exits: set[Operation] = set()
        self.live_exits: set[Operation] = set()


class TokenPassing:
    """One run of nodes with loops, on behalf of an Interpreter."""

    def __init__(self, interpreter: Any, needed: set[Operation]) -> None:
        self.interpreter = interpreter
        self.needed = needed
        fed = interpreter.fed
        self.users: dict[Operation, list[tuple[Operation, Tensor | None]]] = {}
        self.counts: dict[Operation, int] = {}
        for op in needed:
            is_merge = op._type in MERGES
            data = [t for t in op._inputs if t not in fed and t._op in needed]
            control = [c for c in op._control_inputs if c in needed]
            self.counts[op] = len(control) + (0 if is_merge else len(data))
            for t in data:
                self.users.setdefault(t._op, []).append((op, t))
            for c in control:
                self.users.setdefault(c, []).append((op, None))
        self.enters = Counter(op.attr("frame_name") for op in needed if op._type in ENTERS)
        self.root = _Frame(None, interpreter.env)
        self.frames: dict[tuple[_Iteration, str], _Frame] = {}
        self.ready: list[tuple[bool, tuple[int, ...], bool, int, int, Operation, _Iteration]] = []
        self._serial = itertools.count()

    def run(self) -> None:
        """Runs until no token is left."""
        first = self.root.iterations[0]
        for op in self.needed:
            if self.counts[op] == 0 and (op._type not in MERGES or self._fed_merge(op)):
                self._push(op, first)
        while self.ready or self._release_dead_exits():
            if self.ready:
                *_, op, iteration = heapq.heappop(self.ready)
                self.interpreter.state.check_stop()
                self._execute(op, iteration)

    def _fed_merge(self, op: Operation) -> bool:
        return any(t in self.interpreter.fed or t._op not in self.needed for t in op._inputs)

    def _push(self, op: Operation, iteration: _Iteration) -> None:
        if op in iteration.started:
            return
        iteration.started.add(op)
        # One iteration after the other, as loops with `parallel_iterations=1` rely on; and writes
        # as late as they can.
        writes = writes_state(op)
        last = writes and not iteration.path
        key = (last, iteration.path, writes, op._id, next(self._serial))
        heapq.heappush(self.ready, (*key, op, iteration))

    def _execute(self, op: Operation, iteration: _Iteration) -> None:
        interpreter = self.interpreter
        interpreter.env, interpreter.dead = iteration.env, iteration.dead
        try:
            results = interpreter.results(op)
        except Exception as error:
            raise failures.located(error, op) from None
        finally:
            interpreter.env = self.root.iterations[0].env
            interpreter.dead = self.root.iterations[0].dead
        dead = op in iteration.dead
        if iteration.frame is self.root:
            interpreter.done.add(op)
        if op._type in ENTERS:
            self._enter(op, iteration, results, dead)
        elif op._type in EXITS:
            self._exit(op, iteration, results, dead)
        elif op._type in NEXTS:
            if not dead:
                self._deliver(op, self._next(iteration), results, False)
        else:
            self._deliver(op, iteration, results, dead)

    def _deliver(
        self, op: Operation, iteration: _Iteration, results: Iterable[Any], dead: bool
    ) -> None:
        """Puts results where the users of `op` find them, and wakes those."""
        fed = self.interpreter.fed
        for output, value in zip(op._outputs, results, strict=True):
            if output not in fed:
                iteration.env[output] = value
        if dead:
            iteration.dead.add(op)
        for user, tensor in self.users.get(op, ()):
            if tensor is not None and user._type in MERGES:
                is_dead = iteration.env[tensor] is self.interpreter.DEAD
                self._to_merge(user, iteration, is_dead, from_enter=op._type in ENTERS)
                continue
            left = iteration.waiting.get(user, self.counts[user]) - 1
            iteration.waiting[user] = left
            if left == 0 and (user._type not in MERGES or self._decided(user, iteration)):
                self._push(user, iteration)

    def _to_merge(
        self, merge: Operation, iteration: _Iteration, dead: bool, from_enter: bool
    ) -> None:
        if not dead:
            iteration.alive.add(merge)
        else:
            # A loop in a branch that is not taken gets no second input.
            more = len(merge._inputs) if from_enter else 1
            iteration.absent[merge] = iteration.absent.get(merge, 0) + more
        waits = iteration.waiting.get(merge, self.counts[merge])
        if waits == 0 and self._decided(merge, iteration):
            self._push(merge, iteration)

    def _decided(self, merge: Operation, iteration: _Iteration) -> bool:
        inputs = sum(1 for t in merge._inputs if t not in self.interpreter.fed)
        return merge in iteration.alive or iteration.absent.get(merge, 0) >= inputs

    # -- frames

    def _enter(self, op: Operation, iteration: _Iteration, results: Any, dead: bool) -> None:
        key = (iteration, op.attr("frame_name"))
        frame = self.frames.get(key)
        if frame is None:
            frame = self.frames[key] = _Frame(iteration, {})
        frame.entered += 1
        self._deliver(op, frame.iterations[0], results, dead)
        if op.attr("is_constant"):
            frame.invariants.append(op)
            for other in frame.iterations[1:]:
                self._deliver(op, other, results, dead)

    def _next(self, iteration: _Iteration) -> _Iteration:
        frame = iteration.frame
        if len(frame.iterations) <= iteration.index + 1:
            new = _Iteration(frame, iteration.index + 1, {})
            frame.iterations.append(new)
            first = frame.iterations[0]
            for op in frame.invariants:
                values = [first.env[t] for t in op._outputs]
                self._deliver(op, new, values, op in first.dead)
        return frame.iterations[iteration.index + 1]

    def _exit(self, op: Operation, iteration: _Iteration, results: Any, dead: bool) -> None:
        frame = iteration.frame
        if dead:
            frame.dead_exits.add(op)
            return
        frame.live_exits.add(op)
        assert frame.parent is not None
        self._deliver(op, frame.parent, results, False)

    def _release_dead_exits(self) -> bool:
        """Ends the innermost frames: exits that never were alive are dead outside."""
        entered = {k: f for k, f in self.frames.items() if f.entered == self.enters[k[1]]}
        if not entered:
            return False
        deepest = max(frame.depth for frame in entered.values())
        for key, frame in entered.items():
            if frame.depth != deepest:
                continue
            del self.frames[key]
            for op in frame.dead_exits - frame.live_exits:
                assert frame.parent is not None
                self._deliver(op, frame.parent, [self.interpreter.DEAD], True)
        return True
