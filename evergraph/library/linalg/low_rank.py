"""Changes of low rank: `tf.linalg.LinearOperatorLowRankUpdate`, `LinearOperatorHouseholder`."""

from typing import Any

from evergraph.api import array_ops, control_flow_ops, linalg_impl, linalg_ops, math_ops
from evergraph.base import tensor_shape
from evergraph.base.errors import InvalidArgumentError
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import Dimension, TensorShape
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.library.linalg import linear_operator_util as util
from evergraph.library.linalg.diagonal import LinearOperatorDiag
from evergraph.library.linalg.identity import LinearOperatorIdentity
from evergraph.library.linalg.linear_operator import LinearOperator
from evergraph.library.linalg.linear_operator_algebra import RegisterAdjoint, RegisterInverse


@export("linalg.LinearOperatorLowRankUpdate")
class LinearOperatorLowRankUpdate(LinearOperator):
    """L + U * D * adjoint(V) for an operator L and narrow matrices U and V. Stands for
    `tf.linalg.LinearOperatorLowRankUpdate`.

    Equations are solved by those of L and a small matrix, after Woodbury, and determinants made
    likewise.

    Args:
      base_operator: L, of size n.
      u: [..., n, k], a tensor or variable.
      diag_update: the diagonal of D, [..., k]; default: ones.
      v: [..., n, k]; default: `u`.
      is_diag_update_positive: whether D is positive.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square, name: as
        `tf.linalg.LinearOperator`'s.

    Raises:
      ValueError: a hint is wrong, or shapes do not fit.
    """

    def __init__(
        self,
        base_operator: Any,
        u: Any,
        diag_update: Any = None,
        v: Any = None,
        is_diag_update_positive: bool | None = None,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorLowRankUpdate",
    ) -> None:
        is_complex = base_operator.dtype.is_complex
        if diag_update is None:
            if is_diag_update_positive is False:
                raise ValueError(
                    "Default diagonal is the identity, which is positive.  However, user set "
                    "'is_diag_update_positive' to False."
                )
            is_diag_update_positive = True
        elif is_diag_update_positive and is_complex:
            logging.warning("is_diag_update_positive says of complex numbers that they are real.")
        base_is_self_adjoint = base_operator.is_self_adjoint
        self._use_cholesky = (
            base_operator.is_positive_definite
            and base_is_self_adjoint
            and is_diag_update_positive
            and v is None
        )
        if base_is_self_adjoint and v is None and not is_complex:
            if is_self_adjoint is False:
                raise ValueError(
                    "A = L + UDU^H, with L self-adjoint and D real diagonal.  Since UDU^H is "
                    "self-adjoint, this must be a self-adjoint operator."
                )
            is_self_adjoint = True
        if self._use_cholesky:
            if False in (is_positive_definite, is_self_adjoint, is_non_singular):
                raise ValueError("Arguments imply this is self-adjoint positive-definite operator.")
            is_positive_definite = is_self_adjoint = True
        values = [*base_operator.graph_parents, u, diag_update, v]
        with name_scope(name, values=values):
            self._u = util.convert_nonref_to_tensor(u, name="u")
            self._v = self._u if v is None else util.convert_nonref_to_tensor(v, name="v")
            self._diag_update = util.convert_nonref_to_tensor(diag_update, name="diag_update")
            self._base_operator = base_operator
            parents = [*base_operator.graph_parents, self._u, self._diag_update, self._v]
            super().__init__(
                dtype=base_operator.dtype,
                graph_parents=[parent for parent in parents if parent is not None],
                is_non_singular=is_non_singular,
                is_self_adjoint=is_self_adjoint,
                is_positive_definite=is_positive_definite,
                is_square=is_square,
                name=name,
            )
            self._diag_operator = self._operator_of_diag(is_diag_update_positive)
            self._is_diag_update_positive = is_diag_update_positive
            self._check_shapes()

    def _operator_of_diag(self, is_positive: bool | None) -> Any:
        if self._diag_update is not None:
            return LinearOperatorDiag(self._diag_update, is_positive_definite=is_positive)
        size = tensor_shape.dimension_value(self.u.shape[-1])
        if size is None:
            size = array_ops.shape(self.u)[-1]
        return LinearOperatorIdentity(num_rows=size, dtype=self.dtype)

    def _check_shapes(self) -> None:
        shape = array_ops.broadcast_static_shape(self.u.shape, self.v.shape)
        base = self.base_operator
        batch_shape = array_ops.broadcast_static_shape(base.batch_shape, shape[:-2])
        Dimension(base.domain_dimension).assert_is_compatible_with(shape[-2])
        if self._diag_update is not None:
            rank = tensor_shape.dimension_at_index(shape, -1)
            rank.assert_is_compatible_with(self._diag_update.shape[-1])
            array_ops.broadcast_static_shape(batch_shape, self._diag_update.shape[:-1])

    @property
    def u(self) -> Any:
        """U."""
        return self._u

    @property
    def v(self) -> Any:
        """V."""
        return self._v

    @property
    def is_diag_update_positive(self) -> bool | None:
        """Whether D is positive; None: not known."""
        return self._is_diag_update_positive

    @property
    def diag_update(self) -> Any:
        """The diagonal of D, or None."""
        return self._diag_update

    @property
    def diag_operator(self) -> Any:
        """D as an operator."""
        return self._diag_operator

    @property
    def base_operator(self) -> Any:
        """L."""
        return self._base_operator

    def _shape(self) -> TensorShape:
        base = self.base_operator
        batch_shape = array_ops.broadcast_static_shape(base.batch_shape, self.u.shape[:-2])
        return batch_shape.concatenate(base.shape[-2:])

    def _shape_tensor(self) -> Any:
        base = self.base_operator
        batch_shape = base.batch_shape_tensor()
        other = array_ops.shape(self.u)[:-2]
        batch_shape = array_ops.broadcast_dynamic_shape(batch_shape, other)
        return array_ops.concat([batch_shape, base.shape_tensor()[-2:]], axis=0)

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        u, v = (self.v, self.u) if adjoint else (self.u, self.v)
        leading = self.base_operator.matmul(x, adjoint=adjoint, adjoint_arg=adjoint_arg)
        projected = math_ops.matmul(v, x, adjoint_a=True, adjoint_b=adjoint_arg)
        return leading + math_ops.matmul(u, self.diag_operator.matmul(projected, adjoint=adjoint))

    def _determinant(self) -> Any:
        if self.is_positive_definite:
            return math_ops.exp(self.log_abs_determinant())
        of_capacitance = linalg_ops.matrix_determinant(self._make_capacitance())
        of_diag = self.diag_operator.determinant()
        of_base = self.base_operator.determinant()
        return of_capacitance * of_diag * of_base

    def _log_abs_determinant(self) -> Any:
        of_diag = self.diag_operator.log_abs_determinant()
        of_base = self.base_operator.log_abs_determinant()
        if self._use_cholesky:
            factor = linalg_ops.cholesky(self._make_capacitance())
            logs = math_ops.log(array_ops.matrix_diag_part(factor))
            of_capacitance = 2 * math_ops.reduce_sum(logs, axis=[-1])
        else:
            determinant = linalg_ops.matrix_determinant(self._make_capacitance())
            of_capacitance = math_ops.log(math_ops.abs(determinant))
            if self.dtype.is_complex:
                of_capacitance = math_ops.cast(of_capacitance, dtype=self.dtype)
        return of_capacitance + of_diag + of_base

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        base = self.base_operator
        if base.is_non_singular is False:
            raise ValueError(
                "Solve not implemented unless this is a perturbation of a non-singular "
                "LinearOperator."
            )
        u, v = (self.v, self.u) if adjoint else (self.u, self.v)
        of_base = base.solve(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)
        projected = math_ops.matmul(v, of_base, adjoint_a=True)
        if self._use_cholesky:
            factor = linalg_ops.cholesky(self._make_capacitance())
            solved = util.cholesky_solve_with_broadcast(factor, projected)
        else:
            capacitance = self._make_capacitance()
            solved = util.matrix_solve_with_broadcast(capacitance, projected, adjoint=adjoint)
        return of_base - base.solve(math_ops.matmul(u, solved), adjoint=adjoint)

    def _make_capacitance(self) -> Any:
        """inverse(D) + adjoint(V) * inverse(L) * U."""
        solved = self.base_operator.solve(self.u)
        projected = math_ops.matmul(self.v, solved, adjoint_a=True)
        return self._diag_operator.inverse().add_to_tensor(projected)


def _unit(axis: Any) -> Any:
    return axis / linalg_ops.norm(axis, axis=-1, keepdims=True)


@export("linalg.LinearOperatorHouseholder")
class LinearOperatorHouseholder(LinearOperator):
    """Reflections: I - 2 * v * adjoint(v) for a vector v of length 1. Stands for
    `tf.linalg.LinearOperatorHouseholder`.

    Args:
      reflection_axis: [..., n], of any length.
      is_non_singular, name: as `tf.linalg.LinearOperator`'s.
      is_self_adjoint, is_square: not False.
      is_positive_definite: not True.

    Raises:
      ValueError: a hint is wrong, or the axis a scalar.
    """

    def __init__(
        self,
        reflection_axis: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorHouseholder",
    ) -> None:
        with name_scope(name, values=[reflection_axis]):
            axis = util.convert_nonref_to_tensor(reflection_axis, name="reflection_axis")
            self._reflection_axis = axis
            if axis.shape.ndims is not None and axis.shape.ndims < 1:
                text = "Argument reflection_axis must have at least 1 dimension.  Found: "
                raise ValueError(f"{text}{axis}")
            text = "A Householder operator is always"
            if is_self_adjoint is False:
                raise ValueError(f"{text} self adjoint.")
            if is_positive_definite is True:
                raise ValueError(f"{text} non-positive definite.")
            if is_square is False:
                raise ValueError(f"{text} square.")
            super().__init__(
                dtype=axis.dtype,
                graph_parents=[axis],
                is_non_singular=is_non_singular,
                is_self_adjoint=True,
                is_positive_definite=False,
                is_square=True,
                name=name,
            )

    @property
    def reflection_axis(self) -> Any:
        """What is turned around."""
        return self._reflection_axis

    def _shape(self) -> TensorShape:
        shape = self._reflection_axis.shape
        return shape.concatenate(shape[-1:])

    def _shape_tensor(self) -> Any:
        shape = array_ops.shape(self._reflection_axis)
        return array_ops.concat((shape, [shape[-1]]), 0)

    def _assert_non_singular(self) -> Any:
        return control_flow_ops.no_op("assert_non_singular")

    def _assert_positive_definite(self) -> Any:
        text = "Householder operators are always non-positive definite."
        raise InvalidArgumentError(None, None, text)

    def _assert_self_adjoint(self) -> Any:
        return control_flow_ops.no_op("assert_self_adjoint")

    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        axis = convert_to_tensor(self.reflection_axis)
        x = linalg_impl.adjoint(x) if adjoint_arg else x
        column = _unit(axis)[..., None]
        along = math_ops.matmul(column, x, adjoint_a=True)
        return x - 2 * column * along

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        return self._matmul(rhs, adjoint, adjoint_arg)

    def _trace(self) -> Any:
        trace = math_ops.cast(self.domain_dimension_tensor() - 2, self.dtype)
        return trace * array_ops.ones(shape=self.batch_shape_tensor(), dtype=self.dtype)

    def _determinant(self) -> Any:
        return -array_ops.ones(shape=self.batch_shape_tensor(), dtype=self.dtype)

    def _log_abs_determinant(self) -> Any:
        return array_ops.zeros(shape=self.batch_shape_tensor(), dtype=self.dtype)

    def _to_dense(self) -> Any:
        column = _unit(self.reflection_axis)[..., None]
        matrix = -2 * math_ops.matmul(column, column, adjoint_b=True)
        diagonal = 1.0 + array_ops.matrix_diag_part(matrix)
        return array_ops.matrix_set_diag(matrix, diagonal)

    def _diag_part(self) -> Any:
        axis = _unit(self.reflection_axis)
        return 1.0 - 2 * axis * math_ops.conj(axis)


@RegisterAdjoint(LinearOperatorHouseholder)
@RegisterInverse(LinearOperatorHouseholder)
def _same(operator: Any) -> Any:
    return operator
