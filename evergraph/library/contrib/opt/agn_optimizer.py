"""Accumulated gradient normalization."""

from typing import Any

from evergraph.api import array_ops, grouping, math_ops, state_ops, variable_scope, variables
from evergraph.api.cond import cond
from evergraph.base.export import export
from evergraph.graph.defaults import colocate_with, control_dependencies
from evergraph.graph.keys import GraphKeys
from evergraph.library.contrib.opt.centers import GLOBAL_VARIABLE_NAME as GLOBAL_VARIABLE_NAME
from evergraph.library.contrib.opt.centers import CenterGetter, RunningCentersHook, make_local_step
from evergraph.library.train.optimizer import Optimizer

GRAD_VARIABLE_NAME = "grad_variable"


@export("contrib.opt.AGNCustomGetter")
class AGNCustomGetter(CenterGetter):
    """The getter of variables for `AGNOptimizer`: a trainable variable belongs to the worker; the
    global one and the worker's sum of gradients are beside it.

    Stands for `tf.contrib.opt.AGNCustomGetter`. It is a variable scope's `custom_getter`, within
    `tf.train.replica_device_setter`.

    Args:
      worker_device: where the worker's variables go.
    """

    _beside = GRAD_VARIABLE_NAME

    @property
    def _grad_map(self) -> dict[Any, Any]:
        return self._beside_map


@export("contrib.opt.AGNOptimizer")
class AGNOptimizer(Optimizer):
    """Trains a worker's own variables, and each `communication_period` steps the global ones by the
    mean of the gradients (Hermans, Spanakis and Moeckel 2017).

    Stands for `tf.contrib.opt.AGNOptimizer`.

    Args:
      optimizer: what applies gradients.
      num_worker: how many workers there are.
      custom_getter: the `AGNCustomGetter` that made the variables.
      communication_period: how many steps.
      use_locking: whether updates hold the variables' locks.
      name: the name of the updates.
    """

    def __init__(
        self,
        optimizer: Any,
        num_worker: int,
        custom_getter: AGNCustomGetter,
        communication_period: int = 10,
        use_locking: bool = True,
        name: str = "AGNOptimizer",
    ) -> None:
        super().__init__(use_locking, name)
        self._opt = optimizer
        self._num_worker = num_worker
        self._period = communication_period
        self._global_map = custom_getter._global_map
        self._grad_map = custom_getter._grad_map
        self._local_step = make_local_step()
        self._opt._prepare()

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: Any = None
    ) -> Any:
        """Updates the worker's variables, and the global ones when that is due.

        Args:
          grads_and_vars: pairs of gradient and variable.
          global_step: a variable that is one more after each update of the global ones.
          name: not used.
        """
        own = [v for g, v in grads_and_vars if g is not None]
        grads = [g for g, _ in grads_and_vars if g is not None]

        def local(next_creator: Any, collections: Any, **kwargs: Any) -> Any:
            wanted = list(collections or [])
            if not wanted:
                wanted = [GraphKeys.LOCAL_VARIABLES]
            elif GraphKeys.GLOBAL_VARIABLES in wanted:
                wanted.append(GraphKeys.LOCAL_VARIABLES)
                wanted.remove(GraphKeys.GLOBAL_VARIABLES)
            return next_creator(collections=wanted, **kwargs)

        with variable_scope.variable_creator_scope(local):
            updates = [self._opt.apply_gradients(grads_and_vars)]
        sums = [self._grad_map[v] for v in own]
        updates += [state_ops.assign_add(s, g) for g, s in zip(grads, sums, strict=True)]
        centers = [self._global_map[v] for v in own]

        def update_centers() -> Any:
            means = [state_ops.assign(s, s / self._period) for s in sums]
            with control_dependencies(means):
                applied = self._opt.apply_gradients(zip(sums, centers, strict=True))
            with control_dependencies([applied]):
                pulls = []
                if global_step:
                    with colocate_with(global_step):
                        pulls.append(state_ops.assign_add(global_step, 1))
                for v in own:
                    value = self._global_map[v].read_value()
                    pulls.append(state_ops.assign(v, value))
                pulls += [state_ops.assign(s, array_ops.zeros_like(s)) for s in sums]
                return grouping.group(*pulls)

        counted = state_ops.assign_add(self._local_step, 1, name="local_step_update").op
        with control_dependencies([counted]):
            is_due = math_ops.equal(math_ops.mod(self._local_step, self._period), 0)
        with control_dependencies(updates):
            return cond(is_due, update_centers, grouping.no_op)

    def get_init_op(self, task_index: int) -> Any:
        """The operation that sets the worker's variables to the global ones, and sums to 0.

        Args:
          task_index: not used.

        Raises:
          ValueError: there are no trainable variables.
        """
        own = variables.trainable_variables()
        centers = [self._global_map[v] for v in own]
        sums = [self._grad_map[v] for v in own]
        if not own:
            raise ValueError(
                "The lists of local_variables, global_center_variables,grad_center_variables "
                "should not be empty"
            )
        starts = [state_ops.assign(v, c) for v, c in zip(own, centers, strict=True)]
        zeros = [state_ops.assign(s, array_ops.zeros_like(s)) for s in sums]
        return grouping.group(*starts, *zeros)

    def make_session_run_hook(self, is_chief: bool, task_index: int) -> RunningCentersHook:
        """A hook that runs `get_init_op`'s operation in new sessions."""
        return RunningCentersHook(lambda: self.get_init_op(task_index), is_chief)
