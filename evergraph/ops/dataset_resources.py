"""Datasets with objects of the program: generators of seeds, pools of threads; and those
that choose: SamplingDataset, ChooseFastestDataset."""

from typing import Any

from evergraph.graph.registry import Entry, op
from evergraph.kernels.data import choosing, shuffling, transforms
from evergraph.kernels.data.pipeline import Dataset, Words
from evergraph.kernels.host import invalid
from evergraph.ops import shape_rules
from evergraph.ops.dataset_arguments import (
    TYPED,
    check_number,
    dataset_of,
    makes_dataset,
)

_OF = "input_dataset: variant"
seed_generator_op = op(
    "AnonymousRandomSeedGenerator(seed: int64, seed2: int64) -> handle: resource, deleter: variant",
    stateful=True,
    host=["seed", "seed2"],
)
delete_seed_generator_op = op(
    "DeleteRandomSeedGenerator(handle: resource, deleter: variant)", stateful=True
)
shuffle_op = op(
    f"ShuffleDatasetV2({_OF}, buffer_size: int64, seed_generator: resource) -> handle: variant",
    TYPED,
    stateful=True,
    host=["buffer_size"],
)
sampling_op = op(
    f"SamplingDataset({_OF}, rate: float32, seed: int64, seed2: int64) -> handle: variant",
    TYPED,
    host=["rate", "seed", "seed2"],
)
makes_dataset(shuffle_op)
makes_dataset(sampling_op, scalars=3)


def _fastest_op(name: str) -> Entry:
    return op(
        f"{name}(input_datasets: N * variant) -> handle: variant",
        f"N: int >= 2; num_experiments: int; {TYPED}",
    )


def _pool_op(name: str) -> Entry:
    return op(
        f"{name}() -> handle: resource",
        "num_threads: int; max_intra_op_parallelism: int = 1; display_name: string; "
        "container: string = ''; shared_name: string = ''",
        stateful=True,
    )


def _with_pool_op(name: str) -> Entry:
    return op(f"{name}({_OF}, thread_pool: resource) -> handle: variant", TYPED, stateful=True)


fastest_ops = _fastest_op("ChooseFastestDataset"), _fastest_op("ExperimentalChooseFastestDataset")
pool_ops = _pool_op("ThreadPoolHandle"), _pool_op("ExperimentalThreadPoolHandle")
with_pool_ops = _with_pool_op("ThreadPoolDataset"), _with_pool_op("ExperimentalThreadPoolDataset")
makes_dataset(*fastest_ops, *with_pool_ops)

seed_generator_op.shape(lambda node: [(), ()])
delete_seed_generator_op.shape(shape_rules.no_outputs)
for _entry in (seed_generator_op, *pool_ops):
    _entry.not_differentiable()


class _Deleter:
    """Stands for the right to delete what a handle stands for, which Python does by itself."""


@seed_generator_op.numpy
def seed_generator(seed: Any, seed2: Any) -> Any:
    return Words(check_number(seed, "seed"), check_number(seed2, "seed2")), _Deleter()


@delete_seed_generator_op.numpy
def delete_seed_generator(generator: Words, deleter: Any) -> None:
    assert isinstance(generator, Words)


@shuffle_op.numpy
def shuffle_kernel(
    source: Any, size: Any, generator: Any, *, output_types: Any, output_shapes: Any
) -> Dataset:
    if check_number(size, "buffer_size") <= 0:
        raise invalid("buffer_size must be greater than zero.")
    return shuffling.ShuffleWith(
        dataset_of(source), int(size), generator, output_types, output_shapes
    )


@sampling_op.numpy
def sampling(
    source: Any, rate: Any, seed: Any, seed2: Any, *, output_types: Any, output_shapes: Any
) -> Dataset:
    return choosing.Sampling(
        dataset_of(source), float(rate), (int(seed), int(seed2)), output_types, output_shapes
    )


@fastest_ops[0].numpy
@fastest_ops[1].numpy
def fastest(
    sources: Any, *, num_experiments: int, output_types: Any, output_shapes: Any
) -> Dataset:
    inputs = tuple(dataset_of(s) for s in sources)
    return choosing.Fastest(inputs, num_experiments, output_types, output_shapes)


class _Pool:
    """A pool of threads, where runs have threads of their own."""

    def __init__(self, threads: int) -> None:
        self.threads = threads

    def cancel_all(self) -> None:
        """Nothing: there is no thread to end."""


for _entry in pool_ops:
    _entry.shape(shape_rules.scalar)


@pool_ops[0].numpy
@pool_ops[1].numpy
def pool(*, node: Any, session: Any, num_threads: int, container: str, shared_name: str) -> Any:
    if num_threads <= 0:
        raise invalid("`num_threads` must be greater than zero.")
    key = ("thread pool", container, shared_name or node.name)
    return session.slot(key, lambda: _Pool(num_threads))


@with_pool_ops[0].numpy
@with_pool_ops[1].numpy
def with_pool(source: Any, pool: _Pool, *, output_types: Any, output_shapes: Any) -> Dataset:
    assert isinstance(pool, _Pool)
    return transforms.Same(dataset_of(source), output_types, output_shapes, "ThreadPool")
