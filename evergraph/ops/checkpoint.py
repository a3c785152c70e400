"""Saving tensors to checkpoint files, and restoring them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evergraph.base import compat, dtypes, errors
from evergraph.formats import bundle_writer
from evergraph.formats.checkpoint_reader import open_checkpoint
from evergraph.formats.checkpoint_v1 import write_checkpoint
from evergraph.formats.tensor_slice import TensorSlice
from evergraph.graph.registry import ShapeError, op
from evergraph.ops import shape_rules

save_op = op(
    "Save(filename: string, tensor_names: string, data: list(T))",
    "T: list(type) >= 1",
    stateful=True,
)
save_slices_op = op(
    "SaveSlices(filename: string, tensor_names: string, shapes_and_slices: string, data: list(T))",
    "T: list(type) >= 1",
    stateful=True,
)
save_v2_op = op(
    "SaveV2(prefix: string, tensor_names: string, shape_and_slices: string, tensors: list(dtypes))",
    "dtypes: list(type) >= 1",
    stateful=True,
)
restore_op = op(
    "Restore(file_pattern: string, tensor_name: string) -> tensor: dt",
    "dt: type; preferred_shard: int = -1",
    stateful=True,
)
restore_slice_op = op(
    "RestoreSlice(file_pattern: string, tensor_name: string, shape_and_slice: string) -> tensor: "
    "dt",
    "dt: type; preferred_shard: int = -1",
    stateful=True,
)
restore_v2_op = op(
    "RestoreV2(prefix: string, tensor_names: string, shape_and_slices: string) -> tensors: "
    "list(dtypes)",
    "dtypes: list(type) >= 1",
    stateful=True,
)
merge_op = op(
    "MergeV2Checkpoints(checkpoint_prefixes: string, destination_prefix: string)",
    "delete_old_dirs: bool = true",
    stateful=True,
)
sharded_filename_op = op(
    "ShardedFilename(basename: string, shard: int32, num_shards: int32) -> filename: string"
)
sharded_filespec_op = op("ShardedFilespec(basename: string, num_shards: int32) -> filename: string")

save_op.shape(shape_rules.no_outputs)
save_slices_op.shape(shape_rules.no_outputs)
merge_op.shape(shape_rules.no_outputs)
sharded_filespec_op.shape(shape_rules.scalar)


@sharded_filename_op.shape
def sharded_filename_shape(node: Any) -> Any:
    for tensor in node.inputs:
        shape_rules.with_rank(tensor.dims, 0)
    return ()


@save_v2_op.shape
def save_v2_shape(node: Any) -> Any:
    shape_rules.with_rank(node.inputs[0].dims, 0)
    for i in (1, 2):
        dims = shape_rules.with_rank(node.inputs[i].dims, 1)
        shape_rules.with_value(None if dims is None else dims[0], len(node.inputs) - 3)
    return []


@restore_op.shape
def restore_shape(node: Any) -> Any:
    shape_rules.with_rank(node.inputs[0].dims, 0)
    shape_rules.with_rank(node.inputs[1].dims, 0)
    return None


@restore_slice_op.shape
def restore_slice_shape(node: Any) -> Any:
    for tensor in node.inputs:
        shape_rules.with_rank(tensor.dims, 0)
    spec = node.static_input(2)
    return None if spec is None else _slice_dims(_text(spec))


@restore_v2_op.shape
def restore_v2_shape(node: Any) -> Any:
    shape_rules.with_rank(node.inputs[0].dims, 0)
    names = shape_rules.with_rank(node.inputs[1].dims, 1)
    slices = shape_rules.with_rank(node.inputs[2].dims, 1)
    shape_rules.merge(names, slices)
    specs = node.static_input(2)
    count = len(node.attr("dtypes"))
    if specs is None:
        return [None] * count
    if len(specs) != count:
        raise ShapeError("The number of shape_and_slice doesn't match tensor outputs.")
    return [_slice_dims(compat.as_text(spec)) for spec in specs]


def _slice_dims(spec: str) -> Any:
    """The shape that a slice says, None where there is no slice."""
    if not spec:
        return None
    try:
        shape, part = TensorSlice.parse(spec)
    except errors.OpError as error:
        raise ShapeError(error.message) from None
    return part.shape(shape)


def _text(value: Any) -> str:
    """A string scalar."""
    return compat.as_text(np.asarray(value, object).item())


def _texts(values: Any) -> list[str]:
    return [compat.as_text(v) for v in np.asarray(values, object).reshape(-1)]


def _rows(names: Any, specs: Any, tensors: list[Any], types: Any) -> list[Any]:
    names = _texts(names)
    specs = [""] * len(names) if specs is None else _texts(specs)
    if len(names) != len(tensors) or len(specs) != len(tensors):
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Got {len(names)} tensor names but {len(tensors)} tensors.",
        )
    # A scalar of strings may be plain bytes.
    arrays = [
        np.asarray(t, object if dtype == dtypes.string else None)
        for t, dtype in zip(tensors, types, strict=True)
    ]
    return list(zip(names, specs, arrays, types, strict=True))


@save_op.numpy
def save_kernel(filename: Any, tensor_names: Any, data: list[Any], *, T: Any) -> None:
    write_checkpoint(_text(filename), _rows(tensor_names, None, data, T))


@save_slices_op.numpy
def save_slices_kernel(
    filename: Any,
    tensor_names: Any,
    shapes_and_slices: Any,
    data: list[Any],
    *,
    T: Any,
) -> None:
    write_checkpoint(_text(filename), _rows(tensor_names, shapes_and_slices, data, T))


@save_v2_op.numpy
def save_v2_kernel(
    prefix: Any, tensor_names: Any, shape_and_slices: Any, tensors: list[Any], *, node: Any
) -> None:
    rows = _rows(tensor_names, shape_and_slices, tensors, node.attr("dtypes"))
    bundle_writer.write_bundle(_text(prefix), rows)


def _restored(
    path: str, names: list[str], specs: list[str], types: Sequence[Any]
) -> tuple[np.ndarray, ...]:
    """Tensors of a checkpoint. Raises InvalidArgumentError where a type is another one."""
    reader = open_checkpoint(path)
    try:
        mismatches = [
            reader.mismatch(name, stored, dtype)
            for name, dtype in sorted(zip(names, types, strict=True), key=lambda pair: pair[0])
            if (stored := reader.dtype(name)) != dtype
        ]
        if mismatches:
            raise errors.InvalidArgumentError(None, None, "\n".join(mismatches))
        found = zip(reader.read_several(names, specs), types, strict=True)
        return tuple(_scalar_object(array, dtype) for array, dtype in found)
    finally:
        reader.close()


def _scalar_object(array: Any, dtype: Any) -> Any:
    """A value; a scalar variant is the object itself."""
    return array.item() if dtype is dtypes.variant and array.ndim == 0 else array


@restore_v2_op.numpy
def restore_v2_kernel(prefix: Any, tensor_names: Any, shape_and_slices: Any, *, node: Any) -> Any:
    names, specs = _texts(tensor_names), _texts(shape_and_slices)
    return _restored(_text(prefix), names, specs, node.attr("dtypes"))


@restore_op.numpy
def restore_kernel(file_pattern: Any, tensor_name: Any, *, dt: Any) -> Any:
    return restore_slice_kernel(file_pattern, tensor_name, "", dt=dt)


@restore_slice_op.numpy
def restore_slice_kernel(
    file_pattern: Any, tensor_name: Any, shape_and_slice: Any, *, dt: Any
) -> Any:
    name, spec = _text(tensor_name), _text(shape_and_slice)
    return _restored(_text(file_pattern), [name], [spec], [dt])[0]


@merge_op.numpy
def merge_kernel(
    checkpoint_prefixes: Any, destination_prefix: Any, *, delete_old_dirs: bool
) -> None:
    bundle_writer.merge_bundles(
        _texts(checkpoint_prefixes), _text(destination_prefix), delete_old_dirs
    )


@sharded_filename_op.numpy
def sharded_filename_kernel(basename: Any, shard: Any, num_shards: Any) -> Any:
    return _string(f"{_text(basename)}-{int(shard):05d}-of-{int(num_shards):05d}")


@sharded_filespec_op.numpy
def sharded_filespec_kernel(basename: Any, num_shards: Any) -> Any:
    return _string(f"{_text(basename)}-?????-of-{int(num_shards):05d}")


def _string(value: str) -> Any:
    result = np.empty((), object)
    result[()] = value.encode()
    return result


for _entry in (save_op, save_slices_op, save_v2_op, restore_op, restore_slice_op, restore_v2_op):
    _entry.not_differentiable()
