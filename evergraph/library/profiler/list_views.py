"""Profiles of what holds several nodes: types of nodes, and lines of Python."""

import os
import sys
from typing import Any

from evergraph.library.profiler import report, views
from evergraph.library.profiler.records import (
    FIGURES,
    ROOT,
    Figures,
    Record,
    Statistics,
    is_any,
    matches,
)
from evergraph.library.profiler.views import Shown
from evergraph.proto.profiler.tfprof_output_pb2 import MultiGraphNodeProto

_OWN = {"min_params": "total_parameters", "min_float_ops": "total_float_ops"}
_COLUMNS = (
    *("bytes", "peak_bytes", "residual_bytes", "output_bytes", "micros", "accelerator_micros"),
    *("cpu_micros", "params", "float_ops", "device", "op_types", "occurrence", "input_shapes"),
)
_LEGEND = report.SELECTABLE | {"occurrence": "op occurrence (run|defined)"}
_GRADIENT = " (gradient)"


class _Group(Shown):
    """The line of several nodes."""

    def __init__(self, name: str) -> None:
        super().__init__(name, MultiGraphNodeProto())
        self.records: dict[str, Record] = {}
        self.picked: list[Record] = []
        self.by_text: dict[str, _Group] = {}

    def recount(self, statistics: Statistics, options: Any) -> bool:
        """Fills the line anew; whether it counts."""
        patterns = options.account_type_regexes
        # A node counts once for each expression that one of its types matches.
        picked = [
            self.records[name]
            for pattern in patterns
            for name in sorted(self.records)
            if pattern == ".*" or any(matches([pattern], t) for t in self.records[name].types)
        ]
        self.picked = picked
        totals: Figures = dict.fromkeys(FIGURES, 0)
        for record in picked:
            for field, value in record.figures(options.step).items():
                totals[field] += value
        for field in FIGURES[1:]:
            setattr(self.message, field, totals[field])
        del self.message.graph_nodes[:]
        for name in sorted({record.name for record in picked}):
            record = self.records[name]
            node = views.ShownNode(name, self.message.graph_nodes.add())
            views.fill(node.message, record, statistics.input_shapes(record), options.step)
            node.add_own()
        return bool(picked) or is_any(patterns)

    def devices(self) -> str:
        return "|".join(sorted({record.device for record in self.picked}))

    def types(self) -> str:
        return "|".join(sorted({kind for record in self.picked for kind in record.types}))


def _percent(part: int, whole: int) -> str:
    return f"{100.0 * part / whole if whole else 0.0:.2f}%"


def _share(line: Shown, root: Shown, field: str, text: str, some: str) -> str:
    """A figure, with its shares of the whole: with what comes after the line, and its own."""
    total, whole = (getattr(x.message, f"total_{field}") for x in (line, root))
    own = getattr(line.message, field)
    if getattr(line.message, some) <= 0:
        total, own = 0, 0
    return f"{f'{text} ({_percent(total, whole)}, {_percent(own, whole)})':>30}"


class OpView:
    """All nodes of a type as one line. In the message each line is below the one before it."""

    def __init__(self, statistics: Statistics) -> None:
        self.statistics = statistics
        self.groups: dict[str, _Group] = {}
        for record in statistics.sorted():
            self.groups.setdefault(record.op, _Group(record.op)).records[record.name] = record

    def show(self, options: Any) -> tuple[str, MultiGraphNodeProto]:
        """The table and the message of a profile."""
        root = _Group(ROOT)
        lines = []
        for name in sorted(self.groups):
            group = self.groups[name]
            group.account = group.recount(self.statistics, options)
            group.reset()
            group.add_own()
            lines.append(group)
        counted = [g for g in views.in_order(lines, options) if g.account]
        self._chain(counted, root)
        shown = self._seen(counted, options)
        if options.account_displayed_op_only:
            for group in (*shown, root):
                group.reset()
            for group in shown:
                group.add_own()
            self._chain(shown, root)
        text = [report.legend(_COLUMNS, set(options.select), _LEGEND)]
        text += [self._line(group, root, options) for group in shown]
        message = MultiGraphNodeProto()
        message.CopyFrom(root.message)
        last = message
        for group in shown:
            last = last.children.add()
            last.CopyFrom(group.message)
        return "".join(text), message

    def _chain(self, groups: list[_Group], root: _Group) -> None:
        """Adds to each line the totals of the one after it."""
        after: _Group | None = None
        for group in reversed(groups):
            if after is not None:
                group.add(after)
            after = group
        if after is not None:
            root.add(after)

    def _seen(self, groups: list[_Group], options: Any) -> list[_Group]:
        start = 0
        if options.start_name_regexes and not is_any(options.start_name_regexes):
            while start < len(groups) and not matches(
                options.start_name_regexes, groups[start].name
            ):
                start += 1
        found = []
        for depth, group in enumerate(groups[start:]):
            if matches(options.trim_name_regexes, group.name) or depth > options.max_depth:
                break
            if views.is_shown(group, options, depth, _OWN):
                found.append(group)
        return found

    def _line(self, group: _Group, root: _Group, options: Any) -> str:
        found: list[str] = []
        message = group.message
        for column in report.shown_columns(_COLUMNS, set(options.select)):
            if column in report.MEMORY_OF:
                field = report.MEMORY_OF[column]
                found.append(
                    _share(group, root, field, report.memory(getattr(message, field)), field)
                )
            elif column in report.TIMES_OF:
                for field in report.TIMES_OF[column]:
                    text = report.time(getattr(message, field))
                    found.append(_share(group, root, field, text, f"total_{field}"))
            elif column in ("params", "float_ops"):
                field = "parameters" if column == "params" else column
                text = f"{report.number(getattr(message, field))} {column}"
                found.append(_share(group, root, field, text, f"total_{field}"))
            elif column == "device":
                found.append(group.devices())
            elif column == "op_types":
                found.append(group.types())
            elif column == "occurrence":
                runs = sum(node.run_count for node in message.graph_nodes)
                found.append(f"{f'{runs}|{len(message.graph_nodes)}':>10}")
        line = f"{group.name:<25}{', '.join(found)}\n"
        shapes = self._shapes(message) if "input_shapes" in options.select else ""
        return f"{line}\n{shapes}\n\n" if shapes else line

    def _shapes(self, message: Any) -> str:
        """The shapes that nodes of a type take, with how often, and how long these ran."""
        found: dict[str, list[int]] = {}
        for node in message.graph_nodes:
            shapes = {i: [d.size for d in s.dim] for i, s in node.input_shapes.items()}
            text = ",\t".join(report.input_shapes(shapes))
            counts = found.setdefault(f"input_type: {text}", [0, 0, 0])
            for i, more in enumerate((1, node.run_count, node.exec_micros)):
                counts[i] += more
        lines = views.std_sorted(sorted(found.items()), lambda a, b: a[1][1] > b[1][1])
        return "\n".join(
            f"{text}\t(run*{runs}|defined*{defined})\texec_time: {report.time(micros)}"
            for text, (defined, runs, micros) in lines
        )


def _forward_name(name: str) -> str | None:
    """The name of the node that a node of a gradient belongs to."""
    begin, end = name.find("gradients/"), name.find("_grad/")
    return name[begin + len("gradients/") : end] if min(begin, end) >= 0 else None


class CodeView:
    """Lines of Python, each above those that it called."""

    def __init__(self, statistics: Statistics) -> None:
        self.statistics = statistics
        self.root = _Group(ROOT)
        forward: dict[str, Record] = {}
        backward: dict[str, list[Record]] = {}
        for record in statistics.sorted():
            if record.trace is None or not record.trace.traces:
                continue
            name = _forward_name(record.name)
            if name is not None:
                backward.setdefault(name, []).append(record)
                continue
            forward[record.name] = record
            self._place(record, "").records[record.name] = record
        for name, records in sorted(backward.items()):
            if name in forward:
                leaf = self._place(forward[name], _GRADIENT)
                leaf.records.update((record.name, record) for record in records)
        lost = len(backward.keys() - forward.keys())
        if lost:
            sys.stderr.write(f"{lost} gradient nodes not accounted\n")

    def _place(self, record: Record, suffix: str) -> _Group:
        """The line that a node was made in."""
        texts, line = self.statistics.texts, self.root
        for trace in record.trace.traces:
            function = trace.function or texts[trace.function_id]
            function = function if len(function) < 20 else f"{function[:17]}..."
            file = os.path.basename(trace.file or texts[trace.file_id])
            name = f"{file}:{trace.lineno}:{function}{suffix}"
            if name not in line.by_text:
                line.by_text[name] = _Group(name)
                line.children.append(line.by_text[name])
            line = line.by_text[name]
        return line

    def show(self, options: Any) -> tuple[str, MultiGraphNodeProto]:
        """The table and the message of a profile."""
        if options.account_displayed_op_only:
            sys.stderr.write("Note: code view ignores account_displayed_op_only\n")
        with views.deep():
            root = self.root
            root.reset()
            lines = self._counted(root.children, options)
            for line in lines:
                root.add(line)
            if not is_any(options.start_name_regexes):
                lines = views.found_first(lines, options.start_name_regexes, None)
            root.below = lines
            self._arrange([root], options, 1, 0)
            text = [report.legend(_COLUMNS, set(options.select), _LEGEND), root.text]
            message = MultiGraphNodeProto()
            message.CopyFrom(root.message)
            self._gather(root.below, text, message)
        return "".join(text), message

    def _counted(self, lines: list[_Group], options: Any) -> list[_Group]:
        found = []
        for line in lines:
            below = self._counted(line.children, options)
            line.account = line.recount(self.statistics, options)
            if line.account or below:
                line.below = below
                line.reset()
                line.add_own()
                for child in below:
                    line.add(child)
                found.append(line)
        return found

    def _arrange(self, lines: list[_Group], options: Any, depth: int, indent: int) -> list[_Group]:
        found: list[_Group] = []
        for line in lines:
            if matches(options.trim_name_regexes, line.name) or depth > options.max_depth:
                continue
            shown = views.is_shown(line, options, depth, _OWN)
            inner = indent + 2 if shown else indent
            below = self._arrange(line.below, options, depth + 1, inner)
            if not shown:
                found += below
                continue
            line.below = views.in_order(below, options)
            line.text = f"{' ' * indent}{line.name} ({', '.join(self._columns(line, options))})\n"
            found.append(line)
        return found

    def _columns(self, line: _Group, options: Any) -> list[str]:
        found: list[str] = []
        for column in report.shown_columns(_COLUMNS, set(options.select)):
            if column == "device":
                found += [line.devices()] if line.picked else []
            elif column == "op_types":
                found.append(line.types())
            elif column in ("occurrence", "input_shapes"):
                found.append(f"{column} N/A in code view")
            else:
                found += report.plain_columns(line, column)
        return found

    def _gather(self, lines: list[_Group], text: list[str], message: MultiGraphNodeProto) -> None:
        for line in lines:
            text.append(line.text)
            child = message.children.add()
            child.CopyFrom(line.message)
            self._gather(line.below, text, child)
