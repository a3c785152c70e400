"""Linear algebra made of several ops: `tf.linalg.adjoint`, `logdet`, `pinv`, ..."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, linalg_ops, math_ops
from evergraph.api.matrix_exponential import matrix_exponential as matrix_exponential
from evergraph.api.tridiagonal_ops import tridiagonal_matmul as tridiagonal_matmul
from evergraph.api.tridiagonal_ops import tridiagonal_solve as tridiagonal_solve
from evergraph.base import dtypes
from evergraph.base.dispatch import add_dispatch_support
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor


@export("linalg.adjoint")
@add_dispatch_support
def adjoint(matrix: Any, name: str | None = None) -> Tensor:
    """Matrices transposed and conjugated. Stands for `tf.linalg.adjoint`.

    Args:
      matrix: [..., m, n].
      name: a name scope for the nodes.
    """
    with name_scope(name, "adjoint", [matrix]):
        matrix = convert_to_tensor(matrix, name="matrix")
        return array_ops.matrix_transpose(matrix, conjugate=True)


@export("linalg.logdet")
@add_dispatch_support
def logdet(matrix: Any, name: str | None = None) -> Tensor:
    """The logarithm of the determinant of positive definite matrices. Stands for
    `tf.linalg.logdet`.

    Args:
      matrix: [..., n, n].
      name: a name scope for the nodes.
    """
    with name_scope(name, "logdet", [matrix]):
        chol = linalg_ops.cholesky(matrix)
        diagonal = math_ops.real(array_ops.matrix_diag_part(chol))
        return 2.0 * math_ops.reduce_sum(math_ops.log(diagonal), axis=[-1])


@export("linalg.normalize")
def normalize(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """A tensor divided by its norm, and the norm. Stands for `tf.linalg.normalize`.

    Args:
      tensor: a float or complex tensor.
      ord, axis: as `tf.norm`'s.
      name: a name scope for the nodes.
    """
    with name_scope(name, "normalize", [tensor]):
        tensor = convert_to_tensor(tensor)
        size = math_ops.cast(linalg_ops.norm(tensor, ord, axis, keepdims=True), tensor.dtype)
        return tensor / size, size


def _validated(a: Tensor, validate_args: bool) -> Tensor:
    if not a.dtype.is_floating:
        raise TypeError(f"Input `a` must have `float`-like `dtype` (saw {a.dtype.name}).")
    rank = a.shape.rank
    if rank is not None:
        if rank < 2:
            raise ValueError(f"Input `a` must have at least 2 dimensions (saw: {rank}).")
        return a
    if not validate_args:
        return a
    text = "Input `a` must have at least 2 dimensions."
    with control_dependencies([check_ops.assert_rank_at_least(a, rank=2, message=text)]):
        return array_ops.identity(a)


@export("linalg.matrix_rank")
def matrix_rank(
    a: Any, tol: Any = None, validate_args: bool = False, name: str | None = None
) -> Tensor:
    """How many singular values are above `tol`, int32. Stands for `tf.linalg.matrix_rank`.

    Args:
      a: [..., m, n], float.
      tol: default: what is lost to rounding.
      validate_args: whether the rank of `a` is checked at run time.
      name: a name scope for the nodes.
    """
    with name_scope(name or "matrix_rank"):
        a = convert_to_tensor(a, preferred_dtype=dtypes.float32, name="a")
        a = _validated(a, validate_args)
        s = linalg_ops.svd(a, compute_uv=False)
        if tol is None:
            if a.shape[-2:].is_fully_defined():
                m = np.max(a.shape[-2:].as_list())
            else:
                m = math_ops.reduce_max(array_ops.shape(a)[-2:])
            eps = np.finfo(a.dtype.as_numpy_dtype).eps
            scale = eps * math_ops.cast(m, a.dtype)
            tol = scale * math_ops.reduce_max(s, axis=-1, keepdims=True)
        return math_ops.reduce_sum(math_ops.cast(s > tol, dtypes.int32), axis=-1)


@export("linalg.pinv")
def pinv(a: Any, rcond: Any = None, validate_args: bool = False, name: str | None = None) -> Tensor:
    """The inverse as far as there is one (Moore and Penrose). Stands for `tf.linalg.pinv`.

    Args:
      a: [..., m, n], float.
      rcond: singular values below this times the greatest are taken to be 0.
      validate_args: whether the rank of `a` is checked at run time.
      name: a name scope for the nodes.
    """
    with name_scope(name or "pinv"):
        a = _validated(convert_to_tensor(a, name="a"), validate_args)
        dtype = a.dtype.as_numpy_dtype
        if rcond is None:
            rcond = 10.0 * _greater_size(a, dtype) * np.finfo(dtype).eps
        rcond = convert_to_tensor(rcond, dtype=dtype, name="rcond")
        s, u, v = linalg_ops.svd(a, full_matrices=False, compute_uv=True)
        cutoff = rcond * math_ops.reduce_max(s, axis=-1)
        is_kept = s > array_ops.expand_dims_v2(cutoff, -1)
        s = array_ops.where_v2(is_kept, s, np.array(np.inf, dtype))
        result = math_ops.matmul(v / array_ops.expand_dims_v2(s, -2), u, adjoint_b=True)
        if a.shape.rank is not None:
            result.set_shape(a.shape[:-2].concatenate([a.shape[-1], a.shape[-2]]))
        return result


def _greater_size(a: Tensor, dtype: Any) -> Any:
    sizes = [
        array_ops.shape(a)[i] if size is None else size
        for i, size in ((i, None if a.dims is None else a.dims[i]) for i in (-2, -1))
    ]
    if all(isinstance(size, int) for size in sizes):
        return float(max(sizes))
    return math_ops.cast(math_ops.maximum(*sizes), dtype)
