"""Objective and constraints weighed by a stochastic matrix."""

import abc
import math
from typing import Any

from evergraph.api import array_ops, linalg_ops, math_ops, reduction_ops, state_ops
from evergraph.api.while_loop import while_loop
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.defaults import colocate_with
from evergraph.library.contrib.constrained_optimization.constrained_optimizer import (
    _RegretOptimizer,
)


def _maximal_eigenvector_power_method(
    matrix: Any, epsilon: float = 1e-6, maximum_iterations: int = 100
) -> Any:
    """The right eigenvector of the largest eigenvalue, by repeated products.

    Raises:
      ValueError: the matrix is not of a floating type; a bound is not positive.
    """
    if not matrix.dtype.is_floating:
        raise ValueError("multipliers must have a floating-point dtype")
    if epsilon <= 0.0:
        raise ValueError("epsilon must be strictly positive")
    if maximum_iterations <= 0:
        raise ValueError("maximum_iterations must be strictly positive")

    def goes_on(iteration: Any, eigenvector: Any, old_eigenvector: Any) -> Any:
        not_done = iteration < maximum_iterations
        changed = linalg_ops.norm(eigenvector - old_eigenvector) > epsilon
        return math_ops.logical_and(not_done, changed)

    def step(iteration: Any, eigenvector: Any, old_eigenvector: Any) -> Any:
        iteration += 1
        new = math_ops.matmul(matrix, array_ops.expand_dims(eigenvector, 1))[:, 0]
        new /= linalg_ops.norm(new)
        return iteration, new, eigenvector

    iteration = constant(0)
    eigenvector = array_ops.ones_like(matrix[:, 0])
    eigenvector /= linalg_ops.norm(eigenvector)
    # The first step is taken in any case.
    first = step(iteration, eigenvector, eigenvector)
    return while_loop(goes_on, step, loop_vars=first, name="power_method")[1]


def _project_stochastic_matrix_wrt_euclidean_norm(matrix: Any) -> Any:
    """The nearest matrix without negative elements whose columns have the sum 1.

    Raises:
      ValueError: the matrix is not of a floating type, or not square with a known size.
    """
    if not matrix.dtype.is_floating:
        raise ValueError("multipliers must have a floating-point dtype")
    shape = matrix.get_shape()
    if shape.ndims is None:
        raise ValueError("matrix must have known shape")
    if shape.ndims != 2:
        raise ValueError(f"matrix must be two dimensional (instead is {shape.ndims}-dimensional)")
    if shape[0] != shape[1]:
        rows, columns = shape.as_list()
        raise ValueError(f"matrix must be square (instead has shape ({rows},{columns}))")
    dimension = shape.dims[0].value
    if dimension is None:
        raise ValueError("matrix must have fully-known shape")

    def goes_on(iteration: Any, matrix: Any, inactive: Any, old_inactive: Any) -> Any:
        not_done = iteration < dimension
        changed = reduction_ops.reduce_any(math_ops.not_equal(inactive, old_inactive))
        return math_ops.logical_and(not_done, changed)

    def step(iteration: Any, matrix: Any, inactive: Any, old_inactive: Any) -> Any:
        iteration += 1
        missing = 1.0 - reduction_ops.reduce_sum(matrix, axis=0, keepdims=True)
        scale = missing / math_ops.maximum(
            1.0, reduction_ops.reduce_sum(inactive, axis=0, keepdims=True)
        )
        matrix = matrix + (scale * inactive)
        new_inactive = math_ops.cast(matrix > 0, matrix.dtype)
        matrix = matrix * new_inactive
        return iteration, matrix, new_inactive, inactive

    iteration = constant(0)
    inactive = array_ops.ones_like(matrix, dtype=matrix.dtype)
    # The first step is taken in any case.
    first = step(iteration, matrix, inactive, inactive)
    return while_loop(goes_on, step, loop_vars=first, name="euclidean_projection")[1]


def _project_log_stochastic_matrix_wrt_kl_divergence(log_matrix: Any) -> Any:
    """Logarithms of a matrix whose columns are scaled to the sum 1."""
    log_matrix = log_matrix - reduction_ops.reduce_max(log_matrix, axis=0, keepdims=True)
    return log_matrix - math_ops.log(
        reduction_ops.reduce_sum(math_ops.exp(log_matrix), axis=0, keepdims=True)
    )


class _SwapRegretOptimizer(_RegretOptimizer):
    """The state is a stochastic matrix with a row for the objective and for each constraint; its
    largest eigenvector weighs them."""

    _state_name = "swap_regret_optimizer_state"

    @abc.abstractmethod
    def _stochastic_matrix(self, state: Any) -> Any:
        """The matrix."""

    def _distribution(self, state: Any) -> Any:
        weights = _maximal_eigenvector_power_method(self._stochastic_matrix(state))
        weights = math_ops.abs(weights)
        weights /= reduction_ops.reduce_sum(weights)
        return weights

    def _loss_and_gradient(
        self, state: Any, objective: Any, constraints: Any, proxy_constraints: Any
    ) -> tuple[Any, Any]:
        zero = array_ops.zeros((1,), dtype=constraints.dtype)
        violations = array_ops.concat((zero, constraints), axis=0)
        terms = array_ops.concat((array_ops.expand_dims(objective, 0), proxy_constraints), axis=0)
        weights = self._distribution(state)
        loss = math_ops.tensordot(math_ops.cast(weights, terms.dtype), terms, 1)
        gradient = math_ops.matmul(
            array_ops.expand_dims(math_ops.cast(violations, weights.dtype), 1),
            array_ops.expand_dims(weights, 0),
        )
        return loss, gradient


@export("contrib.constrained_optimization.AdditiveSwapRegretOptimizer")
class AdditiveSwapRegretOptimizer(_SwapRegretOptimizer):
    """Changes the stochastic matrix in steps that are added.

    Stands for `tf.contrib.constrained_optimization.AdditiveSwapRegretOptimizer`.

    Args:
      optimizer: an optimizer of `tf.train` for the variables.
      constraint_optimizer: one for the matrix; default: `optimizer`, too.
    """

    def _initial_state(self, num_constraints: int) -> Any:
        dimension = num_constraints + 1
        first = array_ops.ones((1, dimension))
        others = array_ops.zeros((dimension - 1, dimension))
        return array_ops.concat((first, others), axis=0)

    def _stochastic_matrix(self, state: Any) -> Any:
        return state

    def _projection_op(self, state: Any, name: str | None = None) -> Any:
        with colocate_with(state):
            projected = _project_stochastic_matrix_wrt_euclidean_norm(state)
            return state_ops.assign(state, projected, name=name)


@export("contrib.constrained_optimization.MultiplicativeSwapRegretOptimizer")
class MultiplicativeSwapRegretOptimizer(_SwapRegretOptimizer):
    """Changes the stochastic matrix by factors: the state is its logarithm.

    Stands for `tf.contrib.constrained_optimization.MultiplicativeSwapRegretOptimizer`.

    Args:
      optimizer: an optimizer of `tf.train` for the variables.
      constraint_optimizer: one for the matrix; default: `optimizer`, too.
      minimum_multiplier_radius: elements are this by the number of rows at least.
      initial_multiplier_radius: elements of constraints are this by the number of rows at first;
        default: `minimum_multiplier_radius`.

    Raises:
      ValueError: the radii are not in order within 0 and 1.
    """

    def __init__(
        self,
        optimizer: Any,
        constraint_optimizer: Any = None,
        minimum_multiplier_radius: float = 1e-3,
        initial_multiplier_radius: float | None = None,
    ) -> None:
        super().__init__(optimizer=optimizer, constraint_optimizer=constraint_optimizer)
        if minimum_multiplier_radius <= 0.0 or minimum_multiplier_radius >= 1.0:
            raise ValueError("minimum_multiplier_radius must be in the range (0,1)")
        if initial_multiplier_radius is None:
            initial_multiplier_radius = minimum_multiplier_radius
        elif initial_multiplier_radius < minimum_multiplier_radius:
            raise ValueError(
                "initial_multiplier_radius must be in the range [minimum_multiplier_radius,1]"
            )
        self._minimum_multiplier_radius = minimum_multiplier_radius
        self._initial_multiplier_radius = initial_multiplier_radius

    def _initial_state(self, num_constraints: int) -> Any:
        dimension = num_constraints + 1
        radius = self._initial_multiplier_radius
        first = math.log(1.0 - radius * (dimension - 1) / dimension)
        others = math.log(radius / dimension)
        return array_ops.concat(
            (
                constant(first, dtype=dtypes.float32, shape=(1, dimension)),
                constant(others, dtype=dtypes.float32, shape=(dimension - 1, dimension)),
            ),
            axis=0,
        )

    def _stochastic_matrix(self, state: Any) -> Any:
        return math_ops.exp(state)

    def _projection_op(self, state: Any, name: str | None = None) -> Any:
        with colocate_with(state):
            dimension = state.get_shape().dims[0].value
            least = math_ops.log(self._minimum_multiplier_radius / math_ops.to_float(dimension))
            projected = _project_log_stochastic_matrix_wrt_kl_divergence(state)
            return state_ops.assign(state, math_ops.maximum(projected, least), name=name)
