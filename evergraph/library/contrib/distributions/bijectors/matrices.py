"""Maps of matrices."""

from typing import Any

import numpy as np

from evergraph.api import (
    array_ops,
    check_ops,
    control_flow_ops,
    linalg_ops,
    math_ops,
    shape_checks,
)
from evergraph.api.linalg_ops_impl import eye
from evergraph.base import dtypes, tensor_shape
from evergraph.base.export import export
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.library.contrib.distributions.bijectors.composed import Chain
from evergraph.library.contrib.distributions.bijectors.elementwise import AffineScalar, Softplus
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.distributions import util
from evergraph.library.distributions.bijector import Bijector


@moved
def vector_size_to_square_matrix_size(d: Any, validate_args: bool, name: str | None = None) -> Any:
    """The n with n (n + 1) / 2 = d: the size of the triangle that d numbers fill.

    Raises:
      ValueError: `d` is a number and there is none.
    """
    if isinstance(d, float | int | np.generic | np.ndarray):
        n = (-1 + np.sqrt(1 + 8 * d)) / 2.0
        if float(int(n)) != n:
            raise ValueError("Vector length is not a triangular number.")
        return int(n)
    with name_scope(name, "vector_size_to_square_matrix_size", [d]):
        n = (-1.0 + math_ops.sqrt(1 + 8.0 * math_ops.cast(d, dtypes.float32))) / 2.0
        if validate_args:
            whole = math_ops.cast(math_ops.cast(n, dtypes.int32), dtypes.float32)
            message = "Vector length is not a triangular number"
            with control_dependencies([check_ops.assert_equal(whole, n, message=message)]):
                n = array_ops.identity(n)
        return math_ops.cast(n, d.dtype)


@export("contrib.distributions.bijectors.FillTriangular")
class FillTriangular(Bijector):
    """Vectors as triangular matrices, filled as by `fill_triangular`. Stands for
    `tf.contrib.distributions.bijectors.FillTriangular`.

    Args:
      upper: True for upper triangles.
    """

    @moved
    def __init__(
        self, upper: bool = False, validate_args: bool = False, name: str = "fill_triangular"
    ) -> None:
        self._upper = upper
        super().__init__(
            forward_min_event_ndims=1,
            inverse_min_event_ndims=2,
            validate_args=validate_args,
            name=name,
        )

    def _forward(self, x: Any) -> Any:
        return util.fill_triangular(x, upper=self._upper)

    def _inverse(self, y: Any) -> Any:
        return util.fill_triangular_inverse(y, upper=self._upper)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        return array_ops.zeros_like(x[..., 0])

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        return array_ops.zeros_like(y[..., 0, 0])

    def _forward_event_shape(self, input_shape: Any) -> Any:
        batch, size = input_shape[:-1], tensor_shape.dimension_value(input_shape[-1])
        if size is not None:
            size = vector_size_to_square_matrix_size(size, self.validate_args)
        return batch.concatenate([size, size])

    def _inverse_event_shape(self, output_shape: Any) -> Any:
        batch = output_shape[:-2]
        rows, columns = (tensor_shape.dimension_value(output_shape[i]) for i in (-2, -1))
        if rows is None or columns is None:
            return batch.concatenate([None])
        if rows != columns:
            raise ValueError(f"Matrix must be square. (saw [{rows}, {columns}])")
        return batch.concatenate([rows * (rows + 1) // 2])

    def _forward_event_shape_tensor(self, input_shape: Any) -> Any:
        batch, size = input_shape[:-1], input_shape[-1]
        n = vector_size_to_square_matrix_size(size, self.validate_args)
        return array_ops.concat([batch, [n, n]], axis=0)

    def _inverse_event_shape_tensor(self, output_shape: Any) -> Any:
        batch, n = output_shape[:-2], output_shape[-1]
        if self.validate_args:
            message = "Matrix must be square."
            check = check_ops.assert_equal(n, output_shape[-2], message=message)
            with control_dependencies([check]):
                n = array_ops.identity(n)
        size = math_ops.cast(n * (n + 1) / 2, output_shape.dtype)
        return array_ops.concat([batch, [size]], axis=0)


def _square_checks(x: Any, rank: str | None = None, square: str | None = None) -> list[Any]:
    """Checks that `x` is made of square matrices, with the messages of each."""
    is_matrix = shape_checks.assert_rank_at_least(x, 2, message=rank)
    shape = array_ops.shape(x)
    return [is_matrix, check_ops.assert_equal(shape[-2], shape[-1], message=square)]


@export("contrib.distributions.bijectors.CholeskyOuterProduct")
class CholeskyOuterProduct(Bijector):
    """Y = X X^T of lower triangular matrices X, with positive diagonals. Stands for
    `tf.contrib.distributions.bijectors.CholeskyOuterProduct`."""

    @moved
    def __init__(self, validate_args: bool = False, name: str = "cholesky_outer_product") -> None:
        super().__init__(forward_min_event_ndims=2, validate_args=validate_args, name=name)

    def _forward(self, x: Any) -> Any:
        if self.validate_args:
            x = control_flow_ops.with_dependencies(_square_checks(x), x)
        x = array_ops.matrix_band_part(x, -1, 0)
        return math_ops.matmul(x, x, adjoint_b=True)

    def _inverse(self, y: Any) -> Any:
        return linalg_ops.cholesky(y)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        # dY/dX is triangular, and 2^p prod_i X[i, i]^(p - i) the product of its diagonal.
        diagonal = self._as_rows(array_ops.matrix_diag_part(x))
        if self.validate_args:
            checks = _square_checks(
                x,
                "Input must be a (batch of) matrix.",
                "Input must be a (batch of) square matrix.",
            )
            message = "Input must be positive definite."
            checks.append(check_ops.assert_positive(diagonal, message=message))
            x = control_flow_ops.with_dependencies(checks, x)
        static = None if x.shape.ndims is None else x.shape.dims[-1].value
        size: Any
        if static is None:
            size = array_ops.shape(x)[-1]
            number = math_ops.cast(size, dtype=x.dtype)
        else:
            size, number = static, np.array(static, dtype=x.dtype.as_numpy_dtype)
        exponents = math_ops.linspace(number, 1.0, size)
        weighted = math_ops.matmul(math_ops.log(diagonal), exponents[..., array_ops.newaxis])
        weighted = array_ops.squeeze(weighted, axis=-1)
        fldj = number * np.log(2.0) + weighted
        if x.shape.ndims is not None:
            return array_ops.squeeze(fldj, axis=-1) if x.shape.ndims == 2 else fldj
        shape = array_ops.shape(fldj)
        rest = shape[:-1]
        is_single = math_ops.equal(array_ops.rank(x), 2)
        last = util.pick_vector(is_single, np.array([], dtype=np.int32), shape[-1:])
        return array_ops.reshape(fldj, array_ops.concat([rest, last], 0))

    @staticmethod
    def _as_rows(x: Any) -> Any:
        """A vector as a matrix of one row; others as they are."""
        if x.shape.ndims is not None:
            return x[array_ops.newaxis, :] if x.shape.ndims == 1 else x
        shape = array_ops.shape(x)
        rest = shape[:-1]
        is_vector = math_ops.equal(array_ops.rank(x), 1)
        one = util.pick_vector(is_vector, [1], np.array([], dtype=np.int32))
        return array_ops.reshape(x, array_ops.concat([rest, one, shape[-1:]], 0))


@export("contrib.distributions.bijectors.MatrixInverseTriL")
class MatrixInverseTriL(Bijector):
    """The inverse of lower triangular matrices. Stands for
    `tf.contrib.distributions.bijectors.MatrixInverseTriL`."""

    @moved
    def __init__(self, validate_args: bool = False, name: str = "matrix_inverse_tril") -> None:
        super().__init__(forward_min_event_ndims=2, validate_args=validate_args, name=name)

    def _forward(self, x: Any) -> Any:
        with control_dependencies(self._checks(x)):
            shape = array_ops.shape(x)
            identity = eye(shape[-1], batch_shape=shape[:-2])
            return linalg_ops.matrix_triangular_solve(x, identity, lower=True)

    def _inverse(self, y: Any) -> Any:
        return self._forward(y)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        with control_dependencies(self._checks(x)):
            size = math_ops.cast(array_ops.shape(x)[-1], x.dtype.base_dtype)
            scale = -2.0 * size
            logs = math_ops.log(math_ops.abs(array_ops.matrix_diag_part(x)))
            return scale * math_ops.reduce_sum(logs, axis=-1)

    def _checks(self, x: Any) -> list[Any]:
        if not self.validate_args:
            return []
        shape = array_ops.shape(x)
        is_matrix = shape_checks.assert_rank_at_least(
            x, 2, message="Input must have rank at least 2."
        )
        is_square = check_ops.assert_equal(
            shape[-2], shape[-1], message="Input must be a square matrix."
        )
        none = array_ops.zeros(shape[:-1], dtype=dtypes.float32)
        above = array_ops.matrix_band_part(array_ops.matrix_set_diag(x, none), 0, -1)
        is_lower = check_ops.assert_equal(
            above, array_ops.zeros_like(above), message="Input must be lower triangular."
        )
        diagonal = array_ops.matrix_diag_part(x)
        has_inverse = check_ops.assert_none_equal(
            diagonal,
            array_ops.zeros_like(diagonal),
            message="Input must have all diagonal entries nonzero.",
        )
        return [is_matrix, is_square, is_lower, has_inverse]


@export("contrib.distributions.bijectors.TransformDiagonal")
class TransformDiagonal(Bijector):
    """Matrices whose diagonals go through another bijector. Stands for
    `tf.contrib.distributions.bijectors.TransformDiagonal`."""

    @moved
    def __init__(
        self, diag_bijector: Any, validate_args: bool = False, name: str = "transform_diagonal"
    ) -> None:
        self._diag_bijector = diag_bijector
        super().__init__(
            forward_min_event_ndims=2,
            inverse_min_event_ndims=2,
            validate_args=validate_args,
            name=name,
        )

    def _forward(self, x: Any) -> Any:
        diagonal = self._diag_bijector.forward(array_ops.matrix_diag_part(x))
        return array_ops.matrix_set_diag(x, diagonal)

    def _inverse(self, y: Any) -> Any:
        diagonal = self._diag_bijector.inverse(array_ops.matrix_diag_part(y))
        return array_ops.matrix_set_diag(y, diagonal)

    def _forward_log_det_jacobian(self, x: Any) -> Any:
        diagonal = array_ops.matrix_diag_part(x)
        return self._diag_bijector.forward_log_det_jacobian(diagonal, event_ndims=1)

    def _inverse_log_det_jacobian(self, y: Any) -> Any:
        diagonal = array_ops.matrix_diag_part(y)
        return self._diag_bijector.inverse_log_det_jacobian(diagonal, event_ndims=1)


@export("contrib.distributions.bijectors.ScaleTriL")
class ScaleTriL(Chain):
    """Vectors as lower triangular matrices with positive diagonals. Stands for
    `tf.contrib.distributions.bijectors.ScaleTriL`.

    Args:
      diag_bijector: what the diagonals go through; default softplus.
      diag_shift: what is added to them then, or None.
    """

    @moved
    def __init__(
        self,
        diag_bijector: Any = None,
        diag_shift: Any = 1e-5,
        validate_args: bool = False,
        name: str = "scale_tril",
    ) -> None:
        if diag_bijector is None:
            diag_bijector = Softplus(validate_args=validate_args)
        if diag_shift is not None:
            diag_bijector = Chain([AffineScalar(shift=diag_shift), diag_bijector])
        super().__init__(
            [TransformDiagonal(diag_bijector=diag_bijector), FillTriangular()],
            validate_args=validate_args,
            name=name,
        )
