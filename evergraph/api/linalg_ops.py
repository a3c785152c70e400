"""Linear algebra: one op each, and what is made of a few. TensorFlow's module of this name."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops
from evergraph.api.control_flow_ops import cond
from evergraph.api.linalg_ops_impl import eye as eye
from evergraph.base import dtypes
from evergraph.base.deprecation import (
    deprecated_args,
    deprecated_argument_lookup,
    deprecated_endpoints,
)
from evergraph.base.dispatch import add_dispatch_support
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("linalg.cholesky", "cholesky", "batch_cholesky")
@deprecated_endpoints("cholesky")
@add_dispatch_support
def cholesky(input: Any, name: str | None = None) -> Tensor:
    """The lower triangle L with L * adjoint(L) = input. Stands for `tf.linalg.cholesky`.

    Args:
      input: positive definite matrices [..., n, n], of which the lower triangle is read.
      name: the node's name.

    Raises:
      InvalidArgumentError: at run time, where there is none.
    """
    return apply_op("Cholesky", input, name=name)


@export("linalg.inv", "matrix_inverse", "batch_matrix_inverse")
@deprecated_endpoints("matrix_inverse")
@add_dispatch_support
def matrix_inverse(input: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """The inverse of square matrices. Stands for `tf.linalg.inv`.

    Args:
      input: [..., n, n].
      adjoint: whether to invert the adjoint.
      name: the node's name.

    Raises:
      InvalidArgumentError: at run time, where there is none.
    """
    return apply_op("MatrixInverse", input, adjoint=adjoint, name=name)


@export("linalg.solve", "matrix_solve", "batch_matrix_solve")
@deprecated_endpoints("matrix_solve")
@add_dispatch_support
def matrix_solve(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """The x with matrix * x = rhs. Stands for `tf.linalg.solve`.

    Args:
      matrix: [..., n, n].
      rhs: [..., n, k].
      adjoint: whether to take the adjoint of `matrix`.
      name: the node's name.

    Raises:
      InvalidArgumentError: at run time, where `matrix` is not invertible.
    """
    return apply_op("MatrixSolve", matrix, rhs, adjoint=adjoint, name=name)


@export("linalg.triangular_solve", "matrix_triangular_solve", "batch_matrix_triangular_solve")
@deprecated_endpoints("matrix_triangular_solve")
def matrix_triangular_solve(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """The x with matrix * x = rhs for triangular matrices. Stands for `tf.linalg.triangular_solve`.

    Args:
      matrix: [..., n, n].
      rhs: [..., n, k].
      lower: whether the lower triangle is read, else the upper.
      adjoint: whether to take the adjoint of `matrix`.
      name: the node's name.

    Raises:
      InvalidArgumentError: at run time, where `matrix` has 0 on its diagonal.
    """
    return apply_op("MatrixTriangularSolve", matrix, rhs, lower=lower, adjoint=adjoint, name=name)


@export("linalg.det", "matrix_determinant", "batch_matrix_determinant")
@deprecated_endpoints("matrix_determinant")
@add_dispatch_support
def matrix_determinant(input: Any, name: str | None = None) -> Tensor:
    """The determinant of square matrices. Stands for `tf.linalg.det`.

    Args:
      input: [..., n, n].
      name: the node's name.
    """
    return apply_op("MatrixDeterminant", input, name=name)


@export("linalg.slogdet")
def log_matrix_determinant(input: Any, name: str | None = None) -> Any:
    """Sign and logarithm of the size of the determinant. Stands for `tf.linalg.slogdet`.

    Args:
      input: [..., n, n].
      name: the node's name.

    Returns:
      A named tuple: `sign`, `log_abs_determinant`.
    """
    return apply_op("LogMatrixDeterminant", input, name=name)


@export("linalg.sqrtm", "matrix_square_root")
def matrix_square_root(input: Any, name: str | None = None) -> Tensor:
    """The matrix whose square is `input`. Stands for `tf.linalg.sqrtm`.

    Args:
      input: [..., n, n], with eigenvalues off the negative axis.
      name: the node's name.
    """
    return apply_op("MatrixSquareRoot", input, name=name)


@export("linalg.logm")
def matrix_logarithm(input: Any, name: str | None = None) -> Tensor:
    """The matrix whose exponential is `input`. Stands for `tf.linalg.logm`.

    Args:
      input: complex, [..., n, n].
      name: the node's name.
    """
    return apply_op("MatrixLogarithm", input, name=name)


@export("linalg.qr", "qr")
@deprecated_endpoints("qr")
def qr(input: Any, full_matrices: bool = False, name: str | None = None) -> Any:
    """Orthogonal columns q and an upper triangle r with q * r = input. Stands for `tf.linalg.qr`.

    Args:
      input: [..., m, n].
      full_matrices: whether q is [..., m, m], else [..., m, min(m, n)].
      name: the node's name.

    Returns:
      A named tuple: `q`, `r`.
    """
    return apply_op("Qr", input, full_matrices=full_matrices, name=name)


@export("linalg.lu")
def lu(input: Any, output_idx_type: Any = dtypes.int32, name: str | None = None) -> Any:
    """A lower triangle with diagonal 1 and an upper one, in one matrix, whose product is `input`
    with
    rows in another order. Stands for `tf.linalg.lu`.

    Args:
      input: [..., n, n].
      output_idx_type: int32 or int64.
      name: the node's name.

    Returns:
      A named tuple: `lu`, and `p`, [..., n]: where each row comes from.

    Raises:
      InvalidArgumentError: at run time, where `input` is not invertible.
    """
    return apply_op("Lu", input, output_idx_type=output_idx_type, name=name)


@export("linalg.eigh", "self_adjoint_eig", "batch_self_adjoint_eig")
@deprecated_endpoints("self_adjoint_eig")
def self_adjoint_eig(tensor: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """Eigenvalues, from the least, and eigenvectors of self-adjoint matrices. Stands for
    `tf.linalg.eigh`.

    Args:
      tensor: [..., n, n], of which the lower triangle is read.
      name: the node's name.

    Returns:
      [..., n] values; [..., n, n], the vectors in its columns.
    """
    e, v = apply_op("SelfAdjointEigV2", tensor, compute_v=True, name=name)
    return e, v


@export("linalg.eigvalsh", "self_adjoint_eigvals", "batch_self_adjoint_eigvals")
@deprecated_endpoints("self_adjoint_eigvals")
def self_adjoint_eigvals(tensor: Any, name: str | None = None) -> Tensor:
    """The eigenvalues of self-adjoint matrices, from the least. Stands for `tf.linalg.eigvalsh`.

    Args:
      tensor: [..., n, n], of which the lower triangle is read.
      name: the node's name.
    """
    return apply_op("SelfAdjointEigV2", tensor, compute_v=False, name=name)[0]


@export("linalg.svd", "svd", "batch_svd")
@deprecated_endpoints("svd")
def svd(
    tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: str | None = None
) -> Any:
    """Singular values and vectors: tensor = u * diag(s) * adjoint(v). Stands for `tf.linalg.svd`.

    Args:
      tensor: [..., m, n].
      full_matrices: whether u and v are square.
      compute_uv: whether to give u and v.
      name: the node's name.

    Returns:
      s, u, v; s from the greatest. s alone without `compute_uv`.
    """
    s, u, v = apply_op("Svd", tensor, compute_uv=compute_uv, full_matrices=full_matrices, name=name)
    s = math_ops.real(s)
    return (s, u, v) if compute_uv else s


@export("linalg.cholesky_solve", "cholesky_solve", "batch_cholesky_solve")
@deprecated_endpoints("cholesky_solve")
def cholesky_solve(chol: Any, rhs: Any, name: str | None = None) -> Tensor:
    """The x with A * x = rhs, where `chol` is the Cholesky factor of A. Stands for
    `tf.linalg.cholesky_solve`.

    Args:
      chol: [..., n, n], lower triangles.
      rhs: [..., n, k].
      name: a name scope for the nodes.
    """
    with name_scope(name, "cholesky_solve", [chol, rhs]):
        y = matrix_triangular_solve(chol, rhs, adjoint=False, lower=True)
        return matrix_triangular_solve(chol, y, adjoint=True, lower=True)


def _RegularizedGramianCholesky(matrix: Any, l2_regularizer: Any, first_kind: bool) -> Tensor:
    """The Cholesky factor of adjoint(A) * A + l2 * I, or of A * adjoint(A) + l2 * I."""
    gramian = math_ops.matmul(matrix, matrix, adjoint_a=first_kind, adjoint_b=not first_kind)
    if isinstance(l2_regularizer, Tensor) or l2_regularizer != 0:
        shape = array_ops.shape(matrix)
        batch_shape = shape[:-2]
        small_dim = shape[-1] if first_kind else shape[-2]
        identity = eye(small_dim, batch_shape=batch_shape, dtype=matrix.dtype)
        size = matrix.shape[-1 if first_kind else -2]
        identity.set_shape(matrix.shape[:-2].concatenate([size, size]))
        gramian += l2_regularizer * identity
    return cholesky(gramian)


def _use_composite(fast: bool, shape: TensorShape, item_size: int) -> bool:
    if fast is False:
        return False
    if not shape.is_fully_defined():
        return True
    # Many small matrices, more than a cache holds: the op is faster.
    is_large = shape.num_elements() * item_size > 256000
    return not (is_large and shape[:-2].num_elements() > np.min(shape[-2:].as_list()))


@export("linalg.lstsq", "matrix_solve_ls", "batch_matrix_solve_ls")
@deprecated_endpoints("matrix_solve_ls")
def matrix_solve_ls(
    matrix: Any, rhs: Any, l2_regularizer: Any = 0.0, fast: bool = True, name: str | None = None
) -> Tensor:
    """The x for which matrix * x comes nearest to rhs. Stands for `tf.linalg.lstsq`.

    Args:
      matrix: [..., m, n].
      rhs: [..., m, k].
      l2_regularizer: the weight of the squares of x.
      fast: whether to solve the normal equations, which needs matrices far from singular.
      name: a name scope for the nodes.

    Raises:
      NotImplementedError: complex128 with a regularizer.
    """
    matrix = convert_to_tensor(matrix, name="matrix")
    if matrix.dtype == dtypes.complex128 and l2_regularizer != 0:
        raise NotImplementedError(
            "matrix_solve_ls is currently disabled for complex128 and l2_regularizer != 0 due to "
            "poor accuracy."
        )
    if not _use_composite(fast, matrix.get_shape(), matrix.dtype.size):
        return apply_op("MatrixSolveLs", matrix, rhs, l2_regularizer, fast=fast, name=name)

    def overdetermined() -> Tensor:
        chol = _RegularizedGramianCholesky(matrix, l2_regularizer, first_kind=True)
        return cholesky_solve(chol, math_ops.matmul(matrix, rhs, adjoint_a=True))

    def underdetermined() -> Tensor:
        chol = _RegularizedGramianCholesky(matrix, l2_regularizer, first_kind=False)
        return math_ops.matmul(matrix, cholesky_solve(chol, rhs), adjoint_a=True)

    with name_scope(name, "matrix_solve_ls", [matrix, rhs, l2_regularizer]):
        shape = matrix.get_shape()[-2:]
        if shape.is_fully_defined():
            return overdetermined() if shape[-2] >= shape[-1] else underdetermined()
        sizes = array_ops.shape(matrix)[-2:]
        return cond(sizes[-2] >= sizes[-1], overdetermined, underdetermined)


# Norms.

_MATRIX_NORMS = ["euclidean", "fro", 1, 2, np.inf]
_VECTOR_NORMS = ["euclidean", 1, 2, np.inf]


def _check_norm(ord: Any, axis: Any) -> Any:
    """`axis` as None or a tuple."""
    text = "'axis' must be None, an integer, or a tuple of 2 unique integers"
    if isinstance(axis, (list, tuple)) and len(axis) == 2:
        axis = tuple(axis)
        if not all(isinstance(a, int) for a in axis) or axis[0] == axis[1]:
            raise ValueError(text)
        if ord not in _MATRIX_NORMS:
            raise ValueError(f"'ord' must be a supported matrix norm in {_MATRIX_NORMS}, got {ord}")
        return axis
    if not (isinstance(axis, int) or axis is None):
        raise ValueError(text)
    if (not np.isreal(ord) or ord <= 0) and ord not in _VECTOR_NORMS:
        raise ValueError(f"'ord' must be a supported vector norm, got {ord}")
    return None if axis is None else (axis,)


@export("norm", "linalg.norm")
@deprecated_args(None, "keep_dims is deprecated, use keepdims instead", "keep_dims")
def norm(
    tensor: Any,
    ord: Any = "euclidean",
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
    keep_dims: Any = None,
) -> Tensor:
    """The norm of vectors or matrices. Stands for `tf.norm`.

    Args:
      tensor: a float or complex tensor.
      ord: "euclidean", 1, 2, infinity, or any positive number for vectors; "fro", "euclidean", 1, 2
        or infinity for matrices.
      axis: one axis for vectors, a pair for matrices; default: all elements are one vector.
      keepdims: whether reduced axes stay, with size 1; default: no.
      name: a name scope for the nodes.
      keep_dims: an older name of `keepdims`.

    Raises:
      ValueError: another `ord` or `axis`.
    """
    keepdims = deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims)
    axis = _check_norm(ord, axis)
    with name_scope(name, "norm", [tensor]):
        tensor = convert_to_tensor(tensor)
        result = _norm(tensor, ord, axis)
        return result if keepdims else array_ops.squeeze(result, axis)


def norm_v2(
    tensor: Any,
    ord: Any = "euclidean",
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
) -> Tensor:
    """As `tf.norm`, with TensorFlow 2's arguments."""
    return norm(tensor=tensor, ord=ord, axis=axis, keepdims=keepdims, name=name)


def _norm(tensor: Tensor, ord: Any, axis: Any) -> Tensor:
    is_matrix = axis is not None and len(axis) == 2
    if ord in ("fro", "euclidean", 2, 2.0):
        if is_matrix and ord in (2, 2.0):
            return _spectral_norm(tensor, axis)
        squares = math_ops.reduce_sum(tensor * math_ops.conj(tensor), axis, keepdims=True)
        return math_ops.sqrt(squares)
    result = math_ops.abs(tensor)
    if ord == 1:
        result = math_ops.reduce_sum(result, None if axis is None else axis[0], keepdims=True)
        return math_ops.reduce_max(result, axis[-1], keepdims=True) if is_matrix else result
    if ord == np.inf:
        if is_matrix:
            result = math_ops.reduce_sum(result, axis[1], keepdims=True)
        return math_ops.reduce_max(result, None if axis is None else axis[0], keepdims=True)
    total = math_ops.reduce_sum(math_ops.pow(result, ord), axis, keepdims=True)
    return math_ops.pow(total, 1.0 / ord)


def _spectral_norm(tensor: Tensor, axis: tuple[int, int]) -> Tensor:
    """The greatest singular value of the matrices along two axes, which stay with size 1."""
    rank = tensor.shape.ndims
    before: Any
    after: Any
    if rank is None:
        axes, rank = convert_to_tensor(axis), array_ops.rank(tensor)
        axes = array_ops.where_v2(axes >= 0, axes, axes + rank)
        others = array_ops.setdiff1d(math_ops.range(rank), axes)[0]
        before = array_ops.concat([others, axes], axis=0)
        after = array_ops.invert_permutation(before)
    else:
        last = [a % rank for a in axis]
        before = [a for a in range(rank) if a not in last] + last
        after = [before.index(a) for a in range(rank)]
    permuted = array_ops.transpose(tensor, perm=before)
    values = math_ops.abs(apply_op("Svd", permuted, compute_uv=False)[0])
    greatest = math_ops.reduce_max(values, axis=-1, keepdims=True)
    greatest = array_ops.expand_dims(greatest, axis=-1)
    return array_ops.transpose(greatest, perm=after)
