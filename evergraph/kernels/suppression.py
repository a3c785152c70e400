"""Boxes chosen by score, without those that overlap one chosen before."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class _Candidate(NamedTuple):
    score: Any
    box: int
    compared: int  # with how many of those chosen it has been compared


class _Heap:
    """The largest score first. Equal scores come in the order of C++'s `std::priority_queue`,
    which decides what TensorFlow chooses among them."""

    def __init__(self) -> None:
        self.items: list[_Candidate] = []

    def push(self, item: _Candidate) -> None:
        self.items.append(item)
        self._rise(len(self.items) - 1, item)

    def _rise(self, hole: int, item: _Candidate) -> None:
        while hole and self.items[(hole - 1) // 2].score < item.score:
            self.items[hole] = self.items[(hole - 1) // 2]
            hole = (hole - 1) // 2
        self.items[hole] = item

    def pop(self) -> _Candidate:
        top, last = self.items[0], self.items.pop()
        size = len(self.items)
        if not size:
            return top
        # The hole goes down to a leaf, whatever is put there; then that rises.
        hole, child = 0, 0
        while child < (size - 1) // 2:
            child = 2 * child + 2
            if self.items[child].score < self.items[child - 1].score:
                child -= 1
            self.items[hole] = self.items[child]
            hole = child
        if size % 2 == 0 and child == (size - 2) // 2:
            child = 2 * child + 1
            self.items[hole] = self.items[child]
            hole = child
        self._rise(hole, last)
        return top


def overlaps_of(boxes: np.ndarray) -> Callable[[int, list[int]], np.ndarray]:
    """For a box and others: what they share, as a part of what they cover together.

    `boxes` is [n, 4] of any two opposite corners: y, x, y, x.
    """
    low = np.minimum(boxes[:, :2], boxes[:, 2:])
    high = np.maximum(boxes[:, :2], boxes[:, 2:])
    area = (high[:, 0] - low[:, 0]) * (high[:, 1] - low[:, 1])
    zero = boxes.dtype.type(0)

    def overlap(box: int, others: list[int]) -> np.ndarray:
        side = np.minimum(high[others], high[box]) - np.maximum(low[others], low[box])
        side = np.maximum(side, zero)
        shared = side[:, 0] * side[:, 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            part = shared / (area[others] + area[box] - shared)
        empty = (area[others] <= 0) | (area[box] <= 0)
        return np.where(empty, zero, part)

    return overlap


def suppress(
    scores: np.ndarray,
    count: int,
    threshold: Any,
    score_threshold: Any,
    overlap: Callable[[int, list[int]], np.ndarray],
    sigma: Any = 0.0,
) -> tuple[list[int], list[Any]]:
    """At most `count` boxes, best first, and their scores.

    Args:
      scores: [n].
      threshold: boxes that overlap by this or more are left out.
      score_threshold: boxes of this score or less are left out.
      overlap: as `overlaps_of` gives it.
      sigma: if positive, scores of boxes are lessened for what overlaps them. N. Bodla, B. Singh,
        R. Chellappa, L. Davis, Soft-NMS, 2017.
    """
    number = scores.dtype.type
    heap = _Heap()
    for box in np.flatnonzero(scores > score_threshold).tolist():
        heap.push(_Candidate(scores[box], box, 0))
    scale = number(-0.5) / number(sigma) if sigma > 0 else number(0)
    chosen: list[int] = []
    kept: list[Any] = []
    while len(chosen) < count and heap.items:
        candidate = heap.pop()
        parts = overlap(candidate.box, chosen[candidate.compared :])[::-1]
        hidden = bool((parts >= threshold).any()) if sigma <= 0 else False
        score = candidate.score
        if sigma > 0:
            score, hidden = _lessened(score, parts, scale, number, threshold, score_threshold)
        if hidden:
            continue
        compared = len(chosen)
        if score == candidate.score:
            chosen.append(candidate.box)
            kept.append(score)
        # Also what was just chosen comes once more, to be hidden by itself; an empty box, which
        # overlaps nothing, is chosen again.
        if score > score_threshold:
            heap.push(_Candidate(score, candidate.box, compared))
    return chosen, kept


def _lessened(
    score: Any, parts: np.ndarray, scale: Any, number: Any, threshold: Any, least: Any
) -> tuple[Any, bool]:
    for part in parts:
        if part >= threshold:
            return score, True
        score = number(score * number(np.exp(np.float32(scale * part * part))))
        if score <= least:
            break
    return score, False


def combined(
    boxes: np.ndarray,
    scores: np.ndarray,
    per_class: int,
    total: int,
    threshold: float,
    score_threshold: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Boxes of an image, chosen class by class, then the best of all: boxes, scores, classes.

    Args:
      boxes: [n, 1 or classes, 4].
      scores: [n, classes].
    """
    found: list[tuple[Any, int, int]] = []
    for label in range(scores.shape[1]):
        own = boxes[:, label if boxes.shape[1] > 1 else 0]
        overlap = overlaps_of(own)
        of_class = scores[:, label]
        order = np.argsort(-of_class, kind="stable")
        chosen: list[int] = []
        for box in order[of_class[order] > score_threshold].tolist():
            if len(chosen) >= min(per_class, len(own)):
                break
            if not (overlap(box, chosen) > threshold).any():
                chosen.append(box)
                found.append((of_class[box], label, box))
    found.sort(key=lambda item: -item[0])
    best = found[:total]
    kept = [boxes[box, label if boxes.shape[1] > 1 else 0] for _, label, box in best]
    return (
        np.array(kept, np.float32).reshape(-1, 4),
        np.array([score for score, _, _ in best], np.float32),
        np.array([label for _, label, _ in best], np.float32),
    )
