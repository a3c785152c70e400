"""Axes and shapes from one data format to another: DataFormatDimMap, DataFormatVecPermute."""

from typing import Any

import numpy as np
import torch

from evergraph.graph.registry import op
from evergraph.kernels.host import invalid, settle, text
from evergraph.ops import shape_rules

_ATTRS = "T: int32 | int64 = int32; src_format: string = 'NHWC'; dst_format: string = 'NCHW'"

dim_map_op = op("DataFormatDimMap(x: T) -> y: T", _ATTRS)
vec_permute_op = op("DataFormatVecPermute(x: T) -> y: T", _ATTRS)

dim_map_op.shape(shape_rules.unchanged)
vec_permute_op.shape(shape_rules.unchanged)


def _axes(source: str, target: str) -> list[int]:
    """Where each axis of `source` stands in `target`."""
    for what, name, given in (("Source", "src", source), ("Destination", "dst", target)):
        if len(given) not in (4, 5):
            raise invalid(
                f"{what} format must be of length 4 or 5, received {name}_format = {given}"
            )
    if sorted(source) != sorted(target):
        raise invalid(
            f"Destination and source format must determine a permutation, got {source} and {target}"
        )
    return [target.index(axis) for axis in source]


@dim_map_op.numpy
def dim_map_numpy(x: Any, *, src_format: str, dst_format: str) -> Any:
    # TensorFlow counts axes from behind as if there were 4, with 5 as well.
    return settle(np.asarray(np.array(_axes(src_format, dst_format))[x % 4], x.dtype))


@dim_map_op.kernel
def dim_map(x: torch.Tensor, *, src_format: str, dst_format: str) -> torch.Tensor:
    axes = torch.tensor(_axes(src_format, dst_format), device=x.device, dtype=x.dtype)
    return axes[(x % 4).long()]


def _check(shape: tuple[int, ...]) -> None:
    if len(shape) not in (1, 2):
        raise invalid(f"input must be a vector or 2D tensor, but got shape {text(shape)}")
    if len(shape) == 1 and shape[0] != 4:
        raise invalid(f"1D input must be of size 4, but got shape {text(shape)}")
    for name, size, wanted in zip(("First", "Second"), shape, (4, 2), strict=False):
        if len(shape) == 2 and size != wanted:
            raise invalid(
                f"{name} dimension of 2D input must be of size {wanted}, but got shape "
                f"{text(shape)}"
            )


def _permuted(x: Any, src_format: str, dst_format: str) -> Any:
    places = _axes(src_format, dst_format)
    _check(tuple(x.shape))
    return x[[places.index(i) for i in range(len(places))]]


@vec_permute_op.numpy
def vec_permute_numpy(x: Any, *, src_format: str, dst_format: str) -> Any:
    return _permuted(x, src_format, dst_format)


@vec_permute_op.kernel
def vec_permute(x: torch.Tensor, *, src_format: str, dst_format: str) -> torch.Tensor:
    return _permuted(x, src_format, dst_format)
