"""What operators are built with: arguments, checks at run time, equations that broadcast."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, control_flow_ops, linalg_impl, linalg_ops, math_ops
from evergraph.api.variables import Variable
from evergraph.base import dtypes
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.module import Module

# Arguments.


def is_ref(x: Any) -> bool:
    """Whether `x` may change its value: a variable, or a module with dtype and shape."""
    is_module = isinstance(x, Module) and hasattr(x, "dtype") and hasattr(x, "shape")
    return isinstance(x, Variable) or is_module


def base_dtype(dtype: Any) -> Any:
    """The DType without its mark of a reference."""
    return dtypes.as_dtype(dtype).base_dtype


def dtype_name(dtype: Any) -> str:
    """The name of a dtype given in any form."""
    return dtypes.as_dtype(dtype).name


def convert_nonref_to_tensor(
    value: Any, dtype: Any = None, dtype_hint: Any = None, name: str | None = None
) -> Any:
    """`value` as a tensor, or as it is where it may change or is None.

    Args:
      value: anything `tf.convert_to_tensor` takes, a variable or a module.
      dtype: what dtype it must have; default: any.
      dtype_hint: what dtype it gets if it may.
      name: of the tensor, where one is made.

    Raises:
      TypeError: a variable or module has another dtype.
    """
    if value is None:
        return None
    if not is_ref(value):
        return convert_to_tensor(value, dtype=dtype, preferred_dtype=dtype_hint, name=name)
    if dtype is not None and base_dtype(dtype) != base_dtype(value.dtype):
        wanted, found = (dtype_name(base_dtype(d)) for d in (dtype, value.dtype))
        raise TypeError(f'Mutable type must be of dtype "{wanted}" but is "{found}".')
    return value


def assert_not_ref_type(x: Any, arg_name: str) -> None:
    """Raises TypeError where an argument may change its value."""
    if is_ref(x):
        raise TypeError(f"Argument {arg_name} cannot be reference type. Found: {type(x)}")


def shape_tensor(shape: Any, name: str | None = None) -> Tensor:
    """A shape as a tensor, int32 where it is empty."""
    is_empty = isinstance(shape, (tuple, list)) and not shape
    return convert_to_tensor(shape, dtype=dtypes.int32 if is_empty else None, name=name)


def use_operator_or_provided_hint_unless_contradicting(
    operator: Any, hint_attr_name: str, provided_hint_value: bool | None, message: str
) -> bool | None:
    """A hint of an operator and one that was given, as one.

    Raises:
      ValueError: with the message, where one is True and the other False.
    """
    hints = getattr(operator, hint_attr_name), provided_hint_value
    is_true, is_false = any(hints), any(hint is False for hint in hints)
    if is_true and is_false:
        raise ValueError(message)
    return True if is_true else False if is_false else None


# Checks.


def assert_no_entries_with_modulus_zero(
    x: Any, message: str | None = None, name: str = "assert_no_entries_with_modulus_zero"
) -> Any:
    """An op that fails where a number is 0."""
    with name_scope(name, values=[x]):
        x = convert_to_tensor(x, name="x")
        size = math_ops.abs(x)
        zero = convert_to_tensor(0, dtype=x.dtype.base_dtype.real_dtype)
        return check_ops.assert_less(zero, size, message=message)


def assert_zero_imag_part(
    x: Any, message: str | None = None, name: str = "assert_zero_imag_part"
) -> Any:
    """An op that fails where a number has an imaginary part."""
    with name_scope(name, values=[x]):
        x = convert_to_tensor(x, name="x")
        dtype = x.dtype.base_dtype
        if dtype.is_floating:
            return control_flow_ops.no_op()
        zero = convert_to_tensor(0, dtype=dtype.real_dtype)
        return check_ops.assert_equal(zero, math_ops.imag(x), message=message)


def assert_compatible_matrix_dimensions(operator: Any, x: Any) -> Any:
    """An op that fails where `x` has not as many rows as the operator's domain."""
    rows = array_ops.shape(x)[-2]
    message = (
        "Dimensions are not compatible.  shape[-2] of argument to be the same as this operator"
    )
    return check_ops.assert_equal(rows, operator.domain_dimension_tensor(), message=message)


def assert_is_batch_matrix(tensor: Any) -> None:
    """Raises ValueError where a tensor is known to have less than two axes."""
    if tensor.shape.ndims is not None and tensor.shape.ndims < 2:
        text = "Expected [batch] matrix to have at least two dimensions.  Found: "
        raise ValueError(f"{text}{tensor}")


# Equations whose sides are broadcast to one batch.


def broadcast_matrix_batch_dims(
    batch_matrices: Iterable[Any], name: str | None = None
) -> list[Tensor]:
    """Matrices with all their axes but the last two broadcast to one shape.

    Raises:
      ValueError: one is known to have less than two axes.
    """
    with name_scope(name or "broadcast_matrix_batch_dims", values=batch_matrices):
        check_ops.assert_proper_iterable(batch_matrices)
        matrices = []
        for matrix in batch_matrices:
            matrices.append(convert_to_tensor(matrix))
            assert_is_batch_matrix(matrices[-1])
        if len(matrices) < 2:
            return matrices
        known = matrices[0].shape[:-2]
        for matrix in matrices[1:]:
            known = array_ops.broadcast_static_shape(known, matrix.shape[:-2])
        if known.is_fully_defined():
            return [m if m.shape[:-2] == known else _in_batch(m, known.as_list()) for m in matrices]
        batch = array_ops.shape(matrices[0])[:-2]
        for matrix in matrices[1:]:
            other = array_ops.shape(matrix)[:-2]
            batch = array_ops.broadcast_dynamic_shape(batch, other)
        return [_in_batch(matrix, batch) for matrix in matrices]


def _in_batch(matrix: Tensor, batch: Any) -> Tensor:
    shape = array_ops.concat([batch, array_ops.shape(matrix)[-2:]], axis=0)
    return array_ops.broadcast_to(matrix, shape)


def cholesky_solve_with_broadcast(chol: Any, rhs: Any, name: str | None = None) -> Tensor:
    """`tf.linalg.cholesky_solve` with batches that broadcast."""
    with name_scope(name, "CholeskySolveWithBroadcast", [chol, rhs]):
        chol, rhs = broadcast_matrix_batch_dims([chol, rhs])
        return linalg_ops.cholesky_solve(chol, rhs)


def matrix_solve_with_broadcast(
    matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """`tf.linalg.solve` with batches that broadcast."""
    with name_scope(name, "MatrixSolveWithBroadcast", [matrix, rhs]):
        matrix = convert_to_tensor(matrix, name="matrix")
        rhs = convert_to_tensor(rhs, name="rhs", dtype=matrix.dtype)
        matrix, rhs, unfold, is_folded = _batch_folded(matrix, rhs, adjoint)
        matrix, rhs = broadcast_matrix_batch_dims([matrix, rhs])
        x = linalg_ops.matrix_solve(matrix, rhs, adjoint=adjoint and not is_folded)
        return unfold(x)


def matrix_triangular_solve_with_broadcast(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """`tf.linalg.triangular_solve` with batches that broadcast."""
    with name_scope(name, "MatrixTriangularSolve", [matrix, rhs]):
        matrix = convert_to_tensor(matrix, name="matrix")
        rhs = convert_to_tensor(rhs, name="rhs", dtype=matrix.dtype)
        matrix, rhs, unfold, is_folded = _batch_folded(matrix, rhs, adjoint)
        matrix, rhs = broadcast_matrix_batch_dims([matrix, rhs])
        # Folded, the adjoint has been taken already, and its triangle is the other one.
        lower = lower != (adjoint and is_folded)
        adjoint = adjoint and not is_folded
        x = linalg_ops.matrix_triangular_solve(matrix, rhs, lower=lower, adjoint=adjoint)
        return unfold(x)


def _batch_folded(
    matrix: Tensor, rhs: Tensor, adjoint: bool
) -> tuple[Tensor, Tensor, Callable[[Tensor], Tensor], bool]:
    """Equations with the first axes of `rhs`, where the matrix has none, made columns of it.

    That is done where it is cheaper than to repeat the matrix.

    Returns:
      The matrix (the adjoint, if it was folded and is asked for), the right-hand side, what makes
      of the solution one with all axes, and whether anything was folded.
    """
    rank, rhs_rank = matrix.shape.ndims, rhs.shape.ndims
    if rank is None or rhs_rank is None or rank >= rhs_rank:
        return matrix, rhs, lambda x: x, False
    extra = rhs_rank - rank
    # Made here and again below, as in TensorFlow's graph.
    array_ops.shape(rhs)[:extra]
    array_ops.shape(rhs)[extra:]
    size = matrix.shape[-2 if adjoint else -1]
    columns = rhs.shape[-1]
    repeats = rhs.shape[:extra].num_elements()
    if size is not None and columns is not None and repeats is not None:
        if repeats < 2 or size <= columns:
            return matrix, rhs, lambda x: x, False
    if adjoint:
        matrix = linalg_impl.adjoint(matrix)
    outer = array_ops.shape(rhs)[:extra]
    inner = array_ops.shape(rhs)[extra:]
    places = np.roll(np.arange(rhs_rank), -extra)
    moved = array_ops.transpose(rhs, perm=places)
    folded = array_ops.reshape(moved, array_ops.concat((inner[:-1], [-1]), 0))

    def unfold(x: Tensor) -> Tensor:
        rows = array_ops.shape(x)[:-1]
        shape = array_ops.concat((rows, [inner[-1]], outer), 0)
        return array_ops.transpose(array_ops.reshape(x, shape), perm=np.argsort(places))

    return matrix, folded, unfold, True
