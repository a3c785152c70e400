"""Timings of a run as RunMetadata."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from evergraph.engine.placement import LOCAL
from evergraph.graph.operation import Operation


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


def fill_metadata(run_metadata: Any, timings: Sequence[Timing], options: Any = None) -> None:
    """Writes the steps of a run into a RunMetadata.

    The steps are recorded only where `options` ask for a trace, as TensorFlow does.
    """
    run_metadata.Clear()
    if options is None or options.trace_level == 0:
        return
    device = run_metadata.step_stats.dev_stats.add(device=f"{LOCAL}/device:CPU:0")
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
