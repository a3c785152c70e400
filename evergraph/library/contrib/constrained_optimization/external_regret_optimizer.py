"""Constraints weighed by Lagrange multipliers."""

from typing import Any

from evergraph.api import array_ops, math_ops, reduction_ops, state_ops
from evergraph.api.while_loop import while_loop
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.defaults import colocate_with
from evergraph.library.contrib.constrained_optimization.constrained_optimizer import (
    _RegretOptimizer,
)


def _project_multipliers_wrt_euclidean_norm(multipliers: Any, radius: float) -> Any:
    """The nearest vector without negative elements whose sum is `radius` at most.

    Raises:
      ValueError: `multipliers` is not of a floating type, or no vector of a known size.
    """
    if not multipliers.dtype.is_floating:
        raise ValueError("multipliers must have a floating-point dtype")
    shape = multipliers.get_shape()
    if shape.ndims is None:
        raise ValueError("multipliers must have known shape")
    if shape.ndims != 1:
        raise ValueError(
            f"multipliers must be one dimensional (instead is {shape.ndims}-dimensional)"
        )
    dimension = shape.dims[0].value
    if dimension is None:
        raise ValueError("multipliers must have fully-known shape")

    def goes_on(iteration: Any, multipliers: Any, inactive: Any, old_inactive: Any) -> Any:
        not_done = iteration < dimension
        changed = reduction_ops.reduce_any(math_ops.not_equal(inactive, old_inactive))
        return math_ops.logical_and(not_done, changed)

    def step(iteration: Any, multipliers: Any, inactive: Any, old_inactive: Any) -> Any:
        iteration += 1
        scale = math_ops.minimum(
            0.0,
            (radius - reduction_ops.reduce_sum(multipliers))
            / math_ops.maximum(1.0, reduction_ops.reduce_sum(inactive)),
        )
        multipliers = multipliers + (scale * inactive)
        new_inactive = math_ops.cast(multipliers > 0, multipliers.dtype)
        multipliers = multipliers * new_inactive
        return iteration, multipliers, new_inactive, inactive

    iteration = constant(0)
    inactive = array_ops.ones_like(multipliers, dtype=multipliers.dtype)
    # The first step is taken in any case.
    first = step(iteration, multipliers, inactive, inactive)
    return while_loop(goes_on, step, loop_vars=first, name="euclidean_projection")[1]


@export("contrib.constrained_optimization.AdditiveExternalRegretOptimizer")
class AdditiveExternalRegretOptimizer(_RegretOptimizer):
    """Minimizes the Lagrangian by the variables and maximizes it by the multipliers, in steps that
    are added.

    Stands for `tf.contrib.constrained_optimization.AdditiveExternalRegretOptimizer`.

    Args:
      optimizer: an optimizer of `tf.train` for the variables.
      constraint_optimizer: one for the multipliers; default: `optimizer`, too.
      maximum_multiplier_radius: what the multipliers' sum is at most; default: anything.

    Raises:
      ValueError: the radius is negative.
    """

    _state_name = "external_regret_optimizer_state"

    def __init__(
        self,
        optimizer: Any,
        constraint_optimizer: Any = None,
        maximum_multiplier_radius: float | None = None,
    ) -> None:
        super().__init__(optimizer=optimizer, constraint_optimizer=constraint_optimizer)
        if maximum_multiplier_radius and maximum_multiplier_radius <= 0.0:
            raise ValueError("maximum_multiplier_radius must be strictly positive")
        self._maximum_multiplier_radius = maximum_multiplier_radius

    def _initial_state(self, num_constraints: int) -> Any:
        return array_ops.zeros((num_constraints,), dtype=dtypes.float32)

    def _lagrange_multipliers(self, state: Any) -> Any:
        return state

    def _loss_and_gradient(
        self, state: Any, objective: Any, constraints: Any, proxy_constraints: Any
    ) -> tuple[Any, Any]:
        multipliers = self._lagrange_multipliers(state)
        weights = math_ops.cast(multipliers, proxy_constraints.dtype)
        loss = objective + math_ops.tensordot(weights, proxy_constraints, 1)
        return loss, math_ops.cast(constraints, multipliers.dtype)

    def _projection_op(self, state: Any, name: str | None = None) -> Any:
        with colocate_with(state):
            radius = self._maximum_multiplier_radius
            if radius:
                projected = _project_multipliers_wrt_euclidean_norm(state, radius)
            else:
                projected = math_ops.maximum(state, 0.0)
            return state_ops.assign(state, projected, name=name)
