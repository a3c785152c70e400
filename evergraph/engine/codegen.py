"""Code generation: a plan as the source of one straight-line Python function.

The source is readable: each line ends with the name of its node. It stays in `linecache`, so that
tracebacks show it; the
line of an error leads back to the node.
"""

import itertools
import linecache
import re
from collections.abc import Callable, Iterable, Sequence
from types import CodeType
from typing import Any

import numpy as np
import torch

from evergraph.engine import values
from evergraph.engine.lower import SESSION, Guarded, read_cell
from evergraph.engine.plan import (
    NUMPY,
    TORCH,
    Arg,
    Cell,
    Const,
    Guard,
    Literal,
    Loop,
    Plan,
    Step,
    Value,
    all_steps,
    values_in,
)
from evergraph.engine.state import SessionState
from evergraph.graph.operation import Operation

_serial = itertools.count()
_RESERVED = frozenset(["run", "session", "mark", "torch", "stopping", "check_stop"])
# Between NumPy values, and quicker than the functions for scalars.
_INFIX: dict[Any, str] = {
    np.add: "+",
    np.subtract: "-",
    np.multiply: "*",
    np.divide: "/",
    np.less: "<",
    np.less_equal: "<=",
    np.greater: ">",
    np.greater_equal: ">=",
    np.equal: "==",
    np.not_equal: "!=",
    np.logical_and: "&",
    np.logical_or: "|",
}
_PLAIN = (bool, int, str, bytes, type(None))


class Program:
    """The generated function of a plan, not yet bound to a session."""

    def __init__(self, plan: Plan, timed: bool = False) -> None:
        self.plan = plan
        self.filename = f"<evergraph plan {next(_serial)}>"
        self.steps: dict[int, Step] = {}
        self._names: dict[str, Any] = {"torch": torch}
        self._known: dict[int, str] = {}
        self._cells: dict[Cell, str] = {}
        self._scalars: list[np.ndarray] = []
        self._timed = timed
        # Of a timed program: the steps that `mark` tells by their position here.
        self.marked: list[Step] = []
        self.source = self._write()
        self.code: CodeType = compile(self.source, self.filename, "exec")
        linecache.cache[self.filename] = (
            len(self.source),
            None,
            self.source.splitlines(True),
            self.filename,
        )

    def bind(
        self, state: SessionState, mark: Callable[[int, list[Any]], None] | None = None
    ) -> Callable[..., Any]:
        """The function for one session: its variables and objects are filled in."""
        names = dict(self._names)
        for cell, name in self._cells.items():
            names[name] = state.variable(cell.key, cell.dtype, cell.dims, cell.resource)
        names["session"] = state
        names["stopping"], names["check_stop"] = state.stopping, state.check_stop
        if mark is not None:
            names["mark"] = mark
        exec(self.code, names)
        return names["run"]

    def __del__(self) -> None:
        linecache.cache.pop(self.filename, None)

    def node_at(self, line: int) -> Operation | None:
        """The node of a line of the source."""
        step = self.steps.get(line)
        return None if step is None else step.node

    # -- writing

    def _write(self) -> str:
        plan = self.plan
        self._predicates = {
            out.tensor: (i, out.name)
            for i, step in reversed(list(enumerate(all_steps(plan.steps))))
            for out in step.outputs
            if out is not None and out.place == "number"
        }
        feeds = ", ".join(v.name for v in plan.feeds)
        self._lines = [f"def run({feeds}):"]
        kept = {f.value if isinstance(f, Guarded) else f for f in plan.fetches}
        self._block(plan.steps, kept.union(plan.feeds), 1)
        results = ", ".join(self._fetch(f) for f in plan.fetches)
        self._lines.append(f"    return ({results}{',' if len(plan.fetches) == 1 else ''})")
        return "\n".join(self._lines) + "\n"

    def _block(self, steps: Sequence[Step], kept: set[Arg], depth: int) -> None:
        """Writes steps; values that nobody needs any more are let go, but for those `kept`."""
        last_use = _last_uses(steps, kept)
        guard: Guard = frozenset()
        for i, step in enumerate(steps):
            if step.guard != guard:
                guard = step.guard
                if guard:
                    self._lines.append(f"{'    ' * depth}if {self._condition(guard)}:")
            inner = depth + 1 if guard else depth
            if step.loop is not None:
                self._loop(step, step.loop, inner)
            else:
                self._line(step, f"{self._step(step)}", inner, last_use.get(i, []))
            if self._timed and step.loop is None:
                outputs = ", ".join(o.name if o else "None" for o in step.outputs)
                self._lines.append(f"{'    ' * inner}mark({len(self.marked)}, [{outputs}])")
                self.marked.append(step)

    def _line(self, step: Step, text: str, depth: int, dead: Sequence[str] = ()) -> None:
        text = "    " * depth + text
        if dead:
            text += f"; {' = '.join(dead)} = None"
        name = step.node.name.replace("\n", " ")
        self._lines.append(f"{text:<60}  # {name}")
        self.steps[len(self._lines)] = step

    def _loop(self, step: Step, loop: Loop, depth: int) -> None:
        variables = [v.name for v in loop.variables]
        if variables:
            self._line(step, _assignment(variables, map(self._arg, loop.initial)), depth)
        self._line(step, "while True:", depth)
        self._line(step, "if stopping: check_stop()", depth + 1)
        self._block(loop.steps, {*loop.variables, *loop.next}, depth + 1)
        pairs = zip(variables, map(self._arg, loop.next), strict=True)
        moved = [(v, n) for v, n in pairs if v != n]
        if moved:
            self._line(step, _assignment(*zip(*moved, strict=True)), depth + 1)

    def _condition(self, guard: Guard) -> str:
        parts = []
        for predicate, branch in guard:
            position, name = self._predicates[predicate]
            parts.append((position, name if branch else f"not {name}"))
        return " and ".join(text for _, text in sorted(parts))

    def _step(self, step: Step) -> str:
        if step.kind == "choose":
            condition, a, b = (self._arg(x) for x in step.args)
            return f"{step.outputs[0].name} = {a} if {condition} else {b}"  # type: ignore[union-attr]
        if step.kind == "test":
            return f"if not {self._arg(step.args[0])}: break"
        infix = _INFIX.get(step.kernel) if not step.keywords else None
        if infix is not None:
            a, b = (self._arg(x) for x in step.args)
            return f"{step.outputs[0].name} = {a} {infix} {b}"  # type: ignore[union-attr]
        if step.kernel is read_cell:
            call = f"{self._arg(step.args[0])}.read()"
        elif step.kernel is values.to_numbers and (plain := _plain_type(step.args[0])):
            call = f"{plain}({self._arg(step.args[0])})"
        else:
            args = [self._arg(a) for a in step.args]
            args += [f"{k}={self._keyword(v)}" for k, v in step.keywords]
            call = f"{self._callable(step.kernel)}({', '.join(args)})"
        if step.unpack == "none" or all(o is None for o in step.outputs):
            return call
        names = [o.name if o is not None else "_" for o in step.outputs]
        if step.unpack == "one":
            return f"{names[0]} = {call}"
        return f"({', '.join(names)},) = {call}"

    def _fetch(self, fetch: Arg) -> str:
        if isinstance(fetch, Guarded) and not fetch.guard:
            return self._fetch(fetch.value)
        if isinstance(fetch, Guarded):
            return f"({self._fetch(fetch.value)} if {self._condition(fetch.guard)} else None)"
        if isinstance(fetch, Cell):
            return f"{self._arg(fetch)}.read()"
        return self._arg(fetch)

    def _arg(self, arg: Arg) -> str:
        if isinstance(arg, Value):
            return arg.name
        if isinstance(arg, list):
            return f"[{', '.join(self._arg(a) for a in arg)}]"
        if isinstance(arg, Literal):
            return self._keyword(arg.value)
        if isinstance(arg, Cell):
            name = self._cells.get(arg)
            if name is None:
                name = self._cells[arg] = f"v{len(self._cells)}"
            return name
        assert isinstance(arg, Const)
        value = arg.value
        if isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "biufc":
            return self._scalar(value)
        return self._bound("c", value)

    def _scalar(self, value: np.ndarray) -> str:
        """The name of a constant as a NumPy scalar, with which arithmetic is quicker."""
        name = self._known.get(id(value))
        if name is None:
            self._scalars.append(value)  # the name goes by its address
            name = self._known[id(value)] = f"c{len(self._known)}"
            self._names[name] = value[()]
        return name

    def _keyword(self, value: Any) -> str:
        if value is SESSION:
            return "session"
        if isinstance(value, _PLAIN) or (
            isinstance(value, float) and value == value and abs(value) < 1e300
        ):
            return repr(value)
        if (
            isinstance(value, tuple)
            and all(isinstance(v, _PLAIN) for v in value)
            and len(value) < 32
        ):
            return repr(value)
        return self._bound("a", value)

    def _bound(self, prefix: str, value: Any) -> str:
        name = self._known.get(id(value))
        if name is None:
            name = f"{prefix}{len(self._known)}"
            self._known[id(value)] = name
            self._names[name] = value
        return name

    def _callable(self, kernel: Callable[..., Any]) -> str:
        name = getattr(kernel, "__name__", None) or "kernel"
        if getattr(torch, name, None) is kernel:
            return f"torch.{name}"
        known = self._known.get(id(kernel))
        if known is None:
            known = re.sub(r"\W", "_", name)
            if known in self._names or known in _RESERVED or re.fullmatch(r"[tfvca]\d+", known):
                known = f"{known}_{len(self._known)}"
            self._known[id(kernel)] = known
            self._names[known] = kernel
        return known


def _plain_type(arg: Arg) -> str | None:
    """The Python type of a NumPy scalar: calling it is much quicker than `tolist`."""
    if not isinstance(arg, Value) or arg.place != NUMPY or arg.tensor is None:
        return None
    dtype = arg.tensor._dtype.base_dtype
    if arg.tensor.dims != ():
        return None
    if dtype.is_bool:
        return "bool"
    return "int" if dtype.is_integer else "float" if dtype.is_floating else None


def _assignment(names: Iterable[str], values: Iterable[str]) -> str:
    return f"{', '.join(names)} = {', '.join(values)}"


def _last_uses(steps: Sequence[Step], kept: set[Arg]) -> dict[int, list[str]]:
    """By step, the torch values made among these steps that nobody needs after it."""
    last: dict[Value, int] = {}
    guarded: set[Value | None] = set()
    for i, step in enumerate(steps):
        # What comes from outside a loop is let go outside, after the loop.
        last.update((value, i) for value in values_in(step.args) if value in last)
        last.update((out, i) for out in step.outputs if out is not None)
        if step.guard:
            guarded.update(step.outputs)
    found: dict[int, list[str]] = {}
    for value, i in last.items():
        # Of what is on the host only that is large which goes on to torch.
        large = value.place == TORCH or (
            value.place == NUMPY and steps[i].kernel is values.to_torch
        )
        if value in kept or value in guarded or not large or steps[i].guard:
            continue
        if steps[i].loop is None:
            found.setdefault(i, []).append(value.name)
        elif i + 1 < len(steps) and not steps[i + 1].guard and steps[i + 1].loop is None:
            found.setdefault(i + 1, []).append(value.name)
    return found
