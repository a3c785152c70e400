"""Input of replicas: each takes the next of a dataset's elements, or of the parts of one."""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import grouping
from evergraph.api.while_loop import while_loop
from evergraph.base import errors, nest
from evergraph.graph.constant import constant
from evergraph.graph.defaults import (
    control_dependencies,
    executing_eagerly,
    executing_eagerly_outside_functions,
)
from evergraph.graph.defaults import device as device_scope
from evergraph.graph.graph import get_default_graph
from evergraph.library.data.dataset_base import DatasetV2
from evergraph.library.data.experimental.distribute import _RebatchDataset
from evergraph.library.data.legacy import (
    get_legacy_output_classes,
    get_legacy_output_shapes,
    get_legacy_output_types,
)
from evergraph.library.data.multi_device_iterator_ops import MultiDeviceIterator
from evergraph.library.distribute import device_util
from evergraph.library.distribute import distribution_strategy_context as current
from evergraph.library.distribute.values import DeviceMap, regroup


class InputWorkers:
    """The tasks that read input, and the devices that each reads it for.

    Args:
      device_map: the devices of replicas.
      worker_device_pairs: tasks with their devices; default: this one has all.
      logical_device: which of a replica's devices.
    """

    def __init__(
        self, device_map: DeviceMap, worker_device_pairs: Any = None, logical_device: int = 0
    ) -> None:
        self._device_map = device_map
        self._logical_device = logical_device
        if worker_device_pairs is None:
            host = device_util.canonicalize("/device:CPU:0")
            worker_device_pairs = ((host, device_map.logical_to_actual_devices(logical_device)),)
        self._workers = tuple(worker for worker, _ in worker_device_pairs)
        self._fed = tuple(
            tuple(device_util.canonicalize(d) for d in devices)
            for _, devices in worker_device_pairs
        )

    @property
    def device_map(self) -> DeviceMap:
        """The devices of replicas."""
        return self._device_map

    @property
    def logical_device(self) -> int:
        """Which of a replica's devices."""
        return self._logical_device

    @property
    def num_workers(self) -> int:
        """How many tasks there are."""
        return len(self._workers)

    @property
    def worker_devices(self) -> tuple[str, ...]:
        """The tasks."""
        return self._workers

    def compute_devices_for_worker(self, worker_index: int) -> tuple[str, ...]:
        """The devices of a task."""
        return self._fed[worker_index]


class _DatasetSource:
    """A dataset's elements, which the devices of a task get in turn."""

    def __init__(self, dataset: Any, worker: str, devices: Sequence[str]) -> None:
        self._worker = worker
        with device_scope(worker):
            self._iterator = MultiDeviceIterator(dataset, devices)

    def get_next(self) -> list[Any]:
        """The next element of each device."""
        with device_scope(self._worker):
            return self._iterator.get_next()

    def initialize(self) -> list[Any]:
        if executing_eagerly_outside_functions():
            self._iterator._eager_reset()
            return []
        return [self._iterator.initializer]

    @property
    def output_classes(self) -> Any:
        return get_legacy_output_classes(self._iterator)

    @property
    def output_shapes(self) -> Any:
        return get_legacy_output_shapes(self._iterator)

    @property
    def output_types(self) -> Any:
        return get_legacy_output_types(self._iterator)


class _FunctionSource:
    """What a function gives, called for each element."""

    def __init__(self, function: Callable[[], Any], worker: str, devices: Sequence[str]) -> None:
        self._function = function
        self._worker = worker
        self._count = len(devices)

    def get_next(self) -> list[Any]:
        """What each device gets."""
        with device_scope(self._worker):
            return [self._function() for _ in range(self._count)]

    def initialize(self) -> list[Any]:
        return []


class DistributedIterator:
    """Gives each replica the next element.

    Args:
      input_workers: whose input it is.
      sources: a source of elements for each task.
    """

    def __init__(self, input_workers: InputWorkers, sources: Sequence[Any]) -> None:
        self._input_workers = input_workers
        self._sources = sources

    def get_next(self, name: str | None = None) -> Any:
        """The next element of each replica: PerReplica; the element itself for a single one."""
        workers = self._input_workers
        found: list[Any] = []
        for source, worker in zip(self._sources, workers.worker_devices, strict=True):
            with device_scope(worker):
                found.extend(source.get_next())
        return regroup(workers.device_map, found)

    def initialize(self) -> Any:
        """Begins again; in graphs, the operation that does."""
        return grouping.group([op for source in self._sources for op in source.initialize()])

    @property
    def initializer(self) -> Any:
        """What `initialize` gives."""
        return self.initialize()

    _initializer = initializer

    def __iter__(self) -> "DistributedIterator":
        return self

    def __next__(self) -> Any:
        try:
            return self.get_next()
        except errors.OutOfRangeError:
            raise StopIteration from None

    next = __next__

    @property
    def output_classes(self) -> Any:
        """The classes of an element's parts."""
        return self._sources[0].output_classes

    @property
    def output_shapes(self) -> Any:
        """The shapes of an element's parts."""
        return self._sources[0].output_shapes

    @property
    def output_types(self) -> Any:
        """The types of an element's parts."""
        return self._sources[0].output_types


class InputFunctionIterator(DistributedIterator):
    """Iterates over what `input_fn(context)` gives for each task: a dataset or a function.

    Raises:
      ValueError: it gives neither.
    """

    def __init__(
        self, input_fn: Callable[[Any], Any], input_workers: InputWorkers, contexts: Sequence[Any]
    ) -> None:
        sources: list[Any] = []
        for i, (worker, context) in enumerate(
            zip(input_workers.worker_devices, contexts, strict=True)
        ):
            devices = input_workers.compute_devices_for_worker(i)
            with device_scope(worker):
                result = input_fn(context)
                if isinstance(result, DatasetV2):
                    sources.append(_DatasetSource(result, worker, devices))
                elif callable(result):
                    sources.append(_FunctionSource(result, worker, devices))
                else:
                    raise ValueError("input_fn must return a tf.data.Dataset or a callable.")
        super().__init__(input_workers, sources)


class DistributedDataset:
    """A dataset whose elements are for replicas.

    Args:
      dataset_of: a function that gives the dataset of a task, by its number.
      input_workers: the tasks.
      element_spec: what is known of elements.
    """

    def __init__(
        self, dataset_of: Callable[[int], Any], input_workers: InputWorkers, element_spec: Any
    ) -> None:
        self._dataset_of = dataset_of
        self._input_workers = input_workers
        self.element_spec = element_spec

    def _iterator(self) -> DistributedIterator:
        workers = self._input_workers
        sources = []
        for i, worker in enumerate(workers.worker_devices):
            with device_scope(worker):
                devices = workers.compute_devices_for_worker(i)
                sources.append(_DatasetSource(self._dataset_of(i), worker, devices))
        return DistributedIterator(workers, sources)

    def __iter__(self) -> DistributedIterator:
        if not (executing_eagerly() or get_default_graph().building_function):
            raise RuntimeError(
                "__iter__() is only supported inside of tf.function or when eager execution is "
                "enabled."
            )
        return self._iterator()

    def make_one_shot_iterator(self) -> DistributedIterator:
        """An iterator. Raises ValueError in graphs."""
        if not executing_eagerly():
            raise ValueError(
                "Cannot create a one shot iterator. Please use `make_initializable_iterator()` "
                "instead."
            )
        return self._iterator()

    def make_initializable_iterator(self) -> DistributedIterator:
        """An iterator that `initialize` begins. Raises ValueError in eager execution."""
        return self._make_initializable_iterator()

    def _make_initializable_iterator(self, shared_name: str | None = None) -> DistributedIterator:
        if executing_eagerly():
            raise ValueError(
                "Cannot create initializable iterator in Eager mode. Please use `iter()` instead."
            )
        return self._iterator()

    _make_one_shot_iterator = make_one_shot_iterator


def get_distributed_dataset(
    dataset: Any, input_workers: InputWorkers, split_batch_by: int | None = None
) -> DistributedDataset:
    """A dataset for replicas, its batches cut into as many parts as `split_batch_by` says."""
    if split_batch_by:
        dataset = _RebatchDataset(dataset, split_batch_by).prefetch(split_batch_by)
    return DistributedDataset(lambda _: dataset, input_workers, dataset.element_spec)


def get_distributed_datasets_from_function(
    dataset_fn: Callable[[Any], Any], input_workers: InputWorkers, contexts: Sequence[Any]
) -> DistributedDataset:
    """What `dataset_fn(context)` gives for each task, for its replicas."""
    return DistributedDataset(lambda i: dataset_fn(contexts[i]), input_workers, None)


class MultiStepContext:
    """What a step of `experimental_run_steps_on_iterator` tells: values of the last step."""

    def __init__(self) -> None:
        self._last_step_outputs: dict[str, Any] = {}
        self._last_step_outputs_reduce_ops: dict[str, Any] = {}
        self._non_tensor_outputs: dict[str, Any] = {}
        self.run_op: Any = None

    @property
    def last_step_outputs(self) -> dict[str, Any]:
        """Values of the last step by name."""
        return self._last_step_outputs

    def _set_last_step_outputs(self, outputs: dict[str, Any]) -> None:
        self._last_step_outputs = outputs

    def set_last_step_output(self, name: str, output: Any, reduce_op: Any = None) -> None:
        """Keeps a value of this step; `reduce_op`, which a replica has to give, makes one of those
        of all replicas."""

        def keep(strategy: Any, value: Any) -> None:
            if reduce_op is not None:
                value = strategy.reduce(reduce_op, value, axis=None)
            self._last_step_outputs[name] = value
            self._last_step_outputs_reduce_ops[name] = reduce_op

        if current.in_cross_replica_context():
            keep(current.get_strategy(), output)
        else:
            assert reduce_op is not None
            current.get_replica_context().merge_call(keep, args=(output,))

    @property
    def non_tensor_outputs(self) -> dict[str, Any]:
        """What is no tensor, by name."""
        return self._non_tensor_outputs

    def set_non_tensor_output(self, name: str, output: Any) -> None:
        """Keeps what is no tensor."""
        self._non_tensor_outputs[name] = output


def run_steps(
    extended: Any,
    fn: Callable[[MultiStepContext, Any], Any],
    iterator: Any,
    iterations: Any,
    initial_loop_values: Any,
) -> tuple[MultiStepContext, dict[str, Any]]:
    """A loop of `fn(context, element)`, and the values of its last step, those of replicas as
    tuples."""
    values = nest.flatten(initial_loop_values or {})
    context = MultiStepContext()

    def body(i: Any, *_: Any) -> list[Any]:
        result = fn(context, iterator.get_next())
        for name, output in context.last_step_outputs.items():
            context.last_step_outputs[name] = extended._local_results(output)
        flat = nest.flatten(context.last_step_outputs)
        with control_dependencies([result]):
            return [i + 1, *flat]

    extended._outer_control_flow_context = get_default_graph()._get_control_flow_context()
    results = while_loop(
        lambda i, *_: i < iterations,
        body,
        [constant(0), *values],
        name="",
        parallel_iterations=1,
        back_prop=False,
        swap_memory=False,
        return_same_structure=True,
    )
    del extended._outer_control_flow_context
    context.run_op = grouping.group(results)
    return context, nest.pack_sequence_as(context.last_step_outputs, results[1:])
