"""The optimizers of tf.contrib.optimizer_v2.

Settings are numbers, tensors, or functions without arguments that are called whenever gradients are
applied. What the rules are: see the optimizers of `tf.train`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import array_ops, grouping, init_ops, math_ops, state_ops
from evergraph.api.resource_variable_ops import resource_scatter_add
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.optimizer_v2.optimizer_v2 import OptimizerState, OptimizerV2


class _RuleOptimizer(OptimizerV2):
    """Applies `Apply<rule>` and its sparse and resource forms."""

    _rule: str
    _slot_order: Sequence[str] = ()

    def _rule_inputs(
        self, grads: list[Any], state: OptimizerState, hyper: Callable[[str], Any]
    ) -> list[Any]:
        """The inputs after the slots; `grads` are a gradient and maybe its indices."""
        raise NotImplementedError()

    def _rule_attrs(self) -> dict[str, Any]:
        """Attrs beside `use_locking`."""
        return {}

    def _apply(self, prefix: str, var: Any, grads: list[Any], state: OptimizerState) -> Any:
        dtype = var.dtype.base_dtype
        cells = [var, *(state.get_slot(var, name) for name in self._slot_order)]
        if prefix.startswith("Resource"):
            cells = [c.handle for c in cells]
        result = apply_op(
            f"{prefix}Apply{self._rule}",
            *cells,
            *self._rule_inputs(grads, state, lambda name: state.get_hyper(name, dtype)),
            use_locking=self._use_locking,
            **self._rule_attrs(),
        )
        return result.op if isinstance(result, Tensor) else result

    def _apply_dense(self, grad: Any, var: Any, state: OptimizerState) -> Any:  # type: ignore[override]
        return self._apply("", var, [grad], state)

    def _resource_apply_dense(self, grad: Any, var: Any, state: OptimizerState) -> Any:  # type: ignore[override]
        return self._apply("Resource", var, [grad], state)

    def _apply_sparse(self, grad: Any, var: Any, state: OptimizerState) -> Any:  # type: ignore[override]
        return self._apply("Sparse", var, [grad.values, grad.indices], state)

    def _resource_apply_sparse(  # type: ignore[override]
        self, grad: Any, var: Any, indices: Any, state: OptimizerState
    ) -> Any:
        return self._apply("ResourceSparse", var, [grad, indices], state)


@export("contrib.optimizer_v2.GradientDescentOptimizer")
class GradientDescentOptimizer(_RuleOptimizer):
    """Gradient descent. Stands for `tf.contrib.optimizer_v2.GradientDescentOptimizer`.

    Args:
      learning_rate: a setting.
      use_locking: whether updates hold the variables' locks.
      name: the name of the updates.
    """

    _rule = "GradientDescent"

    def __init__(
        self, learning_rate: Any, use_locking: bool = False, name: str = "GradientDescent"
    ) -> None:
        super().__init__(use_locking, name)
        self._set_hyper("learning_rate", learning_rate)

    def _rule_inputs(self, grads: list[Any], state: OptimizerState, hyper: Any) -> list[Any]:
        return [hyper("learning_rate"), *grads]

    def _resource_apply_sparse_duplicate_indices(  # type: ignore[override]
        self, grad: Any, handle: Any, indices: Any, state: OptimizerState
    ) -> Any:
        rate = state.get_hyper("learning_rate", grad.dtype.base_dtype)
        return resource_scatter_add(handle.handle, indices, -grad * rate)

    def _apply_sparse_duplicate_indices(self, grad: Any, var: Any, state: OptimizerState) -> Any:  # type: ignore[override]
        step = grad.values * state.get_hyper("learning_rate", var.dtype.base_dtype)
        delta = IndexedSlices(step, grad.indices, grad.dense_shape)
        return var.scatter_sub(delta, use_locking=self._use_locking)


@export("contrib.optimizer_v2.MomentumOptimizer")
class MomentumOptimizer(_RuleOptimizer):
    """Gradient descent with momentum. Stands for `tf.contrib.optimizer_v2.MomentumOptimizer`.

    Args:
      learning_rate, momentum: settings.
      use_locking: whether updates hold the variables' locks.
      name: the name of the updates and slots.
      use_nesterov: whether the momentum is Nesterov's.
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
        self._set_hyper("learning_rate", learning_rate)
        self._set_hyper("momentum", momentum)
        self._use_nesterov = use_nesterov

    def _create_vars(self, var_list: Any, state: OptimizerState) -> None:
        for v in var_list:
            state.zeros_slot(v, "momentum")

    def _rule_inputs(self, grads: list[Any], state: OptimizerState, hyper: Any) -> list[Any]:
        return [hyper("learning_rate"), *grads, hyper("momentum")]

    def _rule_attrs(self) -> dict[str, Any]:
        return {"use_nesterov": self._use_nesterov}


@export("contrib.optimizer_v2.AdagradOptimizer")
class AdagradOptimizer(_RuleOptimizer):
    """Adagrad. Stands for `tf.contrib.optimizer_v2.AdagradOptimizer`.

    Args:
      learning_rate: a setting.
      initial_accumulator_value: where the accumulators begin; positive.
      use_locking: whether updates hold the variables' locks.
      name: the name of the updates and slots.

    Raises:
      ValueError: `initial_accumulator_value` is not positive.
    """

    _rule = "Adagrad"
    _slot_order = ("accumulator",)

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        use_locking: bool = False,
        name: str = "Adagrad",
    ) -> None:
        if initial_accumulator_value <= 0.0:
            raise ValueError(
                f"initial_accumulator_value must be positive: {initial_accumulator_value}"
            )
        super().__init__(use_locking, name)
        self._set_hyper("learning_rate", learning_rate)
        self._initial_accumulator_value = initial_accumulator_value

    def _create_vars(self, var_list: Any, state: OptimizerState) -> None:
        for v in var_list:
            dtype = v.dtype.base_dtype
            init: Any = init_ops.constant_initializer(self._initial_accumulator_value, dtype=dtype)
            if not v.get_shape().is_fully_defined():

                def init(v: Any = v, dtype: Any = dtype) -> Any:
                    filled = array_ops.fill(array_ops.shape(v), self._initial_accumulator_value)
                    return math_ops.cast(filled, dtype)

            state.create_slot_with_initializer(v, init, v.get_shape(), dtype, "accumulator")

    def _rule_inputs(self, grads: list[Any], state: OptimizerState, hyper: Any) -> list[Any]:
        return [hyper("learning_rate"), *grads]


@export("contrib.optimizer_v2.AdadeltaOptimizer")
class AdadeltaOptimizer(_RuleOptimizer):
    """Adadelta. Stands for `tf.contrib.optimizer_v2.AdadeltaOptimizer`.

    Args:
      learning_rate, rho, epsilon: settings.
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
        self._set_hyper("learning_rate", learning_rate)
        self._set_hyper("rho", rho)
        self._set_hyper("epsilon", epsilon)

    def _create_vars(self, var_list: Any, state: OptimizerState) -> None:
        for v in var_list:
            state.zeros_slot(v, "accum")
            state.zeros_slot(v, "accum_update")

    def _rule_inputs(self, grads: list[Any], state: OptimizerState, hyper: Any) -> list[Any]:
        return [hyper("learning_rate"), hyper("rho"), hyper("epsilon"), *grads]


@export("contrib.optimizer_v2.RMSPropOptimizer")
class RMSPropOptimizer(_RuleOptimizer):
    """RMSProp, whose `epsilon` is where the mean squares begin.

    Stands for `tf.contrib.optimizer_v2.RMSPropOptimizer`.

    Args:
      learning_rate, decay, momentum, epsilon: settings.
      use_locking: whether updates hold the variables' locks.
      centered: whether gradients are divided by their deviation, not by their mean square's root.
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
        self._set_hyper("learning_rate", learning_rate)
        self._set_hyper("decay", decay)
        self._set_hyper("momentum", momentum)
        self._set_hyper("epsilon", epsilon)
        self._centered = centered
        self._rule = "CenteredRMSProp" if centered else "RMSProp"
        self._slot_order = ("mg", "rms", "momentum") if centered else ("rms", "momentum")

    def _create_vars(self, var_list: Any, state: OptimizerState) -> None:
        for v in var_list:
            dtype = v.dtype.base_dtype
            ms = state.get_hyper("epsilon", dtype) * array_ops.ones_like(v)
            state.create_slot_with_initializer(v, ms, v.get_shape(), dtype, "rms")
            if self._centered:
                state.zeros_slot(v, "mg")
            state.zeros_slot(v, "momentum")

    def _rule_inputs(self, grads: list[Any], state: OptimizerState, hyper: Any) -> list[Any]:
        return [hyper("learning_rate"), hyper("decay"), hyper("momentum"), 0, *grads]


@export("contrib.optimizer_v2.AdamOptimizer")
class AdamOptimizer(_RuleOptimizer):
    """Adam. Stands for `tf.contrib.optimizer_v2.AdamOptimizer`.

    Args:
      learning_rate, beta1, beta2, epsilon: settings.
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
        self._set_hyper("learning_rate", learning_rate)
        self._set_hyper("beta1", beta1)
        self._set_hyper("beta2", beta2)
        self._set_hyper("epsilon", epsilon)

    def _get_beta_accumulators(self, state: Any = None) -> tuple[Any, Any]:
        """The variables that hold the powers of beta1 and beta2."""
        state = self._get_per_graph_state() if state is None else state
        return state.get_non_slot("beta1_power"), state.get_non_slot("beta2_power")

    def _create_vars(self, var_list: Any, state: OptimizerState) -> None:
        state.create_non_slot(lambda: state.get_hyper("beta1"), name="beta1_power")
        state.create_non_slot(lambda: state.get_hyper("beta2"), name="beta2_power")
        for v in var_list:
            state.zeros_slot(v, "m")
            state.zeros_slot(v, "v")

    def _powers(self, state: OptimizerState, dtype: Any) -> list[Any]:
        return [math_ops.cast(power, dtype) for power in self._get_beta_accumulators(state)]

    def _rule_inputs(self, grads: list[Any], state: OptimizerState, hyper: Any) -> list[Any]:
        powers = self._powers(state, grads[0].dtype.base_dtype)
        settings = [hyper(name) for name in ("learning_rate", "beta1", "beta2", "epsilon")]
        return [*powers, *settings, *grads]

    def _apply_rows(
        self, grad: Any, var: Any, indices: Any, scatter_add: Any, state: OptimizerState
    ) -> Any:
        dtype = var.dtype.base_dtype
        power1, power2 = self._powers(state, dtype)
        rate, beta1, beta2, epsilon = (
            state.get_hyper(name, dtype) for name in ("learning_rate", "beta1", "beta2", "epsilon")
        )
        rate = rate * math_ops.sqrt(1 - power2) / (1 - power1)

        def decayed(slot: Any, beta: Any, share: Any) -> Any:
            update = state_ops.assign(slot, slot * beta, use_locking=self._use_locking)
            with control_dependencies([update]):
                return scatter_add(slot, indices, share)

        m = decayed(state.get_slot(var, "m"), beta1, grad * (1 - beta1))
        v = decayed(state.get_slot(var, "v"), beta2, (grad * grad) * (1 - beta2))
        root = math_ops.sqrt(v)
        update = state_ops.assign_sub(
            var, rate * m / (root + epsilon), use_locking=self._use_locking
        )
        return grouping.group(update, m, v)

    def _apply_sparse(self, grad: Any, var: Any, state: OptimizerState) -> Any:  # type: ignore[override]
        def add(x: Any, i: Any, v: Any) -> Any:
            return state_ops.scatter_add(x, i, v, use_locking=self._use_locking)

        return self._apply_rows(grad.values, var, grad.indices, add, state)

    def _resource_apply_sparse(  # type: ignore[override]
        self, grad: Any, var: Any, indices: Any, state: OptimizerState
    ) -> Any:
        def add(x: Any, i: Any, v: Any) -> Any:
            with control_dependencies([resource_scatter_add(x.handle, i, v)]):
                return x.value()

        return self._apply_rows(grad, var, indices, add, state)

    def _finish(self, state: OptimizerState) -> Any:  # type: ignore[override]
        updates = [
            power.assign(power * state.get_hyper(name), use_locking=self._use_locking)
            for name, power in zip(
                ("beta1", "beta2"), self._get_beta_accumulators(state), strict=True
            )
        ]
        return grouping.group(*updates)
