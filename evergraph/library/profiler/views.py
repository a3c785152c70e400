"""What all views of a profile share: what is counted, what is shown, in which order."""

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

from evergraph.library.profiler.records import FIGURES, MEMORY, ROOT, TIMES, matches
from evergraph.library.profiler.sorting import std_sorted

# Totals by which lines may be sorted, most first.
_ORDERS = {
    "bytes": "total_requested_bytes",
    "peak_bytes": "total_peak_bytes",
    "residual_bytes": "total_residual_bytes",
    "output_bytes": "total_output_bytes",
    "micros": "total_exec_micros",
    "accelerator_micros": "total_accelerator_exec_micros",
    "cpu_micros": "total_cpu_exec_micros",
    "params": "total_parameters",
    "float_ops": "total_float_ops",
}
# Limits on totals, by the option.
_LEAST = {
    "min_bytes": "total_requested_bytes",
    "min_peak_bytes": "total_peak_bytes",
    "min_residual_bytes": "total_residual_bytes",
    "min_output_bytes": "total_output_bytes",
    "min_micros": "total_exec_micros",
    "min_accelerator_micros": "total_accelerator_exec_micros",
    "min_cpu_micros": "total_cpu_exec_micros",
}
_DEEPEST = 100_000


class Shown:
    """A line of a view: a message with figures and totals, and the lines below it.

    Args:
      message: a GraphNodeProto or a MultiGraphNodeProto.
    """

    summed: tuple[str, ...] = (*TIMES, *MEMORY, "parameters", "float_ops")

    def __init__(self, name: str, message: Any) -> None:
        self.name = name
        self.message = message
        message.name = name
        self.account = False
        self.text = ""
        self.children: list[Any] = []
        self.below: list[Any] = []

    def reset(self) -> None:
        """Sets the totals to nothing."""
        for field in self.summed:
            setattr(self.message, f"total_{field}", 0)

    def add_own(self) -> None:
        """Adds the line's own figures to its totals."""
        for field in self.summed:
            self._add(field, getattr(self.message, field))

    def add(self, other: Any) -> None:
        """Adds another line's totals."""
        for field in self.summed:
            self._add(field, getattr(other.message, f"total_{field}"))

    def _add(self, field: str, more: int) -> None:
        name = f"total_{field}"
        setattr(self.message, name, getattr(self.message, name) + more)


class ShownNode(Shown):
    """The line of a node."""

    summed = ("run_count", *Shown.summed)

    def reset(self) -> None:
        super().reset()
        self.message.total_definition_count = 0

    def add_own(self) -> None:
        super().add_own()
        self.message.total_definition_count += 1

    def add(self, other: Any) -> None:
        super().add(other)
        self.message.total_definition_count += other.message.total_definition_count


def fill(message: Any, record: Any, shapes: dict[int, list[int]], step: int) -> None:
    """Writes what is known of a node into its GraphNodeProto."""
    message.name = record.name
    del message.devices[:]
    if record.device:
        message.devices.append(record.device)
    figures = record.figures(step)
    for field in FIGURES:
        setattr(message, field, figures[field])
    message.input_shapes.clear()
    for i, dims in shapes.items():
        shape = message.input_shapes[i]
        if not dims:
            shape.unknown_rank = True
        for size in dims:
            shape.dim.add(size=size)


def is_shown(shown: Shown, options: Any, depth: int, own: dict[str, str]) -> bool:
    """Whether the options let a line be seen. `own`: limits that are not on totals."""
    if shown.name == ROOT:
        return True
    for option, field in (_LEAST | own).items():
        if getattr(shown.message, field) < getattr(options, option):
            return False
    if depth > options.max_depth or not matches(options.show_name_regexes, shown.name):
        return False
    return not matches(options.hide_name_regexes, shown.name)


def in_order(lines: list[Any], options: Any) -> list[Any]:
    """The lines as the options want them sorted."""
    if not options.order_by:
        return lines
    field = _ORDERS.get(options.order_by)
    if field is None:
        return std_sorted(lines, lambda a, b: a.name < b.name)
    return std_sorted(lines, lambda a, b: getattr(a.message, field) > getattr(b.message, field))


def found_first(lines: list[Any], patterns: list[str], visited: set[str] | None) -> list[Any]:
    """The topmost lines whose names match. `visited`: names that were looked at, in a graph."""
    found = []
    for line in lines:
        if visited is not None:
            if line.name in visited:
                continue
            visited.add(line.name)
        if matches(patterns, line.name):
            found.append(line)
        else:
            found += found_first(line.below, patterns, visited)
    return found


@contextlib.contextmanager
def deep() -> Iterator[None]:
    """A block in which functions may call themselves as often as a graph is deep."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _DEEPEST))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
