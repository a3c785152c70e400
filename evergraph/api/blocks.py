"""Wider, repeated and rearranged tensors: tf.pad, tf.tile, tf.repeat, diagonals, space to batch."""

from typing import Any

import numpy as np

from evergraph.api.creation import ones, zeros
from evergraph.api.gathering import _all_dimensions, boolean_mask, sequence_mask
from evergraph.api.joining import concat, stack
from evergraph.api.shapes import broadcast_to, expand_dims, rank, reshape, shape
from evergraph.base import compat, dtypes
from evergraph.base.deprecation import deprecated_argument_lookup, deprecated_endpoints
from evergraph.base.dispatch import add_dispatch_support
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor, is_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor


@export("pad")
def pad(
    tensor: Any,
    paddings: Any,
    mode: str = "CONSTANT",
    name: str | None = None,
    constant_values: Any = 0,
) -> Tensor:
    """`tensor` made wider. Stands for `tf.pad`.

    Args:
      tensor: a tensor.
      paddings: int32 or int64 [rank, 2]: how much is added before and after, for each axis.
      mode: 'CONSTANT', 'REFLECT' or 'SYMMETRIC' (mirrored without and with the edge).
      name: the node's name.
      constant_values: the scalar that fills, with 'CONSTANT'.

    Raises:
      ValueError: another `mode`, or shapes that do not fit.
    """
    mode = mode.upper()
    if mode == "CONSTANT":
        if not is_tensor(constant_values) and constant_values == 0:
            result = apply_op("Pad", tensor, paddings, name=name)
        else:
            result = apply_op("PadV2", tensor, paddings, constant_values, name=name)
    elif mode in ("REFLECT", "SYMMETRIC"):
        result = apply_op("MirrorPad", tensor, paddings, mode=mode, name=name)
    else:
        raise ValueError(f"Unknown padding mode: {mode}")
    if not result.shape.is_fully_defined():
        _set_padded_shape(result)
    return result


def _set_padded_shape(result: Tensor) -> None:
    """Paddings that are known in part tell some sizes."""
    dims = result.op.inputs[0].dims
    if dims is None:
        return
    paddings = constant_value(result.op.inputs[1], partial=True)
    if paddings is None:
        return
    sizes: list[int | None] = []
    for padding, dim in zip(paddings, dims, strict=False):
        if padding is None or dim is None or any(x is None for x in padding):
            sizes.append(None)
        else:
            sizes.append(int(sum(padding)) + dim)
    result.set_shape(sizes)


def pad_v2(
    tensor: Any,
    paddings: Any,
    mode: str = "CONSTANT",
    constant_values: Any = 0,
    name: str | None = None,
) -> Tensor:
    """As `pad`, with the arguments in TensorFlow 2's order."""
    return pad(tensor, paddings, mode, name, constant_values)


@export("tile", "manip.tile")
@deprecated_endpoints("manip.tile")
@add_dispatch_support
def tile(input: Any, multiples: Any, name: str | None = None) -> Tensor:
    """`input` repeated `multiples[i]` times along each axis i. Stands for `tf.tile`."""
    return apply_op("Tile", input, multiples, name=name)


@export("repeat")
def repeat(input: Any, repeats: Any, axis: int | None = None, name: str | None = None) -> Tensor:
    """Each element (or slice along `axis`) of `input` repeated. Stands for `tf.repeat`.

    Args:
      input: a tensor.
      repeats: how often, a scalar or one number for each slice.
      axis: the axis; default: `input` is flattened first.
      name: the nodes' scope.
    """
    if axis is None:
        input = reshape(input, [-1])
        axis = 0
    return repeat_with_axis(input, repeats, axis, name)


def convert_to_int_tensor(tensor: Any, name: str, dtype: Any = dtypes.int32) -> Tensor:
    """`tensor` cast to `dtype`. Raises TypeError unless it is of integers."""
    tensor = convert_to_tensor(tensor, name=name, preferred_dtype=dtype)
    if not tensor.dtype.is_integer:
        raise TypeError(f"{name} must be an integer tensor; dtype={tensor.dtype}")
    return apply_op("Cast", tensor, DstT=dtype)


def get_positive_axis(axis: Any, ndims: int | None) -> int:
    """`axis` counted from the front.

    Raises:
      TypeError: it is not an int.
      ValueError: it is out of range, or negative where the rank is unknown.
    """
    if not isinstance(axis, int):
        raise TypeError(f"axis must be an int; got {type(axis).__name__}")
    if ndims is not None:
        if -ndims <= axis < ndims:
            return axis % ndims
        raise ValueError(f"axis={axis} out of bounds: expected {-ndims}<=axis<{ndims}")
    if axis < 0:
        raise ValueError("axis may only be negative if ndims is statically known.")
    return axis


def repeat_with_axis(data: Any, repeats: Any, axis: Any, name: str | None = None) -> Tensor:
    """As `repeat`, along an axis that is given."""
    if not isinstance(axis, int):
        raise TypeError(f"axis must be an int; got {type(axis).__name__}")
    with name_scope(name, "Repeat", [data, repeats]):
        data = convert_to_tensor(data, name="data")
        repeats = convert_to_int_tensor(repeats, name="repeats")
        repeats.shape.with_rank_at_most(1)
        data = _with_nonzero_rank(data)
        data_shape = shape(data)
        axis = get_positive_axis(axis, data.shape.ndims)
        if repeats.shape.ndims == 1:
            data.shape.dims[axis].assert_is_compatible_with(repeats.shape[0])
        if repeats.shape.ndims == 0:
            tiled = _tile_one_dimension(expand_dims(data, axis + 1), axis + 1, repeats)
            whole = concat([data_shape[:axis], [-1], data_shape[axis + 1 :]], axis=0)
            return reshape(tiled, whole)
        return _repeat_each(data, data_shape, repeats, axis)


def _repeat_each(data: Tensor, data_shape: Tensor, repeats: Tensor, axis: int) -> Tensor:
    """All are tiled as often as the most frequent one; a mask drops what is too much."""
    if repeats.shape.ndims != axis + 1:
        repeats_shape = shape(repeats)
        repeats_rank = rank(repeats)
        full = concat([data_shape[: axis + 1 - repeats_rank], repeats_shape], axis=0)
        repeats = broadcast_to(repeats, full)
        repeats.set_shape([None] * (axis + 1))
    most = apply_op("Maximum", 0, apply_op("Max", repeats, _all_dimensions(repeats)))
    mask = sequence_mask(repeats, most)
    tiled = _tile_one_dimension(expand_dims(data, axis + 1), axis + 1, most)
    result = boolean_mask(tiled, mask)
    if axis != 0:
        whole = concat([data_shape[:axis], [-1], data_shape[axis + 1 :]], axis=0)
        result = reshape(result, whole)
    if data.shape.ndims is not None:
        size = 0 if repeats.dims is not None and repeats.dims[0] == 0 else None
        result.set_shape(data.shape[:axis].concatenate([size]).concatenate(data.shape[axis + 1 :]))
    return result


def _tile_one_dimension(data: Tensor, axis: int, multiple: Any) -> Tensor:
    multiples: Any
    if data.shape.ndims is not None:
        multiples = [1] * data.shape.ndims
        multiples[axis] = multiple
    else:
        single = ones(rank(data), dtypes.int32)
        multiples = concat([single[:axis], [multiple], single[axis + 1 :]], axis=0)
    return tile(data, multiples)


def _with_nonzero_rank(data: Tensor) -> Tensor:
    """A scalar as a vector of one."""
    if data.shape.ndims is not None:
        return stack([data]) if data.shape.ndims == 0 else data
    data_shape = shape(data)
    data_rank = rank(data)
    return reshape(data, concat([[1], data_shape], axis=0)[-data_rank:])


# Diagonals.


@export("linalg.tensor_diag", "diag")
@deprecated_endpoints("diag")
def diag(diagonal: Any, name: str | None = None) -> Tensor:
    """A tensor of twice the rank with `diagonal` on its diagonal. Stands for
    `tf.linalg.tensor_diag`."""
    return apply_op("Diag", diagonal, name=name)


@export("linalg.tensor_diag_part", "diag_part")
@deprecated_endpoints("diag_part")
def diag_part(input: Any, name: str | None = None) -> Tensor:
    """The diagonal of a tensor of even rank. Stands for `tf.linalg.tensor_diag_part`."""
    return apply_op("DiagPart", input, name=name)


def _many_diagonals() -> bool:
    """Whether programs may be given the ops that know several diagonals (from 2019-08-31 on)."""
    return compat.forward_compatible(2019, 8, 31)


@export("linalg.diag", "matrix_diag", "batch_matrix_diag")
@deprecated_endpoints("matrix_diag")
def matrix_diag(
    diagonal: Any,
    name: str = "diag",
    k: Any = 0,
    num_rows: Any = -1,
    num_cols: Any = -1,
    padding_value: Any = 0,
) -> Tensor:
    """Matrices with the vectors of `diagonal` on their diagonals. Stands for `tf.linalg.diag`.

    As in TensorFlow 1.15, arguments after `name` count only within a forward compatibility horizon
    from 2019-08-31 on.
    """
    if not _many_diagonals():
        return apply_op("MatrixDiag", diagonal, name=name)
    if getattr(diagonal, "dtype", None) == "bool":
        padding_value = bool(padding_value)
    return apply_op("MatrixDiagV2", diagonal, k, num_rows, num_cols, padding_value, name=name)


@export("linalg.diag_part", "matrix_diag_part", "batch_matrix_diag_part")
@deprecated_endpoints("matrix_diag_part")
@add_dispatch_support
def matrix_diag_part(
    input: Any, name: str = "diag_part", k: Any = 0, padding_value: Any = 0
) -> Tensor:
    """The diagonals of matrices. Stands for `tf.linalg.diag_part`; see `matrix_diag` on `k`."""
    if not _many_diagonals():
        return apply_op("MatrixDiagPart", input, name=name)
    if getattr(input, "dtype", None) == "bool":
        padding_value = bool(padding_value)
    return apply_op("MatrixDiagPartV2", input, k, padding_value, name=name)


@export("linalg.set_diag", "matrix_set_diag", "batch_matrix_set_diag")
@deprecated_endpoints("matrix_set_diag")
def matrix_set_diag(input: Any, diagonal: Any, name: str = "set_diag", k: Any = 0) -> Tensor:
    """Matrices with their diagonals replaced. Stands for `tf.linalg.set_diag`; see `matrix_diag` on
    `k`."""
    if not _many_diagonals():
        return apply_op("MatrixSetDiag", input, diagonal, name=name)
    return apply_op("MatrixSetDiagV2", input, diagonal, k, name=name)


@export("linalg.band_part", "matrix_band_part", "batch_matrix_band_part")
@deprecated_endpoints("matrix_band_part")
def matrix_band_part(input: Any, num_lower: Any, num_upper: Any, name: str | None = None) -> Tensor:
    """Matrices with zeros outside of a band. Stands for `tf.linalg.band_part`.

    Args:
      input: a tensor of rank 2 or more.
      num_lower, num_upper: how many diagonals below and above the main one are kept; -1 is all.
      name: the node's name.
    """
    return apply_op("MatrixBandPart", input, num_lower, num_upper, name=name)


# Space to batch, space to depth.


@export("required_space_to_batch_paddings")
def required_space_to_batch_paddings(
    input_shape: Any, block_shape: Any, base_paddings: Any = None, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """The paddings and crops that make sizes divisible. Stands for
    `tf.required_space_to_batch_paddings`.

    Args:
      input_shape: the sizes, an int32 vector.
      block_shape: the size of blocks along each axis, int32 of known length.
      base_paddings: [n, 2], the least paddings; default 0.
      name: the nodes' scope.

    Returns:
      (paddings, crops), each [n, 2]: what `tf.space_to_batch_nd` and `tf.batch_to_space_nd` take.
    """
    with name_scope(name, "required_space_to_batch_paddings", [input_shape, block_shape]):
        input_shape = convert_to_tensor(input_shape, dtype=dtypes.int32, name="input_shape")
        block_shape = convert_to_tensor(block_shape, dtype=dtypes.int32, name="block_shape")
        block_shape.get_shape().assert_is_fully_defined()
        block_shape.get_shape().assert_has_rank(1)
        count = block_shape.dims[0]
        if count == 0:
            return zeros([0, 2], dtypes.int32), zeros([0, 2], dtypes.int32)
        input_shape.get_shape().assert_is_compatible_with([count])
        if base_paddings is not None:
            base_paddings = convert_to_tensor(
                base_paddings, dtype=dtypes.int32, name="base_paddings"
            )
            base_paddings.get_shape().assert_is_compatible_with([count, 2])
        else:
            base_paddings = zeros([count, 2], dtypes.int32)
        known = [constant_value(t) for t in (block_shape, input_shape, base_paddings)]
        if all(k is not None for k in known):
            block_shape, input_shape, base_paddings = known
        start = base_paddings[:, 0]
        end = base_paddings[:, 1]
        full = input_shape + start + end
        extra = (block_shape - full % block_shape) % block_shape
        end = end + extra
        paddings = stack([[start[i], end[i]] for i in range(count)], name="paddings")
        crops = stack([[0, extra[i]] for i in range(count)], name="crops")
        return paddings, crops


@export("space_to_batch_nd", "manip.space_to_batch_nd")
@deprecated_endpoints("manip.space_to_batch_nd")
def space_to_batch_nd(
    input: Any, block_shape: Any, paddings: Any, name: str | None = None
) -> Tensor:
    """Blocks of the axes after the first moved to the batch. Stands for `tf.space_to_batch_nd`."""
    return apply_op("SpaceToBatchND", input, block_shape, paddings, name=name)


@export("batch_to_space_nd", "manip.batch_to_space_nd")
@deprecated_endpoints("manip.batch_to_space_nd")
def batch_to_space_nd(input: Any, block_shape: Any, crops: Any, name: str | None = None) -> Tensor:
    """What undoes `tf.space_to_batch_nd`. Stands for `tf.batch_to_space_nd`."""
    return apply_op("BatchToSpaceND", input, block_shape, crops, name=name)


def _square(block_shape: Any, block_size: Any) -> Any:
    size = deprecated_argument_lookup("block_shape", block_shape, "block_size", block_size)
    return np.array([size, size], dtype=np.int64)


@export("nn.space_to_batch", "space_to_batch")
@deprecated_endpoints("space_to_batch")
def space_to_batch(
    input: Any,
    paddings: Any,
    block_size: Any = None,
    name: str | None = None,
    block_shape: Any = None,
) -> Tensor:
    """As `tf.space_to_batch_nd` for images and square blocks. Stands for `tf.space_to_batch`."""
    block = _square(block_shape, block_size)
    result = space_to_batch_nd(input, paddings=paddings, block_shape=block, name=name)
    result.set_shape(result.get_shape().with_rank(4))
    return result


@export("batch_to_space")
def batch_to_space(
    input: Any, crops: Any, block_size: Any, name: str | None = None, block_shape: Any = None
) -> Tensor:
    """What undoes `tf.space_to_batch`. Stands for `tf.batch_to_space`."""
    block = _square(block_shape, block_size)
    result = batch_to_space_nd(input, crops=crops, block_shape=block, name=name)
    result.set_shape(result.get_shape().with_rank(4))
    return result


@export("nn.space_to_depth", "space_to_depth")
@deprecated_endpoints("space_to_depth")
def space_to_depth(
    input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC"
) -> Tensor:
    """Square blocks of images moved to the channels. Stands for `tf.space_to_depth`."""
    return apply_op(
        "SpaceToDepth", input, block_size=block_size, data_format=data_format, name=name
    )


@export("nn.depth_to_space", "depth_to_space")
@deprecated_endpoints("depth_to_space")
def depth_to_space(
    input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC"
) -> Tensor:
    """What undoes `tf.space_to_depth`. Stands for `tf.depth_to_space`."""
    return apply_op(
        "DepthToSpace", input, block_size=block_size, data_format=data_format, name=name
    )
