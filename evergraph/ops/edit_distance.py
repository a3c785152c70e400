"""Levenshtein distances between sequences of two sparse tensors: EditDistance."""

from typing import Any

import numpy as np

from evergraph.graph.registry import ShapeError, op
from evergraph.kernels.host import invalid, text
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


Group = tuple[tuple[int, ...], Any]
"""The place of a sequence, and its values."""


def _groups(indices: Any, values: Any) -> list[Group]:
    """The sequences, in the order in which they are stored."""
    if not len(indices):
        return []
    rows = indices[:, :-1]
    starts = np.flatnonzero((rows[1:] != rows[:-1]).any(axis=1)) + 1
    places = rows[np.concatenate([[0], starts])].tolist()
    return [(tuple(at), own) for at, own in zip(places, np.split(values, starts), strict=True)]


def _paired(hypotheses: list[Group], truths: list[Group]) -> list[tuple[Any, Any, Any]]:
    """Places with their hypothesis and truth, one of which may be empty."""
    found = []
    empty = np.zeros(0, np.int64)
    i = j = 0
    while i < len(hypotheses) or j < len(truths):
        mine = hypotheses[i][0] if i < len(hypotheses) else None
        its = truths[j][0] if j < len(truths) else None
        has_mine = mine is not None and (its is None or mine <= its)
        has_its = its is not None and (mine is None or its <= mine)
        hypothesis = hypotheses[i][1] if has_mine else empty
        found.append((mine if has_mine else its, hypothesis, truths[j][1] if has_its else empty))
        i += has_mine
        j += has_its
    return found


def _padded(sequences: list[Any], filler: int) -> Any:
    sizes = np.array([len(s) for s in sequences])
    table = np.full((len(sizes), sizes.max()), filler)
    table[np.arange(table.shape[1]) < sizes[:, None]] = np.concatenate(sequences)
    return table, sizes


def _distances(hypotheses: list[Any], truths: list[Any]) -> Any:
    """Levenshtein's distance of each pair, by dynamic programming over all pairs at once."""
    x, x_sizes = _padded(hypotheses, -1)
    y, y_sizes = _padded(truths, -2)
    every, places = np.arange(len(x)), np.arange(y.shape[1] + 1)
    row = np.broadcast_to(places, (len(x), len(places)))
    result = row[every, y_sizes]
    for i in range(1, x.shape[1] + 1):
        replaced = row[:, :-1] + (x[:, i - 1 : i] != y)
        best = np.minimum(row[:, 1:] + 1, replaced)
        best = np.concatenate([np.full((len(x), 1), i), best], 1)
        # Values of the truth that are left out cost one each: a running minimum.
        row = np.minimum.accumulate(best - places, axis=1) + places
        result = np.where(x_sizes == i, row[every, y_sizes], result)
    return result


def _check(values: dict[str, Any]) -> None:
    """The inputs' ranks and sizes, by name."""
    for part, rank, what in (
        ("indices", 2, "matrix"),
        ("values", 1, "vector"),
        ("shape", 1, "vector"),
    ):
        for name in ("hypothesis", "truth"):
            value = values[f"{name}_{part}"]
            if value.ndim != rank:
                raise invalid(
                    f"{name}_{part} should be a {what}, but got shape: {text(value.shape)}"
                )
    for name in ("hypothesis", "truth"):
        shape, indices = values[f"{name}_shape"], values[f"{name}_indices"]
        if name == "truth" and len(shape) < 2:
            raise invalid(
                "Input SparseTensors must have rank at least 2, but truth_shape rank is: "
                f"{len(shape)}"
            )
        if len(shape) != indices.shape[1]:
            raise invalid(
                f"Expected {name}_shape.NumElements == #cols({name}_indices), their shapes are: "
                f"{text(shape.shape)} and {text(indices.shape)}"
            )
    hypothesis, truth = values["hypothesis_shape"], values["truth_shape"]
    if len(truth) != len(hypothesis):
        raise invalid(
            "Expected truth and hypothesis to have matching ranks, but their shapes are: "
            f"{text(truth.shape)} and {text(hypothesis.shape)}"
        )


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
    hypothesis_shape, truth_shape = np.asarray(hypothesis_shape), np.asarray(truth_shape)
    _check(
        {
            "hypothesis_indices": hypothesis_indices,
            "hypothesis_values": hypothesis_values,
            "hypothesis_shape": hypothesis_shape,
            "truth_indices": truth_indices,
            "truth_values": truth_values,
            "truth_shape": truth_shape,
        }
    )
    result = np.zeros(np.maximum(hypothesis_shape, truth_shape)[:-1].tolist(), np.float32)
    # Numbers for the values, so that text is compared as fast; NaN is not equal to itself.
    values = np.concatenate([hypothesis_values, truth_values])
    codes = np.unique(values, return_inverse=True, equal_nan=False)[1].reshape(-1)
    count = len(hypothesis_values)
    pairs = _paired(
        _groups(hypothesis_indices, codes[:count]), _groups(truth_indices, codes[count:])
    )
    if not pairs:
        return result
    places, hypotheses, truths = zip(*pairs, strict=True)
    distances = _distances(list(hypotheses), list(truths)).astype(np.float32)
    if normalize:
        sizes = np.array([len(t) for t in truths], np.float32)
        # Against an empty truth any insertion is infinitely wrong.
        with np.errstate(divide="ignore"):
            distances /= sizes
    for at, distance in zip(places, distances, strict=True):
        result[at] = distance
    return result
