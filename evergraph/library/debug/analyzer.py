"""The debugger's commands that look into a run: they give lines of text."""

import argparse
import re
import shlex
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from evergraph.library.debug import debug_data, debug_graphs
from evergraph.library.debug.dump_files import InconvertibleTensorProto

# Ends of a run's graph, which are nobody's nodes.
_HIDDEN = ("_Send", "_Recv", "_HostSend", "_HostRecv", "_Retval")
_TENSOR = re.compile(r"^(?P<name>[^\[]+)(?P<slices>\[.*\])?$")
_IN_BACKQUOTES = re.compile(r"`([^`]+)`")


class CommandError(Exception):
    """A command that cannot be done; its text is shown."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CommandError(message)


def parser(name: str, description: str) -> argparse.ArgumentParser:
    """A parser of a command's arguments whose errors are CommandErrors."""
    return _Parser(prog=name, description=description, add_help=False)


def _size(count: int | None) -> str:
    """Bytes as a short text."""
    if count is None or count < 1024:
        return str(count)
    for unit, factor in (("k", 1 << 10), ("M", 1 << 20)):
        if count < factor * 1024:
            return f"{count / factor:.2f}{unit}"
    return f"{count / (1 << 30):.2f}G"


def printed_tensor(name: str, value: Any, arguments: argparse.Namespace) -> list[str]:
    """The lines that show a value."""
    title = f'Tensor "{name}":'
    if isinstance(value, InconvertibleTensorProto):
        return [title, "", *str(value).splitlines()]
    if not isinstance(value, np.ndarray):
        return [title, "", *repr(value).splitlines()]
    lines = [title, f"  dtype: {value.dtype}", f"  shape: {value.shape}", ""]
    if arguments.numeric_summary:
        lines += [*_numeric_summary(value), ""]
    threshold = value.size + 1 if arguments.all else 1000
    with np.printoptions(threshold=threshold):
        lines += repr(value).splitlines()
    if arguments.write_path:
        np.save(arguments.write_path, value)
        lines += ["", f"Saved value to: {arguments.write_path}"]
    return lines


def _numeric_summary(value: np.ndarray) -> list[str]:
    if not value.size or value.dtype.kind not in "fiub":
        return ["No numeric summary available due to type or size."]
    if value.dtype.kind == "b":
        return [f"Numeric summary: {int(value.sum())} of {value.size} are True"]
    numbers = value.astype(np.float64)
    finite = numbers[np.isfinite(numbers)]
    counts = {
        "nan": np.isnan(numbers).sum(),
        "-inf": np.isneginf(numbers).sum(),
        "-": (finite < 0).sum(),
        "0": (finite == 0).sum(),
        "+": (finite > 0).sum(),
        "+inf": np.isposinf(numbers).sum(),
        "total": value.size,
    }
    shown = ", ".join(f"{key}: {count}" for key, count in counts.items() if count)
    lines = ["Numeric summary:", f"  {shown}"]
    if finite.size:
        lines.append(
            f"  min: {finite.min():g}, max: {finite.max():g}, mean: {finite.mean():g}, "
            f"std: {finite.std():g}"
        )
    return lines


def tensor_arguments(name: str, description: str) -> argparse.ArgumentParser:
    """The parser of commands that print a tensor."""
    made = parser(name, description)
    made.add_argument("tensor_name", help="Tensor, with slices: a/b:0[1, :]")
    made.add_argument("-n", "--number", type=int, default=-1, help="Which value of several.")
    made.add_argument("-r", "--ranges", default="", help="Not used.")
    made.add_argument("-a", "--all", action="store_true", help="Print all elements.")
    made.add_argument("-s", "--numeric_summary", action="store_true", help="Count elements.")
    made.add_argument("-w", "--write_path", default="", help="File to write the array to.")
    return made


def sliced(text: str) -> tuple[str, str]:
    """Name and slices of "a:0[1, :]"."""
    found = _TENSOR.match(text)
    if found is None:
        raise CommandError(f'"{text}" is not a tensor name')
    return found["name"], found["slices"] or ""


def cut(value: Any, slices: str) -> Any:
    """What slices in Python's notation leave of an array."""
    if not slices:
        return value
    parts: list[Any] = []
    for part in slices.strip("[]").split(","):
        numbers = [int(n) if n.strip() else None for n in part.split(":")]
        parts.append(slice(*numbers) if ":" in part else numbers[0])
    return value[tuple(parts)]


class DebugAnalyzer:
    """Commands over what a watched run wrote.

    Args:
      debug_dump: the DebugDumpDir.
      tensor_filters: filters by name.
    """

    def __init__(self, debug_dump: debug_data.DebugDumpDir, tensor_filters: Any) -> None:
        self._dump = debug_dump
        self._filters = tensor_filters
        self.commands: dict[str, tuple[str, Callable[[Sequence[str]], list[str]]]] = {
            "list_tensors": ("lt", self.list_tensors),
            "node_info": ("ni", self.node_info),
            "list_inputs": ("li", self.list_inputs),
            "list_outputs": ("lo", self.list_outputs),
            "print_tensor": ("pt", self.print_tensor),
            "eval": ("ev", self.evaluate),
        }

    def list_tensors(self, args: Sequence[str]) -> list[str]:
        """Lists the tensors of the run, or those that a filter finds."""
        made = parser("list_tensors", "List dumped tensors.")
        made.add_argument("-f", "--tensor_filter", default="")
        made.add_argument("-fenn", "--filter_exclude_node_names", default="")
        made.add_argument("-n", "--node_name_filter", default="")
        made.add_argument("-t", "--op_type_filter", default="")
        made.add_argument("-s", "--sort_by", default="timestamp")
        made.add_argument("-r", "--reverse", action="store_true")
        given = made.parse_args(list(args))
        data = self._dump.dumped_tensor_data
        title = "dumped tensor(s)"
        if given.tensor_filter:
            if given.tensor_filter not in self._filters:
                raise CommandError(f'There is no tensor filter named "{given.tensor_filter}".')
            data = self._dump.find(
                self._filters[given.tensor_filter],
                exclude_node_names=given.filter_exclude_node_names or None,
            )
            title += f' passing filter "{given.tensor_filter}"'
        if given.node_name_filter:
            data = [d for d in data if re.match(given.node_name_filter, d.node_name)]
        if given.op_type_filter:
            data = [d for d in data if re.match(given.op_type_filter, self._op_type(d.node_name))]
        keys: dict[str, Callable[[Any], Any]] = {
            "timestamp": lambda d: d.timestamp,
            "dump_size": lambda d: d.dump_size_bytes,
            "op_type": lambda d: self._op_type(d.node_name),
            "tensor_name": lambda d: d.tensor_name,
        }
        if given.sort_by not in keys:
            raise CommandError(f"Unsupported key to sort tensors by: {given.sort_by}")
        data = sorted(data, key=keys[given.sort_by], reverse=given.reverse)
        t0 = self._dump.t0 or 0
        rows = [["t (ms)", "Size (B)", "Op type", "Tensor name"]]
        for datum in data:
            time = f"[{(datum.timestamp - t0) / 1000:.3f}]"
            size, op_type = _size(datum.dump_size_bytes), self._op_type(datum.node_name)
            rows.append([time, size, op_type, datum.tensor_name])
        # Times leave one place more.
        widths = [max(len(row[i]) for row in rows) + 1 + (i == 0) for i in range(3)]
        lines = [f"{len(data)} {title}:", ""]
        for *cells, name in rows:
            padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
            lines.append("".join(padded) + name)
        return lines

    def _shown(self, names: Sequence[str]) -> list[str]:
        """Those of some nodes or tensors that are shown."""
        return [n for n in names if self._op_type(debug_graphs.get_node_name(n)) not in _HIDDEN]

    def _op_type(self, node: str) -> str:
        return self._dump.node_op_type(node)

    def _node(self, text: str) -> str:
        node = debug_graphs.get_node_name(text)
        if not self._dump.node_exists(node):
            raise CommandError(f'There is no node named "{node}" in the partition graphs')
        return node

    def node_info(self, args: Sequence[str]) -> list[str]:
        """Tells of a node: its op type, inputs, users, with flags its attrs, values and where it
        was made."""
        made = parser("node_info", "Show information about a node.")
        made.add_argument("node_name")
        made.add_argument("-a", "--attributes", action="store_true")
        made.add_argument("-d", "--dumps", action="store_true")
        made.add_argument("-t", "--traceback", action="store_true")
        given = made.parse_args(list(args))
        node = self._node(given.node_name)
        dump = self._dump
        lines = [f"Node {node}", "", f"  Op: {self._op_type(node)}"]
        lines += [f"  Device: {dump.node_device(node)}"]
        for label, ends in (("input", dump.node_inputs), ("recipient", dump.node_recipients)):
            lines += ["", *self._neighbours(label, ends(node), ends(node, is_control=True))]
        if given.attributes:
            lines += ["", "Node attributes:"]
            for key, value in sorted(dump.node_attributes(node).items()):
                text = str(value).strip().splitlines()
                lines += [f"  {key}:", *(f"    {line}" for line in text), ""]
            lines.pop()
        if given.dumps:
            lines += ["", *self._dumps_of(node)]
        if given.traceback:
            lines += ["", "", "Traceback of node construction:", *self._traceback(node)]
        return lines

    def _neighbours(self, label: str, names: list[str], controls: list[str]) -> list[str]:
        shown, shown_controls = self._shown(names), self._shown(controls)
        lines = [f"  {len(shown)} {label}(s) + {len(shown_controls)} control {label}(s):"]
        for kind, all_of_it, found in (
            (label, names, shown),
            (f"control {label}", controls, shown_controls),
        ):
            if all_of_it:
                lines.append(f"    {len(found)} {kind}(s):")
                lines += [
                    f"      [{self._op_type(debug_graphs.get_node_name(name))}] {name}"
                    for name in found
                ]
        return lines

    def _dumps_of(self, node: str) -> list[str]:
        data = [d for d in self._dump.dumped_tensor_data if d.node_name == node]
        t0 = self._dump.t0 or 0
        lines = [f"{len(data)} dumped tensor(s):", ""]
        for datum in data:
            ms = (datum.timestamp - t0) / 1000
            lines.append(f"  Slot {datum.output_slot} @ {datum.debug_op} @ {ms:.3f} ms")
        return lines

    def _traceback(self, node: str) -> list[str]:
        try:
            frames = self._dump.node_traceback(node)
        except (KeyError, LookupError) as error:
            return [str(error)]
        lines = []
        for i, frame in enumerate(frames):
            file, line, function, text = tuple(frame)[:4]
            lines += [f"{i}: {file}", f"  Line:     {line}", f"  Function: {function}"]
            lines += [f'  Text:     "{text}"', ""]
        return lines

    def _walk(self, args: Sequence[str], is_outputs: bool) -> list[str]:
        name = "list_outputs" if is_outputs else "list_inputs"
        made = parser(name, "List what a node needs or is needed by.")
        made.add_argument("node_name")
        made.add_argument("-c", "--control", action="store_true")
        made.add_argument("-d", "--depth", type=int, default=1)
        made.add_argument("-r", "--recursive", action="store_true")
        made.add_argument("-t", "--op_type", action="store_true")
        given = made.parse_args(list(args))
        node = self._node(given.node_name)
        depth = 20 if given.recursive else given.depth
        what, of = ("Recipients", "of") if is_outputs else ("Inputs", "to")
        kind = "recipients" if is_outputs else "inputs"
        control = f", control {kind} included" if given.control else ""
        lines = [f'{what} {of} node "{node}" (Depth limit = {depth}{control}):']
        self._tree(lines, node, is_outputs, given, depth, "", {node})
        if len(lines) == 1:
            lines.append(f"  [None]{''}")
        lines += ["", "Legend:", "  (d): recursion depth = d."]
        if given.control:
            lines.append("  (Ctrl): Control input.")
        if given.op_type:
            lines.append("  [Op]: Input node has op type Op.")
        return lines

    def _tree(
        self,
        lines: list[str],
        node: str,
        is_outputs: bool,
        given: argparse.Namespace,
        limit: int,
        indent: str,
        seen: set[str],
    ) -> None:
        ends = self._dump.node_recipients if is_outputs else self._dump.node_inputs
        found = [(debug_graphs.get_node_name(name), "") for name in self._shown(ends(node))]
        if given.control:
            found += [(n, "(Ctrl) ") for n in self._shown(ends(node, is_control=True))]
        depth = len(indent) // 3 + 1
        for i, (name, mark) in enumerate(found):
            op_type = f"[{self._op_type(name)}] " if given.op_type else ""
            lines.append(f"{indent}|- ({depth}) {mark}{op_type}{name}")
            more = self._shown(ends(name))
            if given.control:
                more += self._shown(ends(name, is_control=True))
            if not more or name in seen:
                continue
            below = indent + ("   " if i == len(found) - 1 else "|  ")
            if depth >= limit:
                lines.append(f"{below}|- ...")
            else:
                self._tree(lines, name, is_outputs, given, limit, below, {*seen, name})

    def list_inputs(self, args: Sequence[str]) -> list[str]:
        """Lists what a node needs, as a tree."""
        return self._walk(args, is_outputs=False)

    def list_outputs(self, args: Sequence[str]) -> list[str]:
        """Lists the nodes that need a node, as a tree."""
        return self._walk(args, is_outputs=True)

    def _value(self, text: str, number: int = -1) -> tuple[str, Any]:
        """A tensor's watch key and value."""
        name, slices = sliced(text)
        node, slot = debug_graphs.parse_node_or_tensor_name(name)
        if not self._dump.node_exists(node):
            raise CommandError(f'Node "{node}" does not exist in partition graphs')
        data = [
            d
            for d in self._dump.dumped_tensor_data
            if d.node_name == node and (slot is None or d.output_slot == slot)
        ]
        keys = list(dict.fromkeys(d.watch_key for d in data))
        if not data:
            raise CommandError(f'Tensor "{name}" did not generate any dumps.')
        if len(keys) > 1:
            listed = "\n  ".join(keys)
            raise CommandError(f'Node "{node}" generated dumps from several tensors:\n  {listed}')
        if len(data) > 1 and number < 0:
            raise CommandError(
                f'Tensor "{keys[0]}" generated {len(data)} dumps: choose one with -n, from 0 on'
            )
        if number >= len(data):
            raise CommandError(f'Tensor "{keys[0]}" has only {len(data)} dump(s)')
        key = keys[0] + (f" (dump #{number})" if len(data) > 1 else "")
        return key + slices, cut(data[max(number, 0)].get_tensor(), slices)

    def print_tensor(self, args: Sequence[str]) -> list[str]:
        """Prints a tensor's value."""
        given = tensor_arguments("print_tensor", "Print the value of a tensor.").parse_args(
            list(args)
        )
        key, value = self._value(given.tensor_name, given.number)
        return printed_tensor(key, value, given)

    def evaluate(self, args: Sequence[str]) -> list[str]:
        """Prints a Python expression over tensors in backquotes and NumPy as np."""
        expression = " ".join(args)
        values: dict[str, Any] = {"np": np}

        def named(match: re.Match[str]) -> str:
            name = f"tensor_{len(values)}"
            values[name] = self._value(match[1])[1]
            return name

        code = _IN_BACKQUOTES.sub(named, expression)
        try:
            value = eval(code, values)
        except Exception as error:
            raise CommandError(f"{type(error).__name__}: {error}") from None
        given = argparse.Namespace(numeric_summary=False, all=False, write_path="")
        return printed_tensor(f"from eval of expression '{expression}'", value, given)


def split_command(line: str) -> list[str]:
    """The words of a command; those in quotes or brackets stay together."""
    joined = re.sub(r"\[[^\]]*\]", lambda match: match[0].replace(" ", ""), line)
    try:
        return shlex.split(joined)
    except ValueError as error:
        raise CommandError(str(error)) from None
