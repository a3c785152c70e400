"""Optimizers that step further where the gradient has the sign of its moving average.

Formulas: Bello et al. 2017, https://arxiv.org/abs/1709.07417.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import array_ops, grouping, math_ops, state_ops
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.library.train.optimizer import Optimizer
from evergraph.library.train.rule_optimizer import Cast, RuleUpdates


class _SignOptimizer(RuleUpdates, Optimizer):
    """What both have in common: the average `m` and the factor of agreement's decay."""

    _slot_order = ("m",)
    _setting: str

    def __init__(
        self,
        learning_rate: Any,
        beta: Any,
        setting: Any,
        sign_decay_fn: Callable[[Any], Any] | None,
        use_locking: bool,
        name: str,
    ) -> None:
        super().__init__(use_locking, name)
        self._lr = learning_rate
        self._beta = beta
        self._setting_value = setting
        self._sign_decay_fn = sign_decay_fn
        self._sign_decay_t: Any = None

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: Any = None
    ) -> Any:
        """As every optimizer's; the decay is a function of `global_step`."""
        if self._sign_decay_fn is not None:
            decay = self._sign_decay_fn(global_step)
            self._sign_decay_t = convert_to_tensor(decay, name="sign_decay")
        return super().apply_gradients(grads_and_vars, global_step=global_step, name=name)

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for v in var_list:
            self._zeros_slot(v, "m", self._name)

    def _prepare(self) -> None:
        self._lr_t = convert_to_tensor(self._lr, name="learning_rate")
        self._beta_t = convert_to_tensor(self._beta, name="beta")
        self._setting_t = convert_to_tensor(self._setting_value, name=self._setting)
        if self._sign_decay_fn is None:
            self._sign_decay_t = convert_to_tensor(1.0, name="sign_decay")

    def _rule_inputs(self, grad: Any, cast: Cast) -> list[Any]:
        settings = (self._lr_t, self._setting_t, self._sign_decay_t, self._beta_t)
        return [*map(cast, settings), grad]

    def _factor(self, cast: Cast, constants: Sequence[Any], agreement: Any) -> Any:
        """How far a step goes, of the product of the two signs."""
        raise NotImplementedError()

    def _apply_sparse(self, grad: Any, var: Any) -> Any:
        def cast(x: Any) -> Any:
            return math_ops.cast(x, var.dtype.base_dtype)

        rate, *constants, beta = self._sparse_settings(cast)
        m = self.get_slot(var, "m")
        average = (m * beta) + (grad * (1 - beta))
        m_t = state_ops.assign(m, average, use_locking=self._use_locking)
        sign = math_ops.sign(grad.values)
        agreement = array_ops.gather(math_ops.sign(m_t), grad.indices) * sign
        factor = self._factor(cast, constants, agreement)
        update = state_ops.scatter_sub(
            var, grad.indices, rate * factor * grad.values, use_locking=self._use_locking
        )
        return grouping.group(update, m_t)

    def _sparse_settings(self, cast: Cast) -> list[Any]:
        raise NotImplementedError()


@export("contrib.opt.AddSignOptimizer")
class AddSignOptimizer(_SignOptimizer):
    """``var -= learning_rate * (alpha + decay * sign(m) * sign(grad)) * grad``, with the moving
    average ``m = beta * m + (1 - beta) * grad``. Stands for `tf.contrib.opt.AddSignOptimizer`.

    Args:
      learning_rate: how far a step goes.
      alpha: the factor's constant part.
      beta: the decay of the average.
      sign_decay_fn: makes the factor of the sign's share from the global step; default: 1.
      use_locking: whether updates hold the variables' locks.
      name: the name of the updates and slots.
    """

    _rule = "AddSign"
    _setting = "alpha"

    def __init__(
        self,
        learning_rate: Any = 0.1,
        alpha: Any = 1.0,
        beta: Any = 0.9,
        sign_decay_fn: Callable[[Any], Any] | None = None,
        use_locking: bool = False,
        name: str = "AddSignOptimizer",
    ) -> None:
        super().__init__(learning_rate, beta, alpha, sign_decay_fn, use_locking, name)

    def _sparse_settings(self, cast: Cast) -> list[Any]:
        return [cast(self._lr_t), cast(self._setting_t), cast(self._beta_t)]

    def _factor(self, cast: Cast, constants: Sequence[Any], agreement: Any) -> Any:
        (alpha,) = constants
        return alpha + cast(self._sign_decay_t) * agreement


@export("contrib.opt.PowerSignOptimizer")
class PowerSignOptimizer(_SignOptimizer):
    """``var -= learning_rate * base ** (decay * sign(m) * sign(grad)) * grad``, with the moving
    average ``m = beta * m + (1 - beta) * grad``. Stands for `tf.contrib.opt.PowerSignOptimizer`.

    Args:
      learning_rate: how far a step goes.
      base: the base of the power.
      beta: the decay of the average.
      sign_decay_fn: makes the exponent's factor from the global step; default: 1.
      use_locking: whether updates hold the variables' locks.
      name: the name of the updates and slots.
    """

    _rule = "PowerSign"
    _setting = "logbase"

    def __init__(
        self,
        learning_rate: Any = 0.1,
        base: float = math.e,
        beta: Any = 0.9,
        sign_decay_fn: Callable[[Any], Any] | None = None,
        use_locking: bool = False,
        name: str = "PowerSignOptimizer",
    ) -> None:
        super().__init__(learning_rate, beta, math.log(base), sign_decay_fn, use_locking, name)

    def _sparse_settings(self, cast: Cast) -> list[Any]:
        rate, beta, logbase = cast(self._lr_t), cast(self._beta_t), cast(self._setting_t)
        return [rate, logbase, cast(math.e), beta]

    def _factor(self, cast: Cast, constants: Sequence[Any], agreement: Any) -> Any:
        logbase, e = constants
        return math_ops.pow(e, logbase * cast(self._sign_decay_t) * agreement)
