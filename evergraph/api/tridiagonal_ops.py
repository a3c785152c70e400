"""Matrices with three diagonals: `tf.linalg.tridiagonal_solve`, `tf.linalg.tridiagonal_matmul`."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base import tensor_shape
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.tensor import Tensor


@export("linalg.tridiagonal_solve")
def tridiagonal_solve(
    diagonals: Any,
    rhs: Any,
    diagonals_format: str = "compact",
    transpose_rhs: bool = False,
    conjugate_rhs: bool = False,
    name: str | None = None,
    partial_pivoting: bool = True,
) -> Tensor:
    """The x with matrix * x = rhs for matrices with three diagonals. Stands for
    `tf.linalg.tridiagonal_solve`.

    Args:
      diagonals: float32, float64 or complex. In "compact" format [..., 3, n]: the diagonals above,
        on and below the main one; the last number of the first and the first of the last are not
        read. In "sequence" format these three apart, [..., n] each, the outer two perhaps
        [..., n - 1]. In "matrix" format [..., n, n], of which the rest is not read.
      rhs: [..., n] or [..., n, k].
      diagonals_format: "compact", "sequence" or "matrix".
      transpose_rhs: whether `rhs` is [..., k, n], and the result too; not for [..., n].
      conjugate_rhs: whether to conjugate `rhs`.
      name: the node's name.
      partial_pivoting: whether rows may change places, which most matrices need.

    Returns:
      A tensor with the shape of `rhs`.

    Raises:
      ValueError: shapes that do not fit, or another format.
      InvalidArgumentError: at run time, where a pivot is 0.
    """
    if diagonals_format == "sequence":
        diagonals = _from_sequence(diagonals)
    elif diagonals_format == "matrix":
        diagonals = _from_matrix(diagonals)
    elif diagonals_format != "compact":
        raise ValueError(f"Unrecognized diagonals_format: {diagonals_format}")
    is_vector = _check_compact(diagonals, rhs)
    transpose_rhs = transpose_rhs and not is_vector
    if transpose_rhs:
        rhs = array_ops.matrix_transpose(rhs, conjugate=conjugate_rhs)
    elif conjugate_rhs:
        rhs = math_ops.conj(rhs)
    if is_vector:
        rhs = array_ops.expand_dims(rhs, -1)
    n, rows = diagonals.shape[-1], rhs.shape[-2]
    if n and rows and n != rows:
        raise ValueError(
            "Expected number of left-hand sided and right-hand sides to be equal, got "
            f"{n} and {rows}"
        )
    result = apply_op(
        "TridiagonalSolve", diagonals, rhs, partial_pivoting=partial_pivoting, name=name
    )
    if is_vector:
        return array_ops.squeeze(result, -1)
    return array_ops.matrix_transpose(result) if transpose_rhs else result


def _check_compact(diagonals: Any, rhs: Any) -> bool:
    """Whether `rhs` are vectors, where shapes fit as far as they are known."""
    rank, rhs_rank = len(diagonals.shape), len(rhs.shape)
    if rank < 2:
        raise ValueError(f"Expected diagonals to have rank at least 2, got {rank}")
    if rhs_rank not in (rank, rank - 1):
        raise ValueError(f"Expected the rank of rhs to be {rank - 1} or {rank}, got {rhs_rank}")
    if diagonals.shape[-2] and diagonals.shape[-2] != 3:
        raise ValueError(f"Expected 3 diagonals got {diagonals.shape[-2]}")
    batch, rhs_batch = diagonals.shape[:-2], rhs.shape[: rank - 2]
    if not batch.is_compatible_with(rhs_batch):
        raise ValueError(f"Batch shapes {batch} and {rhs_batch} are incompatible")
    return rhs_rank == rank - 1


def _from_sequence(diagonals: Any) -> Tensor:
    if not isinstance(diagonals, (tuple, list)) or len(diagonals) != 3:
        raise ValueError("Expected diagonals to be a sequence of length 3.")
    above, diagonal, below = diagonals
    batch = diagonal.shape[:-1]
    if not all(x.shape[:-1].is_compatible_with(batch) for x in (below, above)):
        raise ValueError(
            "Tensors representing the three diagonals must have the same shape,except for the last "
            f"dimension, got {below.shape}, {diagonal.shape}, {above.shape}"
        )
    size = tensor_shape.dimension_value(diagonal.shape[-1])
    below = _of_length(below, size, "subdiagonal", [1, 0])
    above = _of_length(above, size, "superdiagonal", [0, 1])
    return array_ops.stack((above, diagonal, below), axis=-2)


def _of_length(x: Any, size: int | None, name: str, padding: list[int]) -> Any:
    n = tensor_shape.dimension_value(x.shape[-1])
    if not n or n == size:
        return x
    if size is None or n != size - 1:
        less = None if size is None else size - 1
        raise ValueError(f"Expected {name} to be have length {size} or {less}, got {n}.")
    return array_ops.pad(x, [*[[0, 0]] * (len(x.shape) - 1), padding])


def _band(size: int, shift: int) -> list[list[int]]:
    """Where in the transposed matrix the diagonal stands; [0, 0] for what is not read."""
    places = [[i + shift, i] for i in range(size)]
    return [place if 0 <= place[0] < size else [0, 0] for place in places]


def _from_matrix(matrix: Any) -> Tensor:
    columns = tensor_shape.dimension_value(matrix.shape[-1])
    rows = tensor_shape.dimension_value(matrix.shape[-2])
    if columns and rows and columns != rows:
        raise ValueError(
            f"Expected last two dimensions of diagonals to be same, got {columns} and {rows}"
        )
    size = columns or rows
    if not size:
        raise ValueError('The size of the matrix needs to be known for diagonals_format="matrix"')
    bands = zip(*(_band(size, shift) for shift in (1, 0, -1)), strict=True)
    found = array_ops.gather_nd(array_ops.transpose(matrix), [list(band) for band in bands])
    return array_ops.transpose(found)


@export("linalg.tridiagonal_matmul")
def tridiagonal_matmul(
    diagonals: Any, rhs: Any, diagonals_format: str = "compact", name: str | None = None
) -> Tensor:
    """Matrices with three diagonals times others. Stands for `tf.linalg.tridiagonal_matmul`.

    Args:
      diagonals: as `tf.linalg.tridiagonal_solve`'s; in "sequence" format each is [..., n].
      rhs: [..., n, k], of the dtype of `diagonals`.
      diagonals_format: "compact", "sequence" or "matrix".
      name: the node's name.

    Returns:
      A tensor with the shape of `rhs`.

    Raises:
      ValueError: shapes that do not fit, or another format.
    """
    if diagonals_format == "compact":
        bands = [diagonals[..., i, :] for i in range(3)]
    elif diagonals_format == "sequence":
        bands = list(diagonals)
    elif diagonals_format == "matrix":
        bands = _bands_of_matrix(diagonals)
    else:
        raise ValueError(f"Unrecognized diagonals_format: {diagonals_format}")
    above, diagonal, below = (array_ops.expand_dims(band, -2) for band in bands)
    return apply_op("TridiagonalMatMul", above, diagonal, below, rhs, name=name)


def _bands_of_matrix(matrix: Any) -> list[Tensor]:
    columns = tensor_shape.dimension_value(matrix.shape[-1])
    rows = tensor_shape.dimension_value(matrix.shape[-2])
    if not columns or not rows:
        raise ValueError('The size of the matrix needs to be known for diagonals_format="matrix"')
    if columns != rows:
        raise ValueError(
            f"Expected last two dimensions of diagonals to be same, got {columns} and {rows}"
        )
    diagonal = array_ops.matrix_diag_part(matrix)
    matrix = array_ops.transpose(matrix)
    above, below = (
        array_ops.transpose(array_ops.gather_nd(matrix, _band(columns, shift))) for shift in (1, -1)
    )
    return [above, diagonal, below]
