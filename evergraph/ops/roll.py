"""Rolled tensors, positions from flat indices: Roll, UnravelIndex."""

from typing import Any

import numpy as np
import torch

from evergraph.api import manip_ops
from evergraph.graph.registry import op
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

roll_op = op(
    "Roll(input: T, shift: Tshift, axis: Taxis) -> output: T",
    "T: type; Tshift: int32 | int64; Taxis: int32 | int64",
    host=["shift", "axis"],
)
unravel_index_op = op(
    "UnravelIndex(indices: Tidx, dims: Tidx) -> output: Tidx", "Tidx: int32 | int64 = int32"
)


@roll_op.shape
def roll_shape(node: Any) -> Dims:
    shape_rules.at_least_rank(node.inputs[0].dims, 1)
    for t in node.inputs[1:]:
        shape_rules.at_most_rank(t.dims, 1)
    shape_rules.merge(node.inputs[1].dims, node.inputs[2].dims)
    return node.inputs[0].dims


def _rolls(shape: Any, shift: Any, axis: Any) -> tuple[list[int], list[int]]:
    """Shifts and axes; shifts along the same axis add up."""
    if not len(shape):
        raise invalid("input must be 1-D or higher")
    for name, value in (("shift", shift), ("axis", axis)):
        if isinstance(value, tuple) and any(isinstance(v, tuple) for v in value):
            found = text(np.shape(value))
            raise invalid(f"{name} must be a scalar or a 1-D vector. Found: {found}")
    shifts = [shift] if isinstance(shift, int) else list(shift)
    axes = [axis] if isinstance(axis, int) else list(axis)
    if len(shifts) != len(axes):
        raise invalid("shift and axis must have the same size")
    canonical_axes = []
    for a in axes:
        canonical = a + len(shape) if a < 0 else a
        if not 0 <= canonical < len(shape):
            raise invalid(f"axis {canonical} is out of range")
        canonical_axes.append(canonical)
    return shifts, canonical_axes


@roll_op.kernel
def roll_kernel(x: torch.Tensor, shift: Any, axis: Any) -> torch.Tensor:
    return torch.roll(x, *_rolls(x.shape, shift, axis))


@roll_op.numpy
def roll_numpy(x: Any, shift: Any, axis: Any) -> Any:
    return np.roll(x, *_rolls(x.shape, shift, axis))


@roll_op.gradient
def roll_gradient(node: Any, grad: Any) -> Any:
    _, shift, axis = node.inputs
    return manip_ops.roll(grad, -shift, axis), None, None


@unravel_index_op.shape
def unravel_index_shape(node: Any) -> Dims:
    indices = node.inputs[0].dims
    dims = node.inputs[1].dims
    if dims is not None:
        shape_rules.with_rank(dims, 1)
    if indices is None:
        return None
    if not indices:
        return dims
    return (None if dims is None else dims[0], shape_rules.element_count(indices))


@unravel_index_op.numpy
def unravel_index_kernel(indices: Any, dims: Any) -> Any:
    if np.ndim(indices) > 1:
        found = text(np.shape(indices))
        raise invalid(f'The indices can only be scalar or vector, got "{found}"')
    flat = np.reshape(indices, -1)
    parts, stride = [], 1
    for size in reversed([int(d) for d in dims]):
        # Too large an index wraps round, as in TensorFlow.
        parts.append(flat // stride % size)
        stride *= size
    result = np.array(parts[::-1], dims.dtype).reshape(len(parts), len(flat))
    return result[:, 0] if np.ndim(indices) == 0 else result


unravel_index_op.not_differentiable()
