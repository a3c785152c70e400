"""tf.keras.optimizers: Adamax, Nadam and Ftrl."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops, gathering, grouping, init_ops, math_ops, state_ops
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies
from evergraph.library.keras import backend
from evergraph.library.keras.optimizers import KNOWN, OptimizerV2, State
from evergraph.library.train.learning_rate_schedule import LearningRateSchedule


class _TwoMoments(OptimizerV2):
    """Slots "m" and "v" of each variable, with decays of their own."""

    def _set_moments(self, rate: Any, beta_1: Any, beta_2: Any, epsilon: Any) -> None:
        self._set_hyper("learning_rate", rate)
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("beta_1", beta_1)
        self._set_hyper("beta_2", beta_2)
        self.epsilon = epsilon or backend.epsilon()

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for name in ("m", "v"):
            for var in var_list:
                self.add_slot(var, name)

    def _moments(self, var: Any) -> tuple[Any, Any]:
        return self.get_slot(var, "m"), self.get_slot(var, "v")

    def get_config(self) -> dict[str, Any]:
        settings = self._settings("learning_rate", "decay", "beta_1", "beta_2")
        return super().get_config() | settings | {"epsilon": self.epsilon}


@export("keras.optimizers.Adamax")
class Adamax(_TwoMoments):
    """Adam with the greatest gradients in place of mean squares (Kingma and Ba 2014, Section 7.1).

    Stands for `tf.keras.optimizers.Adamax`.

    Args:
      learning_rate: a number, a tensor, a function, or a schedule.
      beta_1, beta_2: the decays of the average and of the greatest gradient.
      epsilon: is added to what is divided by.
      name, **kwargs: see `tf.keras.optimizers.Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: Any = 0.9,
        beta_2: Any = 0.999,
        epsilon: Any = 1e-7,
        name: str = "Adamax",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_moments(kwargs.get("lr", learning_rate), beta_1, beta_2, epsilon)

    def _state(self, dtype: Any) -> State:
        state = super()._state(dtype)
        step = math_ops.cast(self.iterations + 1, dtype)
        beta_1 = array_ops.identity(self._get_hyper("beta_1", dtype))
        beta_2 = array_ops.identity(self._get_hyper("beta_2", dtype))
        power = math_ops.pow(beta_1, step)
        return state | {
            "neg_lr": -state["lr_t"] / (1 - power),
            "epsilon": convert_to_tensor(self.epsilon, dtype),
            "beta_1": beta_1,
            "power_1": power,
            "rest_1": 1 - beta_1,
            "beta_2": beta_2,
        }

    def _apply_dense(self, grad: Any, var: Any, state: State) -> Any:
        names = ("power_1", "lr_t", "beta_1", "beta_2", "epsilon")
        return apply_op(
            "ResourceApplyAdaMax",
            *(x.handle for x in (var, *self._moments(var))),
            *(state[name] for name in names),
            grad,
            use_locking=self._use_locking,
        )

    def _apply_sparse(self, grad: Any, var: Any, indices: Any, state: State) -> Any:
        m, v = self._moments(var)
        mean = gathering.gather(m, indices) * state["beta_1"] + grad * state["rest_1"]
        with control_dependencies([mean]):
            means = self._scatter_update(m, indices, mean)
        greatest = math_ops.maximum(
            gathering.gather(v, indices) * state["beta_2"], math_ops.abs(grad)
        )
        with control_dependencies([greatest]):
            kept = self._scatter_update(v, indices, greatest)
        step = state["neg_lr"] * (mean / (greatest + state["epsilon"]))
        with control_dependencies([step]):
            return grouping.group(self._scatter_add(var, indices, step), means, kept)

    def _scatter_update(self, x: Any, indices: Any, values: Any) -> Any:
        with control_dependencies([apply_op("ResourceScatterUpdate", x.handle, indices, values)]):
            return x.value()


@export("keras.optimizers.Nadam")
class Nadam(_TwoMoments):
    """Adam with Nesterov's momentum (Dozat 2015). Stands for `tf.keras.optimizers.Nadam`.

    Args:
      learning_rate: a number, a tensor or a function.
      beta_1, beta_2: the decays of the averages of gradients and of their squares.
      epsilon: is added to what is divided by.
      name, **kwargs: see `tf.keras.optimizers.Optimizer`; and `schedule_decay`, by which the
        momentum grows.

    Raises:
      ValueError: the learning rate is a schedule.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: Any = 0.9,
        beta_2: Any = 0.999,
        epsilon: Any = 1e-7,
        name: str = "Nadam",
        **kwargs: Any,
    ) -> None:
        kwargs["decay"] = kwargs.pop("schedule_decay", 0.004)
        rate = kwargs.get("lr", learning_rate)
        if isinstance(rate, LearningRateSchedule):
            raise ValueError(
                "The Nadam optimizer does not support tf.keras.optimizers.LearningRateSchedules as "
                "the learning rate."
            )
        super().__init__(name, **kwargs)
        self._set_moments(rate, beta_1, beta_2, epsilon)
        self._m_cache: Any = None

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        if self._m_cache is None:
            self._m_cache = self.add_weight(
                "momentum_cache",
                shape=[],
                dtype=var_list[0].dtype.base_dtype,
                initializer="ones",
                trainable=False,
            )
            self._weights.append(self._m_cache)
        super()._create_slots(var_list)

    def _state(self, dtype: Any) -> State:
        cached = array_ops.identity(self._m_cache)
        rate = array_ops.identity(self._get_hyper("learning_rate", dtype))
        beta_1 = array_ops.identity(self._get_hyper("beta_1", dtype))
        beta_2 = array_ops.identity(self._get_hyper("beta_2", dtype))
        step = math_ops.cast(self.iterations + 1, dtype)
        base = math_ops.cast(0.96, dtype)

        def momentum(number: Any) -> Any:
            return beta_1 * (1.0 - 0.5 * math_ops.pow(base, self._initial_decay * number))

        m, m_next = momentum(step), momentum(math_ops.cast(self.iterations + 2, dtype))
        schedule = math_ops.cast(cached, dtype) * m
        if dtype is self._m_cache.dtype:
            schedule = array_ops.identity(
                state_ops.assign(self._m_cache, schedule, use_locking=self._use_locking)
            )
        return {
            "lr_t": rate,
            "neg_lr": -rate,
            "epsilon": convert_to_tensor(self.epsilon, dtype),
            "beta_1": beta_1,
            "beta_2": beta_2,
            "m_next": m_next,
            "rest_1": 1 - beta_1,
            "rest_2": 1 - beta_2,
            "rest_m": 1.0 - m,
            "rest_schedule": 1.0 - schedule,
            "rest_schedule_next": 1.0 - schedule * m_next,
            "rest_v": 1.0 - math_ops.pow(beta_2, step),
        }

    def _apply_dense(self, grad: Any, var: Any, state: State) -> Any:
        def averaged(slot: Any, beta: Any, share: Any) -> Any:
            return state_ops.assign(slot, beta * slot + share, use_locking=self._use_locking)

        m, v = self._moments(var)
        now = grad / state["rest_schedule"]
        mean = averaged(m, state["beta_1"], state["rest_1"] * grad) / state["rest_schedule_next"]
        squares = averaged(v, state["beta_2"], state["rest_2"] * math_ops.square(grad))
        bar = state["rest_m"] * now + state["m_next"] * mean
        root = math_ops.sqrt(squares / state["rest_v"]) + state["epsilon"]
        value = var - state["lr_t"] * bar / root
        return state_ops.assign(var, value, use_locking=self._use_locking).op

    def _apply_sparse(self, grad: Any, var: Any, indices: Any, state: State) -> Any:
        def averaged(slot: Any, beta: Any, share: Any) -> tuple[Any, Any]:
            decayed = state_ops.assign(slot, slot * beta, use_locking=self._use_locking)
            with control_dependencies([decayed]):
                found = self._scatter_add(slot, indices, share)
                return found, gathering.gather(found, indices)

        m, v = self._moments(var)
        now = grad / state["rest_schedule"]
        _, mean = averaged(m, state["beta_1"], grad * state["rest_1"])
        bar = state["rest_m"] * now + state["m_next"] * (mean / state["rest_schedule_next"])
        squares, rows = averaged(v, state["beta_2"], (grad * grad) * state["rest_2"])
        root = math_ops.sqrt(rows / state["rest_v"]) + state["epsilon"]
        update = self._scatter_add(var, indices, state["neg_lr"] * bar / root)
        return grouping.group(update, bar, squares)


@export("keras.optimizers.Ftrl")
class Ftrl(OptimizerV2):
    """Follow the regularized leader (McMahan et al. 2013). Stands for
    `tf.keras.optimizers.Ftrl`.

    Args:
      learning_rate: a number, a tensor, a function, or a schedule.
      learning_rate_power: by which the rate falls with the squares; 0 keeps it.
      initial_accumulator_value: what sums of squares begin with.
      l1_regularization_strength, l2_regularization_strength: of the variables' values.
      name, **kwargs: see `tf.keras.optimizers.Optimizer`.
      l2_shrinkage_regularization_strength: of gradients only.

    Raises:
      ValueError: the power is positive, or another number negative.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: Any = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: Any = 0.0,
        l2_regularization_strength: Any = 0.0,
        name: str = "Ftrl",
        l2_shrinkage_regularization_strength: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        if learning_rate_power > 0.0:
            raise ValueError(
                f"learning_rate_power {learning_rate_power:f} needs to be negative or zero"
            )
        for key, value in (
            ("initial_accumulator_value", initial_accumulator_value),
            ("l1_regularization_strength", l1_regularization_strength),
            ("l2_regularization_strength", l2_regularization_strength),
            ("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength),
        ):
            if value < 0.0:
                raise ValueError(f"{key} {value:f} needs to be positive or zero")
        self._set_hyper("learning_rate", learning_rate)
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("learning_rate_power", learning_rate_power)
        self._set_hyper("l1_regularization_strength", l1_regularization_strength)
        self._set_hyper("l2_regularization_strength", l2_regularization_strength)
        self._initial_accumulator_value = initial_accumulator_value
        self._shrinkage = l2_shrinkage_regularization_strength

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            first = init_ops.constant_initializer(
                self._initial_accumulator_value, dtype=var.dtype.base_dtype
            )
            self.add_slot(var, "accumulator", first)
            self.add_slot(var, "linear")

    def _state(self, dtype: Any) -> State:
        names = (
            "learning_rate_power",
            "l1_regularization_strength",
            "l2_regularization_strength",
        )
        own = {name: array_ops.identity(self._get_hyper(name, dtype)) for name in names}
        return super()._state(dtype) | own | {"shrinkage": math_ops.cast(self._shrinkage, dtype)}

    def _applied(self, kind: str, var: Any, state: State, *grads: Any) -> Any:
        numbers = [state[n] for n in ("lr_t", "l1_regularization_strength")]
        numbers.append(state["l2_regularization_strength"])
        if self._shrinkage > 0.0:
            kind += "V2"
            numbers.append(state["shrinkage"])
        slots = (self.get_slot(var, name) for name in ("accumulator", "linear"))
        return apply_op(
            kind,
            *(x.handle for x in (var, *slots)),
            *grads,
            *numbers,
            state["learning_rate_power"],
            use_locking=self._use_locking,
        )

    def _apply_dense(self, grad: Any, var: Any, state: State) -> Any:
        return self._applied("ResourceApplyFtrl", var, state, grad)

    def _apply_sparse(self, grad: Any, var: Any, indices: Any, state: State) -> Any:
        return self._applied("ResourceSparseApplyFtrl", var, state, grad, indices)

    def get_config(self) -> dict[str, Any]:
        settings = self._settings(
            "learning_rate",
            "decay",
            "learning_rate_power",
            "l1_regularization_strength",
            "l2_regularization_strength",
        )
        return (
            super().get_config()
            | settings
            | {
                "initial_accumulator_value": self._initial_accumulator_value,
                "l2_shrinkage_regularization_strength": self._shrinkage,
            }
        )


KNOWN |= {"adamax": Adamax, "nadam": Nadam, "ftrl": Ftrl}
