"""Gradients that come too late are dropped."""

from typing import Any

from evergraph.api import array_ops, init_ops, math_ops, variable_scope
from evergraph.api.cond import cond
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.defaults import colocate_with, control_dependencies
from evergraph.graph.tensor import Tensor
from evergraph.library.summary import summary
from evergraph.library.train import training_util
from evergraph.library.train.optimizer import Optimizer


@export("contrib.opt.DropStaleGradientOptimizer")
class DropStaleGradientOptimizer(Optimizer):
    """Applies another optimizer's gradients unless the global step went on by more than `staleness`
    since they were computed. Stands for `tf.contrib.opt.DropStaleGradientOptimizer`.

    Args:
      opt: the optimizer.
      staleness: how many steps gradients may be late.
      use_locking: not used.
      name: the name of the updates.
    """

    def __init__(
        self, opt: Any, staleness: Any, use_locking: bool = False, name: str = "DropStaleGradient"
    ) -> None:
        super().__init__(use_locking, name)
        self._opt = opt
        self._staleness = staleness

    def compute_gradients(self, loss: Any, *args: Any, **kwargs: Any) -> Any:
        """The optimizer's gradients; the global step is taken before."""
        with colocate_with(loss):
            self._local_step = training_util.get_global_step() + 0
        with control_dependencies([self._local_step]):
            return self._opt.compute_gradients(array_ops.identity(loss), *args, **kwargs)

    def get_slot(self, *args: Any, **kwargs: Any) -> Any:
        """The optimizer's slot."""
        return self._opt.get_slot(*args, **kwargs)

    def get_slot_names(self, *args: Any, **kwargs: Any) -> list[str]:
        """The optimizer's names of slots."""
        return self._opt.get_slot_names(*args, **kwargs)  # type: ignore[no-any-return]

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: Any = None
    ) -> Any:
        """Applies the gradients or counts them as stale.

        Args:
          grads_and_vars: pairs of gradient and variable.
          global_step: the variable that counts steps.
          name: the name of the optimizer's operation.

        Returns:
          A tensor: how many were stale so far.
        """
        with colocate_with(global_step):
            stale = variable_scope.get_variable(
                "stale_counter", [], initializer=init_ops.zeros_initializer(), trainable=False
            )

        def accept() -> Any:
            applied = self._opt.apply_gradients(grads_and_vars, global_step=global_step, name=name)
            with control_dependencies([applied]):
                return array_ops.identity(0.0)

        grads = [
            grad if isinstance(grad, Tensor) else grad.op
            for grad, _ in grads_and_vars
            if grad is not None
        ]
        with control_dependencies(grads), colocate_with(global_step):
            staleness = array_ops.reshape(global_step - self._local_step, shape=())
        counted = stale.assign_add(
            cond(
                math_ops.less_equal(staleness, self._staleness),
                accept,
                lambda: array_ops.identity(1.0),
            )
        )
        summary.scalar(
            "Gradient staleness percentage",
            stale / math_ops.cast(global_step + 1, dtypes.float32),
        )
        return counted
