"""Memory of devices: BytesInUse, BytesLimit, MaxBytesInUse; and Fact, which says one."""

from typing import Any

import numpy as np
import torch

from evergraph.graph.device import DeviceSpec
from evergraph.graph.registry import op
from evergraph.kernels.host import invalid
from evergraph.ops import shape_rules

bytes_in_use_op = op("BytesInUse() -> out: int64", stateful=True)
bytes_limit_op = op("BytesLimit() -> out: int64", stateful=True)
max_bytes_in_use_op = op("MaxBytesInUse() -> out: int64", stateful=True)
fact_op = op("Fact() -> fact: string")
for _entry in (bytes_in_use_op, bytes_limit_op, max_bytes_in_use_op, fact_op):
    _entry.shape(shape_rules.scalar)
    _entry.not_differentiable()


def _gpu(node: Any) -> int | None:
    """The number of the GPU that a node is on: of the first where it does not say; None for the
    CPU."""
    spec = DeviceSpec.from_string(node.device or "")
    if not torch.cuda.is_available() or spec.device_type == "CPU":
        return None
    return spec.device_index or 0


def _needed_gpu(node: Any) -> int:
    gpu = _gpu(node)
    if gpu is None:
        raise invalid(
            f"No OpKernel was registered to support Op '{node.type}' used by node {node.name} "
            f"(defined at {node.created_at or 'an unknown place'}) with these attrs: []"
        )
    return gpu


@bytes_in_use_op.numpy
def bytes_in_use(*, node: Any) -> Any:
    return np.int64(torch.cuda.memory_allocated(_needed_gpu(node)))


@max_bytes_in_use_op.numpy
def max_bytes_in_use(*, node: Any) -> Any:
    return np.int64(torch.cuda.max_memory_allocated(_needed_gpu(node)))


@bytes_limit_op.numpy
def bytes_limit(*, node: Any) -> Any:
    gpu = _gpu(node)
    # TensorFlow's allocator of the CPU has no limit.
    limit = -1 if gpu is None else torch.cuda.get_device_properties(gpu).total_memory
    return np.int64(limit)


@fact_op.numpy
def fact() -> Any:
    return np.array(b"0! == 1", object)
