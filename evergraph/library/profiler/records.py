"""The facts of a profile: what is known of each node of a graph, statically and of runs."""

import sys
from typing import Any

from evergraph.kernels import re2
from evergraph.proto.profiler import tfprof_log_pb2

ROOT = "_TFProfRoot"
TIMES = ("exec_micros", "accelerator_exec_micros", "cpu_exec_micros")
MEMORY = ("requested_bytes", "peak_bytes", "residual_bytes", "output_bytes")
# What is counted of a node.
FIGURES = ("run_count", *TIMES, *MEMORY, "float_ops", "parameters")
Figures = dict[str, int]


def matches(patterns: list[str], text: str) -> bool:
    """Whether a regular expression matches all of a text; one that is wrong matches nothing."""
    return any(_matches(pattern, text) for pattern in patterns)


def _matches(pattern: str, text: str) -> bool:
    if pattern == ".*":
        return "\n" not in text
    try:
        return re2.compiled(pattern.encode()).matches_all(text.encode())
    except re2.PatternError:
        return False


def is_any(patterns: list[str]) -> bool:
    """Whether the expressions are the one that matches everything."""
    return list(patterns) == [".*"]


def on_accelerator(device: str) -> bool:
    """Whether a device is a GPU."""
    return "gpu" in device


def _is_place(device: str) -> bool:
    """Whether a device is one that nodes are placed on, not a stream of one."""
    kind, _, number = device.rpartition("/")[2].removeprefix("device:").partition(":")
    return "/" in device and kind in ("cpu", "gpu") and number.isdecimal()


class Execution:
    """How a node ran in one step, perhaps several times; `message` is an ExecProfile."""

    def __init__(self, message: Any = None) -> None:
        self.message = message or tfprof_log_pb2.ExecProfile()

    def add_times(self, device: str, stats: Any) -> None:
        """Adds a record of a run."""
        message = self.message
        if device not in message.devices:
            message.devices.append(device)
        start = stats.all_start_micros
        if start <= 0:
            return
        # Nothing takes no time.
        took = stats.op_end_rel_micros or 1
        earlier = message.all_start_micros
        message.all_start_micros = min(earlier, start) if earlier > 0 else start
        message.latest_end_micros = max(message.latest_end_micros, start + took)
        if "stream:all" in device:
            times = message.accelerator_execs[device].times
        elif _is_place(device):
            times = message.cpu_execs[device].times
            message.run_count += 1
        else:
            return
        times.add(int64_values=[start, took])

    def add_memory(self, device: str, stats: Any) -> None:
        """Adds the memory of a record of a run."""
        if stats.all_start_micros <= 0:
            sys.stderr.write(f"{stats.node_name} has no start time, skipping\n")
            return
        memory = self.message.memory_execs.add(
            memory_micros=stats.all_start_micros + stats.op_end_rel_micros
        )
        for part in stats.memory:
            memory.requested_bytes += part.total_bytes
            memory.peak_bytes += part.peak_bytes
            memory.residual_bytes += part.live_bytes
        for output in stats.output:
            allocation = output.tensor_description.allocation_description
            size = max(allocation.allocated_bytes, allocation.requested_bytes)
            memory.output_bytes += size
            memory.output_memory[output.slot].bytes = size
            memory.output_memory[output.slot].ptr = allocation.ptr
        kept = stats.memory_stats.persistent_memory_size
        temporary = stats.memory_stats.temp_memory_size
        where = "host" if "cpu" in device else "accelerator"
        setattr(memory, f"{where}_persistent_bytes", kept)
        setattr(memory, f"{where}_temp_bytes", temporary)
        memory.residual_bytes += kept
        memory.requested_bytes += kept + temporary
        memory.peak_bytes += kept + temporary

    def figures(self) -> Figures:
        """What was counted."""
        message = self.message
        cpu, accelerator = _total(message.cpu_execs), _total(message.accelerator_execs)
        found = {
            "run_count": message.run_count,
            "exec_micros": cpu + accelerator,
            "accelerator_exec_micros": accelerator,
            "cpu_exec_micros": cpu,
        }
        for name in MEMORY:
            found[name] = sum(getattr(memory, name) for memory in message.memory_execs)
        return found


def _total(executions: Any) -> int:
    return sum(t.int64_values[1] for e in executions.values() for t in e.times)


class Record:
    """What is known of a node."""

    def __init__(self, name: str, op: str, number: int, attrs: Any = None) -> None:
        self.name, self.op, self.number = name, op, number
        self.types = {op}
        self.attrs: dict[str, Any] = dict(attrs or {})
        self.inputs: dict[int, str] = {}
        self.ports: dict[str, int] = {}
        self.shape: list[int] = []
        self.output_shapes: list[list[int]] = []
        self.float_ops = 0
        self.trace: Any = None
        self.device = ""
        self.executions: dict[int, Execution] = {}
        if "shape" in self.attrs and self.attrs["shape"].HasField("shape"):
            self.shape = _dims(self.attrs["shape"].shape)
        if "_output_shapes" in self.attrs:
            self.output_shapes = [_dims(s) for s in self.attrs["_output_shapes"].list.shape]

    def add_run(self, step: int, device: str, stats: Any) -> None:
        """Adds a record of a run."""
        device = device.lower()
        if _is_place(device):
            if self.device not in ("", device):
                return
            self.device = device
            self.types.add(device)
        execution = self.executions.setdefault(step, Execution())
        execution.add_times(device, stats)
        if device == self.device:
            execution.add_memory(device, stats)

    def parameters(self) -> int:
        """The entries of a tensor of the node's "shape"; 0 where that is not known."""
        found = 1 if self.shape else 0
        for size in self.shape:
            if size < 0:
                return 0
            found *= size
        return found

    def figures(self, step: int) -> Figures:
        """What was counted in a step; in the mean of all steps where that is negative."""
        found = dict.fromkeys(FIGURES, 0)
        if step >= 0:
            ran = [self.executions[step].figures()] if step in self.executions else []
            count = 1
        else:
            ran = [execution.figures() for execution in self.executions.values()]
            count = len(ran) or 1
        for name in FIGURES[:-2]:
            found[name] = sum(figures[name] for figures in ran) // count
        times = found["run_count"] if self.executions else 1
        found["float_ops"] = self.float_ops * times
        found["parameters"] = self.parameters()
        return found


def _dims(shape: Any) -> list[int]:
    """The sizes; [1] for a scalar, none for an unknown rank."""
    if not shape.dim:
        return [] if shape.unknown_rank else [1]
    return [d.size for d in shape.dim]


class Statistics:
    """The records of a graph's nodes, by their names."""

    def __init__(self, graph_def: Any, run_meta: Any = None, op_log: Any = None) -> None:
        self.records: dict[str, Record] = {}
        self.runs: dict[int, Any] = {}
        self.texts: dict[int, str] = {}
        self.has_traces = False
        self._covered: set[str] = set()
        self._no_streams = False
        self.add_graph(graph_def)
        if run_meta is not None and run_meta.HasField("step_stats"):
            self.add_run(0, run_meta)
        if op_log is not None:
            self.add_op_log(op_log)

    def sorted(self) -> list[Record]:
        """The records by name."""
        return [self.records[name] for name in sorted(self.records)]

    def add_graph(self, graph_def: Any) -> None:
        """Adds the nodes that are not there yet."""
        for node in graph_def.node:
            if node.name in self.records:
                continue
            record = Record(node.name, node.op, len(self.records), node.attr)
            self.records[node.name] = record
            for i, text in enumerate(node.input):
                name, _, port = text.removeprefix("^").partition(":")
                record.inputs[i] = name
                record.ports[name] = int(port or 0)

    def add_op_log(self, op_log: Any) -> None:
        """Adds what an OpLogProto tells."""
        for number, text in op_log.id_to_string.items():
            self.texts.setdefault(number, text)
        for entry in op_log.log_entries:
            record = self.records.get(entry.name)
            if record is None:
                continue
            record.types.update(entry.types)
            record.float_ops = entry.float_ops or record.float_ops
            if entry.HasField("code_def"):
                self.has_traces = True
                record.trace = record.trace or entry.code_def

    def add_run(self, step: int, run_meta: Any) -> None:
        """Adds the RunMetadata of a step."""
        self.runs[step] = run_meta
        devices = [device.device.lower() for device in run_meta.step_stats.dev_stats]
        accelerators = [device for device in devices if on_accelerator(device)]
        if accelerators and not any("stream:all" in device for device in accelerators):
            self._no_streams = True
        for device in run_meta.step_stats.dev_stats:
            for stats in device.node_stats:
                name = stats.node_name.partition(":")[0]
                record = self.records.get(name)
                if record is not None:
                    self._covered.add(name)
                elif name not in ("RecvTensor", "_SOURCE") and "MEMCPY" not in name:
                    record = self.records[name] = Record(name, name, len(self.records))
                if record is not None:
                    record.add_run(step, device.device, stats)

    def coverage(self) -> float:
        """The share of nodes that ran."""
        return len(self._covered) / (len(self.records) + 1e-10)

    def input_shapes(self, record: Record) -> dict[int, list[int]]:
        """The known shapes of a node's inputs; an empty one where nothing is known."""
        found = {}
        for i, name in record.inputs.items():
            source = self.records.get(name)
            shapes = source.output_shapes if source is not None else []
            port = record.ports[name]
            found[i] = shapes[port] if port < len(shapes) else []
        return found

    def message(self) -> tfprof_log_pb2.ProfileProto:
        """All of it, to be written to a file."""
        profile = tfprof_log_pb2.ProfileProto(
            id_to_string=self.texts,
            has_trace=self.has_traces,
            miss_accelerator_stream=self._no_streams,
            steps=sorted(self.runs),
        )
        for record in self.records.values():
            node = profile.nodes[record.number]
            node.name, node.op, node.id = record.name, record.op, record.number
            node.shape.extend(record.shape)
            node.op_types.extend(sorted(record.types))
            node.canonical_device, node.float_ops = record.device, record.float_ops
            for name, value in record.attrs.items():
                node.attrs[name].CopyFrom(value)
            for i, name in record.inputs.items():
                if name in self.records:
                    node.inputs[i] = self.records[name].number
                    node.src_output_index[self.records[name].number] = record.ports[name]
            for i, dims in enumerate(record.output_shapes):
                node.output_shapes[i].int64_values.extend(dims)
            if record.trace is not None:
                node.trace.CopyFrom(record.trace)
            for step, execution in record.executions.items():
                node.execs[step].CopyFrom(execution.message)
        return profile
