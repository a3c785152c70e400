"""Timings of a run as RunMetadata."""

from collections.abc import Sequence
from typing import Any

from evergraph.engine.placement import LOCAL
from evergraph.graph.operation import Operation


def fill_metadata(
    run_metadata: Any, timings: Sequence[tuple[Operation, int, int]], options: Any = None
) -> None:
    """Writes the steps of a run (node, start, end in microseconds) into a RunMetadata.

    The steps are recorded only where `options` ask for a trace, as TensorFlow does.
    """
    run_metadata.Clear()
    if options is None or options.trace_level == 0:
        return
    device = run_metadata.step_stats.dev_stats.add(device=f"{LOCAL}/device:CPU:0")
    for op, start, end in timings:
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
            output = node.output.add(slot=i)
            output.tensor_description.dtype = tensor.dtype.as_datatype_enum
