"""Shapes: asking for them, and changing them. tf.shape, tf.reshape, tf.transpose, ..."""

from typing import Any

import numpy as np

from evergraph.base import dtypes
from evergraph.base.deprecation import (
    deprecated_args,
    deprecated_argument_lookup,
    deprecated_endpoints,
)
from evergraph.base.dispatch import add_dispatch_support
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, as_shape
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import is_sparse
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor

# Asking.


@export("shape")
def shape(input: Any, name: str | None = None, out_type: Any = dtypes.int32) -> Tensor:
    """The shape of a tensor as a vector. Stands for `tf.shape`.

    A constant where the static shape is known in full.

    Args:
      input: a tensor or a SparseTensor.
      name: the node's name.
      out_type: int32 or int64.
    """
    return shape_internal(input, name, optimize=True, out_type=out_type)


def shape_v2(input: Any, out_type: Any = dtypes.int32, name: str | None = None) -> Tensor:
    """As `shape`, with the arguments in TensorFlow 2's order."""
    return shape(input, name, out_type)


def shape_internal(
    input: Any, name: str | None = None, optimize: bool = True, out_type: Any = dtypes.int32
) -> Tensor:
    """As `shape`; a Shape node in any case unless `optimize`."""
    with name_scope(name, "Shape", [input]) as name:
        if is_sparse(input):
            return apply_op("Cast", input.dense_shape, DstT=out_type)
        tensor = convert_to_tensor(input)
        if optimize and tensor.shape.is_fully_defined():
            return constant(tensor.shape.as_list(), out_type, name=name)
        return apply_op("Shape", input, out_type=out_type, name=name)


@export("shape_n")
def shape_n(input: Any, out_type: Any = dtypes.int32, name: str | None = None) -> list[Tensor]:
    """The shapes of several tensors of one dtype. Stands for `tf.shape_n`."""
    return apply_op("ShapeN", input, out_type=out_type, name=name)


@export("size")
@add_dispatch_support
def size(input: Any, name: str | None = None, out_type: Any = dtypes.int32) -> Tensor:
    """The number of elements of a tensor, a scalar. Stands for `tf.size`.

    A constant where the static shape tells it.

    Args:
      input: a tensor or a SparseTensor (whose dense size is given).
      name: the node's name.
      out_type: int32 or int64.
    """
    return size_internal(input, name, optimize=True, out_type=out_type)


@add_dispatch_support
def size_v2(input: Any, out_type: Any = dtypes.int32, name: str | None = None) -> Tensor:
    """As `size`, with the arguments in TensorFlow 2's order."""
    return size(input, name, out_type)


def size_internal(
    input: Any, name: str | None = None, optimize: bool = True, out_type: Any = dtypes.int32
) -> Tensor:
    """As `size`; a Size node in any case unless `optimize`."""
    with name_scope(name, "Size", [input]) as name:
        if is_sparse(input):
            return apply_op(
                "Prod", apply_op("Cast", input.dense_shape, DstT=out_type), 0, name=name
            )
        tensor = convert_to_tensor(input)
        if optimize:
            if tensor.shape.is_fully_defined():
                return constant(tensor.shape.num_elements(), out_type, name=name)
            if tensor.dims and 0 in tensor.dims:
                return constant(0, out_type, name=name)
        # Converted once more, as in TensorFlow: lists are packed twice.
        return apply_op("Size", input, out_type=out_type, name=name)


@export("rank")
@add_dispatch_support
def rank(input: Any, name: str | None = None) -> Tensor:
    """The number of dimensions of a tensor, an int32 scalar. Stands for `tf.rank`.

    A constant where it is known statically. `input` may be a SparseTensor.
    """
    return rank_internal(input, name, optimize=True)


def rank_internal(input: Any, name: str | None = None, optimize: bool = True) -> Tensor:
    """As `rank`; a Rank node in any case unless `optimize`."""
    with name_scope(name, "Rank", [input]) as name:
        if is_sparse(input):
            return apply_op("Size", input.dense_shape, name=name)
        tensor = convert_to_tensor(input)
        if optimize and tensor.dims is not None:
            return constant(len(tensor.dims), dtypes.int32, name=name)
        return apply_op("Rank", input, name=name)


# Changing.


@export("reshape", "manip.reshape")
def reshape(tensor: Any, shape: Any, name: str | None = None) -> Tensor:
    """The elements of `tensor` in another shape. Stands for `tf.reshape`.

    Args:
      tensor: a tensor of any dtype.
      shape: the new shape, int32 or int64; one size may be -1, to be computed.
      name: the node's name.

    Raises:
      ValueError: the number of elements differs (where it is known while building).
      InvalidArgumentError: the same at run time.
    """
    return apply_op("Reshape", tensor, shape, name=name)


@export("expand_dims")
@deprecated_args(None, "Use the `axis` argument instead", "dim")
@add_dispatch_support
def expand_dims(input: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """`input` with an axis of size 1 put in before `axis`. Stands for `tf.expand_dims`.

    Args:
      input: a tensor.
      axis: a scalar in [-rank - 1, rank].
      name: the node's name.
      dim: the older name of `axis`.

    Raises:
      ValueError: neither or both of `axis` and `dim` are given, or it is out of range.
    """
    axis = deprecated_argument_lookup("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("Must specify an axis argument to tf.expand_dims()")
    return expand_dims_v2(input, axis, name)


@add_dispatch_support
def expand_dims_v2(input: Any, axis: Any, name: str | None = None) -> Tensor:
    """As `expand_dims`, without the older argument name."""
    return apply_op("ExpandDims", input, axis, name=name)


@export("squeeze")
@deprecated_args(None, "Use the `axis` argument instead", "squeeze_dims")
@add_dispatch_support
def squeeze(
    input: Any, axis: Any = None, name: str | None = None, squeeze_dims: Any = None
) -> Tensor:
    """`input` without axes of size 1. Stands for `tf.squeeze`.

    Args:
      input: a tensor.
      axis: an int or a list of ints, the axes to drop; default: all of size 1.
      name: the node's name.
      squeeze_dims: the older name of `axis`.

    Raises:
      ValueError: an axis is out of range or not of size 1; both names are given.
    """
    axis = deprecated_argument_lookup("axis", axis, "squeeze_dims", squeeze_dims)
    if np.isscalar(axis):
        axis = [axis]
    return apply_op("Squeeze", input, squeeze_dims=axis, name=name)


@add_dispatch_support
def squeeze_v2(input: Any, axis: Any = None, name: str | None = None) -> Tensor:
    """As `squeeze`, without the older argument name."""
    return squeeze(input, axis, name)


@export("ensure_shape")
def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Tensor:
    """`x`, whose shape is checked at run time against `shape`. Stands for `tf.ensure_shape`.

    Raises:
      ValueError: the static shapes contradict.
      InvalidArgumentError: at run time, where the shape does not fit.
    """
    if not isinstance(shape, TensorShape):
        shape = TensorShape(shape)
    return apply_op("EnsureShape", x, shape=shape, name=name)


# Broadcasting.


@export("broadcast_to")
def broadcast_to(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """`input` repeated to fill `shape`, as operands are. Stands for `tf.broadcast_to`."""
    return apply_op("BroadcastTo", input, shape, name=name)


@export("broadcast_dynamic_shape")
def broadcast_dynamic_shape(shape_x: Any, shape_y: Any) -> Tensor:
    """The shape to which two shape vectors broadcast. Stands for `tf.broadcast_dynamic_shape`."""
    return broadcast_args(shape_x, shape_y)


def broadcast_args(s0: Any, s1: Any, name: str | None = None) -> Tensor:
    """The shape to which two shape vectors broadcast, as a BroadcastArgs node."""
    return apply_op("BroadcastArgs", s0, s1, name=name)


@export("broadcast_static_shape")
def broadcast_static_shape(shape_x: Any, shape_y: Any) -> TensorShape:
    """The TensorShape to which two static shapes broadcast. Stands for `tf.broadcast_static_shape`.

    Raises:
      ValueError: they do not fit.
    """
    shape_x, shape_y = as_shape(shape_x), as_shape(shape_y)
    a, b = shape_x._dims_tuple, shape_y._dims_tuple
    if a is None or b is None:
        return TensorShape(None)
    rank = max(len(a), len(b))
    result: list[int | None] = []
    for m, n in zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b, strict=True):
        if m == 1 or n == 1:
            result.append(n if m == 1 else m)
        elif m is None or n is None:
            known = n if m is None else m
            # Sizes above 1 stay; what meets them must be equal or 1.
            result.append(known if known is not None and known > 1 else None)
        elif m == n:
            result.append(m)
        else:
            raise ValueError(f"Incompatible shapes for broadcasting: {shape_x} and {shape_y}")
    return TensorShape(result)


# Orders of axes.


@export("transpose")
def transpose(a: Any, perm: Any = None, name: str = "transpose", conjugate: bool = False) -> Tensor:
    """`a` with its axes in another order. Stands for `tf.transpose`.

    Args:
      a: a tensor.
      perm: axis i of the result is axis `perm[i]` of `a`; default: the axes in reverse.
      name: the node's name.
      conjugate: whether complex elements are conjugated besides.
    """
    with name_scope(name, "transpose", [a]) as name:
        kind = "ConjugateTranspose" if conjugate and a.dtype.is_complex else "Transpose"
        if perm is not None:
            return apply_op(kind, a, perm, name=name)
        a = convert_to_tensor(a, name="a")
        if a.dims:
            perm = np.arange(len(a.dims))[::-1]
        else:
            count = apply_op("Rank", a)
            perm = (count - 1) - apply_op("Range", 0, count, 1)
        result = apply_op(kind, a, perm, name=name)
        if a.dims is not None:
            result.set_shape(a.dims[::-1])
        return result


def transpose_v2(
    a: Any, perm: Any = None, conjugate: bool = False, name: str = "transpose"
) -> Tensor:
    """As `transpose`, with the arguments in TensorFlow 2's order."""
    return transpose(a=a, perm=perm, name=name, conjugate=conjugate)


@export("linalg.transpose", "linalg.matrix_transpose", "matrix_transpose", "batch_matrix_transpose")
@deprecated_endpoints("matrix_transpose", "linalg.transpose")
def matrix_transpose(a: Any, name: str = "matrix_transpose", conjugate: bool = False) -> Tensor:
    """The last two axes of `a` exchanged. Stands for `tf.linalg.matrix_transpose`.

    Args:
      a: a tensor of rank 2 or more.
      name: the nodes' scope.
      conjugate: whether complex elements are conjugated besides.

    Raises:
      ValueError: `a` has a known rank below 2.
    """
    with name_scope(name, values=[a]):
        a = convert_to_tensor(a, name="a")
        perm: Any
        if a.dims is not None:
            count = len(a.dims)
            if count < 2:
                raise ValueError(
                    "Argument 'a' should be a (batch) matrix, with rank >= 2.  Found: "
                    f"{a.get_shape()}"
                )
            perm = [*range(count - 2), count - 1, count - 2]
        else:
            a_rank = rank(a)
            perm = apply_op(
                "ConcatV2",
                (apply_op("Range", 0, a_rank - 2, 1), [a_rank - 1, a_rank - 2]),
                0,
                name="concat",
            )
        return transpose(a, perm=perm, conjugate=conjugate)


@export("invert_permutation", "math.invert_permutation")
def invert_permutation(x: Any, name: str | None = None) -> Tensor:
    """The permutation that undoes `x`, a vector of the numbers 0 ... n - 1. Stands for
    `tf.math.invert_permutation`."""
    return apply_op("InvertPermutation", x, name=name)


@export("reverse", "reverse_v2", "manip.reverse")
@deprecated_endpoints("manip.reverse", "reverse_v2")
def reverse_v2(tensor: Any, axis: Any, name: str | None = None) -> Tensor:
    """`tensor` with the order of elements along each of the axes `axis` (a vector) reversed. Stands
    for `tf.reverse`.

    A list of bools, one for each axis, is taken as in TensorFlow 0.x.
    """
    if isinstance(axis, (list, tuple)) and axis and all(isinstance(a, bool) for a in axis):
        return apply_op("Reverse", tensor, axis, name=name)
    return apply_op("ReverseV2", tensor, axis, name=name)


reverse = reverse_v2


@export("reverse_sequence")
@deprecated_args(None, "seq_dim is deprecated, use seq_axis instead", "seq_dim")
@deprecated_args(None, "batch_dim is deprecated, use batch_axis instead", "batch_dim")
def reverse_sequence(
    input: Any,
    seq_lengths: Any,
    seq_axis: int | None = None,
    batch_axis: int | None = None,
    name: str | None = None,
    seq_dim: int | None = None,
    batch_dim: int | None = None,
) -> Tensor:
    """The first `seq_lengths[i]` elements of each sequence i of a batch reversed. Stands for
    `tf.reverse_sequence`.

    Args:
      input: a tensor of rank 2 or more.
      seq_lengths: a vector, int32 or int64, a length for each sequence.
      seq_axis: the axis along which a sequence runs.
      batch_axis: the axis of the sequences; default 0.
      name: the node's name.
      seq_dim, batch_dim: older names of the axes.
    """
    seq_axis = deprecated_argument_lookup("seq_axis", seq_axis, "seq_dim", seq_dim)
    batch_axis = deprecated_argument_lookup("batch_axis", batch_axis, "batch_dim", batch_dim)
    return reverse_sequence_v2(input, seq_lengths, seq_axis, batch_axis, name)


def reverse_sequence_v2(
    input: Any,
    seq_lengths: Any,
    seq_axis: int | None = None,
    batch_axis: int | None = None,
    name: str | None = None,
) -> Tensor:
    """As `reverse_sequence`, without the older argument names."""
    return apply_op(
        "ReverseSequence", input, seq_lengths, seq_dim=seq_axis, batch_dim=batch_axis, name=name
    )
