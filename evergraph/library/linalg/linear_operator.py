"""What linear operators share: hints, shapes, and methods in terms of one another."""

import abc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, linalg_impl, linalg_ops, math_ops
from evergraph.base import dtypes, tensor_shape
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import Dimension, TensorShape
from evergraph.graph.conversion import convert_to_tensor, is_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.linalg import linear_operator_algebra, linear_operator_util
from evergraph.library.module import Module

# Hints that follow from others, and how both are called.
_IMPLIED = (
    ("is_positive_definite", "is_non_singular", "A positive definite matrix", "non-singular"),
    ("is_non_singular", "is_square", "A non-singular matrix", "square"),
    ("is_self_adjoint", "is_square", "A self-adjoint matrix", "square"),
)


@export("linalg.LinearOperator")
class LinearOperator(Module, metaclass=abc.ABCMeta):
    """Matrices [..., m, n] that need not be there as numbers. Stands for
    `tf.linalg.LinearOperator`.

    A class of its own implements `_shape()`, `_shape_tensor()` and `_matmul(x, adjoint,
    adjoint_arg)`, and of the other methods with an underscore those that it can do better than by
    a dense matrix. The public methods open name scopes, convert and check.

    Hints are promises: True or False for what is known, None for what is not. They choose between
    methods, and are not checked but by the `assert_` methods.

    Args:
      dtype: the DType of the matrices, and of what they are multiplied with.
      graph_parents: tensors or variables that it is made of.
      is_non_singular: whether there is an inverse.
      is_self_adjoint: whether it is its own adjoint.
      is_positive_definite: whether the real part of adjoint(x) * A * x is positive for all x but 0.
      is_square: whether m is n.
      name: prefix of the names of its nodes; default: the name of the class.

    Raises:
      ValueError: a graph parent is no tensor, or hints contradict one another.
    """

    def __init__(
        self,
        dtype: Any,
        graph_parents: list[Any] | None = None,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        hints = {
            "is_non_singular": is_non_singular,
            "is_self_adjoint": is_self_adjoint,
            "is_positive_definite": is_positive_definite,
            "is_square": is_square,
        }
        for cause, consequence, what, quality in _IMPLIED:
            if hints[cause]:
                if hints[consequence] is False:
                    raise ValueError(f"{what} is always {quality}.")
                hints[consequence] = True
        parents = [] if graph_parents is None else graph_parents
        for i, parent in enumerate(parents):
            if parent is None or not (linear_operator_util.is_ref(parent) or is_tensor(parent)):
                raise ValueError(f"Graph parent item {i} is not a Tensor; {parent}.")
        self._is_square_set_or_implied_by_hints = hints["is_square"]
        self._dtype = dtypes.as_dtype(dtype).base_dtype if dtype else dtype
        self._graph_parents = parents
        self._is_non_singular = hints["is_non_singular"]
        self._is_self_adjoint = is_self_adjoint
        self._is_positive_definite = is_positive_definite
        self._name = name or type(self).__name__

    @contextmanager
    def _name_scope(self, name: str | None = None) -> Iterator[Any]:
        """A name scope for a method's nodes."""
        with name_scope(self.name if name is None else f"{self.name}/{name}") as scope:
            yield scope

    # What it is.

    @property
    def dtype(self) -> Any:
        """The DType of the matrices."""
        return self._dtype

    @property
    def name(self) -> str:
        """The prefix of its nodes' names."""
        return self._name

    @property
    def graph_parents(self) -> list[Any]:
        """Tensors and variables that it is made of."""
        return self._graph_parents

    @property
    def is_non_singular(self) -> bool | None:
        """Whether there is an inverse; None: not known."""
        return self._is_non_singular

    @property
    def is_self_adjoint(self) -> bool | None:
        """Whether it is its own adjoint; None: not known."""
        return self._is_self_adjoint

    @property
    def is_positive_definite(self) -> bool | None:
        """Whether it is positive definite; None: not known."""
        return self._is_positive_definite

    @property
    def is_square(self) -> bool | None:
        """Whether it has as many rows as columns, by the hint or the shape; None: not known.

        Raises:
          ValueError: the hint is False, and it is square.
        """
        hint = self._is_square_set_or_implied_by_hints
        is_square = self.domain_dimension == self.range_dimension
        if hint is False and is_square:
            raise ValueError("User set is_square hint to False, but the operator was square.")
        return is_square if hint is None else hint

    def _can_use_cholesky(self) -> Any:
        return self.is_self_adjoint and self.is_positive_definite

    def _slow(self, method: str) -> None:
        logging.warning("%s of %s makes a dense matrix, which may be slow.", method, self.name)

    # Shapes.

    @abc.abstractmethod
    def _shape(self) -> TensorShape:
        raise NotImplementedError("_shape is not implemented.")

    @property
    def shape(self) -> TensorShape:
        """What is known of [..., m, n]."""
        return self._shape()

    @abc.abstractmethod
    def _shape_tensor(self) -> Any:
        raise NotImplementedError("_shape_tensor is not implemented.")

    def shape_tensor(self, name: str = "shape_tensor") -> Tensor:
        """[..., m, n] as an int32 vector."""
        with self._name_scope(name):
            if self.shape.is_fully_defined():
                return linear_operator_util.shape_tensor(self.shape.as_list())
            return self._shape_tensor()

    @property
    def batch_shape(self) -> TensorShape:
        """What is known of the shape without the last two axes."""
        return self.shape[:-2]

    def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> Tensor:
        """The shape without the last two axes as an int32 vector."""
        with self._name_scope(name):
            if self.batch_shape.is_fully_defined():
                dims = self.batch_shape.as_list()
                return linear_operator_util.shape_tensor(dims, name="batch_shape")
            return self.shape_tensor()[:-2]

    @property
    def tensor_rank(self) -> int | None:
        """How many axes the matrices have with the batch, where it is known."""
        return self.shape.ndims

    def tensor_rank_tensor(self, name: str = "tensor_rank_tensor") -> Tensor:
        """How many axes the matrices have with the batch, as a scalar tensor."""
        with self._name_scope(name):
            if self.tensor_rank is not None:
                return convert_to_tensor(self.tensor_rank)
            return array_ops.size(self.shape_tensor())

    @property
    def domain_dimension(self) -> Dimension:
        """n, as a Dimension."""
        return Dimension(None) if self.shape.dims is None else self.shape.dims[-1]

    def domain_dimension_tensor(self, name: str = "domain_dimension_tensor") -> Tensor:
        """n, as a scalar tensor."""
        with self._name_scope(name):
            size = tensor_shape.dimension_value(self.domain_dimension)
            return self.shape_tensor()[-1] if size is None else convert_to_tensor(size)

    @property
    def range_dimension(self) -> Dimension:
        """m, as a Dimension."""
        return self.shape.dims[-2] if self.shape.dims else Dimension(None)

    def range_dimension_tensor(self, name: str = "range_dimension_tensor") -> Tensor:
        """m, as a scalar tensor."""
        with self._name_scope(name):
            size = tensor_shape.dimension_value(self.range_dimension)
            return self.shape_tensor()[-2] if size is None else convert_to_tensor(size)

    # Checks at run time.

    def _assert_non_singular(self) -> Any:
        self._slow("assert_non_singular")
        if self._can_use_cholesky():
            return self.assert_positive_definite()
        values = linalg_ops.svd(self.to_dense(), compute_uv=False)
        most, least = (f(values, axis=-1) for f in (math_ops.reduce_max, math_ops.reduce_min))
        return check_ops.assert_less(
            most / least,
            self._max_condition_number_to_be_non_singular(),
            message="Singular matrix up to precision epsilon.",
        )

    def _max_condition_number_to_be_non_singular(self) -> Tensor:
        with name_scope("max_nonsingular_condition_number"):
            eps = np.finfo(self.dtype.as_numpy_dtype).eps
            rows = math_ops.cast(self.range_dimension_tensor(), self.dtype)
            columns = math_ops.cast(self.domain_dimension_tensor(), self.dtype)
            most = math_ops.reduce_max([100.0, rows, columns])
            return 1.0 / (math_ops.cast(most, self.dtype) * eps)

    def assert_non_singular(self, name: str = "assert_non_singular") -> Any:
        """An op that fails where there is no inverse."""
        with self._name_scope(name):
            return self._assert_non_singular()

    def _assert_positive_definite(self) -> Any:
        self._slow("assert_positive_definite")
        if not self.is_self_adjoint:
            raise NotImplementedError("assert_positive_definite is not implemented.")
        diagonal = array_ops.matrix_diag_part(linalg_ops.cholesky(self.to_dense()))
        return check_ops.assert_positive(diagonal, message="Matrix was not positive definite.")

    def assert_positive_definite(self, name: str = "assert_positive_definite") -> Any:
        """An op that fails where it is not positive definite.

        Raises:
          NotImplementedError: it cannot be checked without the hint that it is self-adjoint.
        """
        with self._name_scope(name):
            return self._assert_positive_definite()

    def _assert_self_adjoint(self) -> Any:
        dense = self.to_dense()
        self._slow("assert_self_adjoint")
        return check_ops.assert_equal(
            dense, linalg_impl.adjoint(dense), message="Matrix was not equal to its adjoint."
        )

    def assert_self_adjoint(self, name: str = "assert_self_adjoint") -> Any:
        """An op that fails where it is not its own adjoint."""
        with self._name_scope(name):
            return self._assert_self_adjoint()

    # Products and equations.

    def _operand(self, x: Any, name: str, self_axis: int, axis: int) -> Tensor:
        """`x` as a tensor whose size along `axis` fits ours along `self_axis`."""
        x = convert_to_tensor(x, name=name)
        self._check_input_dtype(x)
        size = tensor_shape.dimension_at_index(self.shape, self_axis)
        size.assert_is_compatible_with(x.shape[axis])
        return x

    def _check_input_dtype(self, arg: Any) -> None:
        if arg.dtype.base_dtype != self.dtype:
            raise TypeError(
                f"Expected argument to have dtype {self.dtype}.  Found: {arg.dtype} in tensor {arg}"
            )

    def _operators(self, other: Any, name: str, adjoint: bool, adjoint_arg: bool) -> Any:
        """Both operators, or their adjoints, whose sizes fit."""
        left = self.adjoint() if adjoint else self
        right = other.adjoint() if adjoint_arg else other
        if right.range_dimension != left.domain_dimension:  # None where one is not known
            raise ValueError(
                f"Operators are incompatible. Expected `{name}` to have dimension "
                f"{left.domain_dimension} but got {right.range_dimension}."
            )
        return left, right

    @abc.abstractmethod
    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        raise NotImplementedError("_matmul is not implemented.")

    def matmul(
        self, x: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "matmul"
    ) -> Any:
        """The product with matrices, or with another operator.

        Args:
          x: [..., n, r] of the same dtype, or a LinearOperator.
          adjoint: whether to take the adjoint of this operator.
          adjoint_arg: whether to take the adjoint of `x`.
          name: of the name scope of the nodes.

        Returns:
          [..., m, r], or an operator.

        Raises:
          ValueError: the sizes do not fit.
          TypeError: `x` has another dtype.
        """
        if isinstance(x, LinearOperator):
            left, right = self._operators(x, "x", adjoint, adjoint_arg)
            with self._name_scope(name):
                return linear_operator_algebra.matmul(left, right)
        with self._name_scope(name):
            x = self._operand(x, "x", -2 if adjoint else -1, -1 if adjoint_arg else -2)
            return self._matmul(x, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def _matvec(self, x: Any, adjoint: bool = False) -> Any:
        product = self.matmul(array_ops.expand_dims(x, axis=-1), adjoint=adjoint)
        return array_ops.squeeze(product, axis=-1)

    def matvec(self, x: Any, adjoint: bool = False, name: str = "matvec") -> Tensor:
        """The product with vectors: `x` is [..., n], the result [..., m]; see `matmul`."""
        with self._name_scope(name):
            x = self._operand(x, "x", -2 if adjoint else -1, -1)
            return self._matvec(x, adjoint=adjoint)

    def _solve(self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Any:
        if self.is_square is False:
            raise NotImplementedError("Solve is not yet implemented for non-square operators.")
        self._slow("solve")
        rhs = linalg_impl.adjoint(rhs) if adjoint_arg else rhs
        if self._can_use_cholesky():
            factor = linalg_ops.cholesky(self.to_dense())
            return linear_operator_util.cholesky_solve_with_broadcast(factor, rhs)
        dense = self.to_dense()
        return linear_operator_util.matrix_solve_with_broadcast(dense, rhs, adjoint=adjoint)

    def solve(
        self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "solve"
    ) -> Any:
        """The X with A * X = rhs.

        Args:
          rhs: [..., m, r] of the same dtype, or a LinearOperator.
          adjoint: whether to take the adjoint of this operator.
          adjoint_arg: whether to take the adjoint of `rhs`.
          name: of the name scope of the nodes.

        Returns:
          [..., n, r], or an operator.

        Raises:
          NotImplementedError: by the hints there is no inverse.
          ValueError: the sizes do not fit.
          TypeError: `rhs` has another dtype.
        """
        text = "Exact solve not implemented for an operator that is expected to"
        if self.is_non_singular is False:
            raise NotImplementedError(f"{text} be singular.")
        if self.is_square is False:
            raise NotImplementedError(f"{text} not be square.")
        if isinstance(rhs, LinearOperator):
            left, right = self._operators(rhs, "rhs", adjoint, adjoint_arg)
            with self._name_scope(name):
                return linear_operator_algebra.solve(left, right)
        with self._name_scope(name):
            rhs = self._operand(rhs, "rhs", -1 if adjoint else -2, -1 if adjoint_arg else -2)
            return self._solve(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def _solvevec(self, rhs: Any, adjoint: bool = False) -> Any:
        solution = self.solve(array_ops.expand_dims(rhs, axis=-1), adjoint=adjoint)
        return array_ops.squeeze(solution, axis=-1)

    def solvevec(self, rhs: Any, adjoint: bool = False, name: str = "solve") -> Tensor:
        """The x with A * x = rhs: `rhs` is [..., m], the result [..., n]; see `solve`."""
        with self._name_scope(name):
            rhs = self._operand(rhs, "rhs", -1 if adjoint else -2, -1)
            return self._solvevec(rhs, adjoint=adjoint)

    # Other operators.

    def adjoint(self, name: str = "adjoint") -> Any:
        """The operator transposed and conjugated: itself where it is known to be self-adjoint."""
        if self.is_self_adjoint is True:
            return self
        with self._name_scope(name):
            return linear_operator_algebra.adjoint(self)

    H = property(adjoint, None)

    def inverse(self, name: str = "inverse") -> Any:
        """The inverse operator.

        Raises:
          ValueError: by the hints there is none.
        """
        text = "Cannot take the Inverse: This operator represents a"
        if self.is_square is False:
            raise ValueError(f"{text} non square matrix.")
        if self.is_non_singular is False:
            raise ValueError(f"{text} singular matrix.")
        with self._name_scope(name):
            return linear_operator_algebra.inverse(self)

    def cholesky(self, name: str = "cholesky") -> Any:
        """The lower triangle L with L * adjoint(L) = A, as an operator.

        Raises:
          ValueError: there are no hints that it is self-adjoint and positive definite.
        """
        if not self._can_use_cholesky():
            raise ValueError(
                "Cannot take the Cholesky decomposition: Not a positive definite self adjoint "
                "matrix."
            )
        with self._name_scope(name):
            return linear_operator_algebra.cholesky(self)

    # Numbers.

    def _determinant(self) -> Any:
        self._slow("determinant")
        if self._can_use_cholesky():
            return math_ops.exp(self.log_abs_determinant())
        return linalg_ops.matrix_determinant(self.to_dense())

    def _check_determinant(self) -> None:
        if self.is_square is False:
            raise NotImplementedError(
                "Determinant not implemented for an operator that is expected to not be square."
            )

    def determinant(self, name: str = "det") -> Tensor:
        """The determinants, of shape `batch_shape`.

        Raises:
          NotImplementedError: it is not square.
        """
        self._check_determinant()
        with self._name_scope(name):
            return self._determinant()

    def _log_abs_determinant(self) -> Any:
        self._slow("log_abs_determinant")
        if self._can_use_cholesky():
            diagonal = array_ops.matrix_diag_part(linalg_ops.cholesky(self.to_dense()))
            return 2 * math_ops.reduce_sum(math_ops.log(diagonal), axis=[-1])
        return linalg_ops.log_matrix_determinant(self.to_dense())[1]

    def log_abs_determinant(self, name: str = "log_abs_det") -> Tensor:
        """The logarithms of the determinants' sizes, of shape `batch_shape`.

        Raises:
          NotImplementedError: it is not square.
        """
        self._check_determinant()
        with self._name_scope(name):
            return self._log_abs_determinant()

    def _to_dense(self) -> Any:
        batch_shape: Any = self.batch_shape
        if not batch_shape.is_fully_defined():
            batch_shape = self.batch_shape_tensor()
        n = tensor_shape.dimension_value(self.domain_dimension)
        n = self.domain_dimension_tensor() if n is None else n
        return self.matmul(linalg_ops.eye(n, batch_shape=batch_shape, dtype=self.dtype))

    def to_dense(self, name: str = "to_dense") -> Tensor:
        """The matrices as a tensor."""
        with self._name_scope(name):
            return self._to_dense()

    def _diag_part(self) -> Any:
        return array_ops.matrix_diag_part(self.to_dense())

    def diag_part(self, name: str = "diag_part") -> Tensor:
        """The diagonals, [..., min(m, n)]."""
        with self._name_scope(name):
            return self._diag_part()

    def _trace(self) -> Any:
        return math_ops.reduce_sum(self.diag_part(), axis=-1)

    def trace(self, name: str = "trace") -> Tensor:
        """The sums of the diagonals, of shape `batch_shape`."""
        with self._name_scope(name):
            return self._trace()

    def _add_to_tensor(self, x: Any) -> Any:
        return self.to_dense() + x

    def add_to_tensor(self, x: Any, name: str = "add_to_tensor") -> Tensor:
        """The sum with `x`, a tensor of the same dtype that broadcasts to `shape`."""
        with self._name_scope(name):
            x = convert_to_tensor(x, name="x")
            self._check_input_dtype(x)
            return self._add_to_tensor(x)
