"""uint16, uint32 and uint64 in kernels that know torch only: as int64 there and back."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from evergraph.base import dtypes
from evergraph.engine import values
from evergraph.graph.operation import Operation
from evergraph.graph.registry import Entry
from evergraph.kernels.dtypes import numpy_dtype

Kernel = Callable[..., Any]

UNSIGNED = frozenset([dtypes.uint16, dtypes.uint32, dtypes.uint64])


def by_int64(kernel: Kernel, op: Operation, entry: Entry) -> Kernel:
    """`kernel`, done again with int64 where it takes no arrays of the node's unsigned numbers; the
    same kernel for all other nodes, and for those that have effects."""
    tensors = (*op._inputs, *op._outputs)
    if entry.signature.is_stateful or not any(t._dtype in UNSIGNED for t in tensors):
        return kernel
    targets = [numpy_dtype(t._dtype) if t._dtype in UNSIGNED else None for t in op._outputs]
    if any(t._dtype in values.OBJECT_DTYPES or t._dtype._is_ref_dtype for t in tensors):
        return kernel

    def run(*args: Any, **keywords: Any) -> Any:
        try:
            return kernel(*args, **keywords)
        except (AttributeError, TypeError):
            results = kernel(*[_widened(a) for a in args], **keywords)
        if isinstance(results, torch.Tensor):
            return _narrowed(results, targets[0])
        return [_narrowed(r, t) for r, t in zip(results, targets, strict=True)]

    return run


def _widened(value: Any) -> Any:
    if isinstance(value, list):
        return [_widened(v) for v in value]
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "u":
        return torch.from_numpy(np.asarray(value).astype(np.int64))
    return value


def _narrowed(value: Any, target: Any) -> Any:
    return value if target is None else values.to_array(value).astype(target)
