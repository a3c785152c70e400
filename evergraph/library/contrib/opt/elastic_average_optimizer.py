"""Elastic averaging of workers' variables."""

from typing import Any

from evergraph.api import (
    data_flow_ops,
    grouping,
    math_ops,
    nn_ops,
    state_ops,
    variables,
)
from evergraph.api.cond import cond
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.defaults import (
    add_to_collection,
    colocate_with,
    control_dependencies,
    device,
    get_collection_ref,
)
from evergraph.graph.keys import GraphKeys
from evergraph.library.contrib.opt.centers import GLOBAL_VARIABLE_NAME as GLOBAL_VARIABLE_NAME
from evergraph.library.contrib.opt.centers import (
    CenterGetter,
    RunningCentersHook,
    get_on_worker,
    make_local_step,
)
from evergraph.library.train.optimizer import Optimizer
from evergraph.library.train.saver import Saver
from evergraph.library.train.saving.saveable_object_util import op_list_to_dict

LOCAL_VARIABLE_NAME = "local_center_variable"
GLOBAL_STEP = "global_step"


@export("contrib.opt.ElasticAverageCustomGetter")
class ElasticAverageCustomGetter(CenterGetter):
    """The getter of variables for `ElasticAverageOptimizer`: a trainable variable belongs to the
    worker; the global one and the worker's copy of that are beside it.

    Stands for `tf.contrib.opt.ElasticAverageCustomGetter`. It is a variable scope's
    `custom_getter`, within `tf.train.replica_device_setter`.

    Args:
      worker_device: where the worker's variables go.
    """

    _beside = LOCAL_VARIABLE_NAME

    @property
    def _local_map(self) -> dict[Any, Any]:
        return self._beside_map

    def _get_other(self, *args: Any, **kwargs: Any) -> Any:
        return get_on_worker(self._worker_device, *args, **kwargs)


@export("contrib.opt.ElasticAverageOptimizer")
class ElasticAverageOptimizer(Optimizer):
    """Trains a worker's own variables, and each `communication_period` steps moves these and the
    global ones towards each other (Zhang, Choromanska and LeCun 2015).

    Stands for `tf.contrib.opt.ElasticAverageOptimizer`.

    Args:
      opt: what updates the worker's variables.
      num_worker: how many workers there are.
      ea_custom_getter: the `ElasticAverageCustomGetter` that made the variables.
      communication_period: how many steps.
      moving_rate: the part of the difference that they move by; by default 0.9 over the period and
        the number of workers.
      rho: how much the distance from the global variables adds to the loss; by default the moving
        rate over the learning rate.
      use_locking: whether updates hold the variables' locks.
      synchronous: whether workers wait for one another before they begin.
      name: the name of the updates.
    """

    BETA = 0.9

    def __init__(
        self,
        opt: Any,
        num_worker: int,
        ea_custom_getter: ElasticAverageCustomGetter,
        communication_period: int = 10,
        moving_rate: Any = None,
        rho: Any = None,
        use_locking: bool = True,
        synchronous: bool = False,
        name: str = "ElasticAverageOptimizer",
    ) -> None:
        super().__init__(use_locking, name)
        self._opt = opt
        self._num_worker = num_worker
        self._period = communication_period
        self._local_map = ea_custom_getter._local_map
        self._global_map = ea_custom_getter._global_map
        self._synchronous = synchronous
        default_rate = self.BETA / communication_period / num_worker
        self._moving_rate = default_rate if moving_rate is None else moving_rate
        self._rho = self._moving_rate / self._opt._learning_rate if rho is None else rho
        self._local_step = make_local_step()
        self._opt._prepare()

    def compute_gradients(
        self,
        loss: Any,
        var_list: Any = None,
        gate_gradients: int = Optimizer.GATE_OP,
        aggregation_method: int | None = None,
        colocate_gradients_with_ops: bool = False,
        grad_loss: Any = None,
    ) -> list[tuple[Any, Any]]:
        """The optimizer's gradients of the loss and the distances from the global variables.

        Arguments as of `tf.train.Optimizer.compute_gradients`.
        """
        if not var_list:
            var_list = variables.trainable_variables()
        copies = [self._local_map[v] for v in var_list]
        differences = [
            math_ops.subtract(v, c)
            for v, c in zip(variables.trainable_variables(), copies, strict=False)
        ]
        distance = self._rho * math_ops.add_n([nn_ops.l2_loss(d) for d in differences])
        return self._opt.compute_gradients(  # type: ignore[no-any-return]
            loss + distance,
            var_list,
            gate_gradients,
            aggregation_method,
            colocate_gradients_with_ops,
            grad_loss,
        )

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: Any = None
    ) -> Any:
        """Updates the worker's variables, and the global ones when that is due.

        Args:
          grads_and_vars: pairs of gradient and variable.
          global_step: a variable that is one more after each update of the global ones.
          name: not used.
        """
        before = {v.op.name for v in variables.global_variables()}
        applied = self._opt.apply_gradients(grads_and_vars)
        with control_dependencies([applied]):
            counted = state_ops.assign_add(self._local_step, 1, name="local_step_update").op
        # What the optimizer made for itself is the worker's own.
        collection = get_collection_ref(GraphKeys.GLOBAL_VARIABLES)
        made = [v for v in collection if v.op.name not in before]
        collection[:] = [v for v in collection if v.op.name in before]
        for v in made:
            add_to_collection(GraphKeys.LOCAL_VARIABLES, v)

        def update_centers() -> Any:
            own = [v for g, v in grads_and_vars if g is not None]
            centers = [self._global_map[v] for v in own]
            copies = [self._local_map[v] for v in own]
            copied = [copy.assign(c) for copy, c in zip(copies, centers, strict=True)]
            updates, differences = [], []
            with control_dependencies(copied):
                for v, copy in zip(own, copies, strict=True):
                    with device(v.device):
                        differences.append(math_ops.subtract(v, copy))
                for target, step in ((own, state_ops.assign_sub), (centers, state_ops.assign_add)):
                    for v, difference in zip(target, differences, strict=True):
                        with device(v.device):
                            move = math_ops.multiply(self._moving_rate, difference)
                            updates.append(step(v, move))
                if global_step:
                    with colocate_with(global_step):
                        updates.append(state_ops.assign_add(global_step, 1))
            return grouping.group(*updates)

        with control_dependencies([counted]):
            is_due = math_ops.equal(math_ops.mod(self._local_step, self._period), 0)
            return cond(is_due, update_centers, grouping.no_op)

    def get_init_op(self, task_index: int) -> Any:
        """The operation that sets the worker's variables to the global ones.

        Raises:
          ValueError: there are no trainable variables.
        """
        own = variables.trainable_variables()
        if not own:
            raise ValueError(
                "The lists of local_variables, global_center_variables, local_center_variables "
                "should not be empty  "
            )
        starts = []
        for v in own:
            center = self._global_map[v]
            starts.append(state_ops.assign(v, center))
            starts.append(state_ops.assign(self._local_map[v], center))
        started = grouping.group(*starts)
        return self._barrier(started, task_index) if self._synchronous else started

    def _barrier(self, started: Any, task_index: int) -> Any:
        """The operation that waits until all workers have started."""
        queues = [
            data_flow_ops.FIFOQueue(
                self._num_worker,
                [dtypes.bool],
                shapes=[[]],
                shared_name=f"variable_init_sync_queue{i}",
            )
            for i in range(self._num_worker)
        ]
        token = constant(False)
        with control_dependencies([started]):
            waits = [
                grouping.no_op() if i == task_index else queue.enqueue(token)
                for i, queue in enumerate(queues)
            ]
        waits.append(queues[task_index].dequeue_many(len(queues) - 1))
        return grouping.group(*waits)

    def make_session_run_hook(self, is_chief: bool, task_index: int) -> RunningCentersHook:
        """A hook that runs `get_init_op`'s operation in new sessions."""
        return RunningCentersHook(lambda: self.get_init_op(task_index), is_chief)

    def swapping_saver(
        self, var_list: Any = None, name: str = "swapping_saver", **kwargs: Any
    ) -> Saver:
        """A saver that saves the global variables under the names of the worker's.

        Args:
          var_list, name, **kwargs: see `tf.train.Saver`; by default the trainable variables.

        Raises:
          RuntimeError: the getter has made no variables.
        """
        if not self._global_map:
            raise RuntimeError(
                "global_center_variable is empty, please make sure this is called after model "
                "created and ElasticAverageCustomGetter is used when declaring you model"
            )
        if var_list is None:
            var_list = variables.trainable_variables()
        if not isinstance(var_list, dict):
            var_list = op_list_to_dict(var_list)
        by_name = {v.op.name: v for v in variables.trainable_variables()}

        def center(v: Any) -> Any:
            if isinstance(v, list):
                return [self._global_map.get(part, part) for part in v]
            known = by_name.get(v.op.name)
            return v if known is None else self._global_map.get(known, v)

        found = {key: center(v) for key, v in var_list.items()}
        return Saver(found, name=name, **kwargs)
