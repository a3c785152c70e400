"""`tf.distribute.Strategy` and what belongs to it; the strategy that is in force without any."""

import contextlib
import copy
import enum
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from evergraph.api import array_ops, grouping, math_ops, variable_scope
from evergraph.api.custom_gradient import custom_gradient
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.constant import constant
from evergraph.graph.defaults import colocate_with, executing_eagerly
from evergraph.graph.defaults import device as device_scope
from evergraph.graph.graph import get_default_graph
from evergraph.graph.tensor import Tensor
from evergraph.library.data.dataset_v1 import DatasetV1
from evergraph.library.distribute import device_util
from evergraph.library.distribute import distribution_strategy_context as current
from evergraph.library.distribute.distribution_strategy_context import (
    UpdateContext,
    require_replica_context,
)
from evergraph.library.distribute.reduce_util import ReduceOp
from evergraph.library.losses.losses_impl import Reduction


@export("distribute.get_loss_reduction", "contrib.distribute.get_loss_reduction")
def get_loss_reduction() -> ReduceOp:
    """How losses of replicas become one: SUM, unless an Estimator scales them. Stands for
    `tf.distribute.get_loss_reduction`."""
    if not current.get_strategy()._scale_loss_for_estimator:
        return ReduceOp.SUM
    last = getattr(get_default_graph(), "_last_loss_reduction", None)
    return ReduceOp.SUM if last == Reduction.SUM else ReduceOp.MEAN


@export("distribute.InputReplicationMode")
class InputReplicationMode(enum.Enum):
    """How input functions are called. Stands for `tf.distribute.InputReplicationMode`."""

    PER_WORKER = "PER_WORKER"


@export("distribute.InputContext")
class InputContext:
    """What an input function knows of its strategy. Stands for `tf.distribute.InputContext`.

    Args:
      num_input_pipelines: how many pipelines there are.
      input_pipeline_id: which of them this is.
      num_replicas_in_sync: how many replicas train together.
    """

    def __init__(
        self,
        num_input_pipelines: int = 1,
        input_pipeline_id: int = 0,
        num_replicas_in_sync: int = 1,
    ) -> None:
        self._num_input_pipelines = num_input_pipelines
        self._input_pipeline_id = input_pipeline_id
        self._num_replicas_in_sync = num_replicas_in_sync

    @property
    def num_replicas_in_sync(self) -> int:
        """How many replicas train together."""
        return self._num_replicas_in_sync

    @property
    def input_pipeline_id(self) -> int:
        """Which pipeline this is."""
        return self._input_pipeline_id

    @property
    def num_input_pipelines(self) -> int:
        """How many pipelines there are."""
        return self._num_input_pipelines

    def get_per_replica_batch_size(self, global_batch_size: int) -> int:
        """The part of a batch that a replica gets. Raises ValueError where parts are not equal."""
        if global_batch_size % self._num_replicas_in_sync != 0:
            raise ValueError(
                f"The `global_batch_size` {global_batch_size!r} is not divisible by "
                f"`num_replicas_in_sync` {self._num_replicas_in_sync!r} "
            )
        return global_batch_size // self._num_replicas_in_sync


def _reduce_op(given: Any) -> Any:
    return ReduceOp(given.upper()) if isinstance(given, str) else given


def _wrong_scope(strategy: Any) -> RuntimeError:
    if not current.has_strategy():
        return RuntimeError(f'Need to be inside "with strategy.scope()" for {strategy}')
    return RuntimeError(
        f"Mixing different tf.distribute.Strategy objects: {current.get_strategy()} is not "
        f"{strategy}"
    )


@export("distribute.ReplicaContext", "contrib.distribute.ReplicaContext")
class ReplicaContext:
    """What code within a replica knows of its strategy; a `with` block is within the replica.
    Stands for `tf.distribute.ReplicaContext`.

    Args:
      strategy: the strategy.
      replica_id_in_sync_group: the number of the replica.
    """

    def __init__(self, strategy: Any, replica_id_in_sync_group: Any) -> None:
        self._strategy = strategy
        self._replica_id_in_sync_group = replica_id_in_sync_group

    def __enter__(self) -> None:
        current.push(self._strategy, self)

    def __exit__(self, *error: Any) -> None:
        current.pop()

    def merge_call(self, merge_fn: Callable[..., Any], args: Any = (), kwargs: Any = None) -> Any:
        """`merge_fn(strategy, *args, **kwargs)`, called once for all replicas."""
        require_replica_context(self)
        return self._merge_call(merge_fn, args, kwargs or {})

    def _merge_call(self, merge_fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        current.push(self._strategy)
        try:
            return merge_fn(self._strategy, *args, **kwargs)
        finally:
            current.pop()

    @property
    def num_replicas_in_sync(self) -> int:
        """How many replicas train together."""
        return self._strategy.num_replicas_in_sync  # type: ignore[no-any-return]

    @property
    def replica_id_in_sync_group(self) -> Any:
        """The number of this replica. Raises RuntimeError outside of it."""
        require_replica_context(self)
        return self._replica_id_in_sync_group

    @property
    def devices(self) -> Any:
        """The devices of this replica. Raises RuntimeError outside of it."""
        require_replica_context(self)
        return (device_util.current(),)

    @property
    def strategy(self) -> Any:
        """The strategy."""
        return self._strategy

    def all_reduce(self, reduce_op: Any, value: Any) -> Any:
        """The sum or mean of each replica's values.

        Args:
          reduce_op: a ReduceOp, or its name.
          value: a nest of tensors.
        """

        def reduced(strategy: Any, *values: Any) -> Any:
            pairs = [(v, v.device if isinstance(v, Tensor) else v) for v in values]
            return strategy.extended.batch_reduce_to(reduce_op, pairs)

        flat = nest.flatten(value)
        if not isinstance(reduce_op, ReduceOp):  # TensorFlow knows no gradient of other ones
            summed = self.merge_call(reduced, args=flat)
            return nest.pack_sequence_as(value, [array_ops.prevent_gradient(v) for v in summed])

        @custom_gradient
        def with_gradient(*xs: Any) -> Any:
            return self.merge_call(reduced, args=xs), lambda *dys: self.all_reduce(reduce_op, dys)

        return nest.pack_sequence_as(value, with_gradient(*flat))


@export("distribute.Strategy", "contrib.distribute.DistributionStrategy")
class Strategy:
    """Who trains a model, and where. Stands for `tf.distribute.Strategy`.

    Args:
      extended: a StrategyExtended, which does the work.
    """

    def __init__(self, extended: Any) -> None:
        self._extended = extended
        self._scale_loss_for_estimator = False

    @property
    def extended(self) -> Any:
        """The StrategyExtended."""
        return self._extended

    @contextlib.contextmanager
    def _scale_loss_for_estimator_enabled(self) -> Iterator[None]:
        self._scale_loss_for_estimator = True
        try:
            yield
        finally:
            self._scale_loss_for_estimator = False

    def scope(self) -> contextlib.AbstractContextManager[Any]:
        """A block in which the strategy is in force and makes variables. Raises RuntimeError
        within another strategy's."""
        return self._extended._scope(self)  # type: ignore[no-any-return]

    def colocate_vars_with(
        self, colocate_with_variable: Any
    ) -> contextlib.AbstractContextManager[Any]:
        """A block whose variables are where another one is."""
        return self._extended.colocate_vars_with(  # type: ignore[no-any-return]
            colocate_with_variable
        )

    def make_dataset_iterator(self, dataset: Any) -> Any:
        """An iterator of a dataset's elements, a part for each replica."""
        return self._extended._make_dataset_iterator(dataset)

    def make_input_fn_iterator(
        self,
        input_fn: Callable[[InputContext], Any],
        replication_mode: Any = InputReplicationMode.PER_WORKER,
    ) -> Any:
        """An iterator of what `input_fn(context)` gives: a dataset."""
        if replication_mode != InputReplicationMode.PER_WORKER:
            raise ValueError(f"Input replication mode not supported: {replication_mode!r}")
        with self.scope():
            return self._extended._make_input_fn_iterator(input_fn, replication_mode)

    def experimental_distribute_dataset(self, dataset: Any) -> Any:
        """A dataset whose elements are divided among replicas."""
        return self._extended._experimental_distribute_dataset(dataset)

    def experimental_distribute_datasets_from_function(self, dataset_fn: Any) -> Any:
        """The dataset of `dataset_fn(context)`."""
        return self._extended._experimental_distribute_datasets_from_function(dataset_fn)

    def experimental_make_numpy_dataset(self, numpy_input: Any, session: Any = None) -> Any:
        """A dataset of the first axis of arrays."""
        return self._extended.experimental_make_numpy_dataset(numpy_input, session=session)

    def experimental_run(self, fn: Callable[..., Any], input_iterator: Any = None) -> Any:
        """`fn` called in each replica with the iterator's next element."""
        with self.scope():
            args = () if input_iterator is None else (input_iterator.get_next(),)
        return self.experimental_run_v2(fn, args=args)

    def experimental_run_v2(
        self, fn: Callable[..., Any], args: Any = (), kwargs: Any = None
    ) -> Any:
        """`fn(*args, **kwargs)` called in each replica."""
        with self.scope():
            return self._extended.call_for_each_replica(fn, args=args, kwargs=kwargs)

    def reduce(self, reduce_op: Any, value: Any, axis: int | None = None) -> Any:
        """The sum or mean of replicas' values, over an axis too where one is given.

        Raises:
          TypeError: `axis` is no int, or `reduce_op` neither SUM nor MEAN.
          ValueError: there is no such axis.
        """
        self._extended._require_cross_replica()
        reduce_op = _reduce_op(reduce_op)
        if axis is None:
            return self._extended._reduce(reduce_op, value)
        if reduce_op == ReduceOp.SUM:
            value = self.experimental_run_v2(
                lambda v: math_ops.reduce_sum(v, axis=axis), args=(value,)
            )
            return self._extended._reduce(reduce_op, value)
        if reduce_op != ReduceOp.MEAN:
            raise TypeError(
                f"Expected `reduce_op` to be a `tf.distribute.ReduceOp`, not: {reduce_op!r}"
            )
        if not isinstance(axis, int):
            raise TypeError(f"Expected `axis` to be an integer not: {axis!r}")
        # Replicas may have different numbers of examples.
        total, count = self.experimental_run_v2(lambda v: _total_and_count(v, axis), args=(value,))
        total = self._extended._reduce(ReduceOp.SUM, total)
        count = self._extended._reduce(ReduceOp.SUM, count)
        return math_ops.truediv(total, math_ops.cast(count, total.dtype))

    def unwrap(self, value: Any) -> tuple[Any, ...]:
        """The values of this process' replicas."""
        return self._extended._local_results(value)  # type: ignore[no-any-return]

    def experimental_local_results(self, value: Any) -> tuple[Any, ...]:
        """The values of this process' replicas."""
        return self._extended._local_results(value)  # type: ignore[no-any-return]

    def group(self, value: Any, name: str | None = None) -> Any:
        """One operation of what each replica gave."""
        return self._extended._group(value, name)

    @property
    def num_replicas_in_sync(self) -> int:
        """How many replicas train together."""
        return self._extended._num_replicas_in_sync  # type: ignore[no-any-return]

    def configure(
        self,
        session_config: Any = None,
        cluster_spec: Any = None,
        task_type: Any = None,
        task_id: Any = None,
    ) -> None:
        """Takes note of a cluster, and changes `session_config` as the strategy needs it."""
        self._extended._configure(session_config, cluster_spec, task_type, task_id)

    def update_config_proto(self, config_proto: Any) -> Any:
        """A copy of a ConfigProto, as the strategy needs it."""
        return self._extended._update_config_proto(config_proto)

    def __deepcopy__(self, memo: Any) -> "Strategy":
        result = type(self).__new__(type(self))
        memo[id(self)] = result
        for name, value in vars(self).items():
            setattr(result, name, copy.deepcopy(value, memo))
        result._extended._container_strategy_weakref = weakref.ref(result)
        return result

    def __copy__(self) -> Any:
        raise RuntimeError("Must only deepcopy DistributionStrategy.")


def _total_and_count(v: Any, axis: int) -> tuple[Any, Any]:
    """The sum over an axis, and how many there are: an int where that is known."""
    total = math_ops.reduce_sum(v, axis=axis)
    rank, place = v.shape.ndims, axis
    if rank is not None:
        if not -rank <= axis < rank:
            raise ValueError(f"`axis` = {axis!r} out of range for `value` with rank {rank}")
        place = axis % rank
        if v.shape[place].value is not None:
            return total, v.shape[place].value
    elif axis < 0:
        place = axis + array_ops.rank(v)
    if rank == 1:
        return total, array_ops.size(v, out_type=dtypes.int64)
    return total, array_ops.shape_v2(v, out_type=dtypes.int64)[place]


@export("distribute.StrategyExtended", "contrib.distribute.DistributionStrategyExtended")
class StrategyExtended:
    """What a strategy does, for those who write libraries. Stands for
    `tf.distribute.StrategyExtended`. This one has a single replica.

    Args:
      container_strategy: the Strategy.
    """

    def __init__(self, container_strategy: Any) -> None:
        self._container_strategy_weakref = weakref.ref(container_strategy)
        self._default_device: str | None = None
        self._require_static_shapes = False
        self._retrace_functions_for_each_device = False

    def _container_strategy(self) -> Any:
        return self._container_strategy_weakref()

    def __deepcopy__(self, memo: Any) -> "StrategyExtended":
        # A strategy keeps what it made and knows, wherever a configuration that names it goes.
        return copy.copy(self)

    def _require_scope(self) -> None:
        if current.get_strategy().extended is not self:
            raise _wrong_scope(self._container_strategy())

    def _require_cross_replica(self) -> None:
        mode = current.current_mode()
        if mode is current.default_mode() or (
            mode.strategy.extended is self and mode.replica_context is None
        ):
            return
        if mode.strategy.extended is not self:
            raise _wrong_scope(self._container_strategy())
        raise RuntimeError(
            "Method requires being in cross-replica context, use get_replica_context().merge_call()"
        )

    @contextlib.contextmanager
    def _scope(self, strategy: Any) -> Iterator[Any]:
        if current.has_strategy():
            self._require_cross_replica()
            yield strategy
            return
        current.push(strategy)
        try:
            with contextlib.ExitStack() as stack:
                stack.enter_context(
                    variable_scope.variable_scope(
                        variable_scope.get_variable_scope(), custom_getter=self._getter
                    )
                )
                stack.enter_context(variable_scope.variable_creator_scope(self._creator))
                if self._default_device:
                    stack.enter_context(device_scope(self._default_device))
                yield strategy
        finally:
            current.pop()

    def _allow_variable_partition(self) -> bool:
        return False

    def _getter(self, getter: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if not self._allow_variable_partition() and kwargs.pop("partitioner", None) is not None:
            logging.log_first_n(
                logging.WARN,
                "Partitioned variables are disabled when using current tf.distribute.Strategy.",
                1,
            )
        return getter(*args, **kwargs)

    def _creator(self, next_creator: Callable[..., Any], **kwargs: Any) -> Any:
        self._require_scope()
        more = {"use_resource": True, "distribute_strategy": self._container_strategy()}
        return self._create_variable(next_creator, **{**kwargs, **more})

    def _create_variable(self, next_creator: Callable[..., Any], **kwargs: Any) -> Any:
        kwargs.pop("colocate_with", None)
        return next_creator(**kwargs)

    def variable_created_in_scope(self, v: Any) -> bool:
        """Whether the strategy made a variable."""
        return v._distribute_strategy is self._container_strategy()  # type: ignore[no-any-return]

    def colocate_vars_with(
        self, colocate_with_variable: Any
    ) -> contextlib.AbstractContextManager[Any]:
        """A block whose variables are where another one is."""
        self._require_scope()
        self._validate_colocate_with_variable(colocate_with_variable)

        def creator(next_creator: Callable[..., Any], **kwargs: Any) -> Any:
            self._require_scope()
            more = {"use_resource": True, "colocate_with": colocate_with_variable}
            return next_creator(**{**kwargs, **more})

        return variable_scope.variable_creator_scope(creator)

    def _validate_colocate_with_variable(self, colocate_with_variable: Any) -> None:
        pass

    def _make_dataset_iterator(self, dataset: Any) -> Any:
        return _InputIterator(dataset)

    def _make_input_fn_iterator(self, input_fn: Any, replication_mode: Any) -> Any:
        return _InputIterator(input_fn(InputContext()))

    def _experimental_distribute_dataset(self, dataset: Any) -> Any:
        return dataset

    def _experimental_distribute_datasets_from_function(self, dataset_fn: Any) -> Any:
        return dataset_fn(InputContext())

    def experimental_make_numpy_dataset(self, numpy_input: Any, session: Any = None) -> Any:
        """A dataset of the first axis of arrays."""
        self._require_cross_replica()
        return DatasetV1.from_tensor_slices(numpy_input)

    def call_for_each_replica(
        self, fn: Callable[..., Any], args: Any = (), kwargs: Any = None
    ) -> Any:
        """`fn(*args, **kwargs)` called in each replica."""
        self._require_cross_replica()
        with self._container_strategy().scope():
            return self._call_for_each_replica(fn, args, kwargs or {})

    def _call_for_each_replica(self, fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        with ReplicaContext(self._container_strategy(), constant(0)):
            return fn(*args, **kwargs)

    def experimental_run_steps_on_iterator(
        self,
        fn: Callable[..., Any],
        iterator: Any,
        iterations: Any = 1,
        initial_loop_values: Any = None,
    ) -> Any:
        """A loop of `fn(context, element)`; gives the context, with values of the last step and
        the operation `run_op`."""
        self._require_cross_replica()
        with self._container_strategy().scope():
            return self._experimental_run_steps_on_iterator(
                fn, iterator, iterations, initial_loop_values
            )

    def _experimental_run_steps_on_iterator(
        self, fn: Callable[..., Any], iterator: Any, iterations: Any, initial_loop_values: Any
    ) -> Any:
        raise NotImplementedError("must be implemented in descendants")

    def _reduce(self, reduce_op: Any, value: Any) -> Any:
        where = device_util.current() or "/device:CPU:0"
        return self._local_results(self._reduce_to(reduce_op, value, where))[0]

    def reduce_to(self, reduce_op: Any, value: Any, destinations: Any) -> Any:
        """The sum or mean of replicas' values, at `destinations`."""
        self._require_cross_replica()
        reduce_op = _reduce_op(reduce_op)
        assert reduce_op in (ReduceOp.SUM, ReduceOp.MEAN)
        return self._reduce_to(reduce_op, value, destinations)

    def _reduce_to(self, reduce_op: Any, value: Any, destinations: Any) -> Any:
        return value

    def batch_reduce_to(
        self, reduce_op: Any, value_destination_pairs: Sequence[tuple[Any, Any]]
    ) -> list[Any]:
        """`reduce_to` for many values."""
        self._require_cross_replica()
        return self._batch_reduce_to(_reduce_op(reduce_op), value_destination_pairs)

    def _batch_reduce_to(
        self, reduce_op: Any, value_destination_pairs: Sequence[tuple[Any, Any]]
    ) -> list[Any]:
        return [self.reduce_to(reduce_op, value, to) for value, to in value_destination_pairs]

    def broadcast_to(self, tensor: Any, destinations: Any) -> Any:
        """A value, at `destinations`."""
        self._require_cross_replica()
        return self._broadcast_to(tensor, destinations)

    def _broadcast_to(self, tensor: Any, destinations: Any) -> Any:
        return tensor

    def update(
        self,
        var: Any,
        fn: Callable[..., Any],
        args: Any = (),
        kwargs: Any = None,
        group: bool = True,
    ) -> Any:
        """`fn(var, *args, **kwargs)`, which updates a variable."""
        self._require_cross_replica()
        with self._container_strategy().scope():
            return self._update(var, fn, args, kwargs or {}, group)

    def _update(self, var: Any, fn: Callable[..., Any], args: Any, kwargs: Any, group: bool) -> Any:
        return self._update_non_slot(var, fn, (var, *args), kwargs, group)

    def update_non_slot(
        self,
        colocate_with: Any,
        fn: Callable[..., Any],
        args: Any = (),
        kwargs: Any = None,
        group: bool = True,
    ) -> Any:
        """`fn(*args, **kwargs)`, where `colocate_with` is."""
        self._require_cross_replica()
        with self._container_strategy().scope():
            return self._update_non_slot(colocate_with, fn, args, kwargs or {}, group)

    def _update_non_slot(
        self, colocate_with: Any, fn: Callable[..., Any], args: Any, kwargs: Any, group: bool
    ) -> Any:
        with UpdateContext(colocate_with):
            result = fn(*args, **kwargs)
        return result if group else nest.map_structure(self._local_results, result)

    def _local_results(self, value: Any) -> tuple[Any, ...]:
        return (value,)

    def _group(self, value: Any, name: str | None = None) -> Any:
        values = nest.flatten(self._local_results(value))
        if len(values) != 1 or name is not None:
            return grouping.group(values, name=name)
        return getattr(values[0], "op", values[0])

    def value_container(self, value: Any) -> Any:
        """What holds a replica's value."""
        return value

    def read_var(self, v: Any) -> Any:
        """The value of a variable."""
        return array_ops.identity(v)

    def non_slot_devices(self, var_list: Sequence[Any]) -> Any:
        """Where variables that belong to no other go."""
        return min(var_list, key=lambda v: v.name)

    def _configure(
        self, session_config: Any, cluster_spec: Any, task_type: Any, task_id: Any
    ) -> None:
        pass

    def _update_config_proto(self, config_proto: Any) -> Any:
        return copy.deepcopy(config_proto)

    @property
    def _num_replicas_in_sync(self) -> int:
        return 1

    @property
    def experimental_between_graph(self) -> bool:
        """Whether each worker has a graph of its own."""
        return False

    @property
    def experimental_should_init(self) -> bool:
        """Whether this process initializes variables."""
        return True

    @property
    def experimental_require_static_shapes(self) -> bool:
        """Whether shapes have to be known."""
        return self._require_static_shapes

    @property
    def should_checkpoint(self) -> bool:
        """Whether this process writes checkpoints."""
        return True

    @property
    def should_save_summary(self) -> bool:
        """Whether this process writes summaries."""
        return True

    @property
    def worker_devices(self) -> tuple[str, ...]:
        """The devices of replicas."""
        raise RuntimeError("worker_devices() method unsupported by default tf.distribute.Strategy.")

    @property
    def parameter_devices(self) -> tuple[str, ...]:
        """The devices of variables."""
        raise RuntimeError(
            "parameter_devices() method unsupported by default tf.distribute.Strategy."
        )

    @property
    def _global_batch_size(self) -> bool:
        """Whether `make_dataset_iterator` takes batches for all replicas together."""
        return True


class _InputIterator:
    """A dataset's elements, for the only replica."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset
        self._start()

    def _start(self) -> None:
        dataset = self._dataset
        eagerly = executing_eagerly()
        self._iterator = (
            dataset.make_one_shot_iterator() if eagerly else dataset.make_initializable_iterator()
        )

    def get_next(self) -> Any:
        """The next element."""
        return self._iterator.get_next()

    def initialize(self) -> list[Any]:
        """Begins again; in graphs, the operations that do."""
        if executing_eagerly():
            self._start()
            return []
        return [self._iterator.initializer]


class _DefaultExtended(StrategyExtended):
    @contextlib.contextmanager
    def _scope(self, strategy: Any) -> Iterator[Any]:
        if current.has_strategy():
            raise RuntimeError("Must not nest tf.distribute.Strategy scopes.")
        with variable_scope.variable_creator_scope(self._creator):
            yield strategy

    def _creator(self, next_creator: Callable[..., Any], **kwargs: Any) -> Any:
        self._require_scope()
        return next_creator(**kwargs)

    def variable_created_in_scope(self, v: Any) -> bool:
        return v._distribute_strategy is None

    def colocate_vars_with(
        self, colocate_with_variable: Any
    ) -> contextlib.AbstractContextManager[Any]:
        self._require_scope()
        return colocate_with(colocate_with_variable)

    def _reduce(self, reduce_op: Any, value: Any) -> Any:
        return value


class _DefaultStrategy(Strategy):
    def __init__(self) -> None:
        super().__init__(_DefaultExtended(self))

    def __deepcopy__(self, memo: Any) -> Any:
        raise RuntimeError("Should only create a single instance of _DefaultDistributionStrategy")


def default_strategy() -> Strategy:
    """The strategy that is in force without any."""
    return _DefaultStrategy()
