"""Code generation: a plan as the source of one straight-line Python function.

The source is readable: each line ends with the name of its node. It stays in `linecache`, so that
tracebacks show it; the
line of an error leads back to the node.
"""

import itertools
import linecache
import re
from collections.abc import Callable
from types import CodeType
from typing import Any

import torch

from evergraph.engine.lower import SESSION, Guarded, read_cell
from evergraph.engine.plan import Arg, Cell, Const, Guard, Literal, Plan, Step, Value, values_in
from evergraph.engine.state import SessionState
from evergraph.graph.operation import Operation

_serial = itertools.count()
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
        self._session_names: list[str] = []
        self._timed = timed
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
        feeds = ", ".join(v.name for v in plan.feeds)
        lines = [f"def run({feeds}):"]
        last_use = self._last_uses()
        guard: Guard = frozenset()
        for i, step in enumerate(plan.steps):
            if step.guard != guard:
                guard = step.guard
                if guard:
                    lines.append(f"    if {self._condition(guard)}:")
            indent = "        " if guard else "    "
            text = indent + self._step(step)
            dead = last_use.get(i)
            if dead:
                text += f"; {' = '.join(dead)} = None"
            name = step.node.name.replace("\n", " ")
            lines.append(f"{text:<60}  # {name}")
            self.steps[len(lines)] = step
            if self._timed:
                outputs = ", ".join(o.name if o else "None" for o in step.outputs)
                lines.append(f"{indent}mark({i}, [{outputs}])")
        results = ", ".join(self._fetch(f) for f in plan.fetches)
        lines.append(f"    return ({results}{',' if len(plan.fetches) == 1 else ''})")
        return "\n".join(lines) + "\n"

    def _last_uses(self) -> dict[int, list[str]]:
        """By step, the torch values that nobody needs after it."""
        last: dict[Value, int] = {}
        held: set[Value] = set()
        for i, step in enumerate(self.plan.steps):
            for value in values_in(step.args):
                last[value] = i
            for out in step.outputs:
                if out is not None:
                    last.setdefault(out, i)
            for predicate, _ in step.guard:
                if isinstance(predicate, Value):
                    held.add(predicate)
        for fetch in self.plan.fetches:
            value = fetch.value if isinstance(fetch, Guarded) else fetch
            if isinstance(value, Value):
                held.add(value)
        guarded = {o for s in self.plan.steps if s.guard for o in s.outputs}
        held.update(self.plan.feeds)
        found: dict[int, list[str]] = {}
        for value, i in last.items():
            if value not in held and value not in guarded and value.place == "torch":
                if not self.plan.steps[i].guard:
                    found.setdefault(i, []).append(value.name)
        return found

    def _condition(self, guard: Guard) -> str:
        order: dict[Any, tuple[int, str]] = {}
        for i, step in enumerate(self.plan.steps):
            for out in step.outputs:
                if out is not None and out.place == "number" and out.tensor is not None:
                    order.setdefault(out.tensor, (i, out.name))
        parts = []
        for predicate, branch in guard:
            position, name = order[predicate]
            parts.append((position, name if branch else f"not {name}"))
        return " and ".join(text for _, text in sorted(parts))

    def _step(self, step: Step) -> str:
        if step.kind == "choose":
            condition, a, b = (self._arg(x) for x in step.args)
            return f"{step.outputs[0].name} = {a} if {condition} else {b}"  # type: ignore[union-attr]
        if step.kernel is read_cell:
            call = f"{self._arg(step.args[0])}.read()"
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
        return self._bound("c", arg.value)

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
            if (
                known in self._names
                or known in ("run", "session", "mark", "torch")
                or re.fullmatch(r"[tfvca]\d+", known)
            ):
                known = f"{known}_{len(self._known)}"
            self._known[id(kernel)] = known
            self._names[known] = kernel
        return known
