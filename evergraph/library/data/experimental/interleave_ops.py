"""Elements of several datasets in turn: parallel_interleave, sample_from_datasets,
choose_from_datasets."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export, export_constant
from evergraph.base.tensor_spec import TensorSpec
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.library.data import readers, structure
from evergraph.library.data.dataset_base import DatasetV2
from evergraph.library.data.dataset_v1 import DatasetV1, DatasetV1Adapter
from evergraph.library.data.experimental import random_ops
from evergraph.library.data.functional import MapDataset
from evergraph.library.data.sources import common_structure


@export("data.experimental.parallel_interleave", "contrib.data.parallel_interleave")
@deprecated(
    None,
    "Use `tf.data.Dataset.interleave(map_func, cycle_length, block_length, "
    "num_parallel_calls=tf.data.experimental.AUTOTUNE)` instead. If sloppy execution is desired, "
    "use `tf.data.Options.experimental_determinstic`.",
)
def parallel_interleave(
    map_func: Callable[..., Any],
    cycle_length: Any,
    block_length: Any = 1,
    sloppy: Any = False,
    buffer_output_elements: Any = None,
    prefetch_input_elements: Any = None,
) -> Callable[[Any], Any]:
    """For `Dataset.apply`: `Dataset.interleave` with elements made ahead. Stands for
    `tf.data.experimental.parallel_interleave`.

    Args:
      map_func: makes a dataset of an element.
      cycle_length: how many datasets are open at a time.
      block_length: how many elements of one follow one another.
      sloppy: whether the order may change where one is slow; here it never does.
      buffer_output_elements: how many elements of each are made ahead.
      prefetch_input_elements: how many further datasets are begun; has no effect.
    """
    return lambda dataset: readers.ParallelInterleaveDataset(
        dataset,
        map_func,
        cycle_length,
        block_length,
        sloppy,
        buffer_output_elements,
        prefetch_input_elements,
    )


class _DirectedInterleaveDataset(DatasetV1):
    """An element of the dataset that a first dataset names, again and again."""

    def __init__(self, selector_input: Any, data_inputs: Any) -> None:
        self._selector_input = selector_input
        self._data_inputs = list(data_inputs)
        self._element_spec = common_structure(
            self._data_inputs, "All datasets must have the same type and class."
        )
        super().__init__()

    def _as_variant_tensor(self) -> Any:
        return apply_op(
            "DirectedInterleaveDataset",
            self._selector_input._variant_tensor,
            [d._variant_tensor for d in self._data_inputs],
            **self._flat_structure,
        )

    def _inputs(self) -> list[Any]:
        return [self._selector_input, *self._data_inputs]

    @property
    def element_spec(self) -> Any:
        return self._element_spec


def _drawn(logits: Any, seed: Any) -> Any:
    """The number of a dataset by chance."""
    found = apply_op("StatelessMultinomial", logits, 1, seed=seed)
    return array_ops.squeeze(found, axis=[0, 1])


def sample_from_datasets_v2(datasets: Any, weights: Any = None, seed: Any = None) -> Any:
    """See `sample_from_datasets_v1`."""
    count = len(datasets)
    if isinstance(weights, DatasetV2):
        logits_ds = weights.map(lambda *p: math_ops.log(p, name="logits"))
        seeds = random_ops.RandomDataset(seed).batch(2)

        def select_dataset_varying_logits(logits: Any, seed: Any) -> Any:
            return _drawn(logits, seed)

        choices = MapDataset(
            DatasetV1.zip((logits_ds, seeds)),
            select_dataset_varying_logits,
            use_inter_op_parallelism=False,
        )
        return _DirectedInterleaveDataset(choices, datasets)
    if weights is None:
        logits: Any = [[1.0] * count]
    else:
        weights = convert_to_tensor(weights, name="weights")
        if weights.dtype not in (dtypes.float32, dtypes.float64):
            raise TypeError(
                "`weights` must be convertible to a tensor of `tf.float32` or `tf.float64` "
                "elements."
            )
        if not weights.shape.is_compatible_with([count]):
            raise ValueError("`weights` must be a vector of length `len(datasets)`.")
        logits = array_ops.expand_dims(math_ops.log(weights, name="logits"), 0)
    if count == 1:
        return datasets[0]

    def select_dataset_constant_logits(seed: Any) -> Any:
        return _drawn(logits, seed)

    choices = MapDataset(
        random_ops.RandomDataset(seed).batch(2),
        select_dataset_constant_logits,
        use_inter_op_parallelism=False,
    )
    return _DirectedInterleaveDataset(choices, datasets)


def sample_from_datasets_v1(datasets: Any, weights: Any = None, seed: Any = None) -> Any:
    """Elements of datasets, each of one by chance. Stands for
    `tf.data.experimental.sample_from_datasets`.

    Args:
      datasets: datasets with elements alike.
      weights: how often each is drawn: numbers, or a dataset of vectors; default: all the same.
      seed: of the draws.

    Raises:
      TypeError: elements differ in type, or `weights` are no floats.
      ValueError: there are not as many weights as datasets.
    """
    return DatasetV1Adapter(sample_from_datasets_v2(datasets, weights, seed))


def choose_from_datasets_v2(datasets: Any, choice_dataset: Any) -> Any:
    """See `choose_from_datasets_v1`."""
    if not structure.are_compatible(choice_dataset.element_spec, TensorSpec([], dtypes.int64)):
        raise TypeError("`choice_dataset` must be a dataset of scalar `tf.int64` tensors.")
    return _DirectedInterleaveDataset(choice_dataset, datasets)


def choose_from_datasets_v1(datasets: Any, choice_dataset: Any) -> Any:
    """Elements of datasets, each of the one that another dataset names. Stands for
    `tf.data.experimental.choose_from_datasets`.

    Raises:
      TypeError: elements differ in type, or `choice_dataset` has others than int64 scalars.
    """
    return DatasetV1Adapter(choose_from_datasets_v2(datasets, choice_dataset))


choose_from_datasets = choose_from_datasets_v1
sample_from_datasets = sample_from_datasets_v1
for _name in ("choose_from_datasets", "sample_from_datasets"):
    export_constant(__name__, _name, f"data.experimental.{_name}", f"contrib.data.{_name}")
