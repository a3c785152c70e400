"""Stochastic dual coordinate ascent over the examples of a batch."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from evergraph.kernels.host import invalid

_MOST = 1.7976931348623157e308
_NEWTON_STEPS = 10


class Loss(NamedTuple):
    """A loss of one example.

    `dual(label, scale, dual, wx)` is the best dual variable with the others kept, where `scale` is
    the example's squared norm over L2, times its weight and the partitions; `primal_loss(wx,
    label)` and `dual_loss(dual, label)` are losses of weight 1, `derivative(wx, label)` is the
    first's; `smoothness` bounds how fast that changes; `label` checks and converts.
    """

    dual: Callable[[float, float, float, float], float]
    primal_loss: Callable[[float, float], float]
    dual_loss: Callable[[float, float], float]
    derivative: Callable[[float, float], float]
    smoothness: float
    label: Callable[[float], float]


def _sign_of(label: float) -> float:
    """Classes 0 and 1 as -1 and 1."""
    if label not in (0.0, 1.0):
        raise invalid(
            "Only labels of 0.0 or 1.0 are supported right now. Found example with label: "
            f"{label:g}"
        )
    return 1.0 if label else -1.0


def _count_of(label: float) -> float:
    if label < 0:
        raise invalid(
            "Only non-negative labels can be used with the Poisson log loss. Found example with "
            f"label: {label:g}"
        )
    return label


def _logistic_dual(label: float, scale: float, dual: float, wx: float) -> float:
    x = 0.0
    for _ in range(_NEWTON_STEPS):
        slope = math.tanh(x)
        value = -2 * label * x - wx - scale * (0.5 * (1 + slope) / label - dual)
        x -= value / (-2 * label - scale * (1 - slope * slope) * 0.5 / label)
    return 0.5 * (1 + math.tanh(x)) / label


def _logistic_loss(wx: float, label: float) -> float:
    margin = label * wx
    if margin > 0:
        return math.log1p(math.exp(-margin))
    return math.log1p(math.exp(margin)) - margin


def _logistic_dual_loss(dual: float, label: float) -> float:
    p = dual * label
    return sum(q * math.log(q) for q in (p, 1 - p) if q > 0)


def _logistic_derivative(wx: float, label: float) -> float:
    margin = label * wx
    if margin > 0:
        small = math.exp(-margin)
        return -label * small / (1 + small)
    return -label / (1 + math.exp(margin))


def _between(label: float, dual: float) -> float:
    """A dual variable between 0 and the label."""
    if label * dual < 0:
        return 0.0
    return label if label * dual > 1 else dual


def _hinge_dual_loss(dual: float, label: float) -> float:
    return -dual * label if 0 <= dual * label <= 1 else _MOST


def _smooth_hinge_loss(wx: float, label: float) -> float:
    margin = label * wx
    if margin >= 1:
        return 0.0
    return 0.5 - margin if margin <= 0 else 0.5 * (1 - margin) ** 2


def _smooth_hinge_derivative(wx: float, label: float) -> float:
    margin = label * wx
    if margin >= 1:
        return 0.0
    return -label if margin <= 0 else wx - label


def _poisson_dual(label: float, scale: float, dual: float, wx: float) -> float:
    x = math.log(label - dual) if label - dual > 0 else 0.0
    for _ in range(_NEWTON_STEPS):
        mean = math.exp(x)
        x -= (x - wx - scale * (label - dual - mean)) / (1 + scale * mean)
    return label - math.exp(x)


def _poisson_dual_loss(dual: float, label: float) -> float:
    rest = label - dual
    if rest == 0:
        return 0.0
    return _MOST if rest < 0 else rest * (math.log(rest) - 1)


LOSSES = {
    "logistic_loss": Loss(
        _logistic_dual, _logistic_loss, _logistic_dual_loss, _logistic_derivative, 4.0, _sign_of
    ),
    "squared_loss": Loss(
        lambda label, scale, dual, wx: dual + (label - dual - wx) / (1 + scale),
        lambda wx, label: 0.5 * (wx - label) ** 2,
        lambda dual, label: dual * (0.5 * dual - label),
        lambda wx, label: wx - label,
        1.0,
        lambda label: label,
    ),
    "hinge_loss": Loss(
        lambda label, scale, dual, wx: _between(label, dual + (label - wx) / scale),
        lambda wx, label: max(0.0, 1 - label * wx),
        _hinge_dual_loss,
        lambda wx, label: -label if label * wx < 1 else 0.0,
        0.0,
        _sign_of,
    ),
    "smooth_hinge_loss": Loss(
        lambda label, scale, dual, wx: _between(label, dual + (label - wx - dual) / (scale + 1)),
        _smooth_hinge_loss,
        lambda dual, label: -dual * label + 0.5 * dual * dual if 0 <= dual * label <= 1 else _MOST,
        _smooth_hinge_derivative,
        1.0,
        _sign_of,
    ),
    "poisson_loss": Loss(
        _poisson_dual,
        lambda wx, label: math.exp(wx) - wx * label,
        _poisson_dual_loss,
        lambda wx, label: math.exp(wx) - label,
        1.0,
        _count_of,
    ),
}


def shrink(weights: np.ndarray, shrinkage: float) -> np.ndarray:
    """Weights nearer to zero by `shrinkage`, or zero: the step for L1."""
    return np.sign(weights) * np.maximum(np.abs(weights) - weights.dtype.type(shrinkage), 0)


class Examples(NamedTuple):
    """The features of examples as rows of one sparse matrix over the weights of all features, one
    group of weights after the other."""

    starts: np.ndarray
    places: np.ndarray
    values: np.ndarray

    def row(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        """Where the features of example `i` are among the weights, and their values."""
        part = slice(self.starts[i], self.starts[i + 1])
        return self.places[part], self.values[part]


def _sparse_group(
    count: int, rows: np.ndarray, features: np.ndarray, values: Any, known: np.ndarray, at: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Entries of one sparse feature: examples, places among the weights, values."""
    # Entries are read as long as examples are in order.
    ahead = np.flatnonzero((np.diff(rows, prepend=0) < 0) | (rows >= count) | (rows < 0))
    size = int(ahead[0]) if len(ahead) else len(rows)
    rows, features = rows[:size], features[:size]
    order = np.argsort(known, kind="stable")
    found = np.searchsorted(known, features, sorter=order, side="right") - 1
    places = order[np.clip(found, 0, None)] if len(known) else np.zeros(size, int)
    wrong = (found < 0) | (known[places] != features) if len(known) else np.ones(size, bool)
    for feature in features[wrong][:1]:
        raise invalid(f"Found sparse feature indices out of valid range: {feature}")
    pairs = rows * (len(known) + 1) + places
    if len(np.unique(pairs)) != size:
        raise invalid("Duplicate index in sparse vector.")
    given = np.ones(size) if values is None else np.asarray(values, np.float64)[:size]
    return rows, places + at, given


def gathered(
    count: int,
    sparse: Sequence[tuple[np.ndarray, np.ndarray, Any, np.ndarray]],
    dense: Sequence[tuple[np.ndarray, int]],
) -> Examples:
    """The features of `count` examples.

    Args:
      sparse: for each feature, its examples, indices, values or None, and the indices of weights.
      dense: for each feature, its values, a matrix, and the number of weights.
    """
    parts, at = [], 0
    for rows, features, values, known in sparse:
        parts.append(_sparse_group(count, rows, features, values, known, at))
        at += len(known)
    for matrix, weights in dense:
        width = matrix.shape[1]
        if width > weights:
            raise invalid(f"More dense features than we have parameters for: {width}")
        rows = np.repeat(np.arange(count), width)
        places = np.tile(np.arange(width) + at, count)
        parts.append((rows, places, matrix[:count].reshape(-1).astype(np.float64)))
        at += weights
    rows, places, values = (np.concatenate(p) for p in zip(*parts, strict=True))
    order = np.argsort(rows, kind="stable")
    starts = np.searchsorted(rows[order], np.arange(count + 1))
    return Examples(starts, places[order], values[order])


class Optimizer:
    """One step: the examples in some order, each moving the weights.

    Args:
      loss: the loss.
      l1, l2: how strong the regularizations are.
      partitions: over how many such steps the losses are spread.
    """

    def __init__(self, loss: Loss, l1: float, l2: float, partitions: int) -> None:
        self.loss, self.l2, self.partitions = loss, l2, partitions
        self.shrinkage = float(np.float32(l1) / np.float32(l2)) if l2 else math.inf

    def _predictions(
        self, examples: Examples, i: int, nominal: np.ndarray, deltas: np.ndarray
    ) -> tuple[float, float]:
        """What the weights give for an example, before the step and now."""
        places, values = examples.row(i)
        before = nominal[places]
        now = before + deltas[places] * self.partitions
        return (
            float(values @ shrink(before, self.shrinkage)),
            float(values @ shrink(now, self.shrinkage)),
        )

    def order(
        self,
        examples: Examples,
        nominal: np.ndarray,
        weights: np.ndarray,
        labels: np.ndarray,
        state: np.ndarray,
        generator: np.random.Generator,
    ) -> np.ndarray:
        """An order in which examples come the sooner, and perhaps again, the more they can move
        the weights."""
        count = len(weights)
        none = np.zeros_like(nominal)
        chances = np.zeros(count)
        for i in range(count):
            _, wx = self._predictions(examples, i, nominal, none)
            values = examples.row(i)[1]
            kappa = state[i, 0] + self.loss.derivative(wx, self.loss.label(float(labels[i])))
            norm = math.sqrt(float(values @ values) + self.l2 * self.loss.smoothness)
            chances[i] = weights[i] * norm * abs(kappa)
        total = chances.sum()
        if not total > 0:
            return generator.permutation(count)
        picked: list[int] = []
        times = np.zeros(count, int)
        retries = 0
        while len(picked) < count and retries < count:
            i = int(generator.choice(count, p=chances / total))
            if generator.random() > 0.1 ** int(times[i]):
                retries += 1
                continue
            times[i] += 1
            picked.append(i)
        unseen = np.flatnonzero(times == 0)
        unseen = unseen[np.argsort(-chances[unseen], kind="stable")]
        return np.array([*picked, *unseen[: count - len(picked)]], int)

    def step(
        self,
        examples: Examples,
        nominal: np.ndarray,
        weights: np.ndarray,
        labels: np.ndarray,
        state: np.ndarray,
        order: np.ndarray,
    ) -> np.ndarray:
        """Changes of the weights. `state` (dual variable, primal loss, dual loss, weight of each
        example) is updated in place."""
        loss, deltas = self.loss, np.zeros_like(nominal)
        for i in order.tolist():
            dual, weight = float(state[i, 0]), float(weights[i])
            label = loss.label(float(labels[i]))
            places, values = examples.row(i)
            before, wx = self._predictions(examples, i, nominal, deltas)
            scale = self.partitions * weight * float(values @ values) / self.l2
            with np.errstate(all="ignore"):
                changed = (
                    loss.dual(label, scale, dual, wx) if scale else _no_scale(loss, label, dual, wx)
                )
            deltas[places] += values * ((changed - dual) * weight / self.l2)
            state[i] = (
                changed,
                loss.primal_loss(before, label) * weight,
                min(loss.dual_loss(dual, label) * weight, _MOST),
                weight,
            )
        return deltas


def _no_scale(loss: Loss, label: float, dual: float, wx: float) -> float:
    """The dual variable of an example that cannot move the weights."""
    try:
        return loss.dual(label, 0.0, dual, wx)
    except ZeroDivisionError:  # a hinge: it goes as far as it may
        return _between(label, math.copysign(math.inf, label - wx)) if label != wx else dual
