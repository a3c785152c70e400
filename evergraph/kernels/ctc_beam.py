"""Beam search over the outputs of a network trained with CTC (Graves, Supervised Sequence Labelling
with Recurrent Neural Networks, section 7.5), for one sequence at a time.

Numbers are rounded where TensorFlow rounds them, and equal beams are kept and ordered as there, so
that the same beams survive. A step is done in one of two ways with the same result: with arrays and
a heap; or beam by beam as TensorFlow does it, where equal or impossible beams make its order
matter.
"""

import heapq
import math
from typing import Any

import numpy as np

from evergraph.kernels.top_n import TopN

_NEVER = -math.inf


class _Beam:
    """A prefix: its last label, and log-probabilities now and a step before.

    `label` is that of the paths that end in the label, `blank` of those that end in a blank,
    `total` of both. They are set only while steps go beam by beam.
    """

    __slots__ = ("parent", "symbol", "children", "old", "total", "blank", "label")

    def __init__(self, parent: "_Beam | None", symbol: int) -> None:
        self.parent = parent
        self.symbol = symbol
        self.children: dict[int, _Beam] = {}
        self.forget()
        self.drop()

    def drop(self) -> None:
        """It is no longer among the beams kept."""
        self.total: Any = _NEVER
        self.blank: Any = _NEVER
        self.label: Any = _NEVER

    def forget(self) -> None:
        """It is not extended any more in this step."""
        self.old: tuple[Any, Any] = (_NEVER, _NEVER)

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
    high, low = np.maximum(a, b), np.minimum(a, b)
    with np.errstate(invalid="ignore"):
        gap = np.subtract(low, high).astype(np.float32)
    ratio = np.exp(gap, dtype=np.float64).astype(np.float32)
    sums = high + np.log1p(ratio, dtype=np.float64).astype(np.float32).astype(high.dtype)
    return np.where(low == _NEVER, high, sums)


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
    search = _Search(width, logits.dtype)
    for row in logits:
        normalizer = log_normalizer(row)
        if not search.step(row, normalizer):
            search.step_by_beam(row, normalizer)
    if paths > len(search.beams):
        return None
    best = TopN[tuple[_Beam, Any]](paths, lambda pair: pair[1])
    for pair in search.unsorted():
        best.push(pair)
    found = best.extract()
    return [beam.labels(merge_repeated) for beam, _ in found], [total for _, total in found]


class _Search:
    """The beams kept, the most likely first, and their log-probabilities as arrays."""

    def __init__(self, width: int, kind: Any) -> None:
        self.width = width
        self.kind = kind
        self._keep([_Beam(None, -1)], np.zeros(1, kind), np.zeros(1, kind), [_NEVER])
        # The order in which the beams lie where they are kept, as far as it matters.
        self._order: list[int] | None = None

    def _keep(self, beams: list[_Beam], total: Any, blank: Any, label: Any) -> None:
        self.beams = beams
        self.total = np.asarray(total, self.kind)
        self.blank = np.asarray(blank, self.kind)
        self.label = np.asarray(label, self.kind)
        self.symbol = np.array([beam.symbol for beam in beams])
        places = {beam: i for i, beam in enumerate(beams)}
        # The place of each beam's parent, where it is kept, too; else -1.
        self.parent = np.array([places.get(beam.parent, -1) for beam in beams])  # type: ignore[arg-type]

    def unsorted(self) -> list[tuple[_Beam, Any]]:
        order = range(len(self.beams)) if self._order is None else self._order
        return [(self.beams[i], self.total[i]) for i in order]

    def step(self, logits: Any, normalizer: Any) -> bool:
        """One step of all beams at once; False, and nothing done, where their order matters."""
        log_probs = logits - normalizer
        label, blank, total = self._stay(log_probs, logits[-1], normalizer)
        if not np.isfinite(total).all():
            return False
        kept = self._grow(log_probs[:-1], total.tolist())
        if kept is None:
            return False
        count, classes = len(self.beams), len(logits) - 1
        beams, totals, blanks, labels = [], [], [], []
        for value, at in kept:
            totals.append(value)
            if at < count:
                beams.append(self.beams[at])
                blanks.append(blank[at])
                labels.append(label[at])
            else:
                row, symbol = divmod(at - count, classes)
                beams.append(self.beams[row].extended(symbol))
                blanks.append(_NEVER)
                labels.append(value)
        self._keep(beams, totals, blanks, labels)
        self._order = None
        return True

    def _stay(self, log_probs: Any, blank_logit: Any, normalizer: Any) -> tuple[Any, Any, Any]:
        """The same prefixes a step later: their label or a blank was seen once more."""
        parent, symbol = self.parent, self.symbol
        same = symbol == symbol[parent]
        before = np.where(same, self.blank[parent], self.total[parent])
        label = log_sum_exp(self.label, np.where(parent >= 0, before, self.kind.type(_NEVER)))
        label = np.where(symbol >= 0, label + log_probs[symbol], self.label)
        # The logit is added before its normalizer is taken away, which rounds otherwise.
        blank = self.total + blank_logit - normalizer
        return label, blank, log_sum_exp(blank, label)

    def _grow(self, log_probs: Any, stayed: list[float]) -> list[tuple[float, int]] | None:
        """Adds what the beams become with each label, as far as it is likely enough.

        Pairs of a total and a number, the largest first: a beam's place, or, from the number of
        beams on, row * labels + label for a new one. None where there are ties.
        """
        count, classes, width = len(self.beams), len(log_probs), self.width
        scores = log_probs + self.total[:, None]
        rows = np.flatnonzero(self.symbol >= 0)
        columns = self.symbol[rows]
        scores[rows, columns] = log_probs[columns] + self.blank[rows]
        flat = scores.reshape(-1)
        # Children that are kept already are no candidates, and yet their turn comes.
        kept_children = np.flatnonzero(self.parent >= 0)
        turns = self.parent[kept_children] * classes + self.symbol[kept_children]
        flat[turns] = np.inf
        known = dict(zip(turns.tolist(), kept_children.tolist(), strict=True))
        places = np.flatnonzero(flat > (min(stayed) if count == width else _NEVER))
        heap = [(value, at) for at, value in enumerate(stayed)]
        heapq.heapify(heap)
        seen = set(stayed)
        pushed = count
        lost: set[int] = set()  # beams dropped in this step
        ended: set[int] = set()  # and those that are not extended any more
        olds = self.total.tolist()
        row, row_end, extends = -1, 0, False
        for at, value in zip(places.tolist(), flat[places].tolist(), strict=True):
            if at >= row_end:
                row = at // classes
                row_end = (row + 1) * classes
                full = len(heap) == width
                extends = row not in ended and (not full or olds[row] > heap[0][0])
            if not extends:
                continue
            if at in known:
                if known[at] in lost:
                    ended.add(known[at])
            elif len(heap) < width:
                heapq.heappush(heap, (value, count + at))
                seen.add(value)
                pushed += 1
            elif value > heap[0][0]:
                dropped = heapq.heapreplace(heap, (value, count + at))[1]
                if dropped < count:
                    lost.add(dropped)
                seen.add(value)
                pushed += 1
        if len(seen) < pushed:
            return None
        return sorted(heap, reverse=True)

    # Beam by beam.

    def step_by_beam(self, logits: Any, normalizer: Any) -> None:
        """One step in TensorFlow's order."""
        log_probs = logits - normalizer
        beams = self.beams
        parts = zip(beams, self.total, self.blank, self.label, strict=True)
        for beam, beam.total, beam.blank, beam.label in parts:
            beam.old = (beam.total, beam.blank)
        kept = TopN[_Beam](self.width, lambda beam: beam.total)
        for beam in beams:
            _see_label(beam, log_probs)
            beam.blank = beam.old[0] + logits[-1] - normalizer
            beam.total = log_sum_exp(beam.blank, beam.label)[()]
            kept.push(beam)
        for beam in beams:
            if self._fits(beam.old[0], kept):
                self._grow_beam(beam, kept, log_probs)
        unsorted = kept.unsorted()
        found = kept.extract()
        self._keep(
            found, [b.total for b in found], [b.blank for b in found], [b.label for b in found]
        )
        # A beam without any probability may be there twice.
        places: dict[_Beam, list[int]] = {}
        for i, beam in reversed(list(enumerate(found))):
            places.setdefault(beam, []).append(i)
        self._order = [places[beam].pop() for beam in unsorted]
        for beam in found:
            beam.drop()

    def _fits(self, total: Any, kept: TopN[_Beam]) -> bool:
        return total > _NEVER and (len(kept) < self.width or total > kept.bottom().total)

    def _grow_beam(self, beam: _Beam, kept: TopN[_Beam], log_probs: Any) -> None:
        """Adds what `beam` becomes with each label, as far as it is likely enough."""
        totals = log_probs[:-1] + beam.old[0]
        if beam.symbol >= 0:
            totals[beam.symbol] = log_probs[beam.symbol] + beam.old[1]
        likely = totals > (kept.bottom().total if len(kept) == self.width else _NEVER)
        # Children that are there already lose their turn, too, where they are not kept any more.
        likely[list(beam.children)] = True
        for symbol in np.flatnonzero(likely).tolist():
            child = beam.extended(symbol)
            if child.total != _NEVER:
                continue
            child.blank = _NEVER
            child.label = child.total = totals[symbol]
            if not self._fits(child.total, kept):
                child.drop()
                child.forget()
                continue
            if len(kept) == self.width:
                kept.bottom().drop()
            kept.push(child)


def _see_label(beam: _Beam, log_probs: Any) -> None:
    """The paths of the same prefix a step later that end in its label."""
    parent = beam.parent
    if parent is not None:
        if parent.total != _NEVER:
            beam.label = log_sum_exp(beam.label, parent.before(beam.symbol))[()]
        beam.label = beam.label + log_probs[beam.symbol]
