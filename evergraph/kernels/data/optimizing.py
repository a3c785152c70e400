"""Pipelines rewritten into equal ones, as far as TensorFlow's rewriting can be seen."""

from collections.abc import Set

from evergraph.kernels.data.functional import Map
from evergraph.kernels.data.parallel import MapAndBatch, ParallelMap, Prefetch
from evergraph.kernels.data.pipeline import Dataset
from evergraph.kernels.data.shuffling import Shuffle
from evergraph.kernels.data.transforms import Batch, Repeat, Skip, Take


def optimized(dataset: Dataset, names: Set[str]) -> Dataset:
    """The pipeline after the rewritings in `names`.

    Those that are known are `shuffle_and_repeat_fusion`, which changes what comes (a shuffle that
    is repeated draws from one generator over all epochs), `noop_elimination`, after which shuffles
    are repeated that were not, and the other way round, and `map_and_batch_fusion`, which changes
    errors.
    """
    dataset = dataset.with_inputs([optimized(d, names) for d in dataset.inputs])
    if "noop_elimination" in names and _does_nothing(dataset):
        return dataset.inputs[0]
    if type(dataset) is Repeat and "shuffle_and_repeat_fusion" in names:
        return _shuffle_and_repeat(dataset)
    if type(dataset) is Batch and "map_and_batch_fusion" in names:
        return _map_and_batch(dataset)
    return dataset


def _does_nothing(dataset: Dataset) -> bool:
    if type(dataset) is Take:
        return dataset.count < 0
    if type(dataset) is Skip:
        return dataset.count == 0
    if type(dataset) is Repeat:
        return dataset.count == 1
    return type(dataset) is Prefetch and dataset.size == 0


def _shuffle_and_repeat(repeat: Repeat) -> Dataset:
    shuffle = repeat.inputs[0]
    if type(shuffle) is not Shuffle or not shuffle.again or shuffle.count != 1:
        return repeat
    if repeat.count <= 0 and repeat.count != -1:
        return repeat
    return Shuffle(
        shuffle.inputs[0],
        shuffle.size,
        shuffle.seeds,
        False,
        repeat.types,
        repeat.dims,
        repeat.count,
    )


def _map_and_batch(batch: Batch) -> Dataset:
    mapped = batch.inputs[0]
    if type(mapped) not in (Map, ParallelMap):
        return batch
    assert isinstance(mapped, (Map, ParallelMap))
    return MapAndBatch(
        mapped.inputs[0],
        mapped.function,
        batch.size,
        mapped.count if isinstance(mapped, ParallelMap) else 1,
        batch.drop,
        mapped.keeps,
        batch.types,
        batch.dims,
    )
