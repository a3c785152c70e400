"""What RunMetadata tells of a run: when its steps ran, its graph, and what its nodes cost."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from evergraph.engine.devices import LOCAL
from evergraph.engine.placement import full_device
from evergraph.engine.plan import needed_nodes
from evergraph.graph import attr_value
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.proto.framework import cost_graph_pb2, graph_pb2

# TensorFlow's numbers of the nodes in a cost graph begin with these two.
_ENDS = ("_SOURCE", "_SINK")


class Timing(NamedTuple):
    """A step of a run: start and end in microseconds, shape and bytes of each output where
    known."""

    node: Operation
    start: int
    end: int
    sizes: list[tuple[tuple[int, ...], int] | None]


def size_of(value: Any) -> tuple[tuple[int, ...], int] | None:
    """Shape and bytes of a run-time value; None where it is no tensor."""
    if not hasattr(value, "shape"):
        return None
    return tuple(value.shape), value.nbytes


def fill_step_stats(step_stats: Any, timings: Sequence[Timing]) -> None:
    """Writes the steps of a run into a StepStats."""
    device = step_stats.dev_stats.add(device=f"{LOCAL}/device:CPU:0")
    for op, start, end, sizes in timings:
        inputs = ", ".join(t.name.removesuffix(":0") for t in op.inputs)
        node = device.node_stats.add(
            node_name=op.name,
            all_start_micros=start,
            op_start_rel_micros=0,
            op_end_rel_micros=end - start,
            all_end_rel_micros=end - start,
            timeline_label=f"{op.name} = {op.type}({inputs})",
        )
        for i, tensor in enumerate(op.outputs):
            description = node.output.add(slot=i).tensor_description
            description.dtype = tensor.dtype.as_datatype_enum
            size = sizes[i] if i < len(sizes) else None
            if size is not None:
                for length in size[0]:
                    description.shape.dim.add(size=length)
                description.allocation_description.requested_bytes = size[1]
                description.allocation_description.allocator_name = "cpu"


def partition_graph(
    fetches: Sequence[Tensor], targets: Sequence[Operation], feeds: Sequence[Tensor]
) -> Any:
    """The part of a graph that a run needs, as a GraphDef.

    Nodes of type `_Arg` stand for what is fed, `_Retval` for what is fetched and not fed, named and
    numbered as in TensorFlow.
    """
    found = graph_pb2.GraphDef()
    arguments = {}
    for i, tensor in enumerate(sorted(feeds, key=_name)):
        arguments[tensor] = f"_arg_{tensor.op.name}_{tensor.value_index}_{i}"
        _add_end(found, "_Arg", arguments[tensor], tensor, i)
    needed = needed_nodes(fetches, targets, feeds)
    for op in sorted(needed, key=lambda op: op._id):
        node = found.node.add()
        node.CopyFrom(op._to_node_def())
        controls = [f"^{c.name}" for c in op.control_inputs if c in needed]
        node.input[:] = [arguments.get(t) or t._as_node_def_input() for t in op.inputs] + controls
        node.device = full_device(op.device)
    for i, tensor in enumerate(sorted(set(fetches).difference(feeds), key=_name)):
        name = f"_retval_{tensor.op.name}_{tensor.value_index}_{i}"
        end = _add_end(found, "_Retval", name, tensor, i)
        end.input.append(tensor._as_node_def_input())
    graph = fetches[0].graph if fetches else targets[0].graph if targets else None
    if graph is not None:
        found.versions.CopyFrom(graph.graph_def_versions)
        for function in graph._functions.values():
            found.library.function.append(function.definition)
    return found


def _name(tensor: Tensor) -> str:
    return tensor.name


def _add_end(graph_def: Any, op_type: str, name: str, tensor: Tensor, index: int) -> Any:
    node = graph_def.node.add(name=name, op=op_type, device=full_device(""))
    node.attr["T"].type = tensor.dtype.base_dtype.as_datatype_enum
    node.attr["index"].i = index
    return node


def cost_graph(graph_def: Any, nodes: dict[str, Operation], timings: Sequence[Timing]) -> Any:
    """A CostGraphDef of a partition graph: what its nodes took and gave in one run.

    Nodes that were folded into others took nothing.
    """
    found = cost_graph_pb2.CostGraphDef()
    for i, name in enumerate(_ENDS):
        found.node.add(name=name, id=i)
    ids = {node.name: i for i, node in enumerate(graph_def.node, len(_ENDS))}
    ran = {timing.node.name: timing for timing in timings}
    for node in graph_def.node:
        made = found.node.add(name=node.name, device=node.device, id=ids[node.name])
        for text in node.input:
            source, _, port = text.removeprefix("^").partition(":")
            if text.startswith("^"):
                made.control_input.append(ids[source])
            else:
                made.input_info.add(preceding_node=ids[source], preceding_port=int(port or 0))
        timing = ran.get(node.name)
        if timing is not None:
            made.compute_cost = timing.end - timing.start
        for i, tensor in enumerate(nodes[node.name].outputs if node.name in nodes else ()):
            size = timing.sizes[i] if timing is not None and i < len(timing.sizes) else None
            output = made.output_info.add(alias_input_port=-1, dtype=tensor.dtype.as_datatype_enum)
            output.shape.CopyFrom(attr_value.shape_proto(tensor.dims if size is None else size[0]))
            if size is not None:
                output.size = size[1]
    return found
