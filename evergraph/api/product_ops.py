"""Products of matrices and tensors, sums of many tensors, polynomials."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, reduction_ops
from evergraph.api.arithmetic_ops import _override_binary, cast, conj
from evergraph.api.elementwise_ops import negative
from evergraph.base import dtypes, nest
from evergraph.base.compat import integral_types
from evergraph.base.deprecation import deprecated, deprecated_endpoints
from evergraph.base.dispatch import add_dispatch_support
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, as_shape
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import IndexedSlices, convert_n_to_tensor_or_indexed_slices
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("linalg.matmul", "matmul")
@add_dispatch_support
def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The product of matrices, or of batches of matrices with broadcasting. Stands for `tf.matmul`.

    Args:
      a, b: `[..., n, k]` and `[..., k, m]`, of one number type.
      transpose_a, transpose_b: whether to transpose a matrix first.
      adjoint_a, adjoint_b: whether to transpose and conjugate it first.
      a_is_sparse, b_is_sparse: hints that a matrix is mostly zeros.
      name: the node's name.

    Raises:
      ValueError: a matrix is to be both transposed and adjoint.
    """
    with name_scope(name, "MatMul", [a, b]) as name:
        if transpose_a and adjoint_a:
            raise ValueError("Only one of transpose_a and adjoint_a can be True.")
        if transpose_b and adjoint_b:
            raise ValueError("Only one of transpose_b and adjoint_b can be True.")
        a = convert_to_tensor(a, name="a")
        b = convert_to_tensor(b, name="b")
        may_be_batches = any(m.dims is None or len(m.dims) > 2 for m in (a, b))
        if may_be_batches and not a_is_sparse and not b_is_sparse:
            if transpose_a:
                a, adjoint_a = conj(a), True
            if transpose_b:
                b, adjoint_b = conj(b), True
            return apply_op("BatchMatMulV2", a, b, adj_x=adjoint_a, adj_y=adjoint_b, name=name)
        if adjoint_a:
            a, transpose_a = conj(a), True
        if adjoint_b:
            b, transpose_b = conj(b), True
        if not _is_sparse_product(a, b, a_is_sparse or b_is_sparse):
            return apply_op(
                "MatMul", a, b, transpose_a=transpose_a, transpose_b=transpose_b, name=name
            )
        result = apply_op(
            "SparseMatMul",
            a,
            b,
            transpose_a=transpose_a,
            transpose_b=transpose_b,
            a_is_sparse=a_is_sparse,
            b_is_sparse=b_is_sparse,
            name=name,
        )
        if a.dtype == dtypes.bfloat16 and b.dtype == dtypes.bfloat16:
            result = cast(result, dtypes.bfloat16)
        return result


def _is_sparse_product(a: Tensor, b: Tensor, is_sparse: bool) -> bool:
    """Whether SparseMatMul takes the matrices: they are hinted sparse, or one only is bfloat16."""
    types = (dtypes.bfloat16, dtypes.float32)
    if is_sparse and a.dtype in types and b.dtype in types:
        return True
    return dtypes.bfloat16 in (a.dtype, b.dtype) and a.dtype != b.dtype


_override_binary(matmul, "matmul")


@export("linalg.matvec")
def matvec(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    adjoint_a: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The product of matrices and vectors. Stands for `tf.linalg.matvec`.

    Args:
      a: `[..., n, k]`.
      b: `[..., k]`.
      transpose_a, adjoint_a, a_is_sparse, b_is_sparse: as for `tf.matmul`.
      name: the node's name.
    """
    with name_scope(name, "MatVec", [a, b]) as name:
        output = matmul(
            a,
            array_ops.expand_dims(b, axis=-1),
            transpose_a=transpose_a,
            adjoint_a=adjoint_a,
            a_is_sparse=a_is_sparse,
            b_is_sparse=b_is_sparse,
        )
        return array_ops.squeeze(output, axis=-1)


@export("sparse_matmul")
@deprecated(None, "Use `tf.linalg.matmul` instead")
def sparse_matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The float32 product of two float32 or bfloat16 matrices. Stands for `tf.sparse_matmul`."""
    return apply_op(
        "SparseMatMul",
        a,
        b,
        transpose_a=transpose_a,
        transpose_b=transpose_b,
        a_is_sparse=a_is_sparse,
        b_is_sparse=b_is_sparse,
        name=name,
    )


@export("batch_matmul")
def batch_matmul(
    x: Any, y: Any, adj_x: bool = False, adj_y: bool = False, name: str | None = None
) -> Tensor:
    """The product of batches of matrices: `tf.matmul` of programs before TensorFlow 1.0."""
    return apply_op("BatchMatMul", x, y, adj_x=adj_x, adj_y=adj_y, name=name)


@export("linalg.cross", "cross")
def cross(a: Any, b: Any, name: str | None = None) -> Tensor:
    """The cross product of 3-element vectors along the last axis. Stands for `tf.linalg.cross`.

    Args:
      a, b: real number tensors of one type and shape `[..., 3]`.
      name: the node's name.
    """
    return apply_op("Cross", a, b, name=name)


@export("linalg.trace", "trace")
@deprecated_endpoints("trace")
@add_dispatch_support
def trace(x: Any, name: str | None = None) -> Tensor:
    """The sum of the main diagonal of each matrix. Stands for `tf.linalg.trace`.

    Args:
      x: `[..., n, m]`.
      name: the node's name.
    """
    with name_scope(name, "Trace", [x]) as name:
        x = convert_to_tensor(x, name="x")
        return reduction_ops.reduce_sum(array_ops.matrix_diag_part(x), [-1], name=name)


# Sums of many tensors.


def _as_indexed_slices(x: Any, optimize: bool = True) -> IndexedSlices:
    """`x` itself, or the slices that make the whole of a tensor."""
    if not isinstance(x, (Tensor, IndexedSlices)):
        raise TypeError(f"Not a Tensor or IndexedSlices: {type(x)}")
    if isinstance(x, IndexedSlices):
        return x
    shape = array_ops.shape_internal(x, optimize=optimize)
    return IndexedSlices(x, reduction_ops.range(0, shape[0]), shape)


def _as_indexed_slices_list(inputs: Any, optimize: bool = True) -> list[IndexedSlices]:
    """Each of `inputs` as IndexedSlices, with one type of indices."""
    if not isinstance(inputs, (list, tuple)):
        raise TypeError(f"Expected a list or tuple, not a {type(inputs)}")
    outputs = [_as_indexed_slices(i, optimize=optimize) for i in inputs]
    small = [o.indices for o in outputs if o.indices.dtype == dtypes.int32]
    if not small or len(small) == len(outputs):
        return outputs
    return [
        IndexedSlices(o.values, cast(o.indices, dtypes.int64), o.dense_shape)
        if o.indices.dtype == dtypes.int32
        else o
        for o in outputs
    ]


@export("math.add_n", "add_n")
@add_dispatch_support
def add_n(inputs: Any, name: str | None = None) -> Tensor:
    """The sum of all tensors of a list. Stands for `tf.add_n`.

    Args:
      inputs: tensors or IndexedSlices of one type and shape.
      name: the node's name.

    Raises:
      ValueError: the list is empty or holds something else.
    """
    text = (
        "inputs must be a list of at least one Tensor/IndexedSlices with the same dtype and shape"
    )
    if not inputs or not isinstance(inputs, (list, tuple)):
        raise ValueError(text)
    inputs = convert_n_to_tensor_or_indexed_slices(inputs)
    if not all(isinstance(x, (Tensor, IndexedSlices)) for x in inputs):
        raise ValueError(text)
    if len(inputs) > 1:
        return apply_op("AddN", inputs, name=name)
    values = inputs[0]
    if isinstance(values, IndexedSlices):
        values = convert_to_tensor(values)
    return array_ops.identity(values, name=name) if name else values


@export("math.accumulate_n", "accumulate_n")
@deprecated_endpoints("accumulate_n")
def accumulate_n(
    inputs: Any, shape: Any = None, tensor_dtype: Any = None, name: str | None = None
) -> Tensor:
    """The sum of all tensors of a list, with little memory. Stands for `tf.math.accumulate_n`.

    Args:
      inputs: tensors of one type and shape.
      shape: their shape, where it is not known.
      tensor_dtype: their type, checked.
      name: the node's name.

    Raises:
      ValueError: the list is empty, or its tensors are of several types or shapes.
      TypeError: `tensor_dtype` is another type.
    """
    text = "inputs must be a list of at least one Tensor with the same dtype and shape"
    if not inputs or not isinstance(inputs, (list, tuple)):
        raise ValueError(text)
    inputs = convert_n_to_tensor_or_indexed_slices(inputs)
    if not all(isinstance(x, Tensor) and x.dtype == inputs[0].dtype for x in inputs):
        raise ValueError(text)
    merged = TensorShape(None) if shape is None else as_shape(shape)
    for tensor in inputs:
        merged = merged.merge_with(tensor.shape)
    if tensor_dtype is not None and tensor_dtype != inputs[0].dtype:
        raise TypeError(f"tensor_dtype is {tensor_dtype}, but input is of type {inputs[0].dtype}")
    if len(inputs) == 1:
        return inputs[0] if name is None else array_ops.identity(inputs[0], name=name)
    return apply_op("AccumulateNV2", inputs, name=name, shape=merged)


@export("math.polyval")
def polyval(coeffs: Any, x: Any, name: str | None = None) -> Tensor:
    """The value at `x` of the polynomial with `coeffs`, that of the highest power first. Stands for
    `tf.math.polyval`.

    Args:
      coeffs: a list of tensors.
      x: a tensor; all broadcast.
      name: a name scope for the nodes.
    """
    with name_scope(name, "polyval", [*nest.flatten(coeffs), x]) as name:
        x = convert_to_tensor(x, name="x")
        if len(coeffs) < 1:
            return array_ops.zeros_like(x, name=name)
        tensors = [convert_to_tensor(c, name=f"coeff_{i}") for i, c in enumerate(coeffs)]
        value = tensors[0]
        for c in tensors[1:]:
            value = c + value * x
        return value


@export("math.log_sigmoid", "log_sigmoid")
@deprecated_endpoints("log_sigmoid")
@add_dispatch_support
def log_sigmoid(x: Any, name: str | None = None) -> Tensor:
    """log(sigmoid(x)), without overflow. Stands for `tf.math.log_sigmoid`.

    Args:
      x: a float tensor.
      name: the node's name.
    """
    with name_scope(name, "LogSigmoid", [x]) as name:
        x = convert_to_tensor(x, name="x")
        return negative(apply_op("Softplus", -x), name=name)


@export("math.sigmoid", "nn.sigmoid", "sigmoid")
def sigmoid(x: Any, name: str | None = None) -> Tensor:
    """1 / (1 + exp(-x)), element by element. Stands for `tf.sigmoid`.

    Args:
      x: a float or complex tensor.
      name: the node's name.
    """
    with name_scope(name, "Sigmoid", [x]) as name:
        x = convert_to_tensor(x, name="x")
        return apply_op("Sigmoid", x, name=name)


# Contractions.


@export("tensordot", "linalg.tensordot")
def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> Tensor:
    """Products summed over pairs of axes of `a` and `b`. Stands for `tf.tensordot`.

    Args:
      a, b: float tensors of one type.
      axes: how many of the last axes of `a` and the first of `b`, or the axes of `a` and those of
        `b`.
      name: the name of the last node.

    Raises:
      ValueError: `axes` do not fit.
    """
    with name_scope(name, "Tensordot", [a, b, axes]) as name:
        a = convert_to_tensor(a, name="a")
        b = convert_to_tensor(b, name="b")
        a_axes, b_axes = _contraction_axes(a, axes)
        a_matrix, a_free, a_static = _as_matrix(a, a_axes)
        b_matrix, b_free, b_static = _as_matrix(b, b_axes, flipped=True)
        product = matmul(a_matrix, b_matrix)
        if isinstance(a_free, list) and isinstance(b_free, list):
            return array_ops.reshape(product, a_free + b_free, name=name)
        a_free = convert_to_tensor(a_free, dtype=dtypes.int32)
        b_free = convert_to_tensor(b_free, dtype=dtypes.int32)
        product = array_ops.reshape(product, array_ops.concat([a_free, b_free], 0), name=name)
        if a_static is not None and b_static is not None:
            product.set_shape(a_static + b_static)
        return product


def _as_matrix(a: Tensor, axes: Any, flipped: bool = False) -> tuple[Tensor, Any, Any]:
    """`a` as a matrix whose columns (rows, if `flipped`) are `axes`; its other sizes, and as far as
    they are
    known while building."""
    static = None
    if a.dims is not None and isinstance(axes, (list, tuple)):
        axes = [i if i >= 0 else i + len(a.dims) for i in axes]
        free = [i for i in range(len(a.dims)) if i not in axes]
        static = [a.dims[i] for i in free]
        if None not in a.dims:
            sizes = [int(np.prod(static)), int(np.prod([a.dims[i] for i in axes]))]
            order = axes + free if flipped else free + axes
            shape = sizes[::-1] if flipped else sizes
            return array_ops.reshape(array_ops.transpose(a, order), shape), static, static
        axes = convert_to_tensor(axes, dtype=dtypes.int32, name="axes")
        free = convert_to_tensor(free, dtype=dtypes.int32, name="free")
        shape_a = array_ops.shape(a)
    else:
        shape_a = array_ops.shape(a)
        rank = array_ops.rank(a)
        axes = convert_to_tensor(axes, dtype=dtypes.int32, name="axes")
        axes = array_ops.where(axes >= 0, axes, axes + rank)
        free, _ = array_ops.setdiff1d(reduction_ops.range(rank), axes)
    free_dims = array_ops.gather(shape_a, free)
    axes_dims = array_ops.gather(shape_a, axes)
    free_size = reduction_ops.reduce_prod(free_dims)
    axes_size = reduction_ops.reduce_prod(axes_dims)
    order = array_ops.concat([axes, free] if flipped else [free, axes], 0)
    shape = array_ops.stack([axes_size, free_size] if flipped else [free_size, axes_size])
    return array_ops.reshape(array_ops.transpose(a, order), shape), free_dims, static


def _contraction_axes(a: Tensor, axes: Any) -> tuple[Any, Any]:
    """The axes of `a` and those of the other tensor."""
    if isinstance(axes, integral_types):
        if axes < 0:
            raise ValueError("'axes' must be at least 0.")
        if a.dims is None:
            rank = array_ops.rank(a)
            last = reduction_ops.range(rank - axes, rank, dtype=dtypes.int32)
            return last, reduction_ops.range(axes, dtype=dtypes.int32)
        if axes > len(a.dims):
            raise ValueError(
                f"'axes' must not be larger than the number of dimensions of tensor {a}."
            )
        every = list(range(len(a.dims)))
        return every[len(every) - axes :], list(range(axes))
    if not isinstance(axes, (list, tuple)):
        axes = convert_to_tensor(axes, name="axes", dtype=dtypes.int32)
        return axes[0], axes[1]
    if len(axes) != 2:
        raise ValueError("'axes' must be an integer or have length 2.")
    a_axes, b_axes = axes
    if isinstance(a_axes, integral_types) and isinstance(b_axes, integral_types):
        a_axes, b_axes = [a_axes], [b_axes]
    if len(a_axes) != len(b_axes):
        raise ValueError(
            f"Different number of contraction axes 'a' and 'b', {len(a_axes)} != {len(b_axes)}."
        )
    return a_axes, b_axes
