"""tf.keras.optimizers: what they share, SGD, Adam; the settings are variables of the graph."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from evergraph.api import array_ops, clip_ops, grouping, math_ops, state_ops
from evergraph.api.resource_variable_ops import resource_scatter_add
from evergraph.api.variables import Variable, VariableAggregation, VariableSynchronization
from evergraph.autodiff.gradients import gradients
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.conversion import convert_to_tensor, is_tensor
from evergraph.graph.defaults import (
    colocate_with,
    control_dependencies,
    executing_eagerly,
    init_scope,
    name_scope,
)
from evergraph.library.eager.backprop import GradientTape
from evergraph.library.keras import backend, initializers, schedules
from evergraph.library.keras.backend import track_variable
from evergraph.library.keras.engine.base_layer_utils import make_variable
from evergraph.library.keras.session import batch_get_value, batch_set_value, get_value, set_value
from evergraph.library.keras.utils.generic_utils import (
    deserialize_keras_object,
    serialize_keras_object,
)
from evergraph.library.saved_model.revived_types import register_revived_type
from evergraph.library.train.learning_rate_schedule import LearningRateSchedule
from evergraph.library.train.optimizer import Optimizer as TrainOptimizer
from evergraph.library.train.optimizer import _deduplicate_indexed_slices
from evergraph.library.train.tracking.tracking import AutoTrackable

State = dict[str, Any]


@export("keras.optimizers.Optimizer")
class OptimizerV2(AutoTrackable):
    """What Keras's optimizers derive from. Stands for `tf.keras.optimizers.Optimizer`.

    Args:
      name: the name of the updates.
      **kwargs: `clipnorm` and `clipvalue`, bounds of each gradient's norm and of its elements;
        `lr`, another name of the learning rate; `decay`, by which it falls: `lr / (1 + decay * t)`.

    Raises:
      TypeError, ValueError: for any other argument, or a negative one.
    """

    def __init__(self, name: str, **kwargs: Any) -> None:
        for key, value in kwargs.items():
            if key not in {"clipnorm", "clipvalue", "lr", "decay"}:
                raise TypeError(f"Unexpected keyword argument passed to optimizer: {key}")
            if value < 0:
                raise ValueError(f"Expected {key} >= 0, received: {value}")
        self._hyper: dict[str, Any] = {}
        self._name = name
        self._use_locking = True
        self._slots: dict[Any, dict[str, Any]] = {}
        # (number of the variable, name of the slot) → what restores have for it.
        self._waiting_slots: dict[tuple[int, str], list[Any]] = {}
        self._weights: list[Any] = []
        self._iterations: Any = None
        self._hypers_created = False
        self._initial_decay = kwargs.get("decay", 0.0)
        for key in ("clipnorm", "clipvalue"):
            if key in kwargs:
                setattr(self, key, kwargs[key])

    def __setattr__(self, name: str, value: Any) -> None:
        name = "learning_rate" if name == "lr" else name
        if name in self.__dict__.get("_hyper", ()):
            self._set_hyper(name, value)
        else:
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        name = "learning_rate" if name == "lr" else name
        if name in self.__dict__.get("_hyper", ()):
            return self._get_hyper(name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    # -- settings

    def _list_functions_for_serialization(self, serialization_cache: Any) -> dict[str, Any]:
        return {}  # to look at all attributes would make the count of steps

    def _set_hyper(self, name: str, value: Any) -> None:
        if isinstance(self._hyper.get(name), Variable) and not callable(value):
            set_value(self._hyper[name], value)
        else:
            self._hyper[name] = value

    def _get_hyper(self, name: str, dtype: Any = None) -> Any:
        self._create_hypers()
        value = self._hyper[name]
        if isinstance(value, LearningRateSchedule):
            return value
        value = value() if callable(value) else value
        return math_ops.cast(value, dtype) if dtype else value

    def _create_hypers(self) -> None:
        if self._hypers_created:
            return
        for name, value in sorted(self._hyper.items()):
            if not (is_tensor(value) or isinstance(value, Variable) or callable(value)):
                self._hyper[name] = self.add_weight(
                    name, shape=[], trainable=False, initializer=value
                )
        self._hypers_created = True

    def _serialize_hyperparameter(self, name: str) -> Any:
        value = self._hyper[name]
        if isinstance(value, LearningRateSchedule):
            return serialize_keras_object(value)
        if callable(value):
            return value()
        return get_value(value) if is_tensor(value) or isinstance(value, Variable) else value

    # -- variables

    @property
    def iterations(self) -> Any:
        """The variable that counts the steps."""
        if self._iterations is None:
            self._iterations = self.add_weight(
                "iter", shape=[], dtype=dtypes.int64, trainable=False
            )
            self._weights.append(self._iterations)
        return self._iterations

    @iterations.setter
    def iterations(self, variable: Any) -> None:
        if self._iterations is not None:
            raise RuntimeError(
                "Cannot set `iterations` to a new Variable after the Optimizer weights have been "
                "created"
            )
        self._iterations = variable
        self._weights.append(variable)

    @property
    def weights(self) -> list[Any]:
        """The count of steps, and what the optimizer keeps for each variable."""
        return self._weights

    def variables(self) -> list[Any]:
        """The same as `weights`."""
        return self._weights

    def get_weights(self) -> list[Any]:
        """The values of `weights`."""
        return batch_get_value(self._weights)

    def set_weights(self, weights: Any) -> None:
        """Sets `weights`; ValueError for other numbers of values or shapes."""
        if len(weights) != len(self._weights):
            raise ValueError(
                f"You called `set_weights(weights)` on optimizer {self._name} with a  weight list "
                f"of length {len(weights)}, but the optimizer was expecting {len(self._weights)} "
                f"weights. Provided weights: {str(weights)[:50]}..."
            )
        pairs = list(zip(self._weights, weights, strict=True))
        for variable, value in pairs:
            shape = tuple(variable.shape.as_list())
            if shape != np.shape(value):
                raise ValueError(
                    f"Optimizer weight shape {shape} not compatible with provided weight shape "
                    f"{np.shape(value)}"
                )
        batch_set_value(pairs)

    def add_weight(
        self,
        name: str,
        shape: Any,
        dtype: Any = None,
        initializer: Any = "zeros",
        trainable: bool | None = None,
        synchronization: Any = VariableSynchronization.AUTO,
        aggregation: Any = VariableAggregation.NONE,
    ) -> Any:
        """A new variable of the optimizer."""
        if isinstance(initializer, str) or callable(initializer):
            initializer = initializers.get(initializer)
        variable = make_variable(
            name=name,
            shape=shape,
            dtype=dtype or dtypes.float32,
            initializer=initializer,
            trainable=True if trainable is None else trainable,
        )
        self._track_trackable(variable, name=name, overwrite=True)
        track_variable(variable)
        return variable

    def add_slot(self, var: Any, slot_name: str, initializer: Any = "zeros") -> Any:
        """The variable that is kept for another one, made if it is not there."""
        slots = self._slots.setdefault(var, {})
        if slot_name not in slots:
            make = initializers.get(initializer)
            with colocate_with(var):
                slots[slot_name] = Variable(
                    name=f"{var._shared_name}/{slot_name}",
                    dtype=var.dtype,
                    trainable=False,
                    initial_value=lambda: make(shape=var.shape, dtype=var.dtype),
                )
            track_variable(slots[slot_name])
            waiting = self._waiting_slots.pop((id(var), slot_name), [])
            for position in sorted(waiting, key=lambda p: p.restore_uid, reverse=True):
                position.restore(slots[slot_name])
            self._weights.append(slots[slot_name])
        return slots[slot_name]

    def _create_or_restore_slot_variable(
        self, slot_variable_position: Any, slot_name: str, variable: Any
    ) -> None:
        """Restores a slot; one that is not there yet, as soon as it is made."""
        slot = self._slots.get(variable, {}).get(slot_name)
        if slot is None and executing_eagerly():
            slot = self.add_slot(variable, slot_name)
        if slot is not None:
            slot_variable_position.restore(slot)
        else:
            key = id(variable), slot_name
            self._waiting_slots.setdefault(key, []).append(slot_variable_position)

    def get_slot(self, var: Any, slot_name: str) -> Any:
        """The variable that is kept for another one."""
        if not isinstance(var, Variable):
            raise KeyError(slot_name)
        return self._slots[var][slot_name]

    # -- updates

    def get_gradients(self, loss: Any, params: Any) -> list[Any]:
        """The gradients of a loss, clipped if that was asked for.

        Raises:
          ValueError: the loss does not depend on a variable.
        """
        params = nest.flatten(params)
        with name_scope(self._name + "/gradients"):
            grads = gradients(loss, params)
            for grad, param in zip(grads, params, strict=True):
                if grad is None:
                    raise ValueError(
                        f"Variable {param} has `None` for gradient. Please make sure that all of "
                        "your ops have a gradient defined (i.e. are differentiable). Common ops "
                        "without gradient: K.argmax, K.round, K.eval."
                    )
            return self._clipped(grads)

    def _clipped(self, grads: list[Any]) -> list[Any]:
        if hasattr(self, "clipnorm"):
            grads = [clip_ops.clip_by_norm(g, self.clipnorm) for g in grads]
        if hasattr(self, "clipvalue"):
            bound = self.clipvalue
            grads = [clip_ops.clip_by_value(g, -bound, bound) for g in grads]
        return grads

    def minimize(self, loss: Any, var_list: Any, grad_loss: Any = None, name: Any = None) -> Any:
        """The operation that makes one step; with eager execution, makes it.

        Args:
          loss: a function without arguments that gives the loss.
          var_list: the variables, or a function without arguments that gives them.
          grad_loss: the gradient of the loss; default: 1.
          name: the name of the operation.
        """
        with GradientTape() as tape:
            if not callable(var_list):
                tape.watch(var_list)
            value = loss()
        variables = nest.flatten(var_list() if callable(var_list) else var_list)
        with name_scope(self._name + "/gradients"):
            grads = self._clipped(tape.gradient(value, variables, grad_loss))
        return self.apply_gradients(list(zip(grads, variables, strict=True)), name=name)

    def get_slot_names(self) -> list[str]:
        """The names of the variables that are kept for others."""
        return list(dict.fromkeys(name for slots in self._slots.values() for name in slots))

    def get_updates(self, loss: Any, params: Any) -> list[Any]:
        """The operation that makes one step, in a list."""
        pairs = list(zip(self.get_gradients(loss, params), params, strict=True))
        return [self.apply_gradients(pairs)]

    def apply_gradients(self, grads_and_vars: Any, name: str | None = None) -> Any:
        """The operation that makes one step with these gradients.

        Raises:
          ValueError: there are none.
        """
        given = list(grads_and_vars)
        pairs = [(grad, var) for grad, var in given if grad is not None]
        if given and not pairs:
            names = [var.name for _, var in given]
            raise ValueError(f"No gradients provided for any variable: {names}.")
        variables = [var for _, var in pairs]
        with name_scope(self._name):
            with init_scope():
                _ = self.iterations
                self._create_hypers()
                self._create_slots(variables)
            states = {}
            for var in variables:
                dtype = var.dtype.base_dtype
                if dtype not in states:
                    states[dtype] = self._state(dtype)
            updates = []
            with name_scope(name or self._name):
                for grad, var in pairs:
                    with name_scope("update_" + var.op.name), colocate_with(var):
                        updates.append(self._update(grad, var, states[var.dtype.base_dtype]))
                with control_dependencies(updates):
                    return self.iterations.assign_add(1).op

    def _update(self, grad: Any, var: Any, state: State) -> Any:
        if isinstance(grad, IndexedSlices):
            if var.constraint is not None:
                raise RuntimeError("Cannot use a constraint function on a sparse variable.")
            return self._apply_repeated(grad.values, var, grad.indices, state)
        update = self._apply_dense(grad, var, state)
        if var.constraint is None:
            return update
        with control_dependencies([update]):
            return var.assign(var.constraint(var))

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        pass

    def _state(self, dtype: Any) -> State:
        """The settings as tensors of a type."""
        rate = self._get_hyper("learning_rate", dtype)
        if isinstance(rate, LearningRateSchedule):
            rate = math_ops.cast(rate(math_ops.cast(self.iterations, dtype)), dtype)
        if self._initial_decay > 0.0:
            step = math_ops.cast(self.iterations, dtype)
            rate = rate / (1.0 + self._get_hyper("decay", dtype) * step)
        return {"lr_t": array_ops.identity(rate)}

    def _apply_dense(self, grad: Any, var: Any, state: State) -> Any:
        raise NotImplementedError

    def _apply_sparse(self, grad: Any, var: Any, indices: Any, state: State) -> Any:
        raise NotImplementedError

    def _apply_repeated(self, grad: Any, var: Any, indices: Any, state: State) -> Any:
        """With indices that may repeat."""
        summed, unique = _deduplicate_indexed_slices(values=grad, indices=indices)
        return self._apply_sparse(summed, var, unique, state)

    def _scatter_add(self, x: Any, indices: Any, values: Any) -> Any:
        with control_dependencies([resource_scatter_add(x.handle, indices, values)]):
            return x.value()

    def get_config(self) -> dict[str, Any]:
        """The arguments that make such an optimizer."""
        clips = {k: getattr(self, k) for k in ("clipnorm", "clipvalue") if hasattr(self, k)}
        return {"name": self._name, **clips}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """An optimizer with these arguments."""
        if "lr" in config:
            config["learning_rate"] = config.pop("lr")
        if isinstance(config.get("learning_rate"), dict):
            config["learning_rate"] = schedules.deserialize(config["learning_rate"])
        return cls(**config)

    def _settings(self, *names: str) -> dict[str, Any]:
        return {name: self._serialize_hyperparameter(name) for name in names}


def _check_momentum(momentum: Any) -> bool:
    """Whether there is a momentum; ValueError where it is not within [0, 1]."""
    if isinstance(momentum, (int, float)) and not 0 <= momentum <= 1:
        raise ValueError("`momentum` must be between [0, 1].")
    return is_tensor(momentum) or callable(momentum) or momentum > 0


@export("keras.optimizers.SGD")
class SGD(OptimizerV2):
    """``var -= learning_rate * grad``, with momentum
    ``v = momentum * v - learning_rate * grad; var += v``. Stands for `tf.keras.optimizers.SGD`.

    Args:
      learning_rate: a number, a tensor, a function, or a schedule.
      momentum: the share of the last step.
      nesterov: whether to use Nesterov's momentum.
      name, **kwargs: see `tf.keras.optimizers.Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: Any = 0.0,
        nesterov: bool = False,
        name: str = "SGD",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._momentum = _check_momentum(momentum)
        self._set_hyper("momentum", momentum)
        self.nesterov = nesterov

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list if self._momentum else ():
            self.add_slot(var, "momentum")

    def _state(self, dtype: Any) -> State:
        state = super()._state(dtype)
        return state | {"momentum": array_ops.identity(self._get_hyper("momentum", dtype))}

    def _apply_dense(self, grad: Any, var: Any, state: State) -> Any:
        if not self._momentum:
            return apply_op(
                "ResourceApplyGradientDescent",
                var.handle,
                state["lr_t"],
                grad,
                use_locking=self._use_locking,
            )
        return apply_op(
            "ResourceApplyKerasMomentum",
            var.handle,
            self.get_slot(var, "momentum").handle,
            state["lr_t"],
            grad,
            state["momentum"],
            use_locking=self._use_locking,
            use_nesterov=self.nesterov,
        )

    def _apply_repeated(self, grad: Any, var: Any, indices: Any, state: State) -> Any:
        if self._momentum:
            return super()._apply_repeated(grad, var, indices, state)
        return resource_scatter_add(var.handle, indices, -grad * state["lr_t"])

    def _apply_sparse(self, grad: Any, var: Any, indices: Any, state: State) -> Any:
        return apply_op(
            "ResourceSparseApplyKerasMomentum",
            var.handle,
            self.get_slot(var, "momentum").handle,
            state["lr_t"],
            grad,
            indices,
            state["momentum"],
            use_locking=self._use_locking,
            use_nesterov=self.nesterov,
        )

    def get_config(self) -> dict[str, Any]:
        settings = self._settings("learning_rate", "decay", "momentum")
        return super().get_config() | settings | {"nesterov": self.nesterov}


@export("keras.optimizers.Adam")
class Adam(OptimizerV2):
    """Steps by moving averages of the gradient and its square (Kingma and Ba 2014). Stands for
    `tf.keras.optimizers.Adam`.

    Args:
      learning_rate: a number, a tensor, a function, or a schedule.
      beta_1, beta_2: the decays of the averages.
      epsilon: the "epsilon hat" of the paper's Section 2.1.
      amsgrad: whether steps are divided by the greatest average of squares so far (Reddi et al.
        2018).
      name, **kwargs: see `tf.keras.optimizers.Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: Any = 0.9,
        beta_2: Any = 0.999,
        epsilon: Any = 1e-7,
        amsgrad: bool = False,
        name: str = "Adam",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("beta_1", beta_1)
        self._set_hyper("beta_2", beta_2)
        self.epsilon = epsilon or backend.epsilon()
        self.amsgrad = amsgrad

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for name in ("m", "v", "vhat")[: 3 if self.amsgrad else 2]:
            for var in var_list:
                self.add_slot(var, name)

    def set_weights(self, weights: Any) -> None:
        """Sets `weights`. Those of a file may have slots of `amsgrad` that are not used."""
        number = (len(self.weights) - 1) // 2
        if len(weights) == 3 * number + 1:
            weights = weights[: len(self.weights)]
        super().set_weights(weights)

    def _state(self, dtype: Any) -> State:
        state = super()._state(dtype)
        step = math_ops.cast(self.iterations + 1, dtype)
        beta_1 = array_ops.identity(self._get_hyper("beta_1", dtype))
        beta_2 = array_ops.identity(self._get_hyper("beta_2", dtype))
        power_1, power_2 = math_ops.pow(beta_1, step), math_ops.pow(beta_2, step)
        rate = state["lr_t"] * (math_ops.sqrt(1 - power_2) / (1 - power_1))
        return state | {
            "lr": rate,
            "epsilon": convert_to_tensor(self.epsilon, dtype),
            "beta_1": beta_1,
            "power_1": power_1,
            "rest_1": 1 - beta_1,
            "beta_2": beta_2,
            "power_2": power_2,
            "rest_2": 1 - beta_2,
        }

    def _apply_dense(self, grad: Any, var: Any, state: State) -> Any:
        names = ("power_1", "power_2", "lr_t", "beta_1", "beta_2", "epsilon")
        slots = ("m", "v", "vhat") if self.amsgrad else ("m", "v")
        return apply_op(
            "ResourceApplyAdamWithAmsgrad" if self.amsgrad else "ResourceApplyAdam",
            *(x.handle for x in (var, *(self.get_slot(var, slot) for slot in slots))),
            *(state[name] for name in names),
            grad,
            use_locking=self._use_locking,
        )

    def _apply_sparse(self, grad: Any, var: Any, indices: Any, state: State) -> Any:
        def averaged(slot: Any, share: Any, beta: Any) -> Any:
            decayed = state_ops.assign(slot, slot * beta, use_locking=self._use_locking)
            with control_dependencies([decayed]):
                return self._scatter_add(slot, indices, share)

        m = averaged(self.get_slot(var, "m"), grad * state["rest_1"], state["beta_1"])
        v = averaged(self.get_slot(var, "v"), (grad * grad) * state["rest_2"], state["beta_2"])
        greatest = []
        if self.amsgrad:
            slot = self.get_slot(var, "vhat")
            most = math_ops.maximum(slot, v)
            with control_dependencies([most]):
                greatest = [state_ops.assign(slot, most, use_locking=self._use_locking)]
        root = math_ops.sqrt(greatest[0] if greatest else v)
        update = state_ops.assign_sub(
            var, state["lr"] * m / (root + state["epsilon"]), use_locking=self._use_locking
        )
        return grouping.group(update, m, v, *greatest)

    def get_config(self) -> dict[str, Any]:
        settings = self._settings("learning_rate", "decay", "beta_1", "beta_2")
        others = {"epsilon": self.epsilon, "amsgrad": self.amsgrad}
        return super().get_config() | settings | others


# Optimizers by their names in lower case.
KNOWN: dict[str, type[OptimizerV2]] = {"adam": Adam, "sgd": SGD}


@export("keras.optimizers.get")
def get(identifier: Any) -> Any:
    """An optimizer from a name, a configuration, or an optimizer.

    Stands for `tf.keras.optimizers.get`.

    Raises:
      ValueError: for anything else, or an unknown name.
    """
    if isinstance(identifier, (OptimizerV2, TrainOptimizer)):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return deserialize({"class_name": identifier, "config": {}})
    raise ValueError("Could not interpret optimizer identifier:", identifier)


@export("keras.optimizers.serialize")
def serialize(optimizer: Any) -> Any:
    """Class name and configuration. Stands for `tf.keras.optimizers.serialize`."""
    return serialize_keras_object(optimizer)


@export("keras.optimizers.deserialize")
def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The optimizer of what `serialize` gave. Stands for `tf.keras.optimizers.deserialize`."""
    if config["class_name"].lower() in KNOWN:
        config = config | {"class_name": config["class_name"].lower()}
    return deserialize_keras_object(
        config,
        module_objects=KNOWN,
        custom_objects=custom_objects,
        printable_module_name="optimizer",
    )


class RestoredOptimizer(OptimizerV2):
    """The variables of the optimizer of a SavedModel. It cannot train."""

    def __init__(self) -> None:
        super().__init__("RestoredOptimizer")
        self._hypers_created = True

    def _set_part(self, name: str, value: Any) -> None:
        self._track_trackable(value, name, overwrite=True)
        self._set_hyper(name, value)

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError(
            "Restoring functional Optimzers from SavedModels is not currently supported. Please "
            "file a feature request if this limitation bothers you."
        )


register_revived_type(
    "optimizer",
    lambda obj: isinstance(obj, OptimizerV2),
    RestoredOptimizer,
    RestoredOptimizer._set_part,
)
