"""tf.keras.optimizers whose steps depend on each variable's gradients so far: RMSprop, Adagrad,
Adadelta."""

from collections.abc import Sequence
from typing import Any, Self

from evergraph.api import array_ops, gathering, grouping, init_ops, math_ops, state_ops
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies
from evergraph.library.keras import backend
from evergraph.library.keras.optimizers import KNOWN, OptimizerV2, State, _check_momentum


@export("keras.optimizers.RMSprop")
class RMSprop(OptimizerV2):
    """Steps divided by the root of a moving average of squared gradients (Tieleman and Hinton
    2012). Stands for `tf.keras.optimizers.RMSprop`.

    Args:
      learning_rate: a number, a tensor, a function, or a schedule.
      rho: the decay of the average.
      momentum: the share of the last step.
      epsilon: is added to the root.
      centered: whether the average gradient's square is taken off.
      name, **kwargs: see `tf.keras.optimizers.Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.9,
        momentum: Any = 0.0,
        epsilon: Any = 1e-7,
        centered: bool = False,
        name: str = "RMSprop",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("rho", rho)
        self._momentum = _check_momentum(momentum)
        self._set_hyper("momentum", momentum)
        self.epsilon = epsilon or backend.epsilon()
        self.centered = centered

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        kept = {"rms": True, "momentum": self._momentum, "mg": self.centered}
        for name in (name for name, is_kept in kept.items() if is_kept):
            for var in var_list:
                self.add_slot(var, name)

    def _state(self, dtype: Any) -> State:
        rates = super()._state(dtype)
        rho = array_ops.identity(self._get_hyper("rho", dtype))
        return rates | {
            "neg_lr": -rates["lr_t"],
            "epsilon": convert_to_tensor(self.epsilon, dtype),
            "rho": rho,
            "momentum": array_ops.identity(self._get_hyper("momentum", dtype)),
            "rest": 1.0 - rho,
        }

    def _with_momentum(self, kind: str, grads: Sequence[Any], var: Any, state: State) -> Any:
        slots = [self.get_slot(var, name) for name in ("rms", "momentum")]
        if self.centered:
            kind = f"{kind}Centered"
            slots.insert(0, self.get_slot(var, "mg"))
        numbers = (state[name] for name in ("lr_t", "rho", "momentum", "epsilon"))
        handles = (x.handle for x in (var, *slots))
        return apply_op(f"{kind}RMSProp", *handles, *numbers, *grads, use_locking=self._use_locking)

    def _assigned(self, variable: Any, value: Any) -> Any:
        return state_ops.assign(variable, value, use_locking=self._use_locking)

    def _apply_dense(self, grad: Any, var: Any, state: State) -> Any:
        if self._momentum:
            return self._with_momentum("ResourceApply", [grad], var, state)
        rho, rest = state["rho"], state["rest"]
        rms = self.get_slot(var, "rms")
        squares = self._assigned(rms, rho * rms + rest * math_ops.square(grad))
        if self.centered:
            mean = self.get_slot(var, "mg")
            means = self._assigned(mean, rho * mean + rest * grad)
            squares = squares - math_ops.square(means)
        step = state["lr_t"] * grad / (math_ops.sqrt(squares) + state["epsilon"])
        return self._assigned(var, var - step).op

    def _apply_sparse(self, grad: Any, var: Any, indices: Any, state: State) -> Any:
        if self._momentum:
            return self._with_momentum("ResourceSparseApply", [grad, indices], var, state)

        def averaged(name: str, share: Any) -> tuple[Any, Any]:
            slot = self.get_slot(var, name)
            with control_dependencies([self._assigned(slot, slot * state["rho"])]):
                found = self._scatter_add(slot, indices, share)
                return found, gathering.gather(found, indices)

        squares, rows = averaged("rms", (grad * grad) * state["rest"])
        updated = [squares]
        if self.centered:
            means, mean_rows = averaged("mg", grad * state["rest"])
            rows = rows - math_ops.square(mean_rows)
            updated.append(means)
        step = state["neg_lr"] * grad / (math_ops.sqrt(rows) + state["epsilon"])
        return grouping.group(self._scatter_add(var, indices, step), *updated)

    def get_config(self) -> dict[str, Any]:
        settings = self._settings("learning_rate", "decay", "rho", "momentum")
        others = {"epsilon": self.epsilon, "centered": self.centered}
        return super().get_config() | settings | others


@export("keras.optimizers.Adagrad")
class Adagrad(OptimizerV2):
    """Steps divided by the root of the sum of squared gradients (Duchi et al. 2011). Stands for
    `tf.keras.optimizers.Adagrad`.

    Args:
      learning_rate: a number, a tensor, a function, or a schedule.
      initial_accumulator_value: what the sum begins with.
      epsilon: is added to the root.
      name, **kwargs: see `tf.keras.optimizers.Optimizer`.

    Raises:
      ValueError: the sum begins below 0.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: Any = 1e-7,
        name: str = "Adagrad",
        **kwargs: Any,
    ) -> None:
        if initial_accumulator_value < 0.0:
            raise ValueError(
                f"initial_accumulator_value must be non-negative: {initial_accumulator_value}"
            )
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon or backend.epsilon()

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            start = init_ops.constant_initializer(
                self._initial_accumulator_value, dtype=var.dtype.base_dtype
            )
            self.add_slot(var, "accumulator", start)

    def _state(self, dtype: Any) -> State:
        rates = super()._state(dtype)
        return rates | {
            "epsilon": convert_to_tensor(self.epsilon, dtype),
            "neg_lr": -rates["lr_t"],
            "zero": array_ops.zeros((), dtype="int64"),
        }

    def _apply_dense(self, grad: Any, var: Any, state: State) -> Any:
        sums = self.get_slot(var, "accumulator")
        return apply_op(
            "ResourceApplyAdagradV2",
            var.handle,
            sums.handle,
            state["lr_t"],
            state["epsilon"],
            grad,
            use_locking=self._use_locking,
        )

    def _apply_sparse(self, grad: Any, var: Any, indices: Any, state: State) -> Any:
        sums = self.get_slot(var, "accumulator")
        return apply_op(
            "ResourceSparseApplyAdagradV2",
            var.handle,
            sums.handle,
            state["lr_t"],
            state["epsilon"],
            grad,
            indices,
            use_locking=self._use_locking,
        )

    def get_config(self) -> dict[str, Any]:
        settings = self._settings("learning_rate", "decay")
        start = self._initial_accumulator_value
        others = {"initial_accumulator_value": start, "epsilon": self.epsilon}
        return super().get_config() | settings | others

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """An optimizer with these arguments."""
        config.setdefault("initial_accumulator_value", 0.0)
        return super().from_config(config, custom_objects)


@export("keras.optimizers.Adadelta")
class Adadelta(OptimizerV2):
    """Steps by moving averages of squared gradients and squared steps (Zeiler 2012). Stands for
    `tf.keras.optimizers.Adadelta`.

    Args:
      learning_rate: a number, a tensor, a function, or a schedule; the paper has 1.
      rho: the decay of the averages.
      epsilon: is added under the roots.
      name, **kwargs: see `tf.keras.optimizers.Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.95,
        epsilon: Any = 1e-7,
        name: str = "Adadelta",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("rho", rho)
        self.epsilon = epsilon or backend.epsilon()

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for name in ("accum_grad", "accum_var"):
            for var in var_list:
                self.add_slot(var, name)

    def _state(self, dtype: Any) -> State:
        return super()._state(dtype) | {
            "epsilon": convert_to_tensor(self.epsilon, dtype),
            "rho": array_ops.identity(self._get_hyper("rho", dtype)),
        }

    def _applied(self, kind: str, grads: Sequence[Any], var: Any, state: State) -> Any:
        slots = (self.get_slot(var, name) for name in ("accum_grad", "accum_var"))
        handles = (x.handle for x in (var, *slots))
        numbers = (state[name] for name in ("lr_t", "rho", "epsilon"))
        return apply_op(kind, *handles, *numbers, *grads, use_locking=self._use_locking)

    def _apply_dense(self, grad: Any, var: Any, state: State) -> Any:
        return self._applied("ResourceApplyAdadelta", [grad], var, state)

    def _apply_sparse(self, grad: Any, var: Any, indices: Any, state: State) -> Any:
        return self._applied("ResourceSparseApplyAdadelta", [grad, indices], var, state)

    def get_config(self) -> dict[str, Any]:
        settings = self._settings("learning_rate", "decay", "rho")
        return super().get_config() | settings | {"epsilon": self.epsilon}


KNOWN.update(rmsprop=RMSprop, adagrad=Adagrad, adadelta=Adadelta)
