"""`tf.data.Dataset` as TensorFlow 1 has it: with iterators, and results of its own class."""

import functools
from collections import deque
from collections.abc import Callable
from typing import Any

from evergraph.api import random_seed
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import colocate_with
from evergraph.graph.graph import get_default_graph
from evergraph.graph.tensor import Tensor
from evergraph.library.data import nest, structure, traverse
from evergraph.library.data.dataset_base import AUTOTUNE, DatasetV2
from evergraph.library.data.functional import FilterDataset, MapDataset, ParallelMapDataset
from evergraph.library.data.iterator_ops import Iterator, IteratorV2
from evergraph.library.data.legacy import (
    get_legacy_output_classes,
    get_legacy_output_shapes,
    get_legacy_output_types,
)
from evergraph.library.data.sources import SparseTensorSliceDataset
from evergraph.library.function import Defun

_LOOP = (
    "Use `for ... in dataset:` to iterate over a dataset. If using `tf.estimator`, return the "
    "`Dataset` object directly from your input function. As a last resort, you can use "
    "`tf.compat.v1.data.{}(dataset)`."
)


@export("data.Dataset")
class DatasetV1(DatasetV2):
    """Elements, one after the other, each a nest of tensors. Stands for `tf.data.Dataset`."""

    def __init__(self) -> None:
        try:
            variant_tensor = self._as_variant_tensor()
        except AttributeError as error:
            if "_as_variant_tensor" in str(error):
                raise AttributeError(
                    "Please use _variant_tensor instead of _as_variant_tensor() to obtain the "
                    "variant associated with a dataset"
                ) from error
            raise AttributeError(
                f"{error}: A likely cause of this error is that the super call for this dataset "
                "is not the last line of the __init__ method. The base class causes the "
                "_as_variant_tensor call in its constructor and if that uses attributes defined "
                "in the __init__ method, those attrs need to be defined before the super call."
            ) from error
        super().__init__(variant_tensor)

    def _as_variant_tensor(self) -> Tensor:
        """The tensor that holds the dataset."""
        raise NotImplementedError("Dataset._as_variant_tensor")

    # -- iterators

    @deprecated(None, _LOOP.format("make_one_shot_iterator"))
    def make_one_shot_iterator(self) -> Iterator:
        """An iterator that begins by itself and goes over the dataset once. Stands for
        `tf.data.Dataset.make_one_shot_iterator`.

        Raises:
          ValueError: the dataset depends on variables, tables or placeholders.
        """
        return self._make_one_shot_iterator()

    def _make_one_shot_iterator(self) -> Iterator:
        if get_default_graph().runs_at_once:
            return IteratorV2(self)  # type: ignore[return-value]
        _ensure_same_dataset_graph(self)
        nodes = traverse.obtain_all_variant_tensor_ops(self)
        graph_seed, op_seed = random_seed.get_seed(None)

        @Defun(capture_by_value=True, whitelisted_stateful_ops=nodes)
        def _make_dataset() -> Tensor:
            """Factory function for a dataset."""
            # Nodes in the function have other numbers than outside, and so other seeds.
            if graph_seed is not None:
                assert op_seed is not None
                random_seed.set_random_seed((graph_seed + 87654321 * op_seed) % (2**63 - 1))
            return self._apply_options()._variant_tensor

        try:
            _make_dataset.add_to_graph(get_default_graph())
        except ValueError as error:
            if "Cannot capture a stateful node" not in str(error):
                raise
            raise ValueError(
                "Failed to create a one-shot iterator for a dataset. "
                "`Dataset.make_one_shot_iterator()` does not support datasets that capture "
                "stateful objects, such as a `Variable` or `LookupTable`. In these cases, use "
                f"`Dataset.make_initializable_iterator()`. (Original error: {error})"
            ) from None
        resource = apply_op(
            "OneShotIterator", dataset_factory=_make_dataset, **self._flat_structure
        )
        return _iterator(resource, None, self)

    @deprecated(None, _LOOP.format("make_initializable_iterator"))
    def make_initializable_iterator(self, shared_name: str | None = None) -> Iterator:
        """An iterator that its `initializer` begins. Stands for
        `tf.data.Dataset.make_initializable_iterator`.

        Args:
          shared_name: with it, iterators of this name are one in a session.
        """
        return self._make_initializable_iterator(shared_name)

    def _make_initializable_iterator(self, shared_name: str | None = None) -> Iterator:
        if get_default_graph().runs_at_once:
            raise RuntimeError(
                "dataset.make_initializable_iterator is not supported when eager execution is "
                "enabled."
            )
        _ensure_same_dataset_graph(self)
        dataset = self._apply_options()
        resource = apply_op(
            "IteratorV2", container="", shared_name=shared_name or "", **self._flat_structure
        )
        with colocate_with(resource):
            initializer = apply_op("MakeIterator", dataset._variant_tensor, resource)
        return _iterator(resource, initializer, dataset)

    # -- what elements are

    @property
    @deprecated(None, "Use `tf.compat.v1.data.get_output_classes(dataset)`.")
    def output_classes(self) -> Any:
        """The nest of classes of an element."""
        return nest.map_structure(lambda s: s._to_legacy_output_classes(), self.element_spec)

    @property
    @deprecated(None, "Use `tf.compat.v1.data.get_output_shapes(dataset)`.")
    def output_shapes(self) -> Any:
        """The nest of static shapes of an element."""
        return nest.map_structure(lambda s: s._to_legacy_output_shapes(), self.element_spec)

    @property
    @deprecated(None, "Use `tf.compat.v1.data.get_output_types(dataset)`.")
    def output_types(self) -> Any:
        """The nest of types of an element."""
        return nest.map_structure(lambda s: s._to_legacy_output_types(), self.element_spec)

    @property
    def element_spec(self) -> Any:
        """The nest of specs of an element."""
        # A class of the user may say it by types, shapes and classes.
        return structure.convert_legacy_structure(
            self.output_types, self.output_shapes, self.output_classes
        )

    # -- sources and transformations, with results of this class

    @staticmethod
    @functools.wraps(DatasetV2.from_tensors)
    def from_tensors(tensors: Any) -> Any:
        return DatasetV1Adapter(DatasetV2.from_tensors(tensors))

    @staticmethod
    @functools.wraps(DatasetV2.from_tensor_slices)
    def from_tensor_slices(tensors: Any) -> Any:
        return DatasetV1Adapter(DatasetV2.from_tensor_slices(tensors))

    @staticmethod
    @deprecated(None, "Use `tf.data.Dataset.from_tensor_slices()`.")
    def from_sparse_tensor_slices(sparse_tensor: Any) -> Any:
        """The places of a sparse tensor along its first axis, each as a triple of indices, values
        and shape. Stands for `tf.data.Dataset.from_sparse_tensor_slices`.

        Raises:
          TypeError: it is no SparseTensor.
        """
        return DatasetV1Adapter(SparseTensorSliceDataset(sparse_tensor))

    @staticmethod
    @functools.wraps(DatasetV2.from_generator)
    def from_generator(
        generator: Callable[..., Any],
        output_types: Any,
        output_shapes: Any = None,
        args: Any = None,
    ) -> Any:
        return DatasetV1Adapter(
            DatasetV2.from_generator(generator, output_types, output_shapes, args)
        )

    @staticmethod
    @functools.wraps(DatasetV2.range)
    def range(*args: Any) -> Any:
        return DatasetV1Adapter(DatasetV2.range(*args))

    @staticmethod
    @functools.wraps(DatasetV2.zip)
    def zip(datasets: Any) -> Any:
        return DatasetV1Adapter(DatasetV2.zip(datasets))

    @staticmethod
    @functools.wraps(DatasetV2.list_files)
    def list_files(file_pattern: Any, shuffle: bool | None = None, seed: Any = None) -> Any:
        return DatasetV1Adapter(DatasetV2.list_files(file_pattern, shuffle, seed))

    @functools.wraps(DatasetV2.concatenate)
    def concatenate(self, dataset: Any) -> Any:
        return DatasetV1Adapter(super().concatenate(dataset))

    @functools.wraps(DatasetV2.prefetch)
    def prefetch(self, buffer_size: Any) -> Any:
        return DatasetV1Adapter(super().prefetch(buffer_size))

    @functools.wraps(DatasetV2.repeat)
    def repeat(self, count: Any = None) -> Any:
        return DatasetV1Adapter(super().repeat(count))

    @functools.wraps(DatasetV2.shuffle)
    def shuffle(
        self, buffer_size: Any, seed: Any = None, reshuffle_each_iteration: bool | None = None
    ) -> Any:
        return DatasetV1Adapter(super().shuffle(buffer_size, seed, reshuffle_each_iteration))

    @functools.wraps(DatasetV2.cache)
    def cache(self, filename: Any = "") -> Any:
        return DatasetV1Adapter(super().cache(filename))

    @functools.wraps(DatasetV2.take)
    def take(self, count: Any) -> Any:
        return DatasetV1Adapter(super().take(count))

    @functools.wraps(DatasetV2.skip)
    def skip(self, count: Any) -> Any:
        return DatasetV1Adapter(super().skip(count))

    @functools.wraps(DatasetV2.shard)
    def shard(self, num_shards: Any, index: Any) -> Any:
        return DatasetV1Adapter(super().shard(num_shards, index))

    @functools.wraps(DatasetV2.batch)
    def batch(self, batch_size: Any, drop_remainder: Any = False) -> Any:
        return DatasetV1Adapter(super().batch(batch_size, drop_remainder))

    @functools.wraps(DatasetV2.padded_batch)
    def padded_batch(
        self,
        batch_size: Any,
        padded_shapes: Any,
        padding_values: Any = None,
        drop_remainder: Any = False,
    ) -> Any:
        return DatasetV1Adapter(
            super().padded_batch(batch_size, padded_shapes, padding_values, drop_remainder)
        )

    @functools.wraps(DatasetV2.map)
    def map(self, map_func: Callable[..., Any], num_parallel_calls: Any = None) -> Any:
        return DatasetV1Adapter(_mapped(self, map_func, num_parallel_calls))

    @deprecated(None, "Use `tf.data.Dataset.map()")
    def map_with_legacy_function(
        self, map_func: Callable[..., Any], num_parallel_calls: Any = None
    ) -> Any:
        """As `map`, with functions as earlier versions made them. Stands for
        `tf.data.Dataset.map_with_legacy_function`."""
        return DatasetV1Adapter(
            _mapped(self, map_func, num_parallel_calls, use_legacy_function=True)
        )

    @functools.wraps(DatasetV2.flat_map)
    def flat_map(self, map_func: Callable[..., Any]) -> Any:
        return DatasetV1Adapter(super().flat_map(map_func))

    @functools.wraps(DatasetV2.interleave)
    def interleave(
        self,
        map_func: Callable[..., Any],
        cycle_length: Any = AUTOTUNE,
        block_length: Any = 1,
        num_parallel_calls: Any = None,
    ) -> Any:
        return DatasetV1Adapter(
            super().interleave(map_func, cycle_length, block_length, num_parallel_calls)
        )

    @functools.wraps(DatasetV2.filter)
    def filter(self, predicate: Callable[..., Any]) -> Any:
        return DatasetV1Adapter(super().filter(predicate))

    @deprecated(None, "Use `tf.data.Dataset.filter()")
    def filter_with_legacy_function(self, predicate: Callable[..., Any]) -> Any:
        """As `filter`, with functions as earlier versions made them. Stands for
        `tf.data.Dataset.filter_with_legacy_function`."""
        return FilterDataset(self, predicate, use_legacy_function=True)

    @functools.wraps(DatasetV2.apply)
    def apply(self, transformation_func: Callable[[Any], Any]) -> Any:
        return DatasetV1Adapter(super().apply(transformation_func))

    @functools.wraps(DatasetV2.window)
    def window(
        self, size: Any, shift: Any = None, stride: Any = 1, drop_remainder: Any = False
    ) -> Any:
        return DatasetV1Adapter(super().window(size, shift, stride, drop_remainder))

    @functools.wraps(DatasetV2.with_options)
    def with_options(self, options: Any) -> Any:
        return DatasetV1Adapter(super().with_options(options))


def _mapped(
    dataset: Any, map_func: Any, num_parallel_calls: Any, use_legacy_function: bool = False
) -> Any:
    """A map that a function may end early by OutOfRangeError."""
    if num_parallel_calls is None:
        return MapDataset(
            dataset,
            map_func,
            preserve_cardinality=False,
            use_legacy_function=use_legacy_function,
        )
    return ParallelMapDataset(
        dataset,
        map_func,
        num_parallel_calls,
        preserve_cardinality=False,
        use_legacy_function=use_legacy_function,
    )


class DatasetV1Adapter(DatasetV1):
    """Another dataset with the methods of DatasetV1."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset
        super().__init__()

    def _as_variant_tensor(self) -> Tensor:
        variant: Tensor = self._dataset._variant_tensor
        return variant

    def _has_captured_ref(self) -> bool:
        return bool(self._dataset._has_captured_ref())

    def _inputs(self) -> list[Any]:
        inputs: list[Any] = self._dataset._inputs()
        return inputs

    def _functions(self) -> list[Any]:
        functions: list[Any] = self._dataset._functions()
        return functions

    def options(self) -> Any:
        return self._dataset.options()

    @property
    def element_spec(self) -> Any:
        return self._dataset.element_spec

    def __iter__(self) -> Any:
        return iter(self._dataset)


def _iterator(resource: Tensor, initializer: Any, dataset: Any) -> Iterator:
    return Iterator(
        resource,
        initializer,
        get_legacy_output_types(dataset),
        get_legacy_output_shapes(dataset),
        get_legacy_output_classes(dataset),
    )


def _ensure_same_dataset_graph(dataset: Any) -> None:
    """Warns where a part of a pipeline was made in another graph."""
    current: Any = get_default_graph()
    waiting, seen = deque([dataset]), set()
    while waiting:
        part = waiting.popleft()
        seen.add(id(part))
        if part._graph is not current:
            logging.warning(
                f"The graph ({current}) of the iterator is different from the graph "
                f"({part._graph}) the dataset: {part._variant_tensor} was created in. If you are "
                "using the Estimator API, make sure that no part of the dataset returned by the "
                "`input_fn` function is defined outside the `input_fn` function. Please ensure "
                "that all datasets in the pipeline are created in the same graph as the "
                "iterator. NOTE: This warning will become an error in future versions of "
                "TensorFlow."
            )
        waiting.extend(d for d in part._inputs() if id(d) not in seen)


@export("data.make_one_shot_iterator")
def make_one_shot_iterator(dataset: Any) -> Iterator:
    """An iterator that begins by itself and goes over a dataset once. Stands for
    `tf.data.make_one_shot_iterator`."""
    if not hasattr(dataset, "_make_one_shot_iterator"):
        dataset = DatasetV1Adapter(dataset)
    found: Iterator = dataset._make_one_shot_iterator()
    return found


@export("data.make_initializable_iterator")
def make_initializable_iterator(dataset: Any, shared_name: str | None = None) -> Iterator:
    """An iterator that its `initializer` begins. Stands for
    `tf.data.make_initializable_iterator`."""
    if not hasattr(dataset, "_make_initializable_iterator"):
        dataset = DatasetV1Adapter(dataset)
    found: Iterator = dataset._make_initializable_iterator(shared_name)
    return found
