"""What a graph tells of its nodes beyond its GraphDef: the OpLogProto of profiles."""

import os
import sys
from typing import Any

from evergraph.base.export import export
from evergraph.base.platform import gfile
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.defaults import executing_eagerly
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.statistics import get_stats_for_node_def
from evergraph.library.profiler import flops_registry as flops_registry
from evergraph.proto.profiler import tfprof_log_pb2

TRAINABLE_VARIABLES = "_trainable_variables"
REGISTERED_FLOP_STATS = "flops"


def _fill_missing_graph_shape(graph: Any, run_meta: Any) -> Any:
    """Gives tensors of the graph the shapes that they had in a run, where theirs are not known."""
    for device in run_meta.step_stats.dev_stats:
        for stats in device.node_stats:
            try:
                op = graph.get_operation_by_name(stats.node_name)
            except (KeyError, ValueError):
                continue  # what TensorFlow's runtime adds
            if len(stats.output) != len(op.outputs):
                continue  # what a run did not compute
            for tensor, output in zip(op.outputs, stats.output, strict=True):
                if tensor.get_shape().is_fully_defined():
                    continue
                shape = TensorShape([d.size for d in output.tensor_description.shape.dim])
                try:
                    tensor.set_shape(tensor.get_shape().merge_with(shape))
                except ValueError as error:
                    sys.stderr.write(f"Node {op.name} incompatible shapes: {error}.\n")
    return graph


class _Texts:
    """Numbers of texts, in the order in which they come."""

    def __init__(self) -> None:
        self.numbers = {"none": 0}

    def number(self, text: str | None) -> int:
        return self.numbers.setdefault(text, len(self.numbers)) if text else 0


def _get_logged_ops(
    graph: Any, run_meta: Any = None, add_trace: bool = True, add_trainable_var: bool = True
) -> tuple[dict[str, Any], dict[str, int]]:
    """An OpLogEntry for each node of which there is something to tell, and the texts' numbers."""
    if run_meta:
        graph = _fill_missing_graph_shape(graph, run_meta)
    texts, unknown = _Texts(), 0
    entries: dict[str, Any] = {}
    for op in graph.get_operations():
        try:
            flops = get_stats_for_node_def(graph, op.node_def, REGISTERED_FLOP_STATS).value
        except ValueError:
            unknown += 1
            flops = None
        entry = tfprof_log_pb2.OpLogEntry(name=op.name)
        if flops:
            entry.float_ops = int(flops)
        if add_trace:
            _add_trace(entry, op, texts)
        if flops or add_trace:
            entries[op.name] = entry
    if add_trainable_var:
        for variable in graph.get_collection(GraphKeys.TRAINABLE_VARIABLES):
            name = variable.op.name
            entry = entries.setdefault(name, tfprof_log_pb2.OpLogEntry(name=name))
            entry.types.append(TRAINABLE_VARIABLES)
    if unknown and not run_meta:
        sys.stderr.write(f"{unknown} ops no flops stats due to incomplete shapes.\n")
    return entries, texts.numbers


def _add_trace(entry: Any, op: Any, texts: _Texts) -> None:
    for file, line, function, text, begin in op.traceback_with_start_lines:
        entry.code_def.traces.add(
            file_id=texts.number(file),
            lineno=line or -1,
            function_id=texts.number(function),
            line_id=texts.number(text),
            func_start_line=begin or -1,
        )


def merge_default_with_oplog(
    graph: Any,
    op_log: Any = None,
    run_meta: Any = None,
    add_trace: bool = True,
    add_trainable_var: bool = True,
) -> tfprof_log_pb2.OpLogProto:
    """What a graph tells of its nodes, beside what `op_log` says.

    Args:
      graph: default: the default graph.
      op_log: an OpLogProto. It is changed.
      run_meta: a RunMetadata, whose shapes the graph gets where it does not know them.
      add_trace: whether to tell where nodes were made.
      add_trainable_var: whether trainable variables get the type "_trainable_variables".
    """
    merged = tfprof_log_pb2.OpLogProto()
    if not graph and not executing_eagerly():
        graph = get_default_graph()
    if not graph:
        return merged
    logged, numbers = _get_logged_ops(graph, run_meta, add_trace, add_trainable_var)
    entries = {entry.name: entry for entry in op_log.log_entries} if op_log else {}
    for name, entry in logged.items():
        given = entries.setdefault(name, entry)
        if given is entry:
            continue
        given.types.extend(entry.types)
        if entry.float_ops > 0 and given.float_ops == 0:
            given.float_ops = entry.float_ops
        if entry.code_def.traces and not given.code_def.traces:
            given.code_def.MergeFrom(entry.code_def)
    merged.log_entries.extend(entries.values())
    for text, number in numbers.items():
        merged.id_to_string[number] = text
    return merged


@export("profiler.write_op_log")
def write_op_log(
    graph: Any, log_dir: str, op_log: Any = None, run_meta: Any = None, add_trace: bool = True
) -> None:
    """Writes what a graph tells of its nodes to `tfprof_log` in a folder: their floating-point
    operations, which are trainable variables, where they were made.

    Stands for `tf.profiler.write_op_log`.

    Args:
      graph: None for the default graph.
      log_dir: the folder.
      op_log: an OpLogProto with more.
      run_meta: a RunMetadata, whose shapes the graph gets where it does not know them.
      add_trace: whether to tell where nodes were made.
    """
    merged = merge_default_with_oplog(graph, op_log, run_meta, add_trace)
    with gfile.Open(os.path.join(log_dir, "tfprof_log"), "wb") as log:
        log.write(merged.SerializeToString())
