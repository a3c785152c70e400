"""Momentum."""

from collections.abc import Sequence
from typing import Any

from evergraph.base.export import export
from evergraph.library.train.optimizer import Optimizer
from evergraph.library.train.rule_optimizer import Cast, RuleUpdates


@export("train.MomentumOptimizer")
class MomentumOptimizer(RuleUpdates, Optimizer):
    """``accum = momentum * accum + grad; var -= learning_rate * accum``. Stands for
    `tf.train.MomentumOptimizer`.

    Args:
      learning_rate: a number, a tensor, or a function without arguments that gives one.
      momentum: the same.
      use_locking: whether updates hold the variables' locks.
      name: the name of the updates and slots.
      use_nesterov: whether to look ahead, as Nesterov's momentum does.
    """

    _rule = "Momentum"
    _slot_order = ("momentum",)

    def __init__(
        self,
        learning_rate: Any,
        momentum: Any,
        use_locking: bool = False,
        name: str = "Momentum",
        use_nesterov: bool = False,
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._momentum = momentum
        self._use_nesterov = use_nesterov

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for v in var_list:
            self._zeros_slot(v, "momentum", self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._hyperparameter(self._learning_rate, "learning_rate")
        self._momentum_tensor = self._hyperparameter(self._momentum, "momentum")

    def _rule_inputs(self, grad: Any, cast: Cast) -> list[Any]:
        return [cast(self._learning_rate_tensor), grad, cast(self._momentum_tensor)]

    def _rule_attrs(self) -> dict[str, Any]:
        return {"use_nesterov": self._use_nesterov}
