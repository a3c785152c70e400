"""The timings of a run for chrome://tracing: `tensorflow.python.client.timeline`."""

import json
import re
from typing import Any, NamedTuple

_LABEL = re.compile(r"(.*) = (.*)\((.*)\)")


class AllocationMaximum(NamedTuple):
    """The most memory that an allocator had given out: when, how many bytes, for which tensors."""

    timestamp: int
    num_bytes: int
    tensors: set[str]


class StepStatsAnalysis(NamedTuple):
    """What `Timeline.analyze_step_stats` finds: the trace, and an AllocationMaximum by
    allocator."""

    chrome_trace: "_Trace"
    allocator_maximums: dict[str, AllocationMaximum]


class _Trace:
    """Events in Chrome's trace format; names of processes come first."""

    def __init__(self) -> None:
        self._names: list[dict[str, Any]] = []
        self._events: list[dict[str, Any]] = []

    def name_process(self, name: str, pid: int) -> None:
        self._names.append({"name": "process_name", "ph": "M", "pid": pid, "args": {"name": name}})

    def add(self, ph: str, cat: str, name: str, pid: int, tid: int, ts: int, **more: Any) -> None:
        """An event of kind `ph`, with what only this kind has in `more`."""
        self._events.append(
            {"ph": ph, "cat": cat, "name": name, "pid": pid, "tid": tid, "ts": ts, **more}
        )

    def format_to_string(self, pretty: bool = False) -> str:
        """The trace as JSON text."""
        trace = {"traceEvents": self._names + self._events}
        if pretty:
            return json.dumps(trace, indent=4, separators=(",", ": "))
        return json.dumps(trace, separators=(",", ":"))


class _Tensor:
    """A tensor's life: made at `start`, last used at `end`."""

    def __init__(self, number: int, start: int, end: int, pid: int, allocation: Any) -> None:
        self.number = number
        self.start = start
        self.end = end
        self.pid = pid
        self.allocator = allocation.allocator_name
        self.num_bytes = allocation.requested_bytes


class Timeline:
    """Shows the steps of a run over time. Stands for `tensorflow.python.client.timeline.Timeline`.

    Args:
      step_stats: the StepStats of a RunMetadata.
      graph: not used.
    """

    def __init__(self, step_stats: Any, graph: Any = None) -> None:
        self._step_stats = step_stats
        self._graph = graph
        self._chrome_trace = _Trace()
        self._pids: dict[str, int] = {}
        self._tensors: dict[str, _Tensor] = {}
        self._origins: dict[str, tuple[int, int, int]] = {}
        self._flows = 0
        self._allocator_maximums: dict[str, AllocationMaximum] = {}

    def generate_chrome_trace_format(
        self, show_dataflow: bool = True, show_memory: bool = False
    ) -> str:
        """The trace as JSON text that chrome://tracing loads.

        Args:
          show_dataflow: whether arrows lead from producers to consumers.
          show_memory: whether tensors and allocators are shown.
        """
        analysis = self.analyze_step_stats(show_dataflow, show_memory)
        return analysis.chrome_trace.format_to_string(pretty=True)

    def analyze_step_stats(
        self, show_dataflow: bool = True, show_memory: bool = True
    ) -> StepStatsAnalysis:
        """The trace as an object, and the memory maximums by allocator."""
        self._name_processes()
        self._assign_lanes()
        self._follow_tensors(show_memory)
        self._show_steps(show_dataflow)
        if show_memory:
            self._show_memory()
        return StepStatsAnalysis(self._chrome_trace, self._allocator_maximums)

    def _name_processes(self) -> None:
        """Each device is two processes: its steps at an odd number, its tensors at the next."""
        self._chrome_trace.name_process("Allocators", 0)
        for i, device in enumerate(self._step_stats.dev_stats):
            self._pids[device.device] = 2 * i + 1
            self._chrome_trace.name_process(f"{device.device} Compute", 2 * i + 1)
            self._chrome_trace.name_process(f"{device.device} Tensors", 2 * i + 2)

    def _assign_lanes(self) -> None:
        """Gives steps that overlap different threads."""
        for device in self._step_stats.dev_stats:
            lanes = [0]
            for node in device.node_stats:
                free = (i for i, until in enumerate(lanes) if node.all_start_micros > until)
                lane = next(free, len(lanes))
                if lane == len(lanes):
                    lanes.append(0)
                lanes[lane] = _end(node)
                node.thread_id = lane

    def _follow_tensors(self, show_memory: bool) -> None:
        for device in self._step_stats.dev_stats:
            pid = self._pids[device.device]
            for node in device.node_stats:
                start, end, tid = node.all_start_micros, _end(node), node.thread_id
                for i, output in enumerate(node.output):
                    name = f"{node.node_name}:{i}" if i else node.node_name
                    description = output.tensor_description
                    number = len(self._tensors)
                    self._tensors[name] = _Tensor(
                        number, start, end, pid + 1, description.allocation_description
                    )
                    self._origins[name] = (end, pid, tid)
                    if show_memory:
                        text = str(description).replace('"', "")
                        add = self._chrome_trace.add
                        add("N", "Tensor", name, pid + 1, tid, start, id=number)
                        shown = {"snapshot": {"tensor_description": text}}
                        add("O", "Tensor", name, pid + 1, tid, end - 1, id=number, args=shown)

    def _show_steps(self, show_dataflow: bool) -> None:
        for device in self._step_stats.dev_stats:
            pid = self._pids[device.device]
            on_gpu = "/stream:" in device.device or "/memcpy" in device.device
            for node in device.node_stats:
                inputs = self._show_step(node, pid, on_gpu)
                for name in inputs:
                    self._show_use(name, node, pid, show_dataflow)

    def _show_step(self, node: Any, pid: int, on_gpu: bool) -> list[str]:
        """Adds a step's bar; gives the names of its inputs."""
        name, inputs = node.node_name, []
        if on_gpu:
            name, kind = [*name.split(":"), "unknown"][:2]
        elif name == "RecvTensor":
            kind = name
        else:
            match = _LABEL.match(node.timeline_label)
            kind = match.group(2) if match else "unknown"
            inputs = match.group(3).split(", ") if match and match.group(3) else []
        args = {"name": name, "op": kind, **{f"input{i}": n for i, n in enumerate(inputs)}}
        self._chrome_trace.add(
            "X",
            "Op",
            kind,
            pid,
            node.thread_id,
            node.all_start_micros,
            dur=node.all_end_rel_micros,
            args=args,
        )
        return inputs

    def _show_use(self, name: str, node: Any, pid: int, show_dataflow: bool) -> None:
        if name not in self._tensors and name.rfind("/_") > 0:
            name = name[: name.rfind("/_")]  # from another device: the node that sent it
        tensor = self._tensors.get(name)
        if tensor is None:
            return
        tensor.end = max(tensor.end, _end(node) - 1)
        made, made_pid, made_tid = self._origins[name]
        if show_dataflow and (made_pid, made_tid) != (pid, node.thread_id):
            add = self._chrome_trace.add
            add("s", "DataFlow", name, made_pid, made_tid, made, id=self._flows)
            add("t", "DataFlow", name, pid, node.thread_id, node.all_start_micros, id=self._flows)
            self._flows += 1

    def _show_memory(self) -> None:
        changes: dict[str, list[tuple[int, int, str]]] = {}
        for name, tensor in self._tensors.items():
            self._chrome_trace.add("D", "Tensor", name, tensor.pid, 0, tensor.end, id=tensor.number)
            changes.setdefault(tensor.allocator, []).extend(
                [(tensor.start, tensor.num_bytes, name), (tensor.end, -tensor.num_bytes, name)]
            )
        for allocator, found in changes.items():
            total = 0
            alive: set[str] = set()
            most = AllocationMaximum(0, 0, set())
            for time, num_bytes, name in sorted(found):
                total += num_bytes
                if num_bytes < 0:
                    alive.discard(name)
                else:
                    alive.add(name)
                if total > most.num_bytes:
                    most = AllocationMaximum(time, total, set(alive))
                self._chrome_trace.add(
                    "C", "Memory", allocator, 0, 0, time, args={allocator: total}
                )
            self._allocator_maximums[allocator] = most


def _end(node: Any) -> int:
    return node.all_start_micros + node.all_end_rel_micros
