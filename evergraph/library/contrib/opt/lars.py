"""Rates that follow the ratio of a layer's weights to its gradient."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops, linalg_ops, math_ops
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.library.train.momentum import MomentumOptimizer


@export("contrib.opt.LARSOptimizer")
class LARSOptimizer(MomentumOptimizer):
    """Momentum whose rate is ``eeta * |var| / (|grad| + weight_decay * |var| + epsilon)`` of the
    learning rate (You et al. 2017, https://arxiv.org/abs/1708.03888); plain momentum for sparse
    gradients. Stands for `tf.contrib.opt.LARSOptimizer`.

    Args:
      learning_rate: the rate before scaling.
      momentum: the share of the last step.
      weight_decay: adds this much of the variable to its gradient.
      eeta, epsilon: see above.
      name: the name of the updates and slots.
      skip_list: parts of names of variables that are not scaled.
      use_nesterov: whether to use Nesterov's momentum.

    Raises:
      ValueError: momentum or weight decay is negative.
    """

    def __init__(
        self,
        learning_rate: Any,
        momentum: Any = 0.9,
        weight_decay: Any = 0.0001,
        eeta: Any = 0.001,
        epsilon: Any = 0.0,
        name: str = "LARSOptimizer",
        skip_list: Sequence[str] | None = None,
        use_nesterov: bool = False,
    ) -> None:
        if momentum < 0.0:
            raise ValueError(f"momentum should be positive: {momentum}")
        if weight_decay < 0.0:
            raise ValueError(f"weight_decay should be positive: {weight_decay}")
        super().__init__(learning_rate, momentum, False, name, use_nesterov)
        self._weight_decay = weight_decay
        self._eeta = eeta
        self._epsilon = epsilon
        self._skip_list = skip_list

    def compute_lr(self, grad: Any, var: Any) -> tuple[Any, Any]:
        """The scaled rate and the gradient with weight decay."""
        if self._skip_list is not None and any(part in var.name for part in self._skip_list):
            return self._learning_rate, grad
        weight_norm = linalg_ops.norm(var, ord=2)
        grad_norm = linalg_ops.norm(grad, ord=2)
        has_weight = math_ops.greater(weight_norm, 0)
        has_grad = math_ops.greater(grad_norm, 0)
        ratio = (
            self._eeta
            * weight_norm
            / (grad_norm + self._weight_decay * weight_norm + self._epsilon)
        )
        trust = array_ops.where(has_weight, array_ops.where(has_grad, ratio, 1.0), 1.0)
        return self._learning_rate * trust, grad + self._weight_decay * var

    def _apply_scaled(self, prefix: str, cells: Sequence[Any], grad: Any, var: Any) -> Any:
        rate, grad = self.compute_lr(grad, var)
        return apply_op(
            f"{prefix}ApplyMomentum",
            *cells,
            math_ops.cast(1.0, var.dtype.base_dtype),
            grad * rate,
            self._momentum,
            use_locking=False,
            use_nesterov=self._use_nesterov,
        )

    def _apply_dense(self, grad: Any, var: Any) -> Any:
        return self._apply_scaled("", [var, self.get_slot(var, "momentum")], grad, var)

    def _resource_apply_dense(self, grad: Any, var: Any) -> Any:
        handles = [var.handle, self.get_slot(var, "momentum").handle]
        return self._apply_scaled("Resource", handles, grad, var)
