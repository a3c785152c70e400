"""`tf.train.experimental.MixedPrecisionLossScaleOptimizer`."""

from collections.abc import Callable
from typing import Any

from evergraph.api import control_flow_ops, grouping
from evergraph.api.smart_cond import smart_cond
from evergraph.base.export import export
from evergraph.graph.composite import IndexedSlices
from evergraph.library.distribute import distribution_strategy_context
from evergraph.library.train import loss_scale as loss_scales
from evergraph.library.train.optimizer import Optimizer


def _scaled(grad: Any, factor: Any) -> Any:
    if grad is None:
        return None
    if isinstance(grad, IndexedSlices):
        return IndexedSlices(grad.values * factor, grad.indices, grad.dense_shape)
    return grad * factor


@export("train.experimental.MixedPrecisionLossScaleOptimizer")
class MixedPrecisionLossScaleOptimizer(Optimizer):
    """Multiplies losses before another optimizer differentiates them, and divides the gradients.
    Steps whose gradients are not finite are left out where the scale is dynamic. Stands for
    `tf.train.experimental.MixedPrecisionLossScaleOptimizer`.

    Args:
      opt: the optimizer.
      loss_scale: a number, "dynamic" or a LossScale.

    Raises:
      ValueError: `opt` is no Optimizer.
    """

    def __init__(self, opt: Optimizer, loss_scale: Any) -> None:
        if not isinstance(opt, Optimizer):
            raise ValueError(f'"opt" must be an instance of Optimizer, but got: {type(opt)}')
        self._optimizer = opt
        super().__init__(opt._use_locking, opt.get_name())
        self._loss_scale: Any = loss_scales.get(loss_scale)
        self._track_trackable(self._optimizer, "base_optimizer")
        self._track_trackable(self._loss_scale, "loss_scale")

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
        pairs = self._optimizer.compute_gradients(
            loss=self._scaled_loss(loss),
            var_list=var_list,
            gate_gradients=gate_gradients,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
            grad_loss=grad_loss,
        )
        factor = 1 / self._loss_scale()
        return [(_scaled(grad, factor), var) for grad, var in pairs]

    def _scaled_loss(self, loss: Any) -> Any:
        scale = self._loss_scale()
        if callable(loss):
            function: Callable[[], Any] = loss
            return lambda: function() * scale
        return loss * scale

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Any:
        """An operation that applies gradients; arguments as of `Optimizer.apply_gradients`.

        Raises:
          ValueError: it is called outside of a strategy's replicas.
        """
        if distribution_strategy_context.in_cross_replica_context():
            raise ValueError("apply_gradients() must be called in a replica context.")
        if not isinstance(self._loss_scale, loss_scales.DynamicLossScale):
            return self._optimizer.apply_gradients(grads_and_vars, global_step, name)
        context = distribution_strategy_context.get_replica_context()
        return context.merge_call(
            self._distributed_apply, args=(tuple(grads_and_vars), global_step, name)
        )

    def _distributed_apply(
        self, distribution: Any, grads_and_vars: Any, global_step: Any = None, name: Any = None
    ) -> Any:
        name = self.get_name() if name is None else name
        update, should_apply = self._loss_scale.update([grad for grad, _ in grads_and_vars])

        def apply() -> Any:
            applied = distribution.extended.call_for_each_replica(
                self._optimizer.apply_gradients,
                args=(grads_and_vars, global_step, f"{name}-wrapped"),
            )
            return distribution.group(applied)

        applied = smart_cond(should_apply, apply, control_flow_ops.no_op)
        return grouping.group(applied, update, name=name)
