"""Example messages as tensors: ParseExample and ParseSingleExample."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evergraph.base import compat
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels.example_parsing import Dense, Outputs, Sparse, parse_batch, parse_one
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_TYPES = "list(float32 | int64 | string) >= 0"

parse_example_op = op(
    "ParseExample(serialized: string, names: string, sparse_keys: Nsparse * string, "
    "dense_keys: Ndense * string, "
    "dense_defaults: list(Tdense)) -> sparse_indices: Nsparse * int64, "
    "sparse_values: list(sparse_types), sparse_shapes: Nsparse * int64, "
    "dense_values: list(Tdense)",
    f"Nsparse: int >= 0; Ndense: int >= 0; sparse_types: {_TYPES}; Tdense: {_TYPES}; "
    "dense_shapes: list(shape) >= 0",
)
parse_single_example_op = op(
    "ParseSingleExample(serialized: string, "
    "dense_defaults: list(Tdense)) -> sparse_indices: num_sparse * int64, "
    "sparse_values: list(sparse_types), sparse_shapes: num_sparse * int64, "
    "dense_values: list(Tdense)",
    "num_sparse: int >= 0; sparse_keys: list(string) >= 0; dense_keys: list(string) >= 0; "
    f"sparse_types: {_TYPES}; Tdense: {_TYPES}; dense_shapes: list(shape) >= 0",
)


def _check_lengths(node: Any, sparse: int, dense: int) -> None:
    for kind, count, attr in (
        ("sparse", sparse, "sparse_types"),
        ("dense", dense, "Tdense"),
        ("dense", dense, "dense_shapes"),
    ):
        if len(node.attr(attr)) != count:
            name = attr.replace("Tdense", "dense_types")
            raise ShapeError(f"len({kind}_keys) != len({name})")


def _outputs(sparse: int, rank: int, dense: list[Dims]) -> list[Dims]:
    return [(None, rank)] * sparse + [(None,)] * sparse + [(rank,)] * sparse + dense


@parse_example_op.shape
def parse_example_shape(node: Any) -> list[Dims]:
    sparse, dense = node.attr("Nsparse"), node.attr("Ndense")
    _check_lengths(node, sparse, dense)
    batch = shape_rules.with_rank(node.inputs[0].dims, 1)
    if node.inputs[1].dims is not None:
        shape_rules.with_rank(node.inputs[1].dims, 1)
    shapes = [shape_rules.concatenate(batch, dims) for dims in node.attr("dense_shapes")]
    return _outputs(sparse, 2, shapes)


@parse_single_example_op.shape
def parse_single_example_shape(node: Any) -> list[Dims]:
    sparse = len(node.attr("sparse_keys"))
    _check_lengths(node, sparse, len(node.attr("dense_keys")))
    if node.inputs[0].dims is not None:
        shape_rules.with_rank(node.inputs[0].dims, 0)
    return _outputs(sparse, 1, list(node.attr("dense_shapes")))


def _key(value: Any) -> bytes:
    return compat.as_bytes(value.item() if isinstance(value, np.ndarray) else value)


def _dense(keys: Sequence[Any], types: Any, shapes: Any, defaults: Sequence[Any]) -> list[Dense]:
    """The dense features, with defaults that fit their shapes."""
    found = []
    for i, (key, dtype, shape, value) in enumerate(zip(keys, types, shapes, defaults, strict=True)):
        default = np.asarray(value)
        feature = Dense(_key(key), dtype, tuple(shape), default)
        if feature.varies:
            if default.size != 1:
                raise invalid(
                    f"dense_shape[{i}] is a variable length shape: {feature.shape_text}, therefore "
                    f"def_value[{i}] must contain a single element (the padding element).  But "
                    f"its shape is: {text(default.shape)}"
                )
        elif default.size and default.shape != feature.shape:
            raise invalid(
                f"def_value[{i}].shape() == {text(default.shape)} is not compatible with "
                f"dense_shapes_[{i}] == {feature.shape_text}"
            )
        found.append(feature)
    return found


def _sparse(keys: Sequence[Any], types: Any) -> list[Sparse]:
    return [Sparse(_key(key), dtype) for key, dtype in zip(keys, types, strict=True)]


def _flat(outputs: Outputs) -> tuple[Any, ...]:
    return tuple(value for part in outputs for value in part)


@parse_example_op.numpy
def parse_example_kernel(
    serialized: Any,
    names: Any,
    sparse_keys: list[Any],
    dense_keys: list[Any],
    dense_defaults: list[Any],
    *,
    sparse_types: Any,
    Tdense: Any,
    dense_shapes: Any,
) -> Any:
    serialized, names = np.asarray(serialized, object), np.asarray(names, object)
    if names.size and names.ndim != 1:
        raise invalid(f"Expected names to be a vector, got shape: {text(names.shape)}")
    if names.size and names.size != serialized.size:
        raise invalid(
            f"Expected len(names) == len(serialized), but got: {names.size} vs. {serialized.size}"
        )
    if serialized.ndim != 1:
        raise invalid(f"Expected serialized to be a vector, got shape: {text(serialized.shape)}")
    dense = _dense(dense_keys, Tdense, dense_shapes, dense_defaults)
    sparse = _sparse(sparse_keys, sparse_types)
    return _flat(parse_batch(serialized.tolist(), names.reshape(-1).tolist(), sparse, dense))


@parse_single_example_op.numpy
def parse_single_example_kernel(
    serialized: Any,
    dense_defaults: list[Any],
    *,
    sparse_keys: Any,
    dense_keys: Any,
    sparse_types: Any,
    Tdense: Any,
    dense_shapes: Any,
) -> Any:
    serialized = np.asarray(serialized, object)
    if serialized.ndim:
        raise invalid(f"Expected serialized to be a scalar, got shape: {text(serialized.shape)}")
    dense = _dense(dense_keys, Tdense, dense_shapes, dense_defaults)
    return _flat(parse_one(serialized.item(), _sparse(sparse_keys, sparse_types), dense))
