"""Elements of classes in other proportions."""

from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.api import array_ops, cond, logging_ops, math_ops, random_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.data.dataset_v1 import DatasetV1
from evergraph.library.data.experimental import batching, interleave_ops, scan_ops


@export("data.experimental.rejection_resample", "contrib.data.rejection_resample")
def rejection_resample(
    class_func: Callable[..., Any], target_dist: Any, initial_dist: Any = None, seed: Any = None
) -> Callable[[Any], Any]:
    """For `Dataset.apply`: pairs of a class and an element, with elements left out so that the
    classes come in other proportions. Stands for `tf.data.experimental.rejection_resample`.

    Args:
      class_func: gives the class of an element, a scalar int32.
      target_dist: the share of each class, a float vector.
      initial_dist: their share before; default: as it is found.
      seed: of what is left out.
    """

    def apply_fn(dataset: Any) -> Any:
        target = convert_to_tensor(target_dist, name="target_dist")
        classes = dataset.map(class_func)
        initial = None
        if initial_dist is not None:
            initial = convert_to_tensor(initial_dist, name="initial_dist")
            acceptance, kept = _acceptance(initial, target)
            initial_ds, acceptance_ds, kept_ds = (
                DatasetV1.from_tensors(t).repeat() for t in (initial, acceptance, kept)
            )
        else:
            initial_ds = _estimated(target, classes)
            both = initial_ds.map(lambda initial: _acceptance(initial, target))
            acceptance_ds = both.map(lambda accept_prob, _: accept_prob)
            kept_ds = both.map(lambda _, prob_original: prob_original)
        filtered = _filtered(dataset, acceptance_ds, initial_ds, classes, seed).prefetch(3)
        share = None if initial is None else _static_share(initial, target)
        if share == 1:
            return DatasetV1.zip((classes, dataset))
        if share == 0:
            return filtered
        return interleave_ops.sample_from_datasets(
            [DatasetV1.zip((classes, dataset)), filtered],
            weights=kept_ds.map(lambda prob: [(prob, 1.0 - prob)]),
            seed=seed,
        )

    return apply_fn


def _static_share(initial: Tensor, target: Tensor) -> Any:
    """The share of elements that need not be looked at, where it is known."""
    a, b = constant_value(initial), constant_value(target)
    return None if a is None or b is None else np.min(b / a)


def _filtered(dataset: Any, acceptance: Any, initial: Any, classes: Any, seed: Any) -> Any:
    """Pairs of class and element, each with the probability of its class."""

    def maybe_warn_on_large_rejection(accept_dist: Any, initial_dist: Any) -> Any:
        rejected = math_ops.reduce_sum((1 - accept_dist) * initial_dist)
        return cond.cond(
            math_ops.less(rejected, 0.5),
            lambda: accept_dist,
            lambda: logging_ops.Print(
                accept_dist,
                [rejected, initial_dist, accept_dist],
                message="Proportion of examples rejected by sampler is high: ",
                summarize=100,
                first_n=10,
            ),
        )

    acceptance = DatasetV1.zip((acceptance, initial)).map(maybe_warn_on_large_rejection)

    def _gather_and_copy(class_val: Any, acceptance_prob: Any, data: Any) -> Any:
        return class_val, array_ops.gather(acceptance_prob, class_val), data

    probable = DatasetV1.zip((classes, acceptance, dataset)).map(_gather_and_copy)
    accepted = probable.filter(lambda _1, p, _2: random_ops.random_uniform([], seed=seed) < p)
    return accepted.map(lambda class_value, _, data: (class_value, data))


def _estimated(target: Tensor, classes: Any, size: int = 32, smoothing: int = 10) -> Any:
    """The shares of the classes as they are found, looked at `size` elements at a time."""
    count: Any = target.shape[0] or array_ops.shape(target)[0]
    seen_before = array_ops.fill([count], np.int64(smoothing))

    def update_estimate_and_tile(seen: Any, c: Any) -> Any:
        updated, shares = _shares(c, seen)
        return updated, array_ops.tile(array_ops.expand_dims(shares, 0), [size, 1])

    batches = classes.batch(size)
    return batches.apply(scan_ops.scan(seen_before, update_estimate_and_tile)).apply(
        batching.unbatch()
    )


def _shares(c: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
    """How often each class was seen with those of `c`, and the shares."""
    count = seen.get_shape()[0]
    more = math_ops.reduce_sum(array_ops.one_hot(c, count, dtype=dtypes.int64), 0)
    seen = math_ops.add(seen, more)
    shares = math_ops.truediv(seen, math_ops.reduce_sum(seen))
    return seen, math_ops.cast(shares, dtypes.float32)


def _acceptance(initial: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """The probability to keep an element of each class, and the share of elements that are kept
    without looking: the smallest ratio of the wanted share to the share that there is."""
    tiny = np.finfo(initial.dtype.as_numpy_dtype).tiny
    ratio = target / (initial + tiny)
    largest = math_ops.reduce_max(ratio)
    smallest = math_ops.reduce_min(ratio)
    return (ratio - smallest) / (largest - smallest), smallest
