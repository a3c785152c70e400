"""Matrices by their parts: triangles, filled with vectors in a spiral, and diagonals."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes, tensor_shape
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor


def _rank(x: Tensor) -> Any:
    rank = array_ops.rank(x)
    known = constant_value(rank)
    return rank if known is None else known


@export("contrib.distributions.fill_triangular")
def fill_triangular(x: Any, upper: bool = False, name: str | None = None) -> Tensor:
    """Triangular matrices [..., n, n] of vectors [..., n (n + 1) / 2]. Stands for
    `tf.contrib.distributions.fill_triangular`.

    Args:
      upper: True for upper triangles, else lower.

    Raises:
      ValueError: no n goes with the size of the last axis.
    """
    with name_scope(name, "fill_triangular", values=[x]):
        x = convert_to_tensor(x, name="x")
        static = x.shape.with_rank_at_least(1)
        size: Any = tensor_shape.dimension_value(static[-1])
        n: Any
        if size is not None:
            size = np.int32(size)
            root = np.sqrt(0.25 + 2.0 * size) - 0.5
            if root != np.floor(root):
                raise ValueError(
                    f"Input right-most shape ({size}) does not correspond to a triangular matrix."
                )
            n = np.int32(root)
            final = static[:-1].concatenate([n, n])
        else:
            size = array_ops.shape(x)[-1]
            doubled = math_ops.cast(2 * size, dtype=dtypes.float32)
            n = math_ops.cast(math_ops.sqrt(0.25 + doubled), dtype=dtypes.int32)
            final = static[:-1].concatenate([None, None])
        # The vector without its first row, then backwards: as n rows, one triangle of them is
        # the vector's and the other is cut off.
        rank = _rank(x)
        if upper:
            halves = [x, array_ops.reverse(x[..., n:], axis=[rank - 1])]
        else:
            halves = [x[..., n:], array_ops.reverse(x, axis=[rank - 1])]
        shape = (
            final.as_list()
            if final.is_fully_defined()
            else array_ops.concat([array_ops.shape(x)[:-1], [n, n]], axis=0)
        )
        square = array_ops.reshape(array_ops.concat(halves, axis=-1), shape)
        lower_kept, upper_kept = (0, -1) if upper else (-1, 0)
        square = array_ops.matrix_band_part(square, num_lower=lower_kept, num_upper=upper_kept)
        square.set_shape(final)
        return square


@export("contrib.distributions.fill_triangular_inverse")
def fill_triangular_inverse(x: Any, upper: bool = False, name: str | None = None) -> Tensor:
    """The vectors that `fill_triangular` makes matrices [..., n, n] of. Stands for
    `tf.contrib.distributions.fill_triangular_inverse`."""
    with name_scope(name, "fill_triangular_inverse", values=[x]):
        x = convert_to_tensor(x, name="x")
        static = x.shape.with_rank_at_least(2)
        n: Any = tensor_shape.dimension_value(static[-1])
        if n is not None:
            n = np.int32(n)
            size = np.int32(n * (n + 1) // 2)
            final = static[:-2].concatenate([size])
        else:
            n = array_ops.shape(x)[-1]
            size = n * (n + 1) // 2
            final = static[:-2].concatenate([None])
        rank = _rank(x)
        if upper:
            first = x[..., 0, :]
            rest = x[..., 1:, :]
        else:
            first = array_ops.reverse(x[..., -1, :], axis=[rank - 2])
            rest = x[..., :-1, :]
        turned = array_ops.reverse(rest, axis=[rank - 1])
        both = rest + array_ops.reverse(turned, axis=[rank - 2])
        shape = array_ops.concat([array_ops.shape(x)[:-2], [n * (n - 1)]], axis=0)
        tail = array_ops.reshape(both, shape)
        y = array_ops.concat([first, tail[..., : size - n]], axis=-1)
        y.set_shape(final)
        return y


@export("contrib.distributions.matrix_diag_transform")
def matrix_diag_transform(matrix: Any, transform: Any = None, name: str | None = None) -> Tensor:
    """Matrices [..., n, n] with diagonals [..., n] that a function makes of theirs; None leaves
    them. Stands for `tf.contrib.distributions.matrix_diag_transform`."""
    with name_scope(name, "matrix_diag_transform", [matrix]):
        matrix = convert_to_tensor(matrix, name="matrix")
        if transform is None:
            return matrix
        diagonal = transform(array_ops.matrix_diag_part(matrix))
        return array_ops.matrix_set_diag(matrix, diagonal)


@export("contrib.distributions.tridiag")
def tridiag(below: Any = None, diag: Any = None, above: Any = None, name: str | None = None) -> Any:
    """Matrices [..., n, n] with three diagonals. Stands for `tf.contrib.distributions.tridiag`.

    Args:
      below, above: [..., n - 1], the diagonals beside the middle one; zeros if None.
      diag: [..., n].

    Raises:
      ValueError: all are None.
    """

    def padded(x: Tensor) -> Tensor:
        shape = array_ops.concat([array_ops.shape(x)[:-1], [1]], axis=0)
        zero = array_ops.zeros(shape, dtype=x.dtype)
        return array_ops.matrix_diag(array_ops.concat([zero, x, zero], axis=-1))

    with name_scope(name, "tridiag", [below, diag, above]):
        found = []
        if below is not None:
            found.append(padded(convert_to_tensor(below, name="below"))[..., :-1, 1:])
        if diag is not None:
            found.append(array_ops.matrix_diag(convert_to_tensor(diag, name="diag")))
        if above is not None:
            found.append(padded(convert_to_tensor(above, name="above"))[..., 1:, :-1])
        if not found:
            raise ValueError("Must specify at least one of `below`, `diag`, `above`.")
        total = found[0]
        for other in found[1:]:
            total += other
        return total
