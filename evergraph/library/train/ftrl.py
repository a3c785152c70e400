"""Follow the regularized leader."""

from collections.abc import Sequence
from typing import Any

from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.defaults import colocate_with
from evergraph.library.train.optimizer import Optimizer
from evergraph.library.train.rule_optimizer import Cast, RuleUpdates


@export("train.FtrlOptimizer")
class FtrlOptimizer(RuleUpdates, Optimizer):
    """FTRL-proximal, with L1, L2 and shrinkage penalties. Stands for `tf.train.FtrlOptimizer`.

    Args:
      learning_rate: a number or a tensor.
      learning_rate_power: the power of the accumulator that divides the rate; at most 0.
      initial_accumulator_value: where the accumulators begin; from 0.
      l1_regularization_strength, l2_regularization_strength: the penalties' weights, from 0.
      use_locking: whether updates hold the variables' locks.
      name: the name of the updates and slots.
      accum_name, linear_name: names of the two slots in place of `name`.
      l2_shrinkage_regularization_strength: the weight of an L2 penalty on the size of steps.

    Raises:
      ValueError: a number is outside of its range.
    """

    _slot_order = ("accum", "linear")

    def __init__(
        self,
        learning_rate: Any,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "Ftrl",
        accum_name: str | None = None,
        linear_name: str | None = None,
        l2_shrinkage_regularization_strength: float = 0.0,
    ) -> None:
        super().__init__(use_locking, name)
        _check_not_negative(initial_accumulator_value, "initial_accumulator_value")
        if learning_rate_power > 0.0:
            raise ValueError(
                f"learning_rate_power {learning_rate_power:f} needs to be negative or zero"
            )
        _check_not_negative(l1_regularization_strength, "l1_regularization_strength")
        _check_not_negative(l2_regularization_strength, "l2_regularization_strength")
        _check_not_negative(
            l2_shrinkage_regularization_strength, "l2_shrinkage_regularization_strength"
        )
        self._learning_rate = learning_rate
        self._learning_rate_power = learning_rate_power
        self._initial_accumulator_value = initial_accumulator_value
        self._l1_regularization_strength = l1_regularization_strength
        self._l2_regularization_strength = l2_regularization_strength
        self._l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self._accum_name = accum_name
        self._linear_name = linear_name
        self._shrinks = l2_shrinkage_regularization_strength > 0.0
        self._rule = "FtrlV2" if self._shrinks else "Ftrl"

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for v in var_list:
            with colocate_with(v):
                value = constant(
                    self._initial_accumulator_value, dtype=v.dtype, shape=v.get_shape()
                )
                self._get_or_make_slot(v, value, "accum", self._accum_name or self._name)
                self._zeros_slot(v, "linear", self._linear_name or self._name)

    def _prepare(self) -> None:
        names = (
            "learning_rate",
            "l1_regularization_strength",
            "l2_regularization_strength",
            "l2_shrinkage_regularization_strength",
            "learning_rate_power",
        )
        self._tensors = {n: self._hyperparameter(getattr(self, "_" + n), n) for n in names}

    def _rule_inputs(self, grad: Any, cast: Cast) -> list[Any]:
        tensors = dict(self._tensors)
        if not self._shrinks:
            del tensors["l2_shrinkage_regularization_strength"]
        return [grad, *map(cast, tensors.values())]


def _check_not_negative(value: float, name: str) -> None:
    if value < 0.0:
        raise ValueError(f"{name} {value:f} needs to be positive or zero")
