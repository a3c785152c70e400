"""Moving averages of variables and tensors."""

from typing import Any

from evergraph.api import (
    grouping,
    init_ops,
    math_ops,
    state_ops,
    variable_scope,
    variables,
)
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import (
    add_to_collection,
    colocate_with,
    get_name_scope,
    init_scope,
    name_scope,
)
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.library.train import slot_creator


def assign_moving_average(
    variable: Any, value: Any, decay: Any, zero_debias: bool = True, name: str | None = None
) -> Any:
    """Moves `variable` towards `value` by the share ``1 - decay``.

    Args:
      variable: a variable of floating type.
      value: a tensor of its shape and type.
      decay: a number or a tensor, in [0, 1].
      zero_debias: whether to correct for a variable that began at zero; that keeps two variables
        more.
      name: the node's name.

    Returns:
      The variable after the update.
    """
    with name_scope(name, "AssignMovingAvg", [variable, value, decay]) as scope:
        share = convert_to_tensor(1.0 - decay, name="decay")
        if share.dtype != variable.dtype.base_dtype:
            share = math_ops.cast(share, variable.dtype.base_dtype)
        if zero_debias:
            return _zero_debias(variable, value, share)
        return state_ops.assign_sub(variable, (variable - value) * share, name=scope)


def weighted_moving_average(
    value: Any,
    decay: Any,
    weight: Any,
    truediv: bool = True,
    collections: Any = None,
    name: str | None = None,
) -> Any:
    """The moving average of `value`, in which each is counted with its `weight`.

    Args:
      value: a tensor.
      decay: a number or a tensor, in [0, 1].
      weight: a tensor of its shape or a scalar.
      truediv: whether to divide integers with a fraction.
      collections: where the two variables that it keeps are put.
      name: the name of their scope.
    """
    if collections is None:
        collections = [GraphKeys.GLOBAL_VARIABLES]
    with variable_scope.variable_scope(name, "WeightedMovingAvg", [value, weight, decay]) as scope:
        total = variable_scope.get_variable(
            "value_x_weight",
            shape=value.get_shape(),
            dtype=value.dtype,
            initializer=init_ops.zeros_initializer(),
            trainable=False,
            collections=collections,
        )
        total_weight = variable_scope.get_variable(
            "weight",
            shape=weight.get_shape(),
            dtype=weight.dtype,
            initializer=init_ops.zeros_initializer(),
            trainable=False,
            collections=collections,
        )
        numerator = assign_moving_average(total, value * weight, decay, zero_debias=False)
        denominator = assign_moving_average(total_weight, weight, decay, zero_debias=False)
        divide = math_ops.truediv if truediv else math_ops.div
        return divide(numerator, denominator, name=scope.name)


def _zero_debias(unbiased_var: Any, value: Any, share: Any) -> Any:
    """The update of a moving average that began at zero, divided by ``1 - decay ** steps``."""
    with variable_scope.variable_scope(
        unbiased_var.name[: -len(":0")], values=[unbiased_var, value, share]
    ):
        with init_scope():
            biased_initializer = init_ops.zeros_initializer()
            local_step_initializer = init_ops.zeros_initializer()
        with colocate_with(unbiased_var):
            biased_var = variable_scope.get_variable(
                _unused_name("biased"),
                initializer=biased_initializer,
                shape=unbiased_var.get_shape(),
                dtype=unbiased_var.dtype,
                trainable=False,
            )
            local_step = variable_scope.get_variable(
                _unused_name("local_step"),
                shape=[],
                dtype=unbiased_var.dtype,
                initializer=local_step_initializer,
                trainable=False,
            )
    update_biased = state_ops.assign_sub(biased_var, (biased_var - value) * share)
    update_local_step = local_step.assign_add(1)
    factor = 1 - math_ops.pow(1.0 - share, update_local_step)
    return state_ops.assign(unbiased_var, update_biased / factor, name=get_name_scope() + "/")


def _unused_name(name: str) -> str:
    """`name`, numbered if the variable scope has such a variable and does not reuse it."""
    scope = variable_scope.get_variable_scope()
    if scope.reuse:
        return name
    taken = {v.op.name for v in scope.global_variables()}
    full_name = f"{scope.name}/{name}"
    if full_name not in taken:
        return name
    number = 1
    while f"{full_name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


@export("train.ExponentialMovingAverage")
class ExponentialMovingAverage:
    """Moving averages of variables, for evaluation. Stands for `tf.train.ExponentialMovingAverage`.

    ``average -= (1 - decay) * (average - variable)``.

    Args:
      decay: a number or a tensor, near 1.
      num_updates: a counter; then the decay is at most ``(1 + n) / (10 + n)``, so that averages
        move faster in the beginning.
      zero_debias: whether averages of tensors, which begin at zero, are corrected for that.
      name: the name of the averages' slots and of the update.
    """

    def __init__(
        self,
        decay: Any,
        num_updates: Any = None,
        zero_debias: bool = False,
        name: str = "ExponentialMovingAverage",
    ) -> None:
        self._decay = decay
        self._num_updates = num_updates
        self._zero_debias = zero_debias
        self._name = name
        # Reference to a variable or tensor → its average.
        self._averages: dict[Any, Any] = {}

    @property
    def name(self) -> str:
        """The name of the averages' slots and of the update."""
        return self._name

    def apply(self, var_list: Any = None) -> Any:
        """An operation that updates the averages, which are made at the first call.

        The average of a variable begins at its initial value, that of a tensor at zero.

        Args:
          var_list: variables and tensors; default: the trainable variables.

        Raises:
          TypeError: one is not of floating type.
        """
        if var_list is None:
            var_list = variables.trainable_variables()
        corrected = set()
        for var in var_list:
            if var.dtype.base_dtype not in _FLOATING:
                raise TypeError(f"The variables must be half, float, or double: {var.name}")
            if var.experimental_ref() in self._averages:
                continue
            average = self._make_average(var)
            if self._zero_debias and not isinstance(var, variables.Variable):
                corrected.add(average.experimental_ref())
            self._averages[var.experimental_ref()] = average
        with name_scope(self.name) as scope:
            decay = convert_to_tensor(self._decay, name="decay")
            if self._num_updates is not None:
                count = math_ops.cast(self._num_updates, dtypes.float32, name="num_updates")
                decay = math_ops.minimum(decay, (1.0 + count) / (10.0 + count))
            updates = []
            for var in var_list:
                average = self._averages[var.experimental_ref()]
                zero_debias = average.experimental_ref() in corrected
                updates.append(assign_moving_average(average, var, decay, zero_debias))
            return grouping.group(*updates, name=scope)

    def _make_average(self, var: Any) -> Any:
        with init_scope():
            if isinstance(var, variables.Variable):
                average = slot_creator.create_slot(
                    var, var.initialized_value(), self.name, colocate_with_primary=True
                )
                add_to_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, var)
                return average
            is_variable = var.op.type in ("Variable", "VariableV2", "VarHandleOp")
            return slot_creator.create_zeros_slot(var, self.name, colocate_with_primary=is_variable)

    def average(self, var: Any) -> Any:
        """The variable that holds the average of `var`, or None."""
        return self._averages.get(var.experimental_ref())

    def average_name(self, var: Any) -> str:
        """The name that the average of `var` has, or would have, in checkpoints."""
        average = self.average(var)
        if average is not None:
            return average.op.name
        return get_default_graph().unique_name(f"{var.op.name}/{self.name}", mark_as_used=False)

    def variables_to_restore(self, moving_avg_variables: Any = None) -> dict[str, Any]:
        """What to restore so that variables get their averages: names in checkpoints → variables.

        Args:
          moving_avg_variables: the variables that have averages; default: the trainable ones and
            those in MOVING_AVERAGE_VARIABLES. All other global variables keep their names.
        """
        if moving_avg_variables is None:
            moving_avg_variables = (
                variables.trainable_variables() + variables.moving_average_variables()
            )
        averaged = dict.fromkeys(moving_avg_variables)
        name_map = {self.average_name(v): v for v in averaged}
        averaged_names = {v.name for v in averaged}
        for v in dict.fromkeys(variables.global_variables()):
            if v.name not in averaged_names and v.op.name not in name_map:
                name_map[v.op.name] = v
        return name_map


_FLOATING = (dtypes.bfloat16, dtypes.float16, dtypes.float32, dtypes.float64)
