"""Adam."""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import grouping, math_ops, state_ops
from evergraph.api.resource_variable_ops import resource_scatter_add
from evergraph.base.export import export
from evergraph.graph.defaults import colocate_with, control_dependencies, init_scope
from evergraph.graph.graph import get_default_graph
from evergraph.library.train.optimizer import Optimizer
from evergraph.library.train.rule_optimizer import Cast, RuleUpdates


@export("train.AdamOptimizer")
class AdamOptimizer(RuleUpdates, Optimizer):
    """Steps by moving averages of the gradient and its square. Stands for `tf.train.AdamOptimizer`.

    At step t: ``rate = learning_rate * sqrt(1 - beta2 ** t) / (1 - beta1 ** t)``,
    ``m = beta1 * m + (1 - beta1) * grad``, ``v = beta2 * v + (1 - beta2) * grad ** 2``,
    ``var -= rate * m / (sqrt(v) + epsilon)``.

    Args:
      learning_rate: a number, a tensor, or a function without arguments that gives one.
      beta1: the decay of the average gradient.
      beta2: the decay of the average square.
      epsilon: the "epsilon hat" of the paper's Section 2.1.
      use_locking: whether updates hold the variables' locks.
      name: the name of the updates and slots.
    """

    _rule = "Adam"
    _slot_order = ("m", "v")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adam",
    ) -> None:
        super().__init__(use_locking, name)
        self._lr = learning_rate
        self._beta1 = beta1
        self._beta2 = beta2
        self._epsilon = epsilon
        self._lr_t: Any = None
        self._beta1_t: Any = None
        self._beta2_t: Any = None
        self._epsilon_t: Any = None

    def _get_beta_accumulators(self) -> tuple[Any, Any]:
        """The variables that hold the powers of beta1 and beta2."""
        with init_scope():
            graph = get_default_graph()
            return (
                self._get_non_slot_variable("beta1_power", graph=graph),
                self._get_non_slot_variable("beta2_power", graph=graph),
            )

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        # Where the first variable is, whatever order they are given in.
        first = min(var_list, key=lambda v: v.name)
        self._create_non_slot_variable(self._beta1, name="beta1_power", colocate_with=first)
        self._create_non_slot_variable(self._beta2, name="beta2_power", colocate_with=first)
        for v in var_list:
            self._zeros_slot(v, "m", self._name)
            self._zeros_slot(v, "v", self._name)

    def _prepare(self) -> None:
        self._lr_t = self._hyperparameter(self._lr, "learning_rate")
        self._beta1_t = self._hyperparameter(self._beta1, "beta1")
        self._beta2_t = self._hyperparameter(self._beta2, "beta2")
        self._epsilon_t = self._hyperparameter(self._epsilon, "epsilon")

    def _rule_inputs(self, grad: Any, cast: Cast) -> list[Any]:
        beta1_power, beta2_power = self._get_beta_accumulators()
        return [
            cast(beta1_power),
            cast(beta2_power),
            cast(self._lr_t),
            cast(self._beta1_t),
            cast(self._beta2_t),
            cast(self._epsilon_t),
            grad,
        ]

    # There is no sparse Adam: all rows decay, and those that have a gradient get their share.

    def _apply_sparse_shared(
        self, grad: Any, var: Any, indices: Any, scatter_add: Callable[[Any, Any, Any], Any]
    ) -> Any:
        def cast(x: Any) -> Any:
            return math_ops.cast(x, var.dtype.base_dtype)

        beta1_power, beta2_power = map(cast, self._get_beta_accumulators())
        lr_t, beta1_t = cast(self._lr_t), cast(self._beta1_t)
        beta2_t, epsilon_t = cast(self._beta2_t), cast(self._epsilon_t)
        rate = lr_t * math_ops.sqrt(1 - beta2_power) / (1 - beta1_power)
        m_t = self._decayed(
            self.get_slot(var, "m"), beta1_t, lambda: grad * (1 - beta1_t), indices, scatter_add
        )
        v_t = self._decayed(
            self.get_slot(var, "v"),
            beta2_t,
            lambda: (grad * grad) * (1 - beta2_t),
            indices,
            scatter_add,
        )
        root = math_ops.sqrt(v_t)
        update = state_ops.assign_sub(
            var, rate * m_t / (root + epsilon_t), use_locking=self._use_locking
        )
        return grouping.group(update, m_t, v_t)

    def _decayed(
        self,
        slot: Any,
        beta: Any,
        share: Callable[[], Any],
        indices: Any,
        scatter_add: Callable[[Any, Any, Any], Any],
    ) -> Any:
        values = share()
        decayed = state_ops.assign(slot, slot * beta, use_locking=self._use_locking)
        with control_dependencies([decayed]):
            return scatter_add(slot, indices, values)

    def _apply_sparse(self, grad: Any, var: Any) -> Any:
        return self._apply_sparse_shared(
            grad.values,
            var,
            grad.indices,
            lambda x, i, v: state_ops.scatter_add(x, i, v, use_locking=self._use_locking),
        )

    def _resource_scatter_add(self, x: Any, i: Any, v: Any) -> Any:
        with control_dependencies([resource_scatter_add(x.handle, i, v)]):
            return x.value()

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
        return self._apply_sparse_shared(grad, var, indices, self._resource_scatter_add)

    def _finish(self, update_ops: list[Any], name_scope: str) -> Any:
        with control_dependencies(update_ops):
            beta1_power, beta2_power = self._get_beta_accumulators()
            with colocate_with(beta1_power):
                update_beta1 = beta1_power.assign(
                    beta1_power * self._beta1_t, use_locking=self._use_locking
                )
                update_beta2 = beta2_power.assign(
                    beta2_power * self._beta2_t, use_locking=self._use_locking
                )
        return grouping.group(*update_ops, update_beta1, update_beta2, name=name_scope)
