"""Batches of elements that chance accepts: `tf.contrib.training.rejection_sample`."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, check_ops, logging_ops, math_ops, random_ops
from evergraph.api.assertion import Assert
from evergraph.api.cond import cond
from evergraph.api.gathering import one_hot, where_v2
from evergraph.api.grouping import with_dependencies
from evergraph.api.variable_scope import variable, variable_scope
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import dimension_at_index
from evergraph.graph.composite import convert_n_to_tensor_or_indexed_slices
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.train.batching import batch, maybe_batch

_TOLERANCE = 1e-6


@export("contrib.training.rejection_sample")
def rejection_sample(
    tensors: Any,
    accept_prob_fn: Callable[[Any], Any],
    batch_size: int,
    queue_threads: int = 1,
    enqueue_many: bool = False,
    prebatch_capacity: int = 16,
    prebatch_threads: int = 1,
    runtime_checks: bool = False,
    name: str | None = None,
) -> Any:
    """Batches of elements, each accepted with a probability. Stands for
    `tf.contrib.training.rejection_sample`.

    Args:
      tensors: a list of tensors, an element.
      accept_prob_fn: gives the probability, a scalar, of the list.
      batch_size: how many elements a batch has.
      queue_threads: how many threads make batches.
      enqueue_many: whether the tensors are batches along their first axis.
      prebatch_capacity, prebatch_threads: of the queue that takes those apart.
      runtime_checks: whether a run fails where a probability is none.
      name: a name for the nodes.

    Returns:
      A list of batches.
    """
    with variable_scope(name, "rejection_sample", tensors):
        elements = convert_n_to_tensor_or_indexed_slices(tensors)
        if enqueue_many:
            elements = _verify_data_inputs(elements)
            elements = _one_by_one(elements, prebatch_threads, prebatch_capacity)
        probability = accept_prob_fn(elements)
        if runtime_checks:
            checks = [
                check_ops.assert_less_equal(0.0, probability),
                check_ops.assert_less_equal(probability, 1.0),
            ]
            probability = array_ops.identity(
                with_dependencies(checks, probability), name="prob_with_checks"
            )
        minibatch = maybe_batch(
            elements,
            keep_input=random_ops.random_uniform([]) < probability,
            batch_size=batch_size,
            num_threads=queue_threads,
        )
        return [minibatch] if isinstance(minibatch, Tensor) else minibatch


def _one_by_one(tensors: list[Tensor], threads: int, capacity: int) -> list[Tensor]:
    """The elements of batches, through a queue."""
    batched = batch(
        tensors, batch_size=1, num_threads=threads, capacity=capacity, enqueue_many=True
    )
    if isinstance(batched, Tensor):
        # TensorFlow iterates over the batch of a single tensor: over its one row.
        batched = list(batched)
    return [array_ops.squeeze(x, [0]) for x in batched]


@export("contrib.training.stratified_sample")
def stratified_sample(
    tensors: Any,
    labels: Any,
    target_probs: Any,
    batch_size: int,
    init_probs: Any = None,
    enqueue_many: bool = False,
    queue_capacity: int = 16,
    threads_per_queue: int = 1,
    name: str | None = None,
) -> tuple[list[Tensor], Tensor]:
    """Batches whose classes are distributed as wanted. Stands for
    `tf.contrib.training.stratified_sample`.

    Args:
      tensors: a list of tensors, an element.
      labels: its class, an integer scalar.
      target_probs: [classes], the wanted distribution.
      batch_size: how many elements a batch has.
      init_probs: [classes], the distribution of the data; default: what is seen of it.
      enqueue_many: whether tensors and labels are batches along their first axis.
      queue_capacity: of the queue that takes those apart.
      threads_per_queue: how many threads fill each queue.
      name: a name for the nodes.

    Returns:
      A list of batches, and their labels.
    """
    with name_scope(name, "stratified_sample", [*tensors, labels]):
        elements = convert_n_to_tensor_or_indexed_slices(tensors)
        labels = convert_to_tensor(labels)
        target = convert_to_tensor(target_probs, dtype=dtypes.float32)
        if not enqueue_many:
            elements = [array_ops.expand_dims(t, 0) for t in elements]
            labels = array_ops.expand_dims(labels, 0)
        if init_probs is None:
            target.get_shape().assert_is_fully_defined()
            classes = target.get_shape().num_elements()
            assert classes is not None
            initial = _estimate_data_distribution(labels, classes)
        else:
            initial = convert_to_tensor(init_probs, dtype=dtypes.float32)
        elements, labels, (initial, target) = _verify_input(elements, labels, [initial, target])
        initial = with_dependencies([_possible(initial, target)], initial)
        accept = _noted(_calculate_acceptance_probabilities(initial, target), initial)
        *values, label = _one_by_one([*elements, labels], threads_per_queue, queue_capacity)
        probability = array_ops.gather(accept, label)
        batched = maybe_batch(
            [*values, label],
            keep_input=random_ops.random_uniform([]) < probability,
            batch_size=batch_size,
            num_threads=threads_per_queue,
        )
        return batched[:-1], batched[-1]


def _possible(initial: Tensor, target: Tensor) -> Any:
    """Fails where a class is wanted that the data have not."""
    missing = "All classes with zero initial probability must also have zero target probability: "
    possible = math_ops.logical_or(math_ops.not_equal(initial, 0), math_ops.equal(target, 0))
    return Assert(math_ops.reduce_all(possible), [missing, initial, target])


def _noted(accept: Tensor, initial: Tensor) -> Tensor:
    """The probabilities, which are printed where most elements are left out."""
    rejected = math_ops.reduce_sum((1 - accept) * initial)
    message = "Proportion of examples rejected by sampler is high."
    return cond(
        math_ops.less(rejected, 0.5),
        lambda: accept,
        lambda: logging_ops.Print(accept, [accept], message=message, first_n=10),
    )


def _estimate_data_distribution(
    labels: Tensor, num_classes: int, smoothing_constant: int = 10
) -> Tensor:
    """The distribution of all labels seen so far: [classes], float32.

    Args:
      smoothing_constant: so many of each class are thought to have been seen before.
    """
    if smoothing_constant <= 0:
        raise ValueError("smoothing_constant must be nonzero.")
    seen = variable(
        initial_value=[smoothing_constant] * num_classes,
        trainable=False,
        name="class_count",
        dtype=dtypes.int64,
    )
    found = one_hot(labels, num_classes, dtype=dtypes.int64)
    counts = seen.assign_add(math_ops.reduce_sum(found, 0))
    counts += 0  # a copy, which other threads do not change
    return math_ops.cast(math_ops.truediv(counts, math_ops.reduce_sum(counts)), dtypes.float32)


def _verify_data_inputs(tensor_list: list[Tensor]) -> list[Tensor]:
    """The tensors, which must be batches of one size."""
    for tensor in tensor_list:
        shape = tensor.get_shape().with_rank_at_least(1)
        dimension_at_index(shape, 0).assert_is_compatible_with(tensor_list[0].get_shape()[0])
    return tensor_list


def _verify_input(
    tensor_list: list[Tensor], labels: Tensor, probs_list: list[Tensor]
) -> tuple[list[Tensor], Tensor, list[Tensor]]:
    """Batches, labels and distributions, which fail in a run where they do not fit."""
    probabilities = [_checked_distribution(p) for p in probs_list]
    classes = probabilities[0].get_shape().num_elements()
    if any(p.get_shape().num_elements() != classes for p in probabilities):
        raise ValueError("Probability parameters must have the same length.")
    labels.get_shape().assert_has_rank(1)
    for tensor in tensor_list:
        shape = tensor.get_shape().with_rank_at_least(1)
        dimension_at_index(shape, 0).assert_is_compatible_with(labels.get_shape()[0])
    size = array_ops.shape(labels)[0]
    some = check_ops.assert_positive(size)
    labels = with_dependencies([some], labels)
    tensor_list = [
        with_dependencies([some, check_ops.assert_equal(array_ops.shape(x)[0], size)], x)
        for x in tensor_list
    ]
    checks = [
        check_ops.assert_integer(labels),
        check_ops.assert_non_negative(labels),
        check_ops.assert_less(labels, math_ops.cast(classes, labels.dtype)),
    ]
    return tensor_list, with_dependencies(checks, labels), probabilities


def _checked_distribution(probs: Tensor) -> Tensor:
    probs.get_shape().assert_is_fully_defined()
    probs.get_shape().assert_has_rank(1)
    total = math_ops.reduce_sum(probs)
    checks = [
        check_ops.assert_non_negative(probs),
        check_ops.assert_less(total, 1.0 + _TOLERANCE),
        check_ops.assert_less(1.0 - _TOLERANCE, total),
    ]
    return with_dependencies(checks, probs)


def _calculate_acceptance_probabilities(init_probs: Tensor, target_probs: Tensor) -> Tensor:
    """How likely each class must be accepted, so that `init_probs` becomes `target_probs`:
    ``target / init``, the greatest of which is 1; 0 where that is 0 / 0."""
    ratios = target_probs / init_probs
    ratios = where_v2(math_ops.is_nan(ratios), array_ops.zeros_like(ratios), ratios)
    return ratios / math_ops.reduce_max(ratios)
