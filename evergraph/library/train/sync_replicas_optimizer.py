"""`tf.train.SyncReplicasOptimizer`: gradients of several workers, averaged, applied at once."""

from typing import Any

from evergraph.api import array_ops, control_flow_ops, grouping, state_ops
from evergraph.api.conditional_accumulators import (
    ConditionalAccumulator,
    SparseConditionalAccumulator,
)
from evergraph.api.data_flow_ops import FIFOQueue
from evergraph.api.variable_scope import variable
from evergraph.api.variables import global_variables, report_uninitialized_variables
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.defaults import colocate_with, control_dependencies, device, name_scope
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.train import session_manager
from evergraph.library.train.optimizer import Optimizer
from evergraph.library.train.queue_runner_impl import QueueRunner
from evergraph.library.train.session_run_hook import SessionRunHook


@export("train.SyncReplicasOptimizer")
class SyncReplicasOptimizer(Optimizer):
    """Averages gradients of several workers before another optimizer applies them. Stands for
    `tf.train.SyncReplicasOptimizer`.

    Each variable has an accumulator, which drops gradients of earlier steps. The chief takes the
    averages, applies them and puts the new step into a queue, from which each worker waits to
    take one before it goes on. Use it with `make_session_run_hook`.

    Args:
      opt: the optimizer that applies gradients.
      replicas_to_aggregate: how many gradients make an average.
      total_num_replicas: how many workers there are; default: as many.
      variable_averages: an ExponentialMovingAverage, updated after each step.
      variables_to_average: the variables that it is applied to.
      use_locking: not used.
      name: the name scope of accumulators.
    """

    @deprecated(
        None,
        "The `SyncReplicaOptimizer` class is deprecated. For synchrononous training, please use "
        "[Distribution Strategies](https://github.com/tensorflow/tensorflow/tree/master/"
        "tensorflow/contrib/distribute).",
        warn_once=True,
    )
    def __init__(
        self,
        opt: Optimizer,
        replicas_to_aggregate: int,
        total_num_replicas: int | None = None,
        variable_averages: Any = None,
        variables_to_average: Any = None,
        use_locking: bool = False,
        name: str = "sync_replicas",
    ) -> None:
        if total_num_replicas is None:
            total_num_replicas = replicas_to_aggregate
        super().__init__(use_locking, name)
        logging.info(
            "SyncReplicasV2: replicas_to_aggregate=%s; total_num_replicas=%s",
            replicas_to_aggregate,
            total_num_replicas,
        )
        self._opt = opt
        self._replicas_to_aggregate = replicas_to_aggregate
        self._total_num_replicas = total_num_replicas
        self._tokens_per_step = max(total_num_replicas, replicas_to_aggregate)
        self._variable_averages = variable_averages
        self._variables_to_average = variables_to_average
        self._gradients_applied = False
        self._global_step: Any = None
        self._local_step: Any = None
        self._sync_token_queue: Any = None
        self._chief_queue_runner: Any = None
        # Accumulators with the devices that they are on.
        self._accumulator_list: list[tuple[Any, str]] = []

    def compute_gradients(self, *args: Any, **kwargs: Any) -> Any:
        """What the other optimizer computes."""
        return self._opt.compute_gradients(*args, **kwargs)

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Any:
        """What a worker runs: its gradients are handed in, then it waits for the next step.

        Args:
          grads_and_vars: pairs as of `compute_gradients`.
          global_step: a variable, one more after each average.
          name: not used.

        Raises:
          ValueError: no variables, no step, or a gradient that is none.
        """
        if not grads_and_vars:
            raise ValueError("Must supply at least one variable")
        if global_step is None:
            raise ValueError("Global step is required to check staleness")
        self._global_step = global_step
        # The local step stays with the worker, wherever other variables go.
        with colocate_with(control_flow_ops.no_op()):
            self._local_step = variable(
                initial_value=0,
                trainable=False,
                collections=[GraphKeys.LOCAL_VARIABLES],
                dtype=global_step.dtype.base_dtype,
                name="sync_rep_local_step",
            )
        self.local_step_init_op = state_ops.assign(self._local_step, global_step)
        self.ready_for_local_init_op = report_uninitialized_variables(global_variables())
        init_ops = [self.local_step_init_op]
        with name_scope(None, self._name):
            handed_in: list[Any] = []
            averages: list[Any] = []
            for grad, var in grads_and_vars:
                with device(var.device):
                    averages.append((self._average(grad, var, handed_in), var))
            with device(global_step.device), name_scope(""):
                update_op = self._opt.apply_gradients(averages, global_step)
                train_op = self._synchronize(handed_in, update_op)
            for accumulator, place in self._accumulator_list:
                with device(place):
                    init_ops.append(accumulator.set_global_step(global_step, name="SetGlobalStep"))
            self.chief_init_op = grouping.group(*init_ops)
            self._gradients_applied = True
            return train_op

    def _average(self, grad: Any, var: Any, handed_in: list[Any]) -> Any:
        """The average of a gradient; the operation that adds a worker's goes to `handed_in`."""
        if grad is None:
            return None
        if not isinstance(grad, (Tensor, IndexedSlices)):
            raise ValueError("Unknown grad type!")
        accumulator: Any
        shared_name = f"{var.name}/grad_accum"
        if isinstance(grad, Tensor):
            accumulator = ConditionalAccumulator(
                grad.dtype, shape=var.get_shape(), shared_name=shared_name
            )
            handed_in.append(accumulator.apply_grad(grad, local_step=self._local_step))
            average = accumulator.take_grad(self._replicas_to_aggregate)
        else:
            accumulator = SparseConditionalAccumulator(
                grad.dtype, shape=(), shared_name=shared_name
            )
            handed_in.append(
                accumulator.apply_indexed_slices_grad(grad, local_step=self._local_step)
            )
            average = accumulator.take_indexed_slices_grad(self._replicas_to_aggregate)
        self._accumulator_list.append((accumulator, var.device))
        return average

    def _synchronize(self, handed_in: list[Any], update_op: Any) -> Any:
        """The queue of steps: workers take one each, the chief puts new ones in."""
        global_step = self._global_step
        self._sync_token_queue = FIFOQueue(
            -1,
            global_step.dtype.base_dtype,
            shapes=(),
            name="sync_token_q",
            shared_name="sync_token_q",
        )
        # A queue runner closes its queue in the end, which the workers' has to outlive.
        dummy_queue = FIFOQueue(
            1, dtypes.int32, shapes=(), name="dummy_queue", shared_name="dummy_queue"
        )
        with control_dependencies(handed_in):
            token = self._sync_token_queue.dequeue()
        train_op = state_ops.assign(self._local_step, token)
        with control_dependencies([update_op]):
            sync_op = self._put_tokens(self._tokens_per_step)
        if self._variable_averages is not None:
            with control_dependencies([sync_op]), name_scope(""):
                sync_op = self._variable_averages.apply(self._variables_to_average)
        self._chief_queue_runner = QueueRunner(dummy_queue, [sync_op])
        return train_op

    def _put_tokens(self, count: int) -> Any:
        tokens = array_ops.fill([count], self._global_step)
        return self._sync_token_queue.enqueue_many((tokens,))

    def get_chief_queue_runner(self) -> QueueRunner:
        """The queue runner with which the chief averages and applies gradients. Raises ValueError
        before `apply_gradients`."""
        if not self._gradients_applied:
            raise ValueError("Should be called after apply_gradients().")
        return self._chief_queue_runner  # type: ignore[no-any-return]

    def get_slot(self, *args: Any, **kwargs: Any) -> Any:
        """A slot of the other optimizer."""
        return self._opt.get_slot(*args, **kwargs)

    def variables(self) -> list[Any]:
        """The variables of the other optimizer."""
        return self._opt.variables()

    def get_slot_names(self, *args: Any, **kwargs: Any) -> list[str]:
        """The names of the other optimizer's slots."""
        return self._opt.get_slot_names(*args, **kwargs)

    def get_init_tokens_op(self, num_tokens: int = -1) -> Any:
        """The operation with which the chief lets workers begin.

        Args:
          num_tokens: how many may; default: `replicas_to_aggregate`.

        Raises:
          ValueError: before `apply_gradients`, or too few for the first average.
        """
        if not self._gradients_applied:
            raise ValueError("get_init_tokens_op() should be called after apply_gradients().")
        needed = self._replicas_to_aggregate - self._total_num_replicas
        if num_tokens == -1:
            num_tokens = self._replicas_to_aggregate
        elif num_tokens < needed:
            raise ValueError(
                f"Too few tokens to finish the first step: {num_tokens} (given) vs {needed} "
                "(needed)"
            )
        if num_tokens <= 0:
            return control_flow_ops.no_op(name="no_init_tokens")
        with device(self._global_step.device), name_scope(""):
            return self._put_tokens(num_tokens)

    def make_session_run_hook(self, is_chief: bool, num_tokens: int = -1) -> SessionRunHook:
        """A hook for a monitored session of a worker; arguments as of `get_init_tokens_op`."""
        return _SyncReplicasOptimizerHook(self, is_chief, num_tokens)


class _SyncReplicasOptimizerHook(SessionRunHook):
    """Initializes what a SyncReplicasOptimizer needs; the chief's runs its queue runner."""

    def __init__(self, sync_optimizer: Any, is_chief: bool, num_tokens: int) -> None:
        self._sync_optimizer = sync_optimizer
        self._is_chief = is_chief
        self._num_tokens = num_tokens

    def begin(self) -> None:
        optimizer = self._sync_optimizer
        if not optimizer._gradients_applied:
            raise ValueError(
                "SyncReplicasOptimizer.apply_gradient should be called before using the hook."
            )
        self._ready_for_local_init_op = optimizer.ready_for_local_init_op
        self._local_init_op = optimizer.local_step_init_op
        self._q_runner = self._init_tokens_op = None
        if self._is_chief:
            self._local_init_op = optimizer.chief_init_op
            self._q_runner = optimizer.get_chief_queue_runner()
            self._init_tokens_op = optimizer.get_init_tokens_op(self._num_tokens)

    def after_create_session(self, session: Any, coord: Any) -> None:
        complaint = session_manager.what_is_missing(
            self._ready_for_local_init_op,
            session,
            "Model is not ready for SyncReplicasOptimizer local init.",
        )
        if complaint is not None:
            raise RuntimeError(
                "Init operations did not make model ready for SyncReplicasOptimizer local_init. "
                f"Init op: {self._local_init_op.name}, error: {complaint}"
            )
        session.run(self._local_init_op)
        if self._init_tokens_op is not None:
            session.run(self._init_tokens_op)
        if self._q_runner is not None:
            self._q_runner.create_threads(session, coord=coord, daemon=True, start=True)
