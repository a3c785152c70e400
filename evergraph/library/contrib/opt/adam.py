"""Relatives of Adam: rows left alone without a gradient, Nesterov's momentum, the largest norm."""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import array_ops, grouping, math_ops, state_ops
from evergraph.api.resource_variable_ops import resource_scatter_update
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import colocate_with, control_dependencies, init_scope
from evergraph.graph.graph import get_default_graph
from evergraph.library.train.adam import AdamOptimizer
from evergraph.library.train.rule_optimizer import Cast

Scatter = Callable[[Any, Any, Any], Any]


class _CastAdam(AdamOptimizer):
    def _cast_settings(self, var: Any) -> tuple[Any, ...]:
        """The powers of both betas, the rate, both betas and epsilon, of the variable's type."""
        powers = self._get_beta_accumulators()
        settings = (self._lr_t, self._beta1_t, self._beta2_t, self._epsilon_t)
        return tuple(math_ops.cast(x, var.dtype.base_dtype) for x in (*powers, *settings))


class _RowsAlone(_CastAdam):
    """Adam that leaves rows without a gradient alone."""

    def _apply_sparse(self, grad: Any, var: Any) -> Any:
        power1, power2, rate, beta1, beta2, epsilon = self._cast_settings(var)
        rate = rate * math_ops.sqrt(1 - power2) / (1 - power1)
        indices = grad.indices

        def moved(slot: Any, beta: Any, value: Callable[[], Any]) -> Any:
            kept = beta * array_ops.gather(slot, indices)
            mixed = kept + (1 - beta) * value()
            return state_ops.scatter_update(slot, indices, mixed, use_locking=self._use_locking)

        m = moved(self.get_slot(var, "m"), beta1, lambda: grad.values)
        v = moved(self.get_slot(var, "v"), beta2, lambda: math_ops.square(grad.values))
        m_rows, v_rows = array_ops.gather(m, indices), array_ops.gather(v, indices)
        denominator = math_ops.sqrt(v_rows) + epsilon
        update = state_ops.scatter_sub(
            var, indices, rate * m_rows / denominator, use_locking=self._use_locking
        )
        return grouping.group(update, m, v)

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
        power1, power2, rate, beta1, beta2, epsilon = self._cast_settings(var)
        rate = rate * math_ops.sqrt(1 - power2) / (1 - power1)

        def moved(slot: Any, beta: Any, value: Callable[[], Any]) -> tuple[Any, Any]:
            rows = beta * array_ops.gather(slot, indices) + (1 - beta) * value()
            return rows, resource_scatter_update(slot.handle, indices, rows)

        m_rows, m = moved(self.get_slot(var, "m"), beta1, lambda: grad)
        v_rows, v = moved(self.get_slot(var, "v"), beta2, lambda: math_ops.square(grad))
        step = rate * m_rows / (math_ops.sqrt(v_rows) + epsilon)
        update = apply_op("ResourceScatterSub", var.handle, indices, step)
        return grouping.group(update, m, v)


@export("contrib.opt.LazyAdamOptimizer")
class LazyAdamOptimizer(_RowsAlone):
    """Adam that leaves averages and variables alone in rows that have no gradient.

    Stands for `tf.contrib.opt.LazyAdamOptimizer`; the arguments are `tf.train.AdamOptimizer`'s.
    """


@export("contrib.opt.AdamGSOptimizer")
class AdamGSOptimizer(_CastAdam):
    """Adam that takes the number of the step from the global step: it has no powers of its own.

    Stands for `tf.contrib.opt.AdamGSOptimizer`.

    Args:
      global_step: a variable, or a number: how many steps there were.
      learning_rate, beta1, beta2, epsilon, use_locking, name: see `tf.train.AdamOptimizer`.
    """

    def __init__(
        self,
        global_step: Any = 0,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adam",
    ) -> None:
        super().__init__(learning_rate, beta1, beta2, epsilon, use_locking, name)
        self._global_step = global_step
        self._global_step_on_worker: Any = None

    def _get_beta_accumulators(self) -> tuple[Any, Any]:
        step = self._global_step_on_worker
        return math_ops.pow(self._beta1_t, step), math_ops.pow(self._beta2_t, step)

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for v in var_list:
            self._zeros_slot(v, "m", self._name)
            self._zeros_slot(v, "v", self._name)

    def _prepare(self) -> None:
        super()._prepare()
        step = array_ops.identity(self._global_step) + 1
        self._global_step_on_worker = math_ops.cast(step, dtypes.float32)

    def _finish(self, update_ops: list[Any], name_scope: str) -> Any:
        return grouping.group(*update_ops, name=name_scope)


@export("contrib.opt.LazyAdamGSOptimizer")
class LazyAdamGSOptimizer(AdamGSOptimizer, _RowsAlone):
    """`LazyAdamOptimizer` that takes the number of the step from the global step.

    Stands for `tf.contrib.opt.LazyAdamGSOptimizer`; the arguments are `AdamGSOptimizer`'s.
    """


@export("contrib.opt.NadamOptimizer")
class NadamOptimizer(_CastAdam):
    """Adam with Nesterov's momentum (Dozat 2016). Stands for `tf.contrib.opt.NadamOptimizer`;
    the arguments are `tf.train.AdamOptimizer`'s.
    """

    def _rule_attrs(self) -> dict[str, Any]:
        return {"use_nesterov": True}

    def _apply_sparse_shared(self, grad: Any, var: Any, indices: Any, scatter_add: Scatter) -> Any:
        power1, power2, rate, beta1, beta2, epsilon = self._cast_settings(var)
        rate = rate * math_ops.sqrt(1 - power2) / (1 - power1)
        m, share = self.get_slot(var, "m"), grad * (1 - beta1)
        decayed = state_ops.assign(m, m * beta1, use_locking=self._use_locking)
        with control_dependencies([decayed]):
            m_t = scatter_add(m, indices, share)
            ahead = share + beta1 * array_ops.gather(m_t, indices)
        v, share = self.get_slot(var, "v"), (grad * grad) * (1 - beta2)
        decayed = state_ops.assign(v, v * beta2, use_locking=self._use_locking)
        with control_dependencies([decayed]):
            v_t = scatter_add(v, indices, share)
        root = math_ops.sqrt(array_ops.gather(v_t, indices))
        update = scatter_add(var, indices, -rate * ahead / (root + epsilon))
        return grouping.group(update, ahead, v_t)


@export("contrib.opt.AdaMaxOptimizer")
class AdaMaxOptimizer(AdamOptimizer):
    """Adam with the decayed largest gradient in place of the root of the average square.

    ``m = beta1 * m + (1 - beta1) * grad``, ``v = max(beta2 * v, |grad|)``,
    ``var -= learning_rate / (1 - beta1 ** t) * m / (v + epsilon)`` (Kingma and Ba 2014, 7.1).
    Stands for `tf.contrib.opt.AdaMaxOptimizer`; the arguments are `tf.train.AdamOptimizer`'s.
    """

    _rule = "AdaMax"

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "AdaMax",
    ) -> None:
        super().__init__(learning_rate, beta1, beta2, epsilon, use_locking, name)

    def _get_beta_accumulators(self) -> Any:
        with init_scope():
            return self._get_non_slot_variable("beta1_power", graph=get_default_graph())

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        first = min(var_list, key=lambda v: v.name)
        self._create_non_slot_variable(self._beta1, name="beta1_power", colocate_with=first)
        for v in var_list:
            self._zeros_slot(v, "m", self._name)
            self._zeros_slot(v, "v", self._name)

    def _rule_inputs(self, grad: Any, cast: Cast) -> list[Any]:
        settings = (self._lr_t, self._beta1_t, self._beta2_t, self._epsilon_t)
        return [cast(self._get_beta_accumulators()), *map(cast, settings), grad]

    def _apply_rows(
        self, grad: Any, var: Any, indices: Any, scatter_add: Scatter, scatter_update: Scatter
    ) -> Any:
        settings = (self._lr_t, self._beta1_t, self._beta2_t, self._epsilon_t)
        power, rate, beta1, beta2, epsilon = (
            math_ops.cast(x, var.dtype.base_dtype)
            for x in (self._get_beta_accumulators(), *settings)
        )
        m = self.get_slot(var, "m")
        m_rows = array_ops.gather(m, indices) * beta1 + grad * (1 - beta1)
        with control_dependencies([m_rows]):
            m_t = scatter_update(m, indices, m_rows)
        v = self.get_slot(var, "v")
        v_rows = math_ops.maximum(array_ops.gather(v, indices) * beta2, math_ops.abs(grad))
        with control_dependencies([v_rows]):
            v_t = scatter_update(v, indices, v_rows)
        step = -rate / (1 - power) * (m_rows / (v_rows + epsilon))
        with control_dependencies([step]):
            update = scatter_add(var, indices, step)
        return grouping.group(update, m_t, v_t)

    def _apply_sparse(self, grad: Any, var: Any) -> Any:
        def add(x: Any, i: Any, v: Any) -> Any:
            return state_ops.scatter_add(x, i, v, use_locking=self._use_locking)

        def replace(x: Any, i: Any, v: Any) -> Any:
            return state_ops.scatter_update(x, i, v, use_locking=self._use_locking)

        return self._apply_rows(grad.values, var, grad.indices, add, replace)

    def _resource_scatter_update(self, x: Any, i: Any, v: Any) -> Any:
        with control_dependencies([resource_scatter_update(x.handle, i, v)]):
            return x.value()

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
        return self._apply_rows(
            grad, var, indices, self._resource_scatter_add, self._resource_scatter_update
        )

    def _finish(self, update_ops: list[Any], name_scope: str) -> Any:
        with control_dependencies(update_ops):
            power = self._get_beta_accumulators()
            with colocate_with(power):
                update = power.assign(power * self._beta1_t, use_locking=self._use_locking)
        return grouping.group(*update_ops, update, name=name_scope)
