"""Optimizers of constrained problems: what they share."""

import abc
from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, grouping, math_ops, state_ops
from evergraph.api.cond import cond
from evergraph.api.variables import Variable
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import colocate_with, control_dependencies
from evergraph.library.train.optimizer import Optimizer

GATE_OP = Optimizer.GATE_OP


@export("contrib.constrained_optimization.ConstrainedOptimizer")
class ConstrainedOptimizer(abc.ABC):
    """Minimizes a ConstrainedMinimizationProblem. A derived class says how.

    Stands for `tf.contrib.constrained_optimization.ConstrainedOptimizer`.

    Args:
      optimizer: an optimizer of `tf.train`, which changes the variables.
    """

    def __init__(self, optimizer: Any) -> None:
        self._optimizer = optimizer

    @property
    def optimizer(self) -> Any:
        """The optimizer of the variables."""
        return self._optimizer

    @abc.abstractmethod
    def _minimize_constrained(
        self,
        minimization_problem: Any,
        global_step: Any = None,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
    ) -> Any:
        """The step, without the operations that are to run before it."""

    def minimize_constrained(
        self,
        minimization_problem: Any,
        global_step: Any = None,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
    ) -> Any:
        """A step towards a small objective whose constraints hold.

        Args:
          minimization_problem: the ConstrainedMinimizationProblem.
          global_step, var_list, gate_gradients, aggregation_method, colocate_gradients_with_ops,
            name, grad_loss: as of `tf.train.Optimizer.minimize`.

        Raises:
          ValueError: objective and constraints are of different types.
        """
        return _after_pre_train_ops(
            minimization_problem,
            lambda: self._minimize_constrained(
                minimization_problem,
                global_step=global_step,
                var_list=var_list,
                gate_gradients=gate_gradients,
                aggregation_method=aggregation_method,
                colocate_gradients_with_ops=colocate_gradients_with_ops,
                name=name,
                grad_loss=grad_loss,
            ),
        )

    def minimize_unconstrained(
        self,
        minimization_problem: Any,
        global_step: Any = None,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
    ) -> Any:
        """A step towards a small objective, whatever the constraints; arguments as of
        `minimize_constrained`."""
        return _after_pre_train_ops(
            minimization_problem,
            lambda: self.optimizer.minimize(
                minimization_problem.objective,
                global_step=global_step,
                var_list=var_list,
                gate_gradients=gate_gradients,
                aggregation_method=aggregation_method,
                colocate_gradients_with_ops=colocate_gradients_with_ops,
                name=name,
                grad_loss=grad_loss,
            ),
        )

    def minimize(
        self,
        minimization_problem: Any,
        unconstrained_steps: Any = None,
        global_step: Any = None,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
    ) -> Any:
        """A step: `minimize_unconstrained` for the first `unconstrained_steps`, then
        `minimize_constrained`.

        Raises:
          ValueError: there are `unconstrained_steps`, but no `global_step`.
        """
        arguments: dict[str, Any] = {
            "minimization_problem": minimization_problem,
            "global_step": global_step,
            "var_list": var_list,
            "gate_gradients": gate_gradients,
            "aggregation_method": aggregation_method,
            "colocate_gradients_with_ops": colocate_gradients_with_ops,
            "name": name,
            "grad_loss": grad_loss,
        }
        if unconstrained_steps is None:
            return self.minimize_constrained(**arguments)
        if global_step is None:
            raise ValueError("global_step cannot be None if unconstrained_steps is provided")
        steps = convert_to_tensor(unconstrained_steps)
        return cond(
            math_ops.cast(global_step, steps.dtype) < steps,
            true_fn=lambda: self.minimize_unconstrained(**arguments),
            false_fn=lambda: self.minimize_constrained(**arguments),
        )


def _after_pre_train_ops(problem: Any, step: Callable[[], Any]) -> Any:
    before = problem.pre_train_ops
    if not before:
        return step()
    with control_dependencies(before):
        return step()


class _RegretOptimizer(ConstrainedOptimizer):
    """A game: one player changes the variables, the other a state that weighs the constraints.

    Args:
      optimizer: changes the variables.
      constraint_optimizer: changes the state; default: `optimizer`, too.
    """

    _state_name: str

    def __init__(self, optimizer: Any, constraint_optimizer: Any = None) -> None:
        super().__init__(optimizer=optimizer)
        self._constraint_optimizer = constraint_optimizer

    @property
    def constraint_optimizer(self) -> Any:
        """The optimizer of the state, or None."""
        return self._constraint_optimizer

    @abc.abstractmethod
    def _initial_state(self, num_constraints: int) -> Any:
        """The state's first value."""

    @abc.abstractmethod
    def _loss_and_gradient(
        self, state: Any, objective: Any, constraints: Any, proxy_constraints: Any
    ) -> tuple[Any, Any]:
        """What the first player minimizes, and the gradient that the second one ascends."""

    @abc.abstractmethod
    def _projection_op(self, state: Any, name: str | None = None) -> Any:
        """Puts the state back to where it may be."""

    def _constraint_grad_and_var(self, state: Any, gradient: Any) -> tuple[Any, Any]:
        return -gradient, state

    def _minimize_constrained(
        self,
        minimization_problem: Any,
        global_step: Any = None,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
    ) -> Any:
        objective = minimization_problem.objective
        constraints = minimization_problem.constraints
        proxies = minimization_problem.proxy_constraints
        if proxies is None:
            proxies = constraints
        if len({t.dtype.base_dtype for t in (objective, constraints, proxies)}) > 1:
            raise ValueError(
                "objective, constraints and proxy_constraints must have the same dtype"
            )
        count = minimization_problem.num_constraints
        constraints = array_ops.reshape(constraints, shape=(count,))
        proxies = array_ops.reshape(proxies, shape=(count,))
        # By a function: the initializer waits for nothing that the step waits for.
        state = Variable(lambda: self._initial_state(count), trainable=False, name=self._state_name)
        loss, gradient = self._loss_and_gradient(state, objective, constraints, proxies)
        pairs = self.optimizer.compute_gradients(
            loss,
            var_list=var_list,
            gate_gradients=gate_gradients,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
            grad_loss=grad_loss,
        )
        own = self._constraint_grad_and_var(state, gradient)
        with control_dependencies(self._updates(pairs, own)):
            if global_step is None:
                return self._projection_op(state, name=name)
            projected = self._projection_op(state, name="project")
            with colocate_with(global_step):
                counted = state_ops.assign_add(global_step, 1, name="global_step_increment")
            return grouping.group(projected, counted, name=name)

    def _updates(self, pairs: list[Any], own: tuple[Any, Any]) -> list[Any]:
        """Both players' updates."""
        if self.constraint_optimizer is None:
            return [self.optimizer.apply_gradients([*pairs, own], name="update")]
        with control_dependencies([g for g, _ in [*pairs, own] if g is not None]):
            return [
                self.optimizer.apply_gradients(pairs, name="update"),
                self.constraint_optimizer.apply_gradients([own], name="optimizer_state_update"),
            ]
