"""`Dataset`, what all datasets can do."""

import warnings
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from evergraph.api import array_ops, control_flow_ops, math_ops, string_ops
from evergraph.base import dtypes
from evergraph.base.export import export_constant
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import CompositeTensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.graph import get_default_graph
from evergraph.graph.tensor import Tensor
from evergraph.library.data import nest, structure
from evergraph.library.data.dataset_options import Options
from evergraph.library.data.structured_function import (
    StructuredFunctionWrapper,
    with_weakest_state,
)
from evergraph.library.train.tracking.base import Trackable

AUTOTUNE = -1
export_constant(__name__, "AUTOTUNE", "data.experimental.AUTOTUNE", "contrib.data.AUTOTUNE")


class DatasetV2(Trackable, CompositeTensor):
    """Elements, one after the other, each a nest of tensors.

    Args:
      variant_tensor: the tensor that holds the dataset when the graph runs.
    """

    # The classes of datasets by name: they are made here and derive from this class.
    _kinds: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__module__.startswith(__package__):
            DatasetV2._kinds.setdefault(cls.__name__, cls)

    def __init__(self, variant_tensor: Tensor) -> None:
        self._variant_tensor_attr = variant_tensor
        self._graph_attr = get_default_graph()

    @property
    def _variant_tensor(self) -> Tensor:
        return self._variant_tensor_attr

    @_variant_tensor.setter
    def _variant_tensor(self, _: Any) -> None:
        raise ValueError("The _variant_tensor property is read-only")

    @property
    def _graph(self) -> Any:
        return self._graph_attr

    @_graph.setter
    def _graph(self, _: Any) -> None:
        raise ValueError("The _graph property is read-only")

    def _as_serialized_graph(self, stateful_whitelist: Any = None) -> Tensor:
        return apply_op(
            "DatasetToGraph", self._variant_tensor, stateful_whitelist=stateful_whitelist or []
        )

    def _inputs(self) -> list[Any]:
        """The datasets that this one takes its elements from."""
        raise NotImplementedError("Dataset._inputs")

    def _functions(self) -> list[Any]:
        return []

    def _has_captured_ref(self) -> bool:
        """Whether a function here or before depends on a reference variable."""
        for function in self._functions():
            if any(map(_hangs_on_reference, function.function.captured_inputs)):
                return True
        return any(dataset._has_captured_ref() for dataset in self._inputs())

    @property
    def element_spec(self) -> Any:
        """The nest of specs of an element."""
        raise NotImplementedError("Dataset.element_spec")

    @property
    def _flat_shapes(self) -> list[Any]:
        return structure.get_flat_tensor_shapes(self.element_spec)

    @property
    def _flat_types(self) -> list[Any]:
        return structure.get_flat_tensor_types(self.element_spec)

    @property
    def _flat_structure(self) -> dict[str, Any]:
        return {"output_shapes": self._flat_shapes, "output_types": self._flat_types}

    @property
    def _type_spec(self) -> Any:  # type: ignore[override]
        return self._kinds["DatasetSpec"](self.element_spec)

    def __iter__(self) -> Any:
        graph = get_default_graph()
        if graph._building_function or graph.runs_at_once:
            return self._kinds["IteratorV2"](self)
        raise RuntimeError(
            "__iter__() is only supported inside of tf.function or when eager execution is enabled."
        )

    def __repr__(self) -> str:
        spec = self.element_spec
        shapes = nest.map_structure(lambda s: str(s._to_legacy_output_shapes()), spec)
        types = nest.map_structure(lambda s: repr(s._to_legacy_output_types()), spec)
        texts = (str(x).replace("'", "") for x in (shapes, types))
        return "<{} shapes: {}, types: {}>".format(type(self).__name__, *texts)

    # -- options

    def options(self) -> Options:
        """The options that the dataset and those before it were given."""
        found = Options()
        for dataset in self._inputs():
            options = dataset.options()
            if options is not None:
                found = found.merge(options)
        return found

    def with_options(self, options: Options) -> "DatasetV2":
        """The dataset with options, beside those that it has. Stands for
        `tf.data.Dataset.with_options`.

        Raises:
          ValueError: an option was set to another value.
        """
        return self._kinds["_OptionsDataset"](self, options)

    def _apply_options(self) -> "DatasetV2":
        """The dataset with the nodes that its options ask for."""
        dataset: DatasetV2 = self
        options = self.options()
        threads = options.experimental_threading
        if threads is not None:
            if threads.max_intra_op_parallelism is not None:
                dataset = self._kinds["_MaxIntraOpParallelismDataset"](
                    dataset, threads.max_intra_op_parallelism
                )
            if threads.private_threadpool_size is not None:
                dataset = self._kinds["_PrivateThreadPoolDataset"](
                    dataset, threads.private_threadpool_size
                )
        names = options._static_optimizations()
        if names and self._has_captured_ref():
            warnings.warn(
                "tf.data static optimizations are not compatible with tf.Variable. The following "
                f"optimizations will be disabled: {', '.join(names)}. To enable optimizations, "
                "use resource variables instead by calling `tf.enable_resource_variables()` at "
                "the start of the program.",
                stacklevel=2,
            )
        elif names:
            dataset = self._kinds["_OptimizeDataset"](
                dataset, names, options._static_optimization_configs()
            )
        tuning = options.experimental_optimization
        if tuning is None or tuning.autotune is not False:
            algorithm = None if tuning is None else tuning.autotune_algorithm
            budget = None if tuning is None else tuning.autotune_cpu_budget
            dataset = self._kinds["_ModelDataset"](dataset, algorithm or 0, budget or 0)
        stats = options.experimental_stats
        if stats and stats.aggregator:
            dataset = self._kinds["_SetStatsAggregatorDataset"](
                dataset, stats.aggregator, stats.prefix, stats.counter_prefix
            )
        return dataset

    # -- sources

    @staticmethod
    def from_tensors(tensors: Any) -> Any:
        """A dataset of one element. Stands for `tf.data.Dataset.from_tensors`."""
        return DatasetV2._kinds["TensorDataset"](tensors)

    @staticmethod
    def from_tensor_slices(tensors: Any) -> Any:
        """A dataset of the rows of tensors: their first sizes must be equal. Stands for
        `tf.data.Dataset.from_tensor_slices`."""
        return DatasetV2._kinds["TensorSliceDataset"](tensors)

    @staticmethod
    def from_generator(
        generator: Callable[..., Any],
        output_types: Any,
        output_shapes: Any = None,
        args: Any = None,
    ) -> Any:
        """A dataset of what a Python generator yields. Stands for
        `tf.data.Dataset.from_generator`.

        The generator belongs to this process: the graph cannot be run elsewhere.

        Args:
          generator: called anew for each iteration; gives an iterable.
          output_types: nest of the types of an element.
          output_shapes: nest of static shapes; default: unknown.
          args: tensors whose values `generator` is called with.

        Raises:
          TypeError: `generator` is not callable.
        """
        return DatasetV2._kinds["from_generator"](generator, output_types, output_shapes, args)

    @staticmethod
    def range(*args: Any) -> Any:
        """A dataset of whole numbers, int64, as Python's `range`. Stands for
        `tf.data.Dataset.range`."""
        return DatasetV2._kinds["RangeDataset"](*args)

    @staticmethod
    def zip(datasets: Any) -> Any:
        """A dataset of nests of elements of several datasets, as long as the shortest. Stands for
        `tf.data.Dataset.zip`.

        Raises:
          TypeError: `datasets` is no nest of datasets.
        """
        return DatasetV2._kinds["ZipDataset"](datasets)

    @staticmethod
    def list_files(file_pattern: Any, shuffle: bool | None = None, seed: Any = None) -> Any:
        """A dataset of the names of files that match patterns. Stands for
        `tf.data.Dataset.list_files`.

        Args:
          file_pattern: a string or a vector of strings.
          shuffle: whether in another order each time; default True.
          seed: of that order.

        Raises:
          InvalidArgumentError: no file matches, found when the iterator begins.
        """
        with name_scope("list_files"):
            file_pattern = convert_to_tensor(file_pattern, dtypes.string, name="file_pattern")
            found = apply_op("MatchingFiles", file_pattern)
            some = math_ops.greater(array_ops.shape(found)[0], 0, name="match_not_empty")
            message = math_ops.add(
                "No files matched pattern: ",
                string_ops.reduce_join(file_pattern, separator=", "),
                name="message",
            )
            check = control_flow_ops.Assert(some, [message], summarize=1, name="assert_not_empty")
            with control_dependencies([check]):
                found = array_ops.identity(found)
            dataset = DatasetV2._kinds["DatasetV1"].from_tensor_slices(found)
            if shuffle is None or shuffle:
                size = math_ops.maximum(array_ops.shape(found, out_type=dtypes.int64)[0], 1)
                dataset = dataset.shuffle(size, seed=seed)
            return dataset

    # -- transformations

    def concatenate(self, dataset: Any) -> Any:
        """The elements of this dataset, then those of another. Stands for
        `tf.data.Dataset.concatenate`.

        Raises:
          TypeError: types or classes of the elements differ.
        """
        if not isinstance(dataset, DatasetV2):
            raise TypeError(
                "`dataset_or_iterator` must be a Dataset or Iterator object, but got "
                f"{type(dataset)}."
            )
        return self._kinds["ConcatenateDataset"](self, dataset)

    def prefetch(self, buffer_size: Any) -> Any:
        """The elements, made ahead of time, up to `buffer_size` of them. Stands for
        `tf.data.Dataset.prefetch`."""
        return self._kinds["PrefetchDataset"](self, buffer_size)

    def repeat(self, count: Any = None) -> Any:
        """The elements `count` times over; None or -1: without end. Stands for
        `tf.data.Dataset.repeat`."""
        return self._kinds["RepeatDataset"](self, count)

    def enumerate(self, start: Any = 0) -> Any:
        """Pairs of a number from `start` on, int64, and an element. Stands for
        `tf.data.Dataset.enumerate`."""
        top = np.iinfo(np.int64).max
        kind = self._kinds["DatasetV1"]
        return kind.zip((kind.range(start, top), self))

    def shuffle(
        self, buffer_size: Any, seed: Any = None, reshuffle_each_iteration: bool | None = None
    ) -> Any:
        """The elements in an order by chance. Stands for `tf.data.Dataset.shuffle`.

        A buffer of `buffer_size` elements is kept full, and each element comes from anywhere in it.

        Args:
          buffer_size: scalar int64.
          seed: of the order; with it the order is TensorFlow's.
          reshuffle_each_iteration: whether each repetition has its own order; default True.
        """
        return self._kinds["ShuffleDataset"](self, buffer_size, seed, reshuffle_each_iteration)

    def cache(self, filename: Any = "") -> Any:
        """The elements, kept after the first time. Stands for `tf.data.Dataset.cache`.

        Args:
          filename: where they are kept; default: in memory.
        """
        return self._kinds["CacheDataset"](self, filename)

    def take(self, count: Any) -> Any:
        """The first `count` elements; -1: all. Stands for `tf.data.Dataset.take`."""
        return self._kinds["TakeDataset"](self, count)

    def skip(self, count: Any) -> Any:
        """All but the first `count` elements; -1: none. Stands for `tf.data.Dataset.skip`."""
        return self._kinds["SkipDataset"](self, count)

    def shard(self, num_shards: Any, index: Any) -> Any:
        """Each element number `index`, counted modulo `num_shards`. Stands for
        `tf.data.Dataset.shard`."""
        return self._kinds["ShardDataset"](self, num_shards, index)

    def batch(self, batch_size: Any, drop_remainder: Any = False) -> Any:
        """`batch_size` elements as one, with a new first axis. Stands for `tf.data.Dataset.batch`.

        Args:
          batch_size: scalar int64.
          drop_remainder: whether a smaller last batch is left out.
        """
        return self._kinds["BatchDataset"](self, batch_size, drop_remainder)

    def padded_batch(
        self,
        batch_size: Any,
        padded_shapes: Any,
        padding_values: Any = None,
        drop_remainder: Any = False,
    ) -> Any:
        """`batch_size` elements as one, each filled up to a common shape. Stands for
        `tf.data.Dataset.padded_batch`.

        Args:
          batch_size: scalar int64.
          padded_shapes: nest of shapes; an unknown size is the largest of the batch.
          padding_values: nest of scalars; default: 0 and "".
          drop_remainder: whether a smaller last batch is left out.
        """
        return self._kinds["PaddedBatchDataset"](
            self, batch_size, padded_shapes, padding_values, drop_remainder
        )

    def map(self, map_func: Callable[..., Any], num_parallel_calls: Any = None) -> Any:
        """What a function makes of each element. Stands for `tf.data.Dataset.map`.

        Args:
          map_func: takes the parts of an element, gives another.
          num_parallel_calls: how many elements at a time; None: one after the other.
        """
        if num_parallel_calls is None:
            return self._kinds["MapDataset"](self, map_func, preserve_cardinality=True)
        return self._kinds["ParallelMapDataset"](
            self, map_func, num_parallel_calls, preserve_cardinality=True
        )

    def flat_map(self, map_func: Callable[..., Any]) -> Any:
        """The elements of the datasets that a function makes of the elements. Stands for
        `tf.data.Dataset.flat_map`."""
        return self._kinds["FlatMapDataset"](self, map_func)

    def interleave(
        self,
        map_func: Callable[..., Any],
        cycle_length: Any = AUTOTUNE,
        block_length: Any = 1,
        num_parallel_calls: Any = None,
    ) -> Any:
        """As `flat_map`, with elements of `cycle_length` datasets in turn. Stands for
        `tf.data.Dataset.interleave`.

        Args:
          map_func: makes a dataset of an element.
          cycle_length: how many datasets are open at a time.
          block_length: how many elements of one come before those of the next.
          num_parallel_calls: from how many elements are made ahead; None: from none.
        """
        if num_parallel_calls is None:
            return self._kinds["InterleaveDataset"](self, map_func, cycle_length, block_length)
        return self._kinds["ParallelInterleaveDataset"](
            self, map_func, cycle_length, block_length, num_parallel_calls
        )

    def filter(self, predicate: Callable[..., Any]) -> Any:
        """The elements for which a function gives True. Stands for `tf.data.Dataset.filter`."""
        return self._kinds["FilterDataset"](self, predicate)

    def apply(self, transformation_func: Callable[[Any], Any]) -> Any:
        """What a function makes of this dataset. Stands for `tf.data.Dataset.apply`.

        Raises:
          TypeError: it makes no dataset.
        """
        dataset = transformation_func(self)
        if not isinstance(dataset, DatasetV2):
            raise TypeError(f"`transformation_func` must return a Dataset. Got {dataset}.")
        dataset._input_datasets = [self]  # type: ignore[attr-defined]
        return dataset

    def window(
        self, size: Any, shift: Any = None, stride: Any = 1, drop_remainder: Any = False
    ) -> Any:
        """Datasets of `size` elements, one for each component. Stands for
        `tf.data.Dataset.window`.

        Args:
          size: how many elements a window has.
          shift: how far the next window begins after this; default `size`.
          stride: the distance of the elements of a window.
          drop_remainder: whether windows that are not full are left out.
        """
        shift = size if shift is None else shift
        return self._kinds["WindowDataset"](self, size, shift, stride, drop_remainder)

    def unbatch(self) -> Any:
        """The rows of elements as elements. Stands for `tf.data.Dataset.unbatch`."""

        def normalize(arg: Any, *rest: Any) -> Any:
            batch = (arg, *rest) if rest else arg
            return structure.to_batched_tensor_list(self.element_spec, batch)

        restructured = self._kinds["_RestructuredDataset"](self.map(normalize), self.element_spec)
        return self._kinds["_UnbatchDataset"](restructured)

    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any]) -> Any:
        """The last of the states that a function makes of a state and each element. Stands for
        `tf.data.Dataset.reduce`.

        Args:
          initial_state: the first state, a nest.
          reduce_func: takes a state and an element, gives the next state.

        Raises:
          TypeError: it gives a state of other types.
        """
        with name_scope("initial_state"):
            initial_state = structure.normalize_element(initial_state)
        wrapped, spec = with_weakest_state(
            structure.type_spec_from_value(initial_state),
            lambda state: StructuredFunctionWrapper(
                reduce_func,
                "reduce()",
                input_structure=(state, self.element_spec),
                add_to_graph=False,
            ),
            lambda w: (w.output_classes, w.output_types, w.output_shapes),
        )
        function = wrapped.function
        function.add_to_graph(get_default_graph())
        tensors = apply_op(
            "ReduceDataset",
            self._variant_tensor,
            structure.to_tensor_list(spec, initial_state),
            function.captured_inputs,
            f=function,
            output_shapes=structure.get_flat_tensor_shapes(spec),
            output_types=structure.get_flat_tensor_types(spec),
        )
        return structure.from_compatible_tensor_list(spec, tensors)


def _hangs_on_reference(tensor: Tensor) -> bool:
    waiting, seen = [tensor], set()
    while waiting:
        t = waiting.pop()
        if t.dtype._is_ref_dtype:
            return True
        if t.op not in seen:
            seen.add(t.op)
            waiting.extend(t.op.inputs)
    return False


class DatasetSource(DatasetV2):
    """A dataset whose elements come from no other dataset."""

    def _inputs(self) -> list[Any]:
        return []


class UnaryDataset(DatasetV2):
    """A dataset whose elements come from one other."""

    def __init__(self, input_dataset: Any, variant_tensor: Tensor) -> None:
        self._input_dataset = input_dataset
        super().__init__(variant_tensor)

    def _inputs(self) -> list[Any]:
        return [self._input_dataset]


class UnaryUnchangedStructureDataset(UnaryDataset):
    """A dataset with elements like those of the one that they come from."""

    @property
    def element_spec(self) -> Any:
        return self._input_dataset.element_spec
