"""Adagrad and its relatives."""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import array_ops, init_ops, math_ops
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.defaults import colocate_with, device
from evergraph.library.train.optimizer import Optimizer
from evergraph.library.train.rule_optimizer import Cast, RuleUpdates


@export("train.AdagradOptimizer")
class AdagradOptimizer(RuleUpdates, Optimizer):
    """``accum += grad ** 2; var -= learning_rate * grad / sqrt(accum)``. Stands for
    `tf.train.AdagradOptimizer`.

    Args:
      learning_rate: a number, a tensor, or a function without arguments that gives one.
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
        self._learning_rate = learning_rate
        self._initial_accumulator_value = initial_accumulator_value
        self._learning_rate_tensor: Any = None

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for v in var_list:
            dtype = v.dtype.base_dtype
            if v.get_shape().is_fully_defined():
                init = init_ops.constant_initializer(self._initial_accumulator_value, dtype=dtype)
            else:
                init = self._init_constant_op(v, dtype)
            self._get_or_make_slot_with_initializer(
                v, init, v.get_shape(), dtype, "accumulator", self._name
            )

    def _init_constant_op(self, v: Any, dtype: Any) -> Callable[[], Any]:
        def init() -> Any:
            filled = apply_op("Fill", array_ops.shape(v), self._initial_accumulator_value)
            return math_ops.cast(filled, dtype)

        return init

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._hyperparameter(self._learning_rate, "learning_rate")

    def _rule_inputs(self, grad: Any, cast: Cast) -> list[Any]:
        return [cast(self._learning_rate_tensor), grad]


@export("train.AdagradDAOptimizer")
class AdagradDAOptimizer(RuleUpdates, Optimizer):
    """Adagrad with dual averaging, for sparse linear models. Stands for
    `tf.train.AdagradDAOptimizer`.

    Args:
      learning_rate: a number or a tensor.
      global_step: the step's variable or tensor, an int64.
      initial_gradient_squared_accumulator_value: where those accumulators begin; positive.
      l1_regularization_strength, l2_regularization_strength: the penalties' weights, from 0.
      use_locking: whether updates hold the variables' locks.
      name: the name of the updates and slots.

    Raises:
      ValueError: the initial value is not positive.
    """

    _rule = "AdagradDA"
    _slot_order = ("gradient_accumulator", "gradient_squared_accumulator")

    def __init__(
        self,
        learning_rate: Any,
        global_step: Any,
        initial_gradient_squared_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "AdagradDA",
    ) -> None:
        if initial_gradient_squared_accumulator_value <= 0.0:
            raise ValueError(
                "initial_gradient_squared_accumulator_value must be positive: "
                f"{initial_gradient_squared_accumulator_value}"
            )
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._initial_gradient_squared_accumulator_value = (
            initial_gradient_squared_accumulator_value
        )
        self._learning_rate_tensor: Any = None
        self._l1_regularization_strength = l1_regularization_strength
        self._l2_regularization_strength = l2_regularization_strength
        self._global_step = global_step
        self._global_step_on_worker: Any = None

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for v in var_list:
            shape, dtype = v.get_shape(), v.dtype.base_dtype
            with colocate_with(v):
                zeros = constant(0.0, shape=shape, dtype=dtype)
                squared = constant(
                    self._initial_gradient_squared_accumulator_value, shape=shape, dtype=dtype
                )
            self._get_or_make_slot(v, zeros, "gradient_accumulator", self._name)
            self._get_or_make_slot(v, squared, "gradient_squared_accumulator", self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._hyperparameter(self._learning_rate, "learning_rate")
        with colocate_with(self._learning_rate_tensor):
            self._global_step_on_worker = array_ops.identity(self._global_step) + 1

    def _apply(self, prefix: str, var: Any, grad: Any, indices: Any = None) -> Any:
        with device(var.device):
            self._step = array_ops.identity(self._global_step_on_worker)
        return super()._apply(prefix, var, grad, indices)

    def _rule_inputs(self, grad: Any, cast: Cast) -> list[Any]:
        return [
            grad,
            cast(self._learning_rate_tensor),
            cast(self._l1_regularization_strength),
            cast(self._l2_regularization_strength),
            self._step,
        ]


@export("train.ProximalAdagradOptimizer")
class ProximalAdagradOptimizer(RuleUpdates, Optimizer):
    """Adagrad with exact L1 and L2 penalties (FOBOS). Stands for
    `tf.train.ProximalAdagradOptimizer`.

    Args:
      learning_rate: a number or a tensor.
      initial_accumulator_value: where the accumulators begin; positive.
      l1_regularization_strength, l2_regularization_strength: the penalties' weights, from 0.
      use_locking: whether updates hold the variables' locks.
      name: the name of the updates and slots.

    Raises:
      ValueError: `initial_accumulator_value` is not positive.
    """

    _rule = "ProximalAdagrad"
    _slot_order = ("accumulator",)

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: Any = 0.0,
        l2_regularization_strength: Any = 0.0,
        use_locking: bool = False,
        name: str = "ProximalAdagrad",
    ) -> None:
        if initial_accumulator_value <= 0.0:
            raise ValueError(
                f"initial_accumulator_value must be positive: {initial_accumulator_value}"
            )
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._initial_accumulator_value = initial_accumulator_value
        self._l1_regularization_strength = l1_regularization_strength
        self._l2_regularization_strength = l2_regularization_strength

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for v in var_list:
            with colocate_with(v):
                value = constant(
                    self._initial_accumulator_value,
                    shape=v.get_shape(),
                    dtype=v.dtype.base_dtype,
                )
            self._get_or_make_slot(v, value, "accumulator", self._name)

    def _prepare(self) -> None:
        self._tensors = [
            self._hyperparameter(self._learning_rate, "learning_rate"),
            self._hyperparameter(self._l1_regularization_strength, "l1_regularization_strength"),
            self._hyperparameter(self._l2_regularization_strength, "l2_regularization_strength"),
        ]

    def _rule_inputs(self, grad: Any, cast: Cast) -> list[Any]:
        return [*map(cast, self._tensors), grad]
