"""What passes need to find patterns: who makes a value, who uses it, and which variables it may
share memory with."""

from collections.abc import Sequence

from evergraph.engine.lower import Guarded, read_cell
from evergraph.engine.plan import NUMPY, Arg, Cell, Const, Literal, Plan, Step, Value, values_in


class Uses:
    """An index of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.maker: dict[Value, int] = {}
        self.users: dict[Value, list[int]] = {}
        self.source: dict[Value, Cell] = {}
        self.fetched: set[Value] = set()
        for i, step in enumerate(plan.steps):
            for value in values_in(step.args):
                self.users.setdefault(value, []).append(i)
            for out in step.outputs:
                if out is not None:
                    self.maker[out] = i
            self._trace(step)
        for fetch in plan.fetches:
            value = fetch.value if isinstance(fetch, Guarded) else fetch
            if isinstance(value, Value):
                self.fetched.add(value)

    def _trace(self, step: Step) -> None:
        """Remembers results that may share memory with a variable."""
        cell = None
        if only_reads(step):
            cell = next((a for a in step.args if isinstance(a, Cell)), None)
        elif step.kind in ("move", "choose") or (step.node._entry and step.node._entry.view):
            cell = next((self.source[v] for v in values_in(step.args) if v in self.source), None)
        if cell is not None:
            self.source.update((out, cell) for out in step.outputs if out is not None)

    def made_by(self, value: Arg, *types: str) -> Step | None:
        """The step that computes `value`, if it is a call of one of these op types."""
        if not isinstance(value, Value) or value not in self.maker:
            return None
        step = self.plan.steps[self.maker[value]]
        return step if step.kind == "call" and step.node._type in types else None

    def only_use(self, value: Arg) -> bool:
        """Whether one step, and no fetch, uses the value."""
        return (
            isinstance(value, Value)
            and len(self.users.get(value, ())) == 1
            and value not in self.fetched
        )

    def scalar(self, value: Arg) -> Arg | None:
        """A rank-0 number in its form on the host, as an argument; None for anything else."""
        if dims_of(value) != ():
            return None
        if isinstance(value, Const):
            return Literal(value.value.item())
        if value.place == NUMPY:
            return value
        # Brought to torch by a step of its own: what it was before.
        step = self.plan.steps[self.maker[value]] if value in self.maker else None
        if step is not None and step.kind == "move" and getattr(step.args[0], "place", "") == NUMPY:
            return step.args[0]
        return None

    def is_read_of(self, value: Arg, cell: Cell) -> bool:
        """Whether `value` is the whole value of the variable."""
        if not isinstance(value, Value) or value not in self.maker:
            return False
        step = self.plan.steps[self.maker[value]]
        return only_reads(step) and step.args[0] == cell

    def unchanged(self, values: Sequence[Arg], start: int, end: int) -> bool:
        """Whether no step between two positions may write a variable that `values` share memory
        with."""
        cells = {self.source[v] for v in values_in(list(values)) if v in self.source}
        if not cells:
            return True
        return not any(
            isinstance(a, Cell) and a in cells and step.kernel is not read_cell
            for step in self.plan.steps[start + 1 : end]
            for a in step.args
        )


def only_reads(step: Step) -> bool:
    """Whether a step gives a variable's value and does nothing else."""
    return step.kernel is read_cell or step.node._type == "ReadVariableOp"


def dims_of(value: Arg) -> tuple[int | None, ...] | None:
    """The static dims of a value."""
    tensor = getattr(value, "tensor", None)
    return None if tensor is None else tensor.dims
