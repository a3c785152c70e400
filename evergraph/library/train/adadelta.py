"""Adadelta."""

from collections.abc import Sequence
from typing import Any

from evergraph.base.export import export
from evergraph.library.train.optimizer import Optimizer
from evergraph.library.train.rule_optimizer import Cast, RuleUpdates


@export("train.AdadeltaOptimizer")
class AdadeltaOptimizer(RuleUpdates, Optimizer):
    """Steps scaled by the ratio of past updates to past gradients. Stands for
    `tf.train.AdadeltaOptimizer`.

    Args:
      learning_rate: a number, a tensor, or a function without arguments that gives one.
      rho: the decay of both averages.
      epsilon: keeps the ratio finite.
      use_locking: whether updates hold the variables' locks.
      name: the name of the updates and slots.
    """

    _rule = "Adadelta"
    _slot_order = ("accum", "accum_update")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.95,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adadelta",
    ) -> None:
        super().__init__(use_locking, name)
        self._lr = learning_rate
        self._rho = rho
        self._epsilon = epsilon
        self._lr_t: Any = None
        self._rho_t: Any = None
        self._epsilon_t: Any = None

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for v in var_list:
            self._zeros_slot(v, "accum", self._name)
            self._zeros_slot(v, "accum_update", self._name)

    def _prepare(self) -> None:
        self._lr_t = self._hyperparameter(self._lr, "lr")
        self._rho_t = self._hyperparameter(self._rho, "rho")
        self._epsilon_t = self._hyperparameter(self._epsilon, "epsilon")

    def _rule_inputs(self, grad: Any, cast: Cast) -> list[Any]:
        return [cast(self._lr_t), cast(self._rho_t), cast(self._epsilon_t), grad]
