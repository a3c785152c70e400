"""A profile from its facts to what is printed, written and returned."""

import os
import sys
from typing import Any

from evergraph.base import errors
from evergraph.base.platform import gfile
from evergraph.library.client.timeline import Timeline
from evergraph.library.profiler import report
from evergraph.library.profiler.list_views import CodeView, OpView
from evergraph.library.profiler.records import Execution, Statistics, on_accelerator
from evergraph.library.profiler.tree_views import GraphView, ScopeView
from evergraph.proto.profiler.tfprof_options_pb2 import OptionsProto
from evergraph.proto.profiler.tfprof_output_pb2 import (
    AdviceProto,
    GraphNodeProto,
    MultiGraphNodeProto,
)

VIEWS: dict[str, Any] = {"scope": ScopeView, "graph": GraphView, "code": CodeView, "op": OpView}
_OUTPUTS = {"timeline": True, "stdout": False, "file": True, "pprof": True, "none": False}


def message_of(view: str) -> Any:
    """An empty message of the type that a view gives."""
    return GraphNodeProto() if view in ("scope", "graph") else MultiGraphNodeProto()


def _output(text: str) -> tuple[str, dict[str, str]]:
    """Where a profile goes, and the options of that.

    Raises:
      InvalidArgumentError: it cannot go there.
    """
    kind, _, rest = text.partition(":")
    if kind not in _OUTPUTS:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"E.g. Unknown output type: {kind}, Valid types: {','.join(sorted(_OUTPUTS))}\n",
        )
    found = {}
    for pair in filter(None, rest.split(",")):
        key, _, value = pair.partition("=")
        if not value:
            raise errors.InvalidArgumentError(
                None, None, "Visualize format: -output timeline:key=value,key=value,..."
            )
        if not _OUTPUTS[kind] or key != "outfile":
            raise errors.InvalidArgumentError(
                None, None, f"Unrecognized options {key} for output_type: {kind}\n"
            )
        found[key] = value
    if _OUTPUTS[kind] and not found:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Missing required output_options for {kind}\nE.g. -output {kind}:outfile=...\n",
        )
    return kind, found


def run(statistics: Statistics, view: str, options: OptionsProto) -> Any:
    """Prints or writes a profile as its options want it, and returns its message.

    What is wrong with the options is told on stderr, and an empty message is returned.
    """
    try:
        kind, more = _output(options.output)
    except errors.InvalidArgumentError as error:
        sys.stderr.write(f"Invalid argument: {error.message}\n")
        return message_of(view)
    if kind != "stdout":
        return _shown(statistics, view, options, kind, more)
    sys.stdout.write("\n=========================Options=============================\n")
    sys.stdout.write(report.options_text(options, kind, more))
    sys.stdout.write("\n==================Model Analysis Report======================\n")
    message = _shown(statistics, view, options, kind, more)
    sys.stdout.write("\n======================End of Report==========================\n")
    sys.stdout.flush()
    return message


def _shown(
    statistics: Statistics, view: str, options: OptionsProto, kind: str, more: dict[str, str]
) -> Any:
    if options.step >= 0 and options.step not in statistics.runs:
        steps = "".join(f"{step} " for step in sorted(statistics.runs))
        sys.stderr.write(f"Options -step={options.step} not found.\nAvailable steps: {steps}\n")
        return message_of(view)
    if view == "code" and not statistics.has_traces:
        sys.stderr.write("No code trace information\n")
        return message_of(view)
    if kind == "pprof":
        raise NotImplementedError(
            "tf.profiler.ProfileOptionBuilder.with_pprof_output is not supported."
        )
    text, message = VIEWS[view](statistics).show(options)
    if kind == "timeline":
        _write_timelines(statistics, view, options.step, more["outfile"])
    text = f"{report.meanings(view, options.select)}Profile:\n{text}"
    if kind == "stdout":
        sys.stdout.write(text)
    elif kind == "file":
        with gfile.Open(more["outfile"], "w") as file:
            file.write(text)
    return message


def _write_timelines(statistics: Statistics, view: str, step: int, path: str) -> None:
    """When things ran, step by step, each in a file of its own where the view is "graph"."""
    if view == "op":
        sys.stderr.write("op view doesn't support timeline yet. Consider graph/scope/code view.\n")
        return
    steps = [step] if step >= 0 else sorted(statistics.runs)
    for number in steps if view == "graph" else steps[-1:]:
        trace = Timeline(statistics.runs[number].step_stats).generate_chrome_trace_format()
        with gfile.Open(f"{path}_{number}" if view == "graph" else path, "w") as file:
            file.write(trace)


def advise(statistics: Statistics, checkers: Any) -> AdviceProto:
    """Looks for what could be faster, prints it and returns it."""
    advice = AdviceProto()
    for name, check in _CHECKERS.items():
        if name in checkers:
            advice.checkers[name].reports.extend(check(statistics))
    for name in sorted(advice.checkers):
        sys.stdout.write(f"\n{name}:\n")
        for text in advice.checkers[name].reports:
            sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
    return advice


def _check_accelerators(statistics: Statistics) -> list[str]:
    """How much of the time of a step each accelerator was busy."""
    found: dict[str, list[Execution]] = {}
    for record in statistics.sorted():
        if record.executions and on_accelerator(record.device):
            last = record.executions[max(record.executions)]
            found.setdefault(record.device, []).append(last)
    reports = []
    for device, executions in sorted(found.items()):
        begun = [e.message.all_start_micros for e in executions if e.message.all_start_micros]
        end = max(e.message.latest_end_micros for e in executions)
        whole = end - min(begun, default=end)
        if whole > 0:
            busy = sum(e.figures()["accelerator_exec_micros"] for e in executions) / whole
            low = "" if busy >= 0.5 else "low "
            reports.append(f"device: {device} {low}utilization: {busy:.2f}")
    return reports


def _check_operations(statistics: Statistics) -> list[str]:
    """Ops for which there are faster ones."""
    records = statistics.sorted()
    reports = []
    if any("BatchNorm" in record.name for record in records) and not any(
        "FusedBatchNorm" in record.types for record in records
    ):
        reports.append("Maybe use faster FusedBatchNorm instead of BatchNorm")
    if any(
        record.attrs["data_format"].s == b"NHWC" and on_accelerator(record.device)
        for record in records
        if "data_format" in record.attrs
    ):
        reports.append("Found operation using NHWC data_format on GPU. Maybe NCHW is faster.")
    return reports


def _times(message: Any, prefix: str = "") -> str:
    kinds = (("cpu", "cpu_exec_micros"), ("accelerator", "accelerator_exec_micros"))
    found = [
        f"{kind}: {report.time(getattr(message, prefix + field))}"
        for kind, field in (*kinds, ("total", "exec_micros"))
    ]
    return ", ".join(found)


def _slowest(columns: list[str], **more: Any) -> OptionsProto:
    every = [".*"]
    return OptionsProto(
        step=-1,
        order_by="micros",
        account_type_regexes=every,
        start_name_regexes=every,
        show_name_regexes=every,
        select=columns,
        output="none",
        **more,
    )


def _check_expensive_operations(statistics: Statistics) -> list[str]:
    """What took longest: types of nodes, nodes, lines of code."""
    name = "ExpensiveOperationChecker"
    reports: list[str] = []
    if statistics.runs:
        columns = ["micros", "occurrence"]
        _, root = OpView(statistics).show(_slowest(columns, max_depth=3, min_micros=1))
        lines: list[str] = []
        node = root
        while node.children and len(lines) < 3:
            node = node.children[0]
            share = 100.0 * node.exec_micros / (root.total_exec_micros + 1e-10)
            lines.append(
                f"top {len(lines) + 1} operation type: {node.name}, {_times(node)} ({share:.2f}%)"
            )
        reports += ["\n".join(lines)] if lines else []
    else:
        sys.stderr.write(f"Missing RunMetadata info. Skip {name}\n")
        sys.stderr.write(f"Missing run_meta for {name}\n")
    _, scopes = ScopeView(statistics).show(_slowest(["micros"], max_depth=100, min_micros=100))
    lines = [
        f"top {i} graph node: {node.name}, {_times(node)}"
        for i, node in enumerate(scopes.children[:3], 1)
    ]
    reports += ["\n".join(lines)] if lines else []
    if not statistics.has_traces:
        sys.stderr.write(f"Missing op_log (code traces) for {name}\n")
        return reports
    _, code = CodeView(statistics).show(_slowest(["micros"], max_depth=100, min_micros=1))
    # What every node went through says nothing.
    while len(code.children) == 1:
        code = code.children[0]
    if code.children:
        reports.append("\n".join(_slow_lines(code, 0)))
    return reports


def _slow_lines(message: Any, depth: int) -> list[str]:
    if len(message.children) <= 1 or depth > 3:
        return []
    found = []
    for child in message.children[:3]:
        if child.total_exec_micros >= 1000:
            found.append(f"{'  ' * depth}{child.name}, {_times(child, 'total_')}")
            found += _slow_lines(child, depth + 1)
    return found


_CHECKERS = {
    "AcceleratorUtilizationChecker": _check_accelerators,
    "OperationChecker": _check_operations,
    "ExpensiveOperationChecker": _check_expensive_operations,
}


def write(statistics: Statistics, path: str) -> None:
    """Writes all facts to a file."""
    folder = os.path.dirname(path)
    if folder and not gfile.IsDirectory(folder):
        sys.stderr.write(f"Not found: {path}; No such file or directory\n")
        return
    with gfile.Open(path, "wb") as file:
        file.write(statistics.message().SerializeToString())
