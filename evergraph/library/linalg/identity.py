"""The identity, multiples of it, and zeros: `tf.linalg.LinearOperatorIdentity`,
`LinearOperatorScaledIdentity`, `LinearOperatorZeros`. Their sizes are arguments."""

from typing import Any, NamedTuple

import numpy as np

from evergraph.api import (
    array_ops,
    check_ops,
    control_flow_ops,
    linalg_impl,
    math_ops,
    shape_checks,
)
from evergraph.base import dtypes, tensor_shape
from evergraph.base.errors import InvalidArgumentError
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.linalg import linear_operator_util as util
from evergraph.library.linalg.hints import hints_of
from evergraph.library.linalg.linear_operator import LinearOperator
from evergraph.library.linalg.linear_operator_algebra import (
    RegisterAdjoint,
    RegisterCholesky,
    RegisterInverse,
    RegisterMatmul,
    RegisterSolve,
)


class _Size(NamedTuple):
    """An argument that is a size or a shape, and what is known of it while building."""

    tensor: Tensor
    known: Any


def _checked(size: _Size, name: str, rank: int, at_run_time: bool) -> _Size:
    tensor, known = size
    kind = f"Argument {name} must be a {rank}-D Tensor."
    sign = f"Argument {name} must be non-negative."
    if at_run_time:
        checks = [
            shape_checks.assert_rank(tensor, rank, message=kind),
            check_ops.assert_non_negative(tensor, message=sign),
        ]
        tensor = control_flow_ops.with_dependencies(checks, tensor)
    if not tensor.dtype.is_integer:
        raise TypeError(f"Argument {name} must be integer type.  Found: {tensor}")
    if known is not None:
        if known.ndim != rank:
            raise ValueError(f"{kind}  Found: {known}")
        if np.any(known < 0):
            raise ValueError(f"{sign}  Found:{'' if rank else ' '}{known}")
    return _Size(tensor, known)


def _sizes(at_run_time: bool, **values: Any) -> list[_Size]:
    """Sizes by the names of arguments."""
    tensors = [util.shape_tensor(value, name=name) for name, value in values.items()]
    sizes = [_Size(tensor, constant_value(tensor)) for tensor in tensors]
    return [_checked(size, name, 0, at_run_time) for name, size in zip(values, sizes, strict=True)]


def _batch(at_run_time: bool, batch_shape: Any) -> _Size | None:
    if batch_shape is None:
        return None
    tensor = util.shape_tensor(batch_shape, name="batch_shape_arg")
    return _checked(_Size(tensor, constant_value(tensor)), "batch_shape", 1, at_run_time)


def _known_shape(batch: _Size | None, rows: _Size, columns: _Size) -> TensorShape:
    matrix_shape = TensorShape((rows.known, columns.known))
    return matrix_shape if batch is None else TensorShape(batch.known).concatenate(matrix_shape)


def _shape_of(batch: _Size | None, rows: _Size, columns: _Size) -> Tensor:
    matrix_shape = array_ops.stack((rows.tensor, columns.tensor), axis=0)
    return matrix_shape if batch is None else array_ops.concat((batch.tensor, matrix_shape), 0)


def _in_batch(operator: Any, x: Any) -> Any:
    """`x` broadcast to an operator's batch, where its shape is an argument."""
    if operator._batch is None:
        return x
    shape: Any = operator.batch_shape.concatenate([1, 1])
    broadcast = array_ops.broadcast_static_shape(x.shape, shape)
    if not shape.is_fully_defined():
        shape = array_ops.concat((operator.batch_shape_tensor(), [1, 1]), 0)
    elif broadcast == x.shape:
        return x
    return x + array_ops.zeros(shape=shape, dtype=operator.dtype)


def _checked_operand(operator: Any, x: Any) -> Any:
    """`x`, whose rows are counted at run time where the operator was asked to."""
    if not operator._assert_proper_shapes:
        return x
    return control_flow_ops.with_dependencies(
        [util.assert_compatible_matrix_dimensions(operator, x)], x
    )


def _static_or_dynamic_batch(operator: Any) -> Any:
    known = operator.batch_shape
    return known if known.is_fully_defined() else operator.batch_shape_tensor()


def _diagonal_length(operator: Any) -> int | None:
    sizes = [
        tensor_shape.dimension_value(d)
        for d in (operator.domain_dimension, operator.range_dimension)
    ]
    return None if None in sizes else min(sizes)


def _diagonal_length_tensor(operator: Any) -> Tensor:
    return math_ops.reduce_min(operator.shape_tensor()[-2:])


def _diagonal_shape(operator: Any) -> Any:
    if operator.shape.is_fully_defined():
        return operator.batch_shape.concatenate([_diagonal_length(operator)])
    batch = operator.batch_shape_tensor()
    return array_ops.concat([batch, [_diagonal_length_tensor(operator)]], axis=0)


class BaseLinearOperatorIdentity(LinearOperator):
    """What the identity and its multiples share."""

    def _ones_diag(self) -> Any:
        return array_ops.ones(shape=_diagonal_shape(self), dtype=self.dtype)


@export("linalg.LinearOperatorIdentity")
class LinearOperatorIdentity(BaseLinearOperatorIdentity):
    """The identity. Stands for `tf.linalg.LinearOperatorIdentity`.

    Args:
      num_rows: an integer or scalar tensor.
      batch_shape: a list or int32 vector; default: a single matrix, which broadcasts.
      dtype: default: float32.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square: True, and nothing else.
      assert_proper_shapes: whether sizes are checked at run time.
      name: prefix of the names of its nodes.

    Raises:
      ValueError: a hint is not True, or a size is no size.
      TypeError: a size is no integer, or a variable.
    """

    def __init__(
        self,
        num_rows: Any,
        batch_shape: Any = None,
        dtype: Any = None,
        is_non_singular: bool | None = True,
        is_self_adjoint: bool | None = True,
        is_positive_definite: bool | None = True,
        is_square: bool | None = True,
        assert_proper_shapes: bool = False,
        name: str = "LinearOperatorIdentity",
    ) -> None:
        self._assert_proper_shapes = assert_proper_shapes
        with name_scope(name):
            hints = {
                "self adjoint": is_self_adjoint,
                "non-singular": is_non_singular,
                "positive-definite": is_positive_definite,
                "square": is_square,
            }
            for quality, hint in hints.items():
                if not hint:
                    raise ValueError(f"An identity operator is always {quality}.")
            super().__init__(
                dtype=dtypes.as_dtype(dtype or dtypes.float32),
                is_non_singular=is_non_singular,
                is_self_adjoint=is_self_adjoint,
                is_positive_definite=is_positive_definite,
                is_square=is_square,
                name=name,
            )
            util.assert_not_ref_type(num_rows, "num_rows")
            util.assert_not_ref_type(batch_shape, "batch_shape")
            [self._rows] = _sizes(assert_proper_shapes, num_rows=num_rows)
            self._batch = _batch(assert_proper_shapes, batch_shape)

    def _shape(self) -> TensorShape:
        return _known_shape(self._batch, self._rows, self._rows)

    def _shape_tensor(self) -> Any:
        return _shape_of(self._batch, self._rows, self._rows)

    def _assert_non_singular(self) -> Any:
        return control_flow_ops.no_op("assert_non_singular")

    def _assert_positive_definite(self) -> Any:
        return control_flow_ops.no_op("assert_positive_definite")

    def _assert_self_adjoint(self) -> Any:
        return control_flow_ops.no_op("assert_self_adjoint")

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        x = linalg_impl.adjoint(x) if adjoint_arg else x
        return _in_batch(self, _checked_operand(self, x))

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return self._matmul(rhs, adjoint_arg=adjoint_arg)

    def _determinant(self) -> Any:
        return array_ops.ones(shape=self.batch_shape_tensor(), dtype=self.dtype)

    def _log_abs_determinant(self) -> Any:
        return array_ops.zeros(shape=self.batch_shape_tensor(), dtype=self.dtype)

    def _trace(self) -> Any:
        ones = array_ops.ones(shape=_static_or_dynamic_batch(self), dtype=self.dtype)
        size = _diagonal_length(self)
        if size is not None:
            return size * ones
        return math_ops.cast(_diagonal_length_tensor(self), self.dtype) * ones

    def _diag_part(self) -> Any:
        return self._ones_diag()

    def add_to_tensor(self, mat: Any, name: str = "add_to_tensor") -> Tensor:
        """The sum with `mat`, [..., n, n]."""
        with self._name_scope(name):
            mat = convert_to_tensor(mat, name="mat")
            diagonal = 1 + array_ops.matrix_diag_part(mat)
            return array_ops.matrix_set_diag(mat, diagonal)


@export("linalg.LinearOperatorScaledIdentity")
class LinearOperatorScaledIdentity(BaseLinearOperatorIdentity):
    """Multiples of the identity. Stands for `tf.linalg.LinearOperatorScaledIdentity`.

    Args:
      num_rows: an integer or scalar tensor.
      multiplier: what it is multiplied with; its shape is that of the batch.
      is_non_singular, is_self_adjoint, is_positive_definite: as `tf.linalg.LinearOperator`'s.
      is_square: True, and nothing else.
      assert_proper_shapes: whether sizes are checked at run time.
      name: prefix of the names of its nodes.

    Raises:
      ValueError: a real multiple is not to be self-adjoint, or `num_rows` is no size.
      TypeError: `num_rows` is no integer, or a variable.
    """

    def __init__(
        self,
        num_rows: Any,
        multiplier: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        assert_proper_shapes: bool = False,
        name: str = "LinearOperatorScaledIdentity",
    ) -> None:
        self._assert_proper_shapes = assert_proper_shapes
        with name_scope(name, values=[multiplier, num_rows]):
            self._multiplier = util.convert_nonref_to_tensor(multiplier, name="multiplier")
            if not self._multiplier.dtype.is_complex:
                if is_self_adjoint is False:
                    raise ValueError("A real diagonal operator is always self adjoint.")
                is_self_adjoint = True
            if not is_square:
                raise ValueError("A ScaledIdentity operator is always square.")
            util.assert_not_ref_type(num_rows, "num_rows")
            super().__init__(
                dtype=self._multiplier.dtype.base_dtype,
                is_non_singular=is_non_singular,
                is_self_adjoint=is_self_adjoint,
                is_positive_definite=is_positive_definite,
                is_square=is_square,
                name=name,
            )
            [self._rows] = _sizes(assert_proper_shapes, num_rows=num_rows)
            self._rows_as_number = math_ops.cast(self._rows.tensor, self.dtype)
            self._rows_as_real = math_ops.cast(self._rows.tensor, self.dtype.real_dtype)

    @property
    def multiplier(self) -> Any:
        """What the identity is multiplied with, of shape `batch_shape`."""
        return self._multiplier

    def _shape(self) -> TensorShape:
        return self.multiplier.shape.concatenate(_known_shape(None, self._rows, self._rows))

    def _shape_tensor(self) -> Any:
        matrix_shape = _shape_of(None, self._rows, self._rows)
        return array_ops.concat((array_ops.shape(self.multiplier), matrix_shape), 0)

    def _assert_non_singular(self) -> Any:
        size = math_ops.abs(self.multiplier)
        return check_ops.assert_positive(size, message="LinearOperator was singular")

    def _assert_positive_definite(self) -> Any:
        message = "LinearOperator was not positive definite."
        return check_ops.assert_positive(math_ops.real(self.multiplier), message=message)

    def _assert_self_adjoint(self) -> Any:
        imaginary = math_ops.imag(self.multiplier)
        zeros = array_ops.zeros_like(imaginary)
        message = "LinearOperator was not self-adjoint"
        return check_ops.assert_equal(zeros, imaginary, message=message)

    def _matrix(self, conjugate: bool) -> Any:
        """The multiplier as [..., 1, 1]."""
        matrix = array_ops.expand_dims(array_ops.expand_dims(self.multiplier, -1), -1)
        return math_ops.conj(matrix) if conjugate else matrix

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        x = linalg_impl.adjoint(x) if adjoint_arg else x
        return _checked_operand(self, x) * self._matrix(adjoint)

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        rhs = linalg_impl.adjoint(rhs) if adjoint_arg else rhs
        return _checked_operand(self, rhs) / self._matrix(adjoint)

    def _determinant(self) -> Any:
        return self.multiplier**self._rows_as_number

    def _log_abs_determinant(self) -> Any:
        return self._rows_as_real * math_ops.log(math_ops.abs(self.multiplier))

    def _trace(self) -> Any:
        ones = array_ops.ones(shape=_static_or_dynamic_batch(self), dtype=self.dtype)
        size: Any = _diagonal_length(self)
        if size is None:
            size = math_ops.cast(_diagonal_length_tensor(self), self.dtype)
        return self.multiplier * size * ones

    def _diag_part(self) -> Any:
        return self._ones_diag() * self.multiplier[..., None]

    def add_to_tensor(self, mat: Any, name: str = "add_to_tensor") -> Tensor:
        """The sum with `mat`, [..., n, n]."""
        with self._name_scope(name):
            vector = array_ops.expand_dims(self.multiplier, -1)
            mat = convert_to_tensor(mat, name="mat")
            diagonal = vector + array_ops.matrix_diag_part(mat)
            return array_ops.matrix_set_diag(mat, diagonal)


@export("linalg.LinearOperatorZeros")
class LinearOperatorZeros(LinearOperator):
    """Matrices of zeros. Stands for `tf.linalg.LinearOperatorZeros`.

    Args:
      num_rows, num_columns: integers or scalar tensors; as many columns as rows by default.
      batch_shape: a list or int32 vector; default: a single matrix, which broadcasts.
      dtype: default: float32.
      is_non_singular, is_positive_definite: False, and nothing else.
      is_self_adjoint: True where it is square.
      is_square: whether there are as many columns as rows.
      assert_proper_shapes: whether sizes are checked at run time.
      name: prefix of the names of its nodes.

    Raises:
      ValueError: a hint is wrong, or a size is no size.
      TypeError: a size is no integer, or a variable.
    """

    def __init__(
        self,
        num_rows: Any,
        num_columns: Any = None,
        batch_shape: Any = None,
        dtype: Any = None,
        is_non_singular: bool | None = False,
        is_self_adjoint: bool | None = True,
        is_positive_definite: bool | None = False,
        is_square: bool | None = True,
        assert_proper_shapes: bool = False,
        name: str = "LinearOperatorZeros",
    ) -> None:
        self._assert_proper_shapes = assert_proper_shapes
        with name_scope(name):
            if not is_self_adjoint and is_square:
                raise ValueError("A zero operator is always self adjoint.")
            if is_non_singular:
                raise ValueError("A zero operator is always singular.")
            if is_positive_definite:
                raise ValueError("A zero operator is always not positive-definite.")
            super().__init__(
                dtype=dtypes.as_dtype(dtype or dtypes.float32),
                is_non_singular=is_non_singular,
                is_self_adjoint=is_self_adjoint,
                is_positive_definite=is_positive_definite,
                is_square=is_square,
                name=name,
            )
            util.assert_not_ref_type(num_rows, "num_rows")
            util.assert_not_ref_type(num_columns, "num_columns")
            util.assert_not_ref_type(batch_shape, "batch_shape")
            if num_columns is None:
                num_columns = num_rows
            self._rows, self._columns = _sizes(
                assert_proper_shapes, num_rows=num_rows, num_columns=num_columns
            )
            rows, columns = self._rows.known, self._columns.known
            if is_square and rows is not None and columns is not None and rows != columns:
                raise ValueError(
                    f"LinearOperatorZeros initialized as is_square=True, but got num_rows({rows}) "
                    f"!= num_columns({columns})"
                )
            self._batch = _batch(assert_proper_shapes, batch_shape)

    def _shape(self) -> TensorShape:
        return _known_shape(self._batch, self._rows, self._columns)

    def _shape_tensor(self) -> Any:
        return _shape_of(self._batch, self._rows, self._columns)

    def _assert_non_singular(self) -> Any:
        text = "Zero operators are always non-invertible."
        raise InvalidArgumentError(None, None, text)

    def _assert_positive_definite(self) -> Any:
        text = "Zero operators are always non-positive definite."
        raise InvalidArgumentError(None, None, text)

    def _assert_self_adjoint(self) -> Any:
        return control_flow_ops.no_op("assert_self_adjoint")

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        if self._assert_proper_shapes:
            x = linalg_impl.adjoint(x) if adjoint_arg else x
            x = _checked_operand(self, x)
        shape = array_ops.shape(x)
        if self.is_square:
            if adjoint_arg:
                batch, shape = shape[:-2], array_ops.shape(x)
                columns = shape[-1]
                shape = array_ops.concat([batch, [columns, array_ops.shape(x)[-2]]], axis=0)
        else:
            rows = self._columns.tensor if adjoint else self._rows.tensor
            columns = shape[-2] if adjoint_arg else shape[-1]
            shape = array_ops.concat([shape[:-2], [rows, columns]], axis=0)
        return _in_batch(self, array_ops.zeros(shape=shape, dtype=x.dtype))

    def _zeros_in_batch(self) -> Any:
        return array_ops.zeros(shape=_static_or_dynamic_batch(self), dtype=self.dtype)

    def _determinant(self) -> Any:
        return self._zeros_in_batch()

    def _trace(self) -> Any:
        return self._zeros_in_batch()

    def _diag_part(self) -> Any:
        return array_ops.zeros(shape=_diagonal_shape(self), dtype=self.dtype)

    def add_to_tensor(self, mat: Any, name: str = "add_to_tensor") -> Any:
        """`mat`, [..., m, n], broadcast to the batch."""
        return _in_batch(self, mat)


# Rules.


@RegisterAdjoint(LinearOperatorIdentity)
def _adjoint(operator: Any) -> Any:
    return operator


@RegisterCholesky(LinearOperatorIdentity)
def _cholesky(operator: Any) -> Any:
    return LinearOperatorIdentity(
        num_rows=operator._rows.tensor, batch_shape=operator.batch_shape, dtype=operator.dtype
    )


@RegisterInverse(LinearOperatorIdentity)
def _inverse(operator: Any) -> Any:
    return operator


@RegisterAdjoint(LinearOperatorScaledIdentity)
def _adjoint_of_scaled(operator: Any) -> Any:
    multiplier = operator.multiplier
    if multiplier.dtype.is_complex:
        multiplier = math_ops.conj(multiplier)
    rows = operator._rows.tensor
    return LinearOperatorScaledIdentity(rows, multiplier, **hints_of(operator))


@RegisterCholesky(LinearOperatorScaledIdentity)
def _cholesky_of_scaled(operator: Any) -> Any:
    return LinearOperatorScaledIdentity(
        operator._rows.tensor,
        math_ops.sqrt(operator.multiplier),
        is_non_singular=True,
        is_self_adjoint=True,
        is_positive_definite=True,
    )


@RegisterInverse(LinearOperatorScaledIdentity)
def _inverse_of_scaled(operator: Any) -> Any:
    hints = {**hints_of(operator), "is_self_adjoint": True}
    return LinearOperatorScaledIdentity(operator._rows.tensor, 1.0 / operator.multiplier, **hints)


@RegisterMatmul(LinearOperatorIdentity, LinearOperator)
@RegisterSolve(LinearOperatorIdentity, LinearOperator)
def _right(left: Any, right: Any) -> Any:
    return right


@RegisterMatmul(LinearOperator, LinearOperatorIdentity)
def _left(left: Any, right: Any) -> Any:
    return left


def _check_square(left: Any, right: Any) -> None:
    if not left.is_square or not right.is_square:
        raise ValueError(
            "Matmul with non-square `LinearOperator`s or non-square `LinearOperatorZeros` not "
            "supported at this time."
        )


@RegisterMatmul(LinearOperator, LinearOperatorZeros)
def _times_zeros(left: Any, right: Any) -> Any:
    _check_square(left, right)
    return right


@RegisterMatmul(LinearOperatorZeros, LinearOperator)
def _zeros_times(left: Any, right: Any) -> Any:
    _check_square(left, right)
    return left
