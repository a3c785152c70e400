"""Averages of all workers' variables."""

from typing import Any

from evergraph.api import (
    array_ops,
    conditional_accumulators,
    data_flow_ops,
    grouping,
    math_ops,
    state_ops,
    variable_scope,
    variables,
)
from evergraph.api.cond import cond
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.defaults import colocate_with, control_dependencies, device, name_scope
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.opt.centers import GLOBAL_VARIABLE_NAME as GLOBAL_VARIABLE_NAME
from evergraph.library.contrib.opt.centers import CentersHook, get_on_worker, make_local_step
from evergraph.library.train.optimizer import Optimizer


@export("contrib.opt.ModelAverageCustomGetter")
class ModelAverageCustomGetter:
    """The getter of variables for `ModelAverageOptimizer`: a trainable variable belongs to the
    worker; the global one is beside it.

    Stands for `tf.contrib.opt.ModelAverageCustomGetter`. It is a variable scope's `custom_getter`,
    within `tf.train.replica_device_setter`.

    Args:
      worker_device: where the worker's variables go.
    """

    def __init__(self, worker_device: Any) -> None:
        self._worker_device = worker_device
        self._local_2_global: dict[Any, Any] = {}

    def __call__(
        self, getter: Any, name: str, trainable: Any, collections: Any, *args: Any, **kwargs: Any
    ) -> Any:
        if not trainable:
            return get_on_worker(
                self._worker_device, getter, name, trainable, collections, *args, **kwargs
            )
        with device(self._worker_device):
            own = getter(
                name, *args, trainable=True, collections=[GraphKeys.LOCAL_VARIABLES], **kwargs
            )
        self._local_2_global[own] = variable_scope.variable(
            name=f"{GLOBAL_VARIABLE_NAME}/{name}",
            initial_value=own.initialized_value(),
            trainable=False,
            collections=[GraphKeys.GLOBAL_VARIABLES],
        )
        return own


@export("contrib.opt.ModelAverageOptimizer")
class ModelAverageOptimizer(Optimizer):
    """Trains workers' own variables; each `interval_steps` steps these are set to the average of
    all workers. Stands for `tf.contrib.opt.ModelAverageOptimizer`.

    Args:
      opt: what updates a worker's variables.
      num_worker: how many workers there are.
      is_chief: whether this one averages.
      ma_custom_getter: the `ModelAverageCustomGetter` that made the variables.
      interval_steps: how many steps.
      use_locking: whether updates hold the variables' locks.
      name: the name of the updates.
    """

    def __init__(
        self,
        opt: Any,
        num_worker: int,
        is_chief: bool,
        ma_custom_getter: ModelAverageCustomGetter,
        interval_steps: int = 100,
        use_locking: bool = True,
        name: str = "ModelAverageOptimizer",
    ) -> None:
        super().__init__(use_locking, name)
        self._opt = opt
        self._num_worker = num_worker
        self._is_chief = is_chief
        self._local_2_global = ma_custom_getter._local_2_global
        self._interval_steps = interval_steps
        self._accumulator_list: list[tuple[Any, Any]] = []
        self._chief_init_op: Any = None
        self._local_step = make_local_step()
        self._opt._prepare()

    def compute_gradients(self, *args: Any, **kwargs: Any) -> Any:
        """The optimizer's gradients."""
        return self._opt.compute_gradients(*args, **kwargs)

    def _local_vars_update(self, var_list: Any) -> Any:
        """The operation that sets a worker's variables to the global ones."""
        if not var_list:
            raise ValueError("The list of local_variables should not be empty")
        updates = []
        for v in var_list:
            with device(v.device):
                updates.append(state_ops.assign(v, self._local_2_global[v].read_value()))
        return grouping.group(*updates)

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: Any = None
    ) -> Any:
        """Updates the worker's variables, and the global ones when that is due.

        Args:
          grads_and_vars: pairs of gradient and variable.
          global_step: a variable that is one more after each average.
          name: not used.

        Raises:
          ValueError: there are no pairs, or no global step.
        """
        if not grads_and_vars:
            raise ValueError("Must supply at least one variable")
        if global_step is None:
            raise ValueError("Global step is required")
        applied = self._opt.apply_gradients(grads_and_vars)
        with control_dependencies([applied]):
            counted = state_ops.assign_add(self._local_step, 1, name="local_step_update").op

        def average() -> Any:
            own = [v for g, v in grads_and_vars if g is not None]
            with colocate_with(global_step):
                tokens = data_flow_ops.FIFOQueue(
                    -1, [dtypes.bool], shapes=[[]], shared_name="sync_queue"
                )
            with control_dependencies([self._exchange(own, global_step, tokens)]):
                return self._local_vars_update(own)

        with control_dependencies([counted]):
            is_due = math_ops.equal(math_ops.mod(self._local_step, self._interval_steps), 0)
            updated = cond(is_due, average, grouping.no_op)
        starts = []
        for accumulator, place in self._accumulator_list:
            with device(place):
                starts.append(accumulator.set_global_step(global_step, name="SetGlobalStep"))
        self._chief_init_op = grouping.group(*starts)
        return updated

    def _exchange(self, own: list[Any], global_step: Any, tokens: Any) -> Any:
        """The operation that gives variables to the accumulators; the chief sets the global ones to
        the averages and hands out tokens, which the others wait for."""
        centers = [self._local_2_global[v] for v in own]
        given, averages = [], []
        with name_scope(None, self._name + "/global"):
            for v, center in zip(own, centers, strict=True):
                with device(center.device):
                    if not isinstance(v._ref(), Tensor):
                        raise ValueError("Unknown local variable type!")
                    accumulator = conditional_accumulators.ConditionalAccumulator(
                        v.dtype, shape=v.get_shape(), shared_name=center.name + "/var_accum"
                    )
                    given.append(accumulator.apply_grad(v._ref(), local_step=global_step))
                    averages.append(accumulator.take_grad(self._num_worker))
                    self._accumulator_list.append((accumulator, center.device))
        if not self._is_chief:
            with control_dependencies(given), device(global_step.device):
                return tokens.dequeue()
        updates = []
        with control_dependencies(given):
            for value, center in zip(averages, centers, strict=True):
                with device(center.device):
                    updates.append(state_ops.assign(center, value))
            with device(global_step.device):
                updates.append(state_ops.assign_add(global_step, 1))
        with control_dependencies(updates), device(global_step.device):
            return tokens.enqueue_many(array_ops.fill([self._num_worker - 1], constant(False)))

    def get_init_op(self) -> Any:
        """The operation that sets the worker's variables to the global ones."""
        return self._local_vars_update(variables.trainable_variables())

    def make_session_run_hook(self) -> CentersHook:
        """A hook that builds what initializes the worker's variables."""
        return CentersHook(self.get_init_op, self._is_chief)
