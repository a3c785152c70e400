"""Functions of the bits of integers."""

from typing import Any

import numpy as np
import torch

from evergraph.graph.registry import Entry, Rule, op
from evergraph.ops import complaints, shape_rules

INTEGER = "T: integer"


def entry(name: str, kernel: Rule, numpy: Rule, commutative: bool = False) -> Entry:
    made = op(f"{name}(x: T, y: T) -> z: T", INTEGER, commutative=commutative)
    made.shape(shape_rules.broadcast_binary)
    made.on_failure(complaints.incompatible_shapes)
    made.kernel(kernel)
    made.numpy(numpy)
    made.not_differentiable()
    return made


def bits(x: Any) -> int:
    return x.dtype.itemsize * 8


def left_shift(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    # Counts outside of the type's width, undefined in C, are taken as the nearest inside.
    return torch.bitwise_left_shift(x, torch.clamp(y, 0, bits(x) - 1))


def right_shift(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.bitwise_right_shift(x, torch.clamp(y, 0, bits(x) - 1))


def left_shift_numpy(x: Any, y: Any) -> Any:
    return np.left_shift(x, np.clip(y, 0, bits(x) - 1).astype(x.dtype))


def right_shift_numpy(x: Any, y: Any) -> Any:
    return np.right_shift(x, np.clip(y, 0, bits(x) - 1).astype(x.dtype))


bitwise_and_op = entry("BitwiseAnd", torch.bitwise_and, np.bitwise_and, commutative=True)
bitwise_or_op = entry("BitwiseOr", torch.bitwise_or, np.bitwise_or, commutative=True)
bitwise_xor_op = entry("BitwiseXor", torch.bitwise_xor, np.bitwise_xor, commutative=True)
left_shift_op = entry("LeftShift", left_shift, left_shift_numpy)
right_shift_op = entry("RightShift", right_shift, right_shift_numpy)

invert_op = op("Invert(x: T) -> y: T", INTEGER)
invert_op.shape(shape_rules.unchanged)
invert_op.kernel(torch.bitwise_not)
invert_op.numpy(np.invert)
invert_op.not_differentiable()

population_count_op = op("PopulationCount(x: T) -> y: uint8", INTEGER)
population_count_op.shape(shape_rules.unchanged)
population_count_op.not_differentiable()

_ONES = np.array([bin(byte).count("1") for byte in range(256)], np.uint8)


@population_count_op.kernel
def population_count(x: Any) -> torch.Tensor:
    table = torch.from_numpy(_ONES)
    if isinstance(x, np.ndarray):
        return torch.from_numpy(np.asarray(population_count_numpy(x)))
    octets = x.contiguous().unsqueeze(-1).view(torch.uint8)
    return table.to(x.device)[octets.long()].sum(-1, dtype=torch.uint8)


@population_count_op.numpy
def population_count_numpy(x: Any) -> Any:
    octets = np.ascontiguousarray(x).reshape(-1).view(np.uint8).reshape(*np.shape(x), -1)
    return _ONES[octets].sum(-1, dtype=np.uint8)


compare_and_bitpack_op = op(
    "CompareAndBitpack(input: T, threshold: T) -> output: uint8",
    "T: bool | float16 | float32 | float64 | int8 | int16 | int32 | int64",
)


@compare_and_bitpack_op.shape
def compare_and_bitpack_shape(node: Any) -> shape_rules.Dims:
    dims = shape_rules.at_least_rank(node.inputs[0].dims, 1)
    shape_rules.with_rank(node.inputs[1].dims, 0)
    return None if dims is None else (*dims[:-1], shape_rules.divide_dim(dims[-1], 8))


@compare_and_bitpack_op.kernel
def compare_and_bitpack(x: torch.Tensor, threshold: torch.Tensor) -> torch.Tensor:
    set_bits = (x > threshold).reshape(*x.shape[:-1], x.shape[-1] // 8, 8)
    weights = torch.tensor([128, 64, 32, 16, 8, 4, 2, 1], dtype=torch.uint8, device=x.device)
    return (set_bits * weights).sum(-1, dtype=torch.uint8)
