"""Statistics of the leaves of a random forest's tree that wait to be split."""

import heapq
import math
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from evergraph.base import errors
from evergraph.base.hash_order import HashOrder
from evergraph.kernels.forest_inputs import MATCHES, Inputs, Targets, goes_left, resolved
from evergraph.kernels.forest_tree import Best, DecisionTree, Test, read_test, write_test
from evergraph.kernels.host import invalid
from evergraph.kernels.random_simple import SimpleDraws
from evergraph.proto.contrib import tensor_forest_params_pb2 as pb
from evergraph.proto.contrib.fertile_stats_pb2 import FertileSlot, FertileStats

# Examples looked at together: what they take stays small.
_PIECE = 4096
_PRUNED = {pb.SPLIT_PRUNE_HALF: 0.5, pb.SPLIT_PRUNE_QUARTER: 0.25, pb.SPLIT_PRUNE_10_PERCENT: 0.1}


class _Slot(ABC):
    """What is known of one leaf: tests that might split it, and how these would."""

    def __init__(self, params: pb.TensorForestParams, depth: int) -> None:
        self.params = params
        self.depth = depth
        self.tests: list[Test] = []
        # The limits that examples are compared with: those that tests had at first.
        self._limits: list[float] = []
        self.weight = np.float32(0)
        self._columns: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None
        self._enough = int(resolved(params.split_after_samples, depth))
        self._wanted = int(resolved(params.num_splits_to_consider, depth))

    def _is_complete(self) -> bool:
        return len(self.tests) == self._wanted

    def is_ready(self) -> bool:
        """Whether there are tests enough to count for."""
        return self.weight > 0 or self._is_complete()

    def add_test(self, test: Test, inputs: Inputs | None, label: int | None, example: int) -> None:
        """Takes a test, as long as there are not enough."""
        if len(self.tests) < self._wanted:
            self.tests.append(test)
            self._limits.append(test.limit)
            self._columns = None
            self._grow(label)

    @abstractmethod
    def _grow(self, label: int | None) -> None:
        """Makes room for the counts of one more test."""

    def _sides(self, inputs: Inputs, examples: np.ndarray) -> np.ndarray:
        """Whether examples go left by each test."""
        features, limits, kinds = self.columns()
        return goes_left(kinds, inputs.table(examples, features), limits)

    def columns(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Features, limits and kinds of the tests."""
        if self._columns is None:
            features = np.array([test.feature for test in self.tests], np.int64)
            kinds = np.array([test.kind for test in self.tests], np.int64)
            self._columns = features, np.array(self._limits, np.float32), kinds
        return self._columns

    @abstractmethod
    def add(self, inputs: Inputs, targets: Targets, examples: np.ndarray) -> int | None:
        """Counts examples. The place of the one after which the leaf could be split, if any."""

    @abstractmethod
    def best(self) -> Best | None:
        """The best test, if any parts the examples."""

    @abstractmethod
    def pack(self, slot: FertileSlot) -> None:
        """Writes the counts."""

    @abstractmethod
    def unpack(self, slot: FertileSlot) -> None:
        """Reads the counts."""


def _largest(scores: list[float], count: int) -> list[int]:
    """The places of the largest scores; of equal ones those that TensorFlow's heap keeps."""
    heap: list[tuple[float, int]] = []
    for at, score in enumerate(scores):
        if len(heap) < count:
            heapq.heappush(heap, (score, at))
        elif heap and heap[0][0] < score:
            heapq.heapreplace(heap, (score, at))
    return sorted(at for _, at in heap)


def _gini(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The weighted, smoothed impurity of rows of counts, and their sums."""
    total = counts.sum(1, dtype=np.float32)
    square = (counts * counts).sum(1, dtype=np.float32)
    size = np.float32(counts.shape[1])
    smooth = total + size
    return total * (1 - (square + 2 * total + size) / (smooth * smooth)), total


class _ClassSlot(_Slot):
    """Counts of classes on the left, and in all."""

    def __init__(self, params: pb.TensorForestParams, depth: int) -> None:
        super().__init__(params, depth)
        if params.finish_type.type != pb.SPLIT_FINISH_BASIC:
            if not params.HasField("dominate_fraction") or not params.HasField("min_split_samples"):
                raise invalid(
                    "dominate_fraction and min_split_samples required for early-finish strategy."
                )
            raise errors.UnimplementedError(None, None, "Finishing splits early.")
        self._counts = np.zeros((self._wanted, params.num_outputs), np.float32)
        self._total = np.zeros(params.num_outputs, np.float32)
        # With averages: tests whose limit waits for an example of another class.
        self._half: dict[int, int] = {}
        self._prunings = 1

    @property
    def _left(self) -> np.ndarray:
        """The counts of classes that go left by each test."""
        return self._counts[: len(self.tests)]

    def is_ready(self) -> bool:
        return bool(self.weight > 0 or (self._is_complete() and not self._half))

    def _grow(self, label: int | None) -> None:
        averages = self.params.initialize_average_splits and label is not None
        if averages and self.tests[-1].kind != MATCHES:
            assert label is not None
            self._half[len(self.tests) - 1] = label

    def add_test(self, test: Test, inputs: Inputs | None, label: int | None, example: int) -> None:
        super().add_test(test, inputs, label, example)
        if inputs is None or not self.params.initialize_average_splits:
            return
        for at in [at for at, first in self._half.items() if first != label]:
            half = self.tests[at]
            value = inputs.pairs(np.array([example]), np.array([half.feature]))[0]
            limit = (np.float32(half.limit) + value) / np.float32(2)
            self.tests[at] = half._replace(limit=float(limit))
            del self._half[at]

    def _first_finished(self, labels: np.ndarray, weights: np.ndarray) -> int | None:
        """The first example after which there are enough, and of two classes."""
        sums = np.cumsum(np.concatenate([[self.weight], weights]), dtype=np.float32)[1:]
        enough = np.flatnonzero(sums >= self._enough)
        seen = {int(c) for c in np.flatnonzero(self._total)}
        mixed = 0 if len(seen) > 1 else None
        if mixed is None:
            for at, label in enumerate(labels.tolist()):
                if weights[at] > 0:
                    seen.add(label)
                if len(seen) > 1:
                    mixed = at
                    break
        if not len(enough) or mixed is None:
            return None
        return max(int(enough[0]), mixed)

    def take(
        self,
        left: np.ndarray,
        total: np.ndarray,
        labels: np.ndarray,
        weights: np.ndarray,
    ) -> int | None:
        """As `add`, of examples that were counted already."""
        weight = self.weight + weights.sum()
        finished = None
        if weight >= self._enough and np.count_nonzero(self._total + total) > 1:
            finished = self._first_finished(labels, weights)
        self._left[:] += left
        self._total += total
        self.weight = np.float32(weight)
        return finished

    def add(self, inputs: Inputs, targets: Targets, examples: np.ndarray) -> int | None:
        labels, weights = targets.classes[examples], targets.weights[examples]
        finished = self._first_finished(labels, weights)
        start = 0
        while start < len(examples):
            end = self._next_pruning(weights, start, finished)
            part = examples[start:end]
            given = np.zeros((len(part), self.params.num_outputs), np.float32)
            given[np.arange(len(part)), labels[start:end]] = weights[start:end]
            self._left[:] += self._sides(inputs, part).T.astype(np.float32) @ given
            np.add.at(self._total, labels[start:end], weights[start:end])
            self.weight = np.cumsum(
                np.concatenate([[self.weight], weights[start:end]]), dtype=np.float32
            )[-1]
            start = end
            if end <= len(examples) and not (finished is not None and end > finished):
                self._prune()
        return finished

    # ------------------------------------------------------------------ pruning

    def _every(self) -> int:
        return int(resolved(self.params.pruning_type.prune_every_samples, self.depth))

    def _next_pruning(self, weights: np.ndarray, start: int, finished: int | None) -> int:
        """Where to stop counting, to look whether tests can be given up."""
        if self.params.pruning_type.type == pb.SPLIT_PRUNE_NONE:
            return len(weights)
        sums = np.cumsum(np.concatenate([[self.weight], weights[start:]]), dtype=np.float32)[1:]
        reached = np.flatnonzero(sums >= self._prunings * self._every())
        if not len(reached) or (finished is not None and start + reached[0] >= finished):
            return len(weights)
        return start + int(reached[0]) + 1

    def _prune(self) -> None:
        kind = self.params.pruning_type.type
        if kind == pb.SPLIT_PRUNE_NONE or self.weight < self._prunings * self._every():
            return
        self._prunings += 1
        scores = self._scores()[0]
        if kind == pb.SPLIT_PRUNE_HOEFFDING:
            fraction = resolved(self.params.dominate_fraction, self.depth)
            half_log = 0.5 * math.log(1.0 / (1.0 - fraction))
            spread = self.weight * (1 - 1 / self.params.num_outputs)
            bound = spread * math.sqrt(half_log / self.weight)
            worst = np.flatnonzero(scores - scores.min(initial=np.inf) > bound).tolist()
        else:
            worst = _largest(scores.tolist(), int(len(self.tests) * _PRUNED[kind]))
        self._counts = np.delete(self._counts, worst, axis=0)
        self._columns = None
        for at in reversed(worst):
            del self.tests[at], self._limits[at]

    # ------------------------------------------------------------------ the best test

    def _scores(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        left, left_sum = _gini(self._left)
        right, right_sum = _gini(self._total - self._left)
        return left + right, left_sum, right_sum

    def best(self) -> Best | None:
        scores, left_sum, right_sum = self._scores()
        parts = (left_sum > 0) & (right_sum > 0)
        if not parts.any():
            return None
        at = int(np.where(parts, scores, np.inf).argmin())
        left = self._left[at]
        return Best(self.tests[at], left, self._total - left)

    # ------------------------------------------------------------------ messages

    @property
    def _is_sparse(self) -> bool:
        return bool(self.params.stats_type == pb.STATS_SPARSE_GINI)

    def _write(self, counts: np.ndarray, stat: Any) -> None:
        if self._is_sparse:
            for i in np.flatnonzero(counts).tolist():
                stat.sparse_counts.sparse_value[i].float_value = float(counts[i])
        else:
            for count in counts.tolist():
                stat.dense_counts.value.add().float_value = count

    def _read(self, stat: Any, counts: np.ndarray) -> None:
        pairs = enumerate(stat.dense_counts.value)
        if self._is_sparse:
            pairs = stat.sparse_counts.sparse_value.items()
        for i, value in pairs:
            counts[i] = value.float_value

    def pack(self, slot: FertileSlot) -> None:
        slot.post_init_leaf_stats.weight_sum = float(self.weight)
        self._write(self._total, slot.post_init_leaf_stats.classification)
        for test, left in zip(self.tests, self._left, strict=True):
            candidate = slot.candidates.add()
            write_test(test, candidate.split)
            self._write(left, candidate.left_stats.classification)

    def unpack(self, slot: FertileSlot) -> None:
        if not slot.HasField("post_init_leaf_stats"):
            return
        self.weight = np.float32(slot.post_init_leaf_stats.weight_sum)
        self._read(slot.post_init_leaf_stats.classification, self._total)
        for candidate in slot.candidates:
            self.add_test(read_test(candidate.split), None, None, -1)
            self._read(candidate.left_stats.classification, self._left[-1])


class _NumberSlot(_Slot):
    """Sums of numbers and of their squares, on the left and in all."""

    def __init__(self, params: pb.TensorForestParams, depth: int) -> None:
        super().__init__(params, depth)
        size = params.num_outputs
        # [tests, sum or square, outputs]
        self._left = np.zeros((0, 2, size), np.float32)
        self._count = np.zeros(0, np.float32)
        self._total = np.zeros((2, size), np.float32)

    def _grow(self, label: int | None) -> None:
        self._left = np.concatenate([self._left, np.zeros((1, *self._left.shape[1:]), np.float32)])
        self._count = np.append(self._count, np.float32(0))

    def add(self, inputs: Inputs, targets: Targets, examples: np.ndarray) -> int | None:
        for start in range(0, len(examples), _PIECE):
            part = examples[start : start + _PIECE]
            numbers = targets.numbers[part][:, : self.params.num_outputs]
            both = np.stack([numbers, numbers * numbers], axis=1)
            sides = self._sides(inputs, part)
            shares = np.where(sides[:, :, None, None], both[:, None], np.float32(0))
            # One after the other in float32, as TensorFlow adds them.
            self._left = np.concatenate([self._left[None], shares]).sum(0)
            self._total = np.concatenate([self._total[None], both]).sum(0)
            self._count += sides.sum(0)
        missing = self._enough - float(self.weight)
        self.weight = np.float32(self.weight + len(examples))
        if self.weight < self._enough:
            return None
        return max(0, math.ceil(missing) - 1)

    def best(self) -> Best | None:
        others = self.weight - self._count
        parts = (self._count > 0) & (others > 0)
        if not parts.any():
            return None
        with np.errstate(divide="ignore", invalid="ignore"):
            left = self._left / self._count[:, None, None]
            right = (self._total - self._left) / others[:, None, None]
        variance = sum((side[:, 1] - side[:, 0] * side[:, 0]).sum(1) for side in (left, right))
        at = int(np.where(parts, variance, np.inf).argmin())
        return Best(self.tests[at], left[at, 0], right[at, 0])

    def pack(self, slot: FertileSlot) -> None:
        slot.post_init_leaf_stats.weight_sum = float(self.weight)
        self._write(self._total, slot.post_init_leaf_stats.regression)
        for test, left, count in zip(self.tests, self._left, self._count, strict=True):
            candidate = slot.candidates.add()
            write_test(test, candidate.split)
            self._write(left, candidate.left_stats.regression)
            candidate.left_stats.weight_sum = float(count)

    @staticmethod
    def _write(sums: np.ndarray, stat: Any) -> None:
        for holder, values in zip((stat.mean_output, stat.mean_output_squares), sums, strict=True):
            for value in values.tolist():
                holder.value.add().float_value = value

    @staticmethod
    def _read(stat: Any, sums: np.ndarray) -> None:
        for i, holder in enumerate((stat.mean_output, stat.mean_output_squares)):
            for j, value in enumerate(holder.value):
                sums[i, j] = value.float_value

    def unpack(self, slot: FertileSlot) -> None:
        if not slot.HasField("post_init_leaf_stats"):
            return
        self.weight = np.float32(slot.post_init_leaf_stats.weight_sum)
        self._read(slot.post_init_leaf_stats.regression, self._total)
        for candidate in slot.candidates:
            self.add_test(read_test(candidate.split), None, None, -1)
            self._read(candidate.left_stats.regression, self._left[-1])
            self._count[-1] = candidate.left_stats.weight_sum


_SLOTS: dict[int, type[_Slot]] = {
    pb.STATS_DENSE_GINI: _ClassSlot,
    pb.STATS_SPARSE_GINI: _ClassSlot,
    pb.STATS_LEAST_SQUARES_REGRESSION: _NumberSlot,
}


def _are_alike(slots: list[_Slot]) -> bool:
    """Whether leaves can be counted for together: of classes, with as many tests, all kept."""
    return (
        len(slots) > 1
        and all(isinstance(slot, _ClassSlot) for slot in slots)
        and slots[0].params.pruning_type.type == pb.SPLIT_PRUNE_NONE
        and len({len(slot.tests) for slot in slots}) == 1
    )


def _added_together(
    slots: list[Any], groups: list[list[int]], inputs: Inputs, targets: Targets
) -> list[int | None]:
    """What `add` of each slot gives of its examples, counted all at once."""
    examples = np.array([example for group in groups for example in group])
    sizes = [len(group) for group in groups]
    own = np.repeat(np.arange(len(slots)), sizes)
    features, limits, kinds = (
        np.stack(column) for column in zip(*(s.columns() for s in slots), strict=True)
    )
    tests, outputs = features.shape[1], slots[0].params.num_outputs
    labels, weights = targets.classes[examples], targets.weights[examples]
    if len(labels) and (labels.min() < 0 or labels.max() >= outputs):
        raise invalid("Got label greater than indicated number of classes.")
    values = inputs.pairs(np.repeat(examples, tests), features[own].reshape(-1))
    goes = goes_left(kinds[own], values.reshape(-1, tests), limits[own])
    rows, columns = np.nonzero(goes)
    places = (own[rows] * tests + columns) * outputs + labels[rows]
    size = len(slots) * tests * outputs
    left = np.bincount(places, weights[rows], size).astype(np.float32)
    left = left.reshape(len(slots), tests, outputs)
    total = np.bincount(own * outputs + labels, weights, len(slots) * outputs)
    total = total.astype(np.float32).reshape(len(slots), outputs)
    found, start = [], 0
    for i, slot in enumerate(slots):
        end = start + sizes[i]
        found.append(slot.take(left[i], total[i], labels[start:end], weights[start:end]))
        start = end
    return found


class LeafStats:
    """The statistics that a handle stands for."""

    interface = "N10tensorflow12tensorforest20FertileStatsResourceE"

    def __init__(self, params: pb.TensorForestParams, serialized: bytes) -> None:
        self.params = params
        self.restore(serialized)

    def restore(self, serialized: bytes) -> None:
        """Takes the statistics of a message; those of a new root where it is empty.

        Raises:
          InvalidArgumentError: it is no message of statistics.
        """
        try:
            found = FertileStats.FromString(serialized)
        except DecodeError:
            raise invalid("Unable to parse stats config.") from None
        self._slots: dict[int, _Slot] = {}
        self._order = HashOrder()
        for slot in found.node_to_slot:
            self._open(slot.node_id, slot.depth).unpack(slot)
        if not self._slots:
            self._open(0, 0)

    def _open(self, node: int, depth: int) -> _Slot:
        kind = _SLOTS.get(self.params.stats_type)
        if kind is None:
            name = pb.StatsModelType.Name(self.params.stats_type)
            raise errors.UnimplementedError(None, None, f"Statistics of type {name}.")
        if node not in self._slots:
            self._order.add(node)
        self._slots[node] = kind(self.params, depth)
        return self._slots[node]

    def _close(self, node: int) -> None:
        del self._slots[node]
        self._order.remove(node)

    def serialized(self) -> bytes:
        """The statistics as a message."""
        found = FertileStats()
        for node in self._order.keys():
            slot = found.node_to_slot.add(node_id=node, depth=self._slots[node].depth)
            if self.params.checkpoint_stats:
                self._slots[node].pack(slot)
        return found.SerializeToString()

    def process(
        self, inputs: Inputs, targets: Targets, leaves: np.ndarray, seed: int | None
    ) -> np.ndarray:
        """Counts a batch for the leaves it falls into; which of these can be split, int32."""
        draws = SimpleDraws(seed)
        groups: dict[int, list[int]] = {}
        if self.params.collate_examples:
            order = HashOrder()
            for example, leaf in enumerate(leaves.tolist()):
                if leaf not in groups:
                    order.add(leaf)
                groups.setdefault(leaf, []).append(example)
            return self._finished(self._leaf_by_leaf(order, groups, inputs, targets, draws))
        present, which = np.unique(leaves, return_inverse=True)
        ready = np.array([self._slots[leaf].is_ready() for leaf in present.tolist()], bool)
        by_leaf = np.argsort(which, kind="stable")
        ends = np.cumsum(np.bincount(which, minlength=len(present)))
        for i in np.flatnonzero(ready).tolist():
            begin = ends[i - 1] if i else 0
            groups[int(present[i])] = by_leaf[begin : ends[i]].tolist()
        # Only where tests are missing does it matter which example comes first.
        for example in np.flatnonzero(~ready[which]).tolist():
            leaf = int(leaves[example])
            if leaf in groups or self._slots[leaf].is_ready():
                groups.setdefault(leaf, []).append(example)
            else:
                self._add_test(leaf, example, inputs, targets, draws)
        slots = [self._slots[leaf] for leaf in groups]
        if _are_alike(slots):
            places = _added_together(slots, list(groups.values()), inputs, targets)
        else:
            pairs = zip(slots, groups.values(), strict=True)
            places = [slot.add(inputs, targets, np.array(examples)) for slot, examples in pairs]
        finished = [
            (examples[at], leaf)
            for (leaf, examples), at in zip(groups.items(), places, strict=True)
            if at is not None
        ]
        return self._finished([leaf for _, leaf in sorted(finished)])

    def _leaf_by_leaf(
        self,
        order: HashOrder,
        groups: dict[int, list[int]],
        inputs: Inputs,
        targets: Targets,
        draws: SimpleDraws,
    ) -> list[int]:
        """Counts all examples of one leaf after those of another; which leaves can be split."""
        finished = []
        for leaf in order.keys():
            slot = self._slots[leaf]
            if slot.is_ready():
                if slot.add(inputs, targets, np.array(groups[leaf])) is not None:
                    finished.append(leaf)
                continue
            # Examples that are left over are not counted.
            for example in groups[leaf]:
                self._add_test(leaf, example, inputs, targets, draws)
                if slot.is_ready():
                    break
        return finished

    def _add_test(
        self, leaf: int, example: int, inputs: Inputs, targets: Targets, draws: SimpleDraws
    ) -> None:
        """Makes a test of an example that might split a leaf."""
        feature, value, is_category = inputs.sample(example, draws)
        kind = MATCHES if is_category else self.params.inequality_test_type
        label = None if self.params.is_regression else int(targets.classes[example])
        self._slots[leaf].add_test(Test(feature, float(value), kind), inputs, label, example)

    @staticmethod
    def _finished(leaves: list[int]) -> np.ndarray:
        """Leaves as TensorFlow's set lists them."""
        order = HashOrder()
        for leaf in leaves:
            order.add(leaf)
        return np.array(list(order.keys()), np.int32)

    def grow(self, tree: DecisionTree, nodes: np.ndarray) -> None:
        """Splits leaves, as long as the tree may grow; those that no test parts begin again."""
        for node in nodes.tolist():
            if tree.count >= self.params.max_nodes:
                return
            depth, best = self._slots[node].depth, self._slots[node].best()
            if best is None:
                self._close(node)
                self._open(node, depth)
                continue
            for child in tree.split(node, best):
                self._open(child, depth + 1)
            self._close(node)
