"""Profiles as trees of nodes: by the parts of their names, or by their inputs."""

from typing import Any

from evergraph.library.profiler import report, views
from evergraph.library.profiler.records import ROOT, Record, Statistics, is_any, matches
from evergraph.library.profiler.views import ShownNode
from evergraph.proto.profiler.tfprof_output_pb2 import GraphNodeProto

_OWN = {
    "min_params": "parameters",
    "min_float_ops": "float_ops",
    "min_occurrence": "run_count",
}
_LEGEND = report.SELECTABLE


class _Line(ShownNode):
    """The line of a node, or of a part of names."""

    def __init__(self, record: Record, shapes: dict[int, list[int]]) -> None:
        super().__init__(record.name, GraphNodeProto())
        self.record, self.shapes = record, shapes


class TreeView:
    """Nodes as a tree. Subclasses say what is below what, and how that is counted."""

    part_type = ""  # the op type of lines that are no nodes

    def __init__(self, statistics: Statistics) -> None:
        self.lines = {
            record.name: _Line(record, statistics.input_shapes(record))
            for record in statistics.sorted()
        }
        self.root = self._part(ROOT)
        self._build()
        self.visited: set[str] | None = None

    def _part(self, name: str) -> _Line:
        return _Line(Record(name, self.part_type, -1), {})

    def _build(self) -> None:
        raise NotImplementedError

    def _counted(self, lines: list[_Line], options: Any) -> list[_Line]:
        raise NotImplementedError

    def _begin_visit(self) -> None:
        """Called before each walk."""

    def _visited(self, line: _Line) -> bool:
        """Whether this walk has come to a line before."""
        if self.visited is None:
            return False
        if line.name in self.visited:
            return True
        self.visited.add(line.name)
        return False

    def show(self, options: Any) -> tuple[str, GraphNodeProto]:
        """The table and the message of a profile."""
        with views.deep():
            root = self.root
            root.reset()
            self._begin_visit()
            lines = self._counted(root.children, options)
            for line in lines:
                root.add(line)
            if not is_any(options.start_name_regexes):
                self._begin_visit()
                lines = views.found_first(lines, options.start_name_regexes, self.visited)
            root.below = lines
            self._begin_visit()
            self._arrange([root], options, 1, 0)
            text = [report.legend(report.TREE_COLUMNS, set(options.select), _LEGEND), root.text]
            message = GraphNodeProto()
            message.CopyFrom(root.message)
            self._gather(root.below, text, message)
        return "".join(text), message

    def _recount(self, line: _Line, options: Any) -> bool:
        """Fills a line anew; whether it counts."""
        views.fill(line.message, line.record, line.shapes, options.step)
        return is_any(options.account_type_regexes) or any(
            matches(options.account_type_regexes, kind) for kind in line.record.types
        )

    def _take(self, line: _Line, below: list[_Line]) -> None:
        line.below = []
        line.reset()
        line.add_own()
        for child in below:
            line.add(child)
            line.below.append(child)

    def _arrange(self, lines: list[_Line], options: Any, depth: int, indent: int) -> list[_Line]:
        """The lines that are seen, each with those that are seen below it."""
        found: list[_Line] = []
        for line in lines:
            if self._visited(line):
                continue
            shown = views.is_shown(line, options, depth, _OWN)
            below: list[_Line] = []
            if not matches(options.trim_name_regexes, line.name) and depth <= options.max_depth:
                inner = indent + 2 if shown else indent
                below = self._arrange(line.below, options, depth + 1, inner)
            if not shown:
                found += below
                continue
            line.below = views.in_order(below, options)
            if options.account_displayed_op_only:
                line.reset()
                line.add_own()
                for child in line.below:
                    line.add(child)
            text = report.tree_line(line, line.record, line.shapes, set(options.select))
            line.text = f"{' ' * indent}{text}\n"
            found.append(line)
        return found

    def _gather(self, lines: list[_Line], text: list[str], message: GraphNodeProto) -> None:
        for line in lines:
            text.append(line.text)
            child = message.children.add()
            child.CopyFrom(line.message)
            self._gather(line.below, text, child)


class ScopeView(TreeView):
    """Nodes below the parts of their names."""

    part_type = "_kTFScopeParent"

    def _build(self) -> None:
        for name in list(self.lines):
            part = name
            while "/" in part:
                part = part.rpartition("/")[0]
                if part not in self.lines:
                    self.lines[part] = self._part(part)
        for name in sorted(self.lines):
            above = name.rpartition("/")[0]
            parent = self.lines[above] if "/" in name else self.root
            parent.children.append(self.lines[name])

    def _counted(self, lines: list[_Line], options: Any) -> list[_Line]:
        found = []
        for line in lines:
            below = self._counted(line.children, options)
            line.account = self._recount(line, options)
            if line.account or below:
                self._take(line, below)
                found.append(line)
        return found


class GraphView(TreeView):
    """Nodes above those that they take their inputs from; each is shown once."""

    part_type = "_TFGraphParent"

    def _build(self) -> None:
        taken = set()
        for line in self.lines.values():
            for _, name in sorted(line.record.inputs.items()):
                taken.add(name)
                if name in self.lines:
                    line.children.append(self.lines[name])
        self.root.children = [line for name, line in self.lines.items() if name not in taken]

    def _begin_visit(self) -> None:
        self.visited = set()

    def _counted(self, lines: list[_Line], options: Any) -> list[_Line]:
        found: list[_Line] = []
        for line in lines:
            if self._visited(line):
                continue
            below = self._counted(line.children, options)
            line.account = self._recount(line, options)
            if line.account:
                self._take(line, below)
                found.append(line)
            else:
                found += below
        return found
