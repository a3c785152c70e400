"""RMSProp."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops, init_ops
from evergraph.base.export import export
from evergraph.library.train.optimizer import Optimizer
from evergraph.library.train.rule_optimizer import Cast, RuleUpdates


@export("train.RMSPropOptimizer")
class RMSPropOptimizer(RuleUpdates, Optimizer):
    """Steps divided by a moving root mean square of the gradient. Stands for
    `tf.train.RMSPropOptimizer`.

    Args:
      learning_rate: a number, a tensor, or a function without arguments that gives one.
      decay: the decay of the mean square.
      momentum: the share of the last step that is added.
      epsilon: added under the root.
      use_locking: whether updates hold the variables' locks.
      centered: whether to take the variance in place of the mean square.
      name: the name of the updates and slots.
    """

    def __init__(
        self,
        learning_rate: Any,
        decay: Any = 0.9,
        momentum: Any = 0.0,
        epsilon: Any = 1e-10,
        use_locking: bool = False,
        centered: bool = False,
        name: str = "RMSProp",
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._decay = decay
        self._momentum = momentum
        self._epsilon = epsilon
        self._centered = centered
        self._rule = "CenteredRMSProp" if centered else "RMSProp"
        self._slot_order = ("mg", "rms", "momentum") if centered else ("rms", "momentum")
        self._learning_rate_tensor: Any = None
        self._decay_tensor: Any = None
        self._momentum_tensor: Any = None
        self._epsilon_tensor: Any = None

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for v in var_list:
            dtype = v.dtype.base_dtype
            if v.get_shape().is_fully_defined():
                init_rms = init_ops.ones_initializer(dtype=dtype)
            else:
                init_rms = array_ops.ones_like(v)
            self._get_or_make_slot_with_initializer(
                v, init_rms, v.get_shape(), dtype, "rms", self._name
            )
            if self._centered:
                self._zeros_slot(v, "mg", self._name)
            self._zeros_slot(v, "momentum", self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._hyperparameter(self._learning_rate, "learning_rate")
        self._decay_tensor = self._hyperparameter(self._decay, "decay")
        self._momentum_tensor = self._hyperparameter(self._momentum, "momentum")
        self._epsilon_tensor = self._hyperparameter(self._epsilon, "epsilon")

    def _rule_inputs(self, grad: Any, cast: Cast) -> list[Any]:
        return [
            cast(self._learning_rate_tensor),
            cast(self._decay_tensor),
            cast(self._momentum_tensor),
            cast(self._epsilon_tensor),
            grad,
        ]
