"""RecordInput: records of files in random order."""

from typing import Any

import numpy as np

from evergraph.formats.record_input import RecordInput
from evergraph.graph.operation import Operation
from evergraph.graph.registry import op

record_input_op = op(
    "RecordInput() -> records: string",
    "file_pattern: string; file_random_seed: int = 301; file_shuffle_shift_ratio: float = 0.0; "
    "file_buffer_size: int = 10000; file_parallelism: int = 16; batch_size: int = 32; "
    "compression_type: string = ''",
    stateful=True,
)
record_input_op.shape(lambda node: None)
record_input_op.not_differentiable()


@record_input_op.kernel
def record_input_kernel(
    *,
    session: Any,
    node: Operation,
    file_pattern: str,
    file_random_seed: int,
    file_shuffle_shift_ratio: float,
    file_buffer_size: int,
    file_parallelism: int,
    batch_size: int,
    compression_type: str,
) -> np.ndarray:
    order = (file_random_seed, file_shuffle_shift_ratio, file_buffer_size, file_parallelism)
    source: RecordInput = session.slot(
        ("record input", node.name), lambda: RecordInput(file_pattern, *order, compression_type)
    )
    records = np.empty(batch_size, object)
    records[:] = source.take(batch_size)
    return records
