"""Beam search over the outputs of a network trained with CTC (Graves, Supervised Sequence Labelling
with Recurrent Neural Networks, section 7.5), for one sequence at a time.

Numbers are rounded where TensorFlow rounds them, and equal beams are kept and ordered as there, so
that the same beams survive.
"""

import math
from typing import Any

import numpy as np

from evergraph.kernels.top_n import TopN

_NEVER = -math.inf


class _Beam:
    """A prefix: its last label, and log-probabilities now and a step before.

    `label` is that of the paths that end in the label, `blank` of those that end in a blank,
    `total` of both.
    """

    __slots__ = ("parent", "symbol", "children", "old", "total", "blank", "label")

    def __init__(self, parent: "_Beam | None", symbol: int) -> None:
        self.parent = parent
        self.symbol = symbol
        self.children: dict[int, _Beam] = {}
        self.old = (_NEVER, _NEVER)
        self.drop()

    def drop(self) -> None:
        """It is no longer among the beams kept."""
        self.total: Any = _NEVER
        self.blank: Any = _NEVER
        self.label: Any = _NEVER

    def extended(self, symbol: int) -> "_Beam":
        child = self.children.get(symbol)
        if child is None:
            child = self.children[symbol] = _Beam(self, symbol)
        return child

    def before(self, symbol: int) -> Any:
        """The log-probability, a step before, of what `symbol` can follow as a new label."""
        return self.old[1] if symbol == self.symbol else self.old[0]

    def labels(self, merge_repeated: bool) -> list[int]:
        found: list[int] = []
        beam, previous = self, -1
        while beam.parent is not None:
            if not merge_repeated or beam.symbol != previous:
                found.append(beam.symbol)
            previous = beam.symbol
            beam = beam.parent
        return found[::-1]


def log_sum_exp(a: Any, b: Any) -> Any:
    """log(exp a + exp b), with exp and log1p in single precision whatever the type."""
    if a == _NEVER:
        return b
    if b == _NEVER:
        return a
    high, low = (a, b) if a > b else (b, a)
    ratio = np.float32(math.exp(np.float32(low - high)))
    return high + high.dtype.type(np.float32(math.log1p(ratio)))


def log_normalizer(logits: Any) -> Any:
    """The logarithm of the sum of `exp(logits)`, added up from left to right."""
    kind = logits.dtype
    high = logits.max()
    terms = np.exp(logits - high, dtype=np.float64).astype(kind)
    return high + kind.type(math.log(np.cumsum(terms)[-1]))


def beam_search(
    logits: Any, width: int, paths: int, merge_repeated: bool
) -> tuple[list[list[int]], list[Any]] | None:
    """The labels and the log-probabilities of the `paths` best beams; None where there are fewer.

    Args:
      logits: a matrix [time, classes]; the last class is the blank.
      width: how many beams are kept.
    """
    zero = logits.dtype.type(0)
    root = _Beam(None, -1)
    root.total = root.blank = zero
    kept = TopN[_Beam](width, lambda beam: beam.total)
    kept.push(root)
    for row in logits:
        _step(kept, width, row)
    if paths > len(kept):
        return None
    best = TopN[_Beam](paths, lambda beam: beam.total)
    for beam in kept.unsorted():
        best.push(beam)
    found = best.extract()
    return [beam.labels(merge_repeated) for beam in found], [beam.total for beam in found]


def _step(kept: TopN[_Beam], width: int, logits: Any) -> None:
    normalizer = log_normalizer(logits)
    log_probs = logits - normalizer
    beams = kept.extract()
    for beam in beams:
        beam.old = (beam.total, beam.blank)
    for beam in beams:
        _stay(beam, log_probs)
        # The logit is added before its normalizer is taken away, which rounds otherwise.
        beam.blank = beam.old[0] + logits[-1] - normalizer
        beam.total = log_sum_exp(beam.blank, beam.label)
        kept.push(beam)
    for beam in beams:
        if _fits(beam.old[0], kept, width):
            _grow(beam, kept, width, log_probs)


def _stay(beam: _Beam, log_probs: Any) -> None:
    """The paths of the same prefix a step later that end in its label."""
    parent = beam.parent
    if parent is not None:
        if parent.total != _NEVER:
            beam.label = log_sum_exp(beam.label, parent.before(beam.symbol))
        beam.label = beam.label + log_probs[beam.symbol]


def _fits(total: Any, kept: TopN[_Beam], width: int) -> bool:
    return total > _NEVER and (len(kept) < width or total > kept.bottom().total)


def _grow(beam: _Beam, kept: TopN[_Beam], width: int, log_probs: Any) -> None:
    """Adds what `beam` becomes with each label, as far as it is likely enough."""
    totals = log_probs[:-1] + beam.old[0]
    if beam.symbol >= 0:
        totals[beam.symbol] = log_probs[beam.symbol] + beam.old[1]
    likely = totals > (kept.bottom().total if len(kept) == width else _NEVER)
    for symbol, child in beam.children.items():
        if child.total == _NEVER and not likely[symbol]:
            # Dropped in this very step, it is not extended any more.
            child.old = (_NEVER, _NEVER)
    for symbol in np.flatnonzero(likely).tolist():
        child = beam.extended(symbol)
        if child.total != _NEVER:
            continue
        child.blank = _NEVER
        child.label = child.total = totals[symbol]
        if not _fits(child.total, kept, width):
            child.drop()
            child.old = (_NEVER, _NEVER)
            continue
        if len(kept) == width:
            kept.bottom().drop()
        kept.push(child)
