"""An optimizer of scaled losses."""

from typing import Any

from evergraph.api import control_flow_ops, grouping, math_ops
from evergraph.api.cond import cond
from evergraph.base.export import export
from evergraph.graph.defaults import executing_eagerly
from evergraph.library.train.optimizer import Optimizer


@export("contrib.mixed_precision.LossScaleOptimizer")
class LossScaleOptimizer(Optimizer):
    """Multiplies losses before another optimizer differentiates them, and divides the gradients.
    Steps whose gradients are not finite are left out. Stands for
    `tf.contrib.mixed_precision.LossScaleOptimizer`.

    Args:
      opt: the optimizer.
      loss_scale_manager: what the losses are multiplied by.
    """

    def __init__(self, opt: Optimizer, loss_scale_manager: Any) -> None:
        self._opt = opt
        self._loss_scale_manager = loss_scale_manager

    def compute_gradients(
        self,
        loss: Any,
        var_list: Any = None,
        gate_gradients: int = Optimizer.GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        grad_loss: Any = None,
    ) -> list[tuple[Any, Any]]:
        """Pairs of gradients and variables; arguments as of `Optimizer.compute_gradients`."""
        scale = self._loss_scale_manager.get_loss_scale()

        def scaled() -> Any:
            value = loss() if callable(loss) else loss
            return value * math_ops.cast(scale, value.dtype.base_dtype)

        pairs = self._opt.compute_gradients(
            scaled if executing_eagerly() else scaled(),
            var_list=var_list,
            gate_gradients=gate_gradients,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
            grad_loss=grad_loss,
        )
        factor = math_ops.reciprocal(scale)
        return [
            (g if g is None else g * math_ops.cast(factor, g.dtype.base_dtype), v) for g, v in pairs
        ]

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Any:
        """The node that updates the variables where all gradients are finite, and the scale;
        arguments as of `Optimizer.apply_gradients`."""
        finite = [math_ops.reduce_all(math_ops.is_finite(g)) for g, _ in grads_and_vars]
        all_finite = math_ops.reduce_all(finite)
        update = cond(
            all_finite,
            lambda: self._opt.apply_gradients(grads_and_vars, global_step, name),
            control_flow_ops.no_op,
        )
        return grouping.group(update, self._loss_scale_manager.update_loss_scale(all_finite))
