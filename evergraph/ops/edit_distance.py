"""Levenshtein distances between sequences of two sparse tensors: EditDistance."""

from typing import Any

import numpy as np

from evergraph.graph.registry import ShapeError, op
from evergraph.kernels.host import invalid
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

edit_distance_op = op(
    "EditDistance(hypothesis_indices: int64, hypothesis_values: T, hypothesis_shape: int64, "
    "truth_indices: int64, truth_values: T, truth_shape: int64) -> output: float32",
    "normalize: bool = true; T: type",
)
edit_distance_op.not_differentiable()


@edit_distance_op.shape
def edit_distance_shape(node: Any) -> Dims:
    for i, rank in enumerate((2, 1, 1, 2, 1, 1)):
        if node.inputs[i].dims is not None:
            shape_rules.with_rank(node.inputs[i].dims, rank)
    hypothesis, truth = node.static_input(2), node.static_input(5)
    if hypothesis is None or truth is None:
        return None
    if hypothesis.size != truth.size:
        raise ShapeError(
            "Num elements of hypothesis_shape does not match truth_shape: "
            f"{hypothesis.size} vs. {truth.size}"
        )
    return tuple(int(d) for d in np.maximum(hypothesis, truth)[:-1])


def _sequences(indices: Any, values: Any) -> dict[tuple[int, ...], list[Any]]:
    """The values of each sequence by its place."""
    found: dict[tuple[int, ...], list[Any]] = {}
    for row, value in zip(indices[:, :-1].tolist(), values.tolist(), strict=True):
        found.setdefault(tuple(row), []).append(value)
    return found


def _distance(a: list[Any], b: list[Any]) -> int:
    previous = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        current = [i]
        for j, y in enumerate(b, 1):
            current.append(min(previous[j] + 1, current[-1] + 1, previous[j - 1] + (x != y)))
        previous = current
    return previous[-1]


@edit_distance_op.numpy
def edit_distance_kernel(
    hypothesis_indices: Any,
    hypothesis_values: Any,
    hypothesis_shape: Any,
    truth_indices: Any,
    truth_values: Any,
    truth_shape: Any,
    *,
    normalize: bool,
) -> Any:
    if len(hypothesis_shape) != len(truth_shape):
        raise invalid(
            "Expected hypothesis_shape.NumElements() == truth_shape.NumElements(), but saw "
            f"{len(hypothesis_shape)} vs. {len(truth_shape)}"
        )
    shape = np.maximum(hypothesis_shape, truth_shape)[:-1]
    distances = np.zeros(shape.tolist(), np.float32)
    hypotheses = _sequences(hypothesis_indices, hypothesis_values)
    truths = _sequences(truth_indices, truth_values)
    for at in hypotheses.keys() | truths.keys():
        hypothesis, truth = hypotheses.get(at, []), truths.get(at, [])
        distance: float = _distance(truth, hypothesis)
        if normalize:
            # Against an empty truth any insertion is infinitely wrong.
            distance = distance / len(truth) if truth else np.inf if distance else 0.0
        distances[at] = distance
    return distances[()] if distances.ndim == 0 else distances
