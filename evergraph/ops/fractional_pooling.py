"""Pooling over regions of random sizes: FractionalMaxPool, FractionalAvgPool, their gradients."""

import secrets
from typing import Any

import numpy as np
import torch

from evergraph.graph.apply import apply_op
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels import fractional_pooling
from evergraph.kernels.host import invalid
from evergraph.kernels.random_philox import PhiloxStream
from evergraph.kernels.windows import unimplemented
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_ATTRS = (
    "pooling_ratio: list(float) >= 4; pseudo_random: bool = false; overlapping: bool = false; "
    "deterministic: bool = false; seed: int = 0; seed2: int = 0; "
    "T: float32 | float64 | int32 | int64"
)
_OUTPUTS = "output: T, row_pooling_sequence: int64, col_pooling_sequence: int64"
_GRAD = "overlapping: bool = false; T: float32 | float64 | int32 | int64"
_SEQUENCES = ["row_pooling_sequence", "col_pooling_sequence"]
_WORD = 2**64 - 1

max_op = op(f"FractionalMaxPool(value: T) -> {_OUTPUTS}", _ATTRS)
avg_op = op(f"FractionalAvgPool(value: T) -> {_OUTPUTS}", _ATTRS)
max_grad_op = op(
    "FractionalMaxPoolGrad(orig_input: T, orig_output: T, out_backprop: T, "
    "row_pooling_sequence: int64, col_pooling_sequence: int64) -> output: T",
    _GRAD,
    host=_SEQUENCES,
)
avg_grad_op = op(
    "FractionalAvgPoolGrad(orig_input_tensor_shape: int64, out_backprop: T, "
    "row_pooling_sequence: int64, col_pooling_sequence: int64) -> output: T",
    _GRAD,
    host=["orig_input_tensor_shape", *_SEQUENCES],
)


@max_op.shape
@avg_op.shape
def fractional_shape(node: Any) -> list[Dims]:
    """TensorFlow gives the sequences one element fewer than they have."""
    dims = shape_rules.with_rank(node.inputs[0].dims, 4)
    ratio = node.attr("pooling_ratio")
    if len(ratio) != 4:
        raise ShapeError("pooling_ratio field must specify 4 dimensions")
    found = tuple(
        None if size is None else fractional_pooling.output_size(size, r)
        for size, r in zip(dims, ratio, strict=True)
    )
    for i, size in enumerate(found):
        if size is not None and size < 0:
            raise ShapeError(f"Size computed for dim {i} is negative: {size}")
    return [found, (found[1],), (found[2],)]


@max_grad_op.shape
def max_grad_shape(node: Any) -> Dims:
    return shape_rules.with_rank(node.inputs[0].dims, 4)


@avg_grad_op.shape
def avg_grad_shape(node: Any) -> Dims:
    dims = node.static_dims(0)
    return (None,) * 4 if dims is None else dims


def _seeds(node: Any) -> tuple[int, int] | None:
    """The seeds that a node keeps; None where each run draws anew."""
    seed, seed2 = node.attr("seed"), node.attr("seed2")
    if node.attr("deterministic"):
        return (seed, seed2) if seed or seed2 else (secrets.randbits(64), secrets.randbits(64))
    if seed or seed2:
        raise invalid("Both seed and seed2 should be 0 if deterministic is false.")
    return None


@max_op.specialize
@avg_op.specialize
def choose_fractional(node: Any) -> Any:
    largest = node.type == "FractionalMaxPool"
    ratio, overlapping = node.attr("pooling_ratio"), node.attr("overlapping")
    pseudo_random, kept = node.attr("pseudo_random"), _seeds(node)
    if ratio[0] != 1 and ratio[3] != 1:
        kind = "max" if largest else "average"
        raise unimplemented(
            f"Fractional {kind} pooling is not yet supported on the batch nor channel dimension."
        )
    pool = fractional_pooling.max_pool if largest else fractional_pooling.avg_pool

    def run(x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        counts = [
            fractional_pooling.output_size(size, r)
            for size, r in zip(x.shape[1:3], ratio[1:3], strict=True)
        ]
        seed, seed2 = kept or (secrets.randbits(64), secrets.randbits(64))
        # Every run starts anew.
        stream = PhiloxStream.start(seed & _WORD, (seed2 & _WORD) << 64)
        found = fractional_pooling.sequences(x.shape[1:3], counts, stream, pseudo_random)
        return pool(x, *found, overlapping), *(torch.from_numpy(s).to(x.device) for s in found)

    return run


@max_grad_op.kernel
def max_grad(
    x: torch.Tensor,
    y: torch.Tensor,
    grad: torch.Tensor,
    rows: Any,
    columns: Any,
    *,
    overlapping: bool,
) -> torch.Tensor:
    starts = np.array(rows, np.int64), np.array(columns, np.int64)
    return fractional_pooling.max_pool_gradient(x, grad, *starts, overlapping)


@avg_grad_op.kernel
def avg_grad(
    sizes: Any, grad: torch.Tensor, rows: Any, columns: Any, *, overlapping: bool
) -> torch.Tensor:
    starts = np.array(rows, np.int64), np.array(columns, np.int64)
    return fractional_pooling.avg_pool_gradient(sizes, grad, *starts, overlapping)


@max_op.gradient
def max_gradient(node: Any, grad: Any, *_: Any) -> Any:
    return apply_op(
        "FractionalMaxPoolGrad",
        node.inputs[0],
        node.outputs[0],
        grad,
        *node.outputs[1:],
        overlapping=node.attr("overlapping"),
    )


@avg_op.gradient
def avg_gradient(node: Any, grad: Any, *_: Any) -> Any:
    return apply_op(
        "FractionalAvgPoolGrad",
        node.inputs[0].shape,
        grad,
        *node.outputs[1:],
        overlapping=node.attr("overlapping"),
    )
