"""Matrices as operators, products and lengths of vectors."""

from collections import namedtuple
from typing import Any

from evergraph.api import array_ops, math_ops, nn_ops
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.tensor import Tensor

_Operator = namedtuple("LinearOperator", "shape, dtype, apply, apply_adjoint")  # type: ignore[name-match]


def _shape(matrix: Tensor) -> Any:
    shape = matrix.get_shape()
    return shape.as_list() if shape.is_fully_defined() else array_ops.shape(matrix)


@export("contrib.solvers.util.create_operator")
def create_operator(matrix: Tensor) -> Any:
    """A matrix as an operator, which solvers apply to vectors [n, 1]. Stands for
    `tf.contrib.solvers.util.create_operator`.

    Args:
      matrix: a tensor of rank 2.

    Returns:
      A tuple of `shape`, `dtype`, `apply` and `apply_adjoint`.
    """
    return _Operator(
        shape=_shape(matrix),
        dtype=matrix.dtype,
        apply=lambda v: math_ops.matmul(matrix, v, adjoint_a=False),
        apply_adjoint=lambda v: math_ops.matmul(matrix, v, adjoint_a=True),
    )


@export("contrib.solvers.util.identity_operator")
def identity_operator(matrix: Tensor) -> Any:
    """The identity as an operator. Stands for `tf.contrib.solvers.util.identity_operator`.

    Args:
      matrix: a tensor whose shape and type the operator takes.
    """
    return _Operator(
        shape=_shape(matrix),
        dtype=matrix.dtype,
        apply=lambda v: v,
        apply_adjoint=lambda v: v,
    )


@export("contrib.solvers.util.dot")
def dot(x: Tensor, y: Tensor) -> Tensor:
    """The inner product of vectors, conj(x) y. Stands for `tf.contrib.solvers.util.dot`."""
    return math_ops.reduce_sum(math_ops.conj(x) * y)


@export("contrib.solvers.util.l2norm_squared")
def l2norm_squared(v: Tensor) -> Tensor:
    """A vector's length squared. Stands for `tf.contrib.solvers.util.l2norm_squared`."""
    return constant(2, dtype=v.dtype.base_dtype) * nn_ops.l2_loss(v)


@export("contrib.solvers.util.l2norm")
def l2norm(v: Tensor) -> Tensor:
    """A vector's length. Stands for `tf.contrib.solvers.util.l2norm`."""
    return math_ops.sqrt(l2norm_squared(v))


@export("contrib.solvers.util.l2normalize")
def l2normalize(v: Tensor) -> tuple[Tensor, Tensor]:
    """A vector made one long, and its length. Stands for `tf.contrib.solvers.util.l2normalize`."""
    norm = l2norm(v)
    return v / norm, norm
