"""Weight decay beside the gradient (Loshchilov and Hutter, https://arxiv.org/abs/1711.05101)."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, state_ops
from evergraph.api.grouping import no_op
from evergraph.api.resource_variable_ops import resource_scatter_add
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies
from evergraph.library.train.adam import AdamOptimizer
from evergraph.library.train.momentum import MomentumOptimizer
from evergraph.library.train.optimizer import Optimizer


@export("contrib.opt.DecoupledWeightDecayExtension")
class DecoupledWeightDecayExtension:
    """Before an optimizer: variables shrink by `weight_decay * var` before each of its updates.

    A class derives from this first and from the optimizer second. Stands for
    `tf.contrib.opt.DecoupledWeightDecayExtension`.

    Args:
      weight_decay: a number, a tensor, or a function without arguments that gives one.
      **kwargs: the optimizer's arguments.
    """

    def __init__(self, weight_decay: Any, **kwargs: Any) -> None:
        self._decay_var_list: Any = None
        self._weight_decay = weight_decay
        self._weight_decay_tensor: Any = None
        super().__init__(**kwargs)

    def minimize(
        self,
        loss: Any,
        global_step: Any = None,
        var_list: Any = None,
        gate_gradients: int = Optimizer.GATE_OP,
        aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
        decay_var_list: Any = None,
    ) -> Any:
        """As the optimizer's; only variables of `decay_var_list` shrink, if it is given."""
        self._decay_var_list = set(decay_var_list) if decay_var_list else False
        return super().minimize(  # type: ignore[misc]
            loss,
            global_step=global_step,
            var_list=var_list,
            gate_gradients=gate_gradients,
            aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
            name=name,
            grad_loss=grad_loss,
        )

    def apply_gradients(
        self,
        grads_and_vars: Any,
        global_step: Any = None,
        name: str | None = None,
        decay_var_list: Any = None,
    ) -> Any:
        """As the optimizer's; only variables of `decay_var_list` shrink, if it is given."""
        self._decay_var_list = set(decay_var_list) if decay_var_list else False
        return super().apply_gradients(  # type: ignore[misc]
            grads_and_vars, global_step=global_step, name=name
        )

    def _prepare(self) -> None:
        decay = self._weight_decay
        self._weight_decay_tensor = convert_to_tensor(
            decay() if callable(decay) else decay, name="weight_decay"
        )
        super()._prepare()  # type: ignore[misc]

    def _decays(self, var: Any) -> bool:
        return not self._decay_var_list or var in self._decay_var_list

    def _decay_weights_op(self, var: Any) -> Any:
        if not self._decays(var):
            return no_op()
        return var.assign_sub(self._weight_decay * var, self._use_locking)  # type: ignore[attr-defined]

    def _decay_weights_sparse_op(
        self, var: Any, indices: Any, scatter_add: Callable[..., Any]
    ) -> Any:
        if not self._decays(var):
            return no_op()
        update = -self._weight_decay * array_ops.gather(var, indices)
        return scatter_add(var, indices, update, self._use_locking)  # type: ignore[attr-defined]

    def _apply_dense(self, grad: Any, var: Any) -> Any:
        with control_dependencies([self._decay_weights_op(var)]):
            return super()._apply_dense(grad, var)  # type: ignore[misc]

    def _resource_apply_dense(self, grad: Any, var: Any) -> Any:
        with control_dependencies([self._decay_weights_op(var)]):
            return super()._resource_apply_dense(grad, var)  # type: ignore[misc]

    def _apply_sparse(self, grad: Any, var: Any) -> Any:
        decay = self._decay_weights_sparse_op(var, grad.indices, state_ops.scatter_add)
        with control_dependencies([decay]):
            return super()._apply_sparse(grad, var)  # type: ignore[misc]

    def _resource_scatter_add(self, x: Any, i: Any, v: Any, _: Any = None) -> Any:
        with control_dependencies([resource_scatter_add(x.handle, i, v)]):
            return x.value()

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
        decay = self._decay_weights_sparse_op(var, indices, self._resource_scatter_add)
        with control_dependencies([decay]):
            return super()._resource_apply_sparse(grad, var, indices)  # type: ignore[misc]


@export("contrib.opt.extend_with_decoupled_weight_decay")
def extend_with_decoupled_weight_decay(base_optimizer: Any) -> Any:
    """A class: the optimizer, with `weight_decay` as its first argument.

    Stands for `tf.contrib.opt.extend_with_decoupled_weight_decay`.
    """

    class OptimizerWithDecoupledWeightDecay(DecoupledWeightDecayExtension, base_optimizer):  # type: ignore[misc]
        """The optimizer with weight decay."""

        def __init__(self, weight_decay: Any, *args: Any, **kwargs: Any) -> None:
            super().__init__(weight_decay, *args, **kwargs)

    return OptimizerWithDecoupledWeightDecay


@export("contrib.opt.MomentumWOptimizer")
class MomentumWOptimizer(DecoupledWeightDecayExtension, MomentumOptimizer):
    """Momentum with weight decay. Stands for `tf.contrib.opt.MomentumWOptimizer`.

    Args:
      weight_decay: the share by which variables shrink.
      learning_rate, momentum, use_locking, name, use_nesterov: `tf.train.MomentumOptimizer`'s.
    """

    def __init__(
        self,
        weight_decay: Any,
        learning_rate: Any,
        momentum: Any,
        use_locking: bool = False,
        name: str = "MomentumW",
        use_nesterov: bool = False,
    ) -> None:
        super().__init__(
            weight_decay,
            learning_rate=learning_rate,
            momentum=momentum,
            use_locking=use_locking,
            name=name,
            use_nesterov=use_nesterov,
        )


@export("contrib.opt.AdamWOptimizer")
class AdamWOptimizer(DecoupledWeightDecayExtension, AdamOptimizer):
    """Adam with weight decay. Stands for `tf.contrib.opt.AdamWOptimizer`.

    Args:
      weight_decay: the share by which variables shrink.
      learning_rate, beta1, beta2, epsilon, use_locking, name: `tf.train.AdamOptimizer`'s.
    """

    def __init__(
        self,
        weight_decay: Any,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "AdamW",
    ) -> None:
        super().__init__(
            weight_decay,
            learning_rate=learning_rate,
            beta1=beta1,
            beta2=beta2,
            epsilon=epsilon,
            use_locking=use_locking,
            name=name,
        )
