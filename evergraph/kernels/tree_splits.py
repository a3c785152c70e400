"""Where to split nodes of boosted trees: sums of gradients by bucket, and what a split gains."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from evergraph.kernels.tree_ensemble import (
    EQUALITY_RIGHT,
    INEQUALITY_LEFT,
    INEQUALITY_RIGHT,
    Split,
)

# A gain is larger than another by at least so much.
_TOLERANCE = np.float32(1e-15)
_LOWEST = np.finfo(np.float32).min


class Penalties(NamedTuple):
    """How weights are kept small: shrunk towards 0 by l1, divided by more with l2."""

    l1: np.float32
    l2: np.float32


# --------------------------------------------------------------------------- sums by bucket


def summed(rows: np.ndarray, gradients: np.ndarray, hessians: np.ndarray, count: int) -> np.ndarray:
    """The sums [count, statistics] of gradients and hessians over examples of the same row.

    A bucket too large is the next node's first, as in TensorFlow, which does not look: quantiles
    may be one more than there are buckets. Rows that do not exist are left out.
    """
    columns = np.concatenate([gradients, hessians], axis=1).T
    exists = (rows >= 0) & (rows < count)
    if not exists.all():
        rows, columns = rows[exists], columns[:, exists]
    # In float64, as TensorFlow adds them.
    totals = [np.bincount(rows, weights=column, minlength=count) for column in columns]
    return np.stack(totals, axis=1).astype(np.float32)


def aggregated(
    node_ids: np.ndarray,
    gradients: np.ndarray,
    hessians: np.ndarray,
    feature: np.ndarray,
    max_splits: int,
    num_buckets: int,
) -> np.ndarray:
    """Sums by node, dimension and bucket of a feature, whose -1 (missing) is the last bucket."""
    dims, buckets = feature.shape[1], num_buckets + 1
    bucket = np.where(feature == -1, num_buckets, feature)
    rows = (node_ids[:, None] * dims + np.arange(dims)) * buckets + bucket
    many = [np.repeat(column, dims, axis=0) for column in (gradients, hessians)]
    found = summed(rows.reshape(-1), *many, max_splits * dims * buckets)
    return found.reshape(max_splits, dims, buckets, found.shape[1])


def aggregated_sparse(
    node_ids: np.ndarray,
    gradients: np.ndarray,
    hessians: np.ndarray,
    indices: np.ndarray,
    values: np.ndarray,
    dims: int,
    num_buckets: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Sums of a sparse feature: indices (node, dimension, bucket, statistic), and values."""
    missing = np.ones((len(gradients), dims), bool)
    missing[indices[:, 0], indices[:, 1]] = False
    absent = np.argwhere(missing)
    where = np.concatenate([absent, indices])
    bucket = np.concatenate([np.full(len(absent), num_buckets), values])
    order = np.argsort(where[:, 0], kind="stable")
    where, bucket = where[order], bucket[order]
    keys = np.stack([node_ids[where[:, 0]], where[:, 1], bucket], axis=1)
    found, inverse = np.unique(keys, axis=0, return_inverse=True)
    statistics = np.concatenate([gradients, hessians], axis=1)
    totals = np.zeros((len(found), statistics.shape[1]), np.float32)
    # One after the other in float32, as TensorFlow adds them.
    np.add.at(totals, inverse.reshape(-1), statistics[where[:, 0]])
    width = totals.shape[1]
    places = np.repeat(found, width, axis=0)
    columns = np.tile(np.arange(width), len(found))[:, None]
    return np.concatenate([places, columns], axis=1).astype(np.int32), totals.reshape(-1)


# --------------------------------------------------------------------------- weights and gains


def weigh(gradient: np.ndarray, hessian: np.ndarray, by: Penalties) -> Any:
    """The best weights [..., logits] and what they gain [...], by sums of gradients and hessians.

    The hessians are one for each logit, or a whole matrix.
    """
    logits = gradient.shape[-1]
    if logits == 1:
        weight, gain = _weigh_one(gradient[..., 0], hessian[..., 0], by)
        return weight[..., None], gain
    if hessian.shape[-1] == logits:
        regular = hessian + by.l2
        with np.errstate(divide="ignore", invalid="ignore"):
            weight = -(np.float32(1) / regular) * gradient
            gain = (-gradient * weight).sum(-1)
        singular = (regular == 0).any(-1)
        matrices = regular[..., None] * np.eye(logits, dtype=np.float32)
    else:
        matrices = hessian.reshape(*hessian.shape[:-1], logits, logits).swapaxes(-1, -2)
        matrices = matrices + by.l2 * np.eye(logits, dtype=np.float32)
        singular = np.ones(gradient.shape[:-1], bool)
        weight, gain = np.zeros_like(gradient), np.zeros(gradient.shape[:-1], np.float32)
    for at in map(tuple, np.argwhere(singular)):
        weight[at] = -_solved(matrices[at], gradient[at])
        gain[at] = -(gradient[at] @ weight[at])
    return weight, gain


def _weigh_one(g: np.ndarray, h: np.ndarray, by: Penalties) -> tuple[np.ndarray, np.ndarray]:
    if by.l1 > 0:
        shrunk = np.where(g > by.l1, g - by.l1, np.where(g < -by.l1, g + by.l1, np.float32(0)))
    else:
        shrunk = g
    below = h + by.l2
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(below <= _TOLERANCE, np.float32(0), -shrunk / below)
    return weight, -shrunk * weight


def _solved(matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Solves by reflections that take the largest column first; unknowns without one are 0."""
    a, b = matrix.astype(np.float32), vector.astype(np.float32)
    size = len(b)
    order = np.arange(size)
    epsilon = np.finfo(np.float32).eps
    limit = (np.linalg.norm(a, axis=0).max() * epsilon) ** 2 / size
    rank = 0
    while rank < size:
        squares = (a[rank:, rank:] ** 2).sum(0)
        best = rank + int(squares.argmax())
        if squares.max() < limit * (size - rank) or not squares.max():
            break
        a[:, [rank, best]], order[[rank, best]] = a[:, [best, rank]], order[[best, rank]]
        mirror = a[rank:, rank].copy()
        mirror[0] += np.copysign(np.float32(np.linalg.norm(mirror)), mirror[0])
        mirror /= np.float32(np.linalg.norm(mirror))
        a[rank:] -= 2 * np.outer(mirror, mirror @ a[rank:])
        b[rank:] -= 2 * mirror * (mirror @ b[rank:])
        rank += 1
    solution = np.zeros(size, np.float32)
    for i in range(rank - 1, -1, -1):
        rest = a[i, i + 1 : rank] @ solution[order[i + 1 : rank]]
        solution[order[i]] = (b[i] - rest) / a[i, i]
    return solution


def largest(gains: np.ndarray) -> np.ndarray:
    """Of each row the first gain that no later one is larger than; -1 where there is none."""
    gains = np.where(np.isnan(gains), _LOWEST, gains)
    best = gains.argmax(1)
    top = gains[np.arange(len(gains)), best]
    with np.errstate(invalid="ignore"):
        near = ((gains < top[:, None]) & (top[:, None] - gains < _TOLERANCE)).any(1)
    for row in np.flatnonzero(near):
        best[row], highest = -1, _LOWEST
        for i, gain in enumerate(gains[row]):
            if gain - highest >= _TOLERANCE:
                best[row], highest = i, gain
    return np.where(top > _LOWEST, best, -1)


class Candidates(NamedTuple):
    """The best splits of nodes by one feature; `gains` are over the unsplit node's."""

    nodes: np.ndarray
    gains: np.ndarray
    dimensions: np.ndarray
    thresholds: np.ndarray
    left: np.ndarray
    right: np.ndarray
    kinds: np.ndarray


def _chosen(
    nodes: np.ndarray, left: tuple[Any, Any], right: tuple[Any, Any], parent: Any, complexity: Any
) -> tuple[np.ndarray, ...]:
    """Of [nodes, options] weights and gains on both sides, which option is best, and its terms."""
    gains = left[1] + right[1]
    best = largest(gains)
    rows, at = np.arange(len(nodes)), np.maximum(best, 0)
    none = best < 0
    gain = np.where(none, np.float32(_LOWEST), gains[rows, at]) - parent - complexity
    sides = [np.where(none[:, None], np.float32(0), side[0][rows, at]) for side in (left, right)]
    return best, gain, *sides


def best_by_bucket(
    node_range: np.ndarray, summary: np.ndarray, by: Penalties, complexity: Any, min_weight: Any
) -> Candidates:
    """The best split of each node in a range by a feature; `summary` is [nodes, buckets, 2]."""
    nodes = np.arange(node_range[0], node_range[1], dtype=np.int32)
    sums = np.cumsum(summary[nodes], axis=1, dtype=np.float32)
    heavy = ~(sums[:, -1, 1] < min_weight)
    nodes, sums = nodes[heavy], sums[heavy]
    total = sums[:, -1:]
    _, parent = weigh(total[:, 0, :1], total[:, 0, 1:], by)
    left = weigh(sums[..., :1], sums[..., 1:], by)
    right = weigh(total[..., :1] - sums[..., :1], total[..., 1:] - sums[..., 1:], by)
    best, gain, left_weight, right_weight = _chosen(nodes, left, right, parent, complexity)
    best = np.maximum(best, 0).astype(np.int32)
    kinds = np.full(len(nodes), INEQUALITY_LEFT, object)
    return Candidates(nodes, gain, best * 0, best, left_weight, right_weight, kinds)


def best_by_feature(
    node_range: np.ndarray,
    summary: np.ndarray,
    logits: int,
    by: Penalties,
    complexity: Any,
    min_weight: Any,
    equality: bool,
) -> Candidates:
    """The best split of each node by any dimension of a feature, whose last bucket is the missing.

    `summary` is [nodes, dimensions, buckets + 1, statistics].
    """
    nodes = np.arange(node_range[0], node_range[1], dtype=np.int32)
    stats = summary[nodes]
    whole = stats[:, 0].sum(axis=1, dtype=np.float32)
    heavy = ~(np.sqrt((whole[:, logits:] ** 2).sum(-1)) < min_weight)
    nodes, stats, whole = nodes[heavy], stats[heavy], whole[heavy]
    _, parent = weigh(whole[:, :logits], whole[:, logits:], by)
    buckets = stats.shape[2] - 1
    if equality:
        left = stats[:, :, :-1][:, :, :, None]
        total = whole[:, None, None, None]
        names = [EQUALITY_RIGHT]
    else:
        sums = np.cumsum(stats, axis=2, dtype=np.float32)
        total = sums[:, :, -1:, None]
        left = np.stack([sums[:, :, :-1] + stats[:, :, -1:], sums[:, :, :-1]], axis=3)
        names = [INEQUALITY_LEFT, INEQUALITY_RIGHT]
    right = total - left
    count = left.shape[1] * buckets * len(names)

    def flat(sides: np.ndarray) -> tuple[Any, Any]:
        options = sides.reshape(len(nodes), count, sides.shape[-1])
        found: tuple[Any, Any] = weigh(options[..., :logits], options[..., logits:], by)
        return found

    best, gain, left_weight, right_weight = _chosen(
        nodes, flat(left), flat(right), parent, complexity
    )
    found = best >= 0
    best = best[found]
    option, place = best % len(names), best // len(names)
    return Candidates(
        nodes[found],
        gain[found],
        (place // buckets).astype(np.int32),
        (place % buckets).astype(np.int32),
        left_weight[found],
        right_weight[found],
        np.array(names, object)[option],
    )


def best_by_sparse_feature(
    indices: np.ndarray,
    values: np.ndarray,
    shape: Sequence[int],
    by: Penalties,
    complexity: Any,
    min_weight: Any,
) -> Candidates:
    """As `best_by_feature` of one logit, from the sums that are there. These come node by node."""
    missing, width = int(shape[2]) - 1, int(shape[3])
    rows = []
    begins = np.flatnonzero(np.diff(indices[:, 0], prepend=-1)) if len(indices) else []
    for begin, end in zip(begins, [*begins[1:], len(indices)], strict=True):
        keys, inverse = np.unique(indices[begin:end, 1:3], axis=0, return_inverse=True)
        stats = np.zeros((len(keys), width), np.float32)
        stats[inverse.reshape(-1), indices[begin:end, 3]] = values[begin:end]
        found = _best_of_node(keys, stats[:, :2], missing, by, min_weight)
        if found is not None:
            rows.append((indices[begin, 0], found[0] - complexity, *found[1:]))
    nodes, gains, dims, thresholds, left, right, kinds = (
        zip(*rows, strict=True) if rows else [()] * 7
    )
    return Candidates(
        np.array(nodes, np.int32),
        np.array(gains, np.float32),
        np.array(dims, np.int32),
        np.array(thresholds, np.int32),
        np.array(left, np.float32).reshape(-1, 1),
        np.array(right, np.float32).reshape(-1, 1),
        np.array(kinds, object),
    )


def _best_of_node(
    keys: np.ndarray, stats: np.ndarray, missing: int, by: Penalties, min_weight: Any
) -> tuple[Any, ...] | None:
    """Gain, dimension, bucket, weights and kind of a node's best split; keys are those of sums."""
    of_first = keys[:, 0] == keys[0, 0]
    total = np.cumsum(stats[of_first], axis=0, dtype=np.float32)[-1]
    if total[1] < min_weight:
        return None
    _, parent = weigh(total[:1], total[1:], by)
    places, lefts, rights = [], [], []
    for dim in np.unique(keys[:, 0]):
        here = (keys[:, 0] == dim) & (keys[:, 1] != missing)
        absent = stats[(keys[:, 0] == dim) & (keys[:, 1] == missing)].sum(0)
        sums = np.cumsum(stats[here], axis=0, dtype=np.float32)
        places.append(keys[here])
        lefts.append(np.stack([sums, sums + absent], axis=1))
        rights.append(np.stack([total - sums, total - absent - sums], axis=1))
    place = np.concatenate(places)
    left, right = (np.concatenate(side).reshape(-1, 2) for side in (lefts, rights))
    if not len(left):
        return None
    on_left, on_right = (weigh(side[:, :1], side[:, 1:], by) for side in (left, right))
    gains = on_left[1] + on_right[1]
    best = int(largest(gains[None])[0])
    if best < 0:
        return None
    kind = INEQUALITY_LEFT if best % 2 else INEQUALITY_RIGHT
    weights = on_left[0][best, 0], on_right[0][best, 0]
    return (gains[best] - parent, *place[best // 2], *weights, kind)


# --------------------------------------------------------------------------- over features


def best_splits(
    feature_ids: np.ndarray, candidates: Sequence[Candidates], rate: np.float32
) -> list[Split]:
    """The best split of each node, by node, of all features; of equal ones the first feature's."""
    if not candidates:
        return []
    nodes = np.concatenate([c.nodes for c in candidates])
    columns = [np.concatenate(column) for column in list(zip(*candidates, strict=True))[1:]]
    gains, dims, thresholds, left, right, kinds = columns
    features = np.repeat(feature_ids, [len(c.nodes) for c in candidates])
    found = []
    for node in np.unique(nodes):
        i = _winner(np.flatnonzero(nodes == node), gains, features)
        weights = float(rate * left[i, 0]), float(rate * right[i, 0])
        about = int(features[i]), float(gains[i]), int(thresholds[i]), int(dims[i])
        found.append(Split(int(node), *about, *weights, kinds[i]))
    return found


def _winner(rows: np.ndarray, gains: np.ndarray, features: np.ndarray) -> int:
    """Which of `rows` has the largest gain, or among the largest the first feature."""
    own = gains[rows]
    top = own.max()
    with np.errstate(invalid="ignore"):
        apart = np.abs(top - own)
    if np.isfinite(top) and not ((apart > 0) & (apart < _TOLERANCE)).any():
        equal = rows[own == top]
        return int(equal[features[equal].argmin()])
    best = rows[0]
    for row in rows[1:]:
        if abs(gains[row] - gains[best]) < _TOLERANCE:
            if features[row] < features[best]:
                best = row
        elif gains[row] - gains[best] >= _TOLERANCE:
            best = row
    return int(best)
