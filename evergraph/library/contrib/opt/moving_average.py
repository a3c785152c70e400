"""An optimizer that keeps moving averages, to be saved in the variables' place."""

from typing import Any

from evergraph.api import grouping
from evergraph.api.variables import PartitionedVariable, global_variables
from evergraph.base.export import export
from evergraph.graph.defaults import control_dependencies
from evergraph.library.train.moving_averages import ExponentialMovingAverage
from evergraph.library.train.optimizer import Optimizer
from evergraph.library.train.saver import Saver
from evergraph.library.train.saving.saveable_object_util import op_list_to_dict


@export("contrib.opt.MovingAverageOptimizer")
class MovingAverageOptimizer(Optimizer):
    """Applies another optimizer and keeps moving averages of what it trains; `swapping_saver`
    saves them under the variables' names. Stands for `tf.contrib.opt.MovingAverageOptimizer`.

    Args:
      opt: the optimizer.
      average_decay, num_updates: see `tf.train.ExponentialMovingAverage`.
      sequential_update: whether averages are updated after the variables.
    """

    def __init__(
        self,
        opt: Any,
        average_decay: Any = 0.9999,
        num_updates: Any = None,
        sequential_update: bool = True,
    ) -> None:
        self._optimizer = opt
        self._ema = ExponentialMovingAverage(average_decay, num_updates=num_updates)
        self._swapped_variable_name_map: dict[str, str] | None = None
        self._sequential_update = sequential_update

    def compute_gradients(self, *args: Any, **kwargs: Any) -> Any:
        """The optimizer's gradients."""
        return self._optimizer.compute_gradients(*args, **kwargs)

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: Any = None
    ) -> Any:
        """Updates variables and averages."""
        train = self._optimizer.apply_gradients(grads_and_vars, global_step=global_step, name=name)
        variables = [v for grad, v in grads_and_vars if grad is not None]
        with control_dependencies([train] if self._sequential_update else []):
            averages = self._ema.apply(variables)
        names = {v.op.name: self._ema.average(v).op.name for v in variables}
        self._swapped_variable_name_map = names | {mean: name for name, mean in names.items()}
        return grouping.group(train, averages, name="train_with_avg")

    def swapping_saver(
        self, var_list: Any = None, name: str = "swapping_saver", **kwargs: Any
    ) -> Saver:
        """A saver that saves averages under the variables' names, and the reverse.

        Args:
          var_list, name, **kwargs: see `tf.train.Saver`.

        Raises:
          RuntimeError: `apply_gradients` was not called before.
          ValueError: a variable is to be saved and its average is not.
        """
        swapped = self._swapped_variable_name_map
        if swapped is None:
            raise RuntimeError(
                "Must call apply_gradients or minimize before creating the swapping_saver"
            )
        if var_list is None:
            var_list = global_variables()
        if not isinstance(var_list, dict):
            var_list = op_list_to_dict(var_list)
        by_name: dict[str, Any] = {}
        for key, value in var_list.items():
            if isinstance(value, (list, PartitionedVariable)):
                by_name.update((part.op.name, part) for part in value)
            else:
                by_name[key] = value

        def counterpart(variable_name: str, variable: Any) -> Any:
            other = swapped.get(variable_name)
            if other is None:
                return variable
            if other not in by_name:
                raise ValueError(
                    f"Variable to swap {other} is not part of variables to save. This breaks "
                    "MovingAverageOptimizer."
                )
            return by_name[other]

        found = {
            key: [counterpart(part.op.name, part) for part in value]
            if isinstance(value, list)
            else counterpart(key, value)
            for key, value in var_list.items()
        }
        return Saver(found, name=name, **kwargs)
