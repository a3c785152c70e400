"""Ensembles of boosted trees: growing them layer by layer, pruning, and what they predict.

The message is the truth; `Forest` is the same trees as arrays, made anew for those that changed.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from google.protobuf.message import DecodeError

from evergraph.kernels.host import invalid
from evergraph.proto.kernels.boosted_trees.boosted_trees_pb2 import (
    DEFAULT_LEFT,
    DEFAULT_RIGHT,
    DebugOutput,
    Node,
    TreeEnsemble,
)

INEQUALITY_LEFT = b"INEQUALITY_DEFAULT_LEFT"
INEQUALITY_RIGHT = b"INEQUALITY_DEFAULT_RIGHT"
EQUALITY_RIGHT = b"EQUALITY_DEFAULT_RIGHT"

NO_PRUNING, PRE_PRUNING, POST_PRUNING = range(3)

# How many (example, tree) pairs are looked at together: what fits the cache.
_PAIRS = 1 << 20


class Split(NamedTuple):
    """How a node is split: where, what is gained, what both sides add to the node's value."""

    node: int
    feature: int
    gain: float
    threshold: int
    dimension: int
    left: float
    right: float
    kind: bytes


class Forest(NamedTuple):
    """Trees as arrays over all their nodes. A leaf's children are itself."""

    start: np.ndarray  # of a tree, its root
    weight: np.ndarray  # of a tree
    feature: np.ndarray
    threshold: np.ndarray
    equal: np.ndarray  # whether equal values go left, instead of those not above
    left: np.ndarray
    right: np.ndarray
    value: np.ndarray  # [nodes, logits]; of a split node what it was as a leaf, or 0


def _value(node: Any, size: int) -> list[float]:
    """The logits of a node: of the leaf it is, or was."""
    leaf = node.leaf if node.HasField("leaf") else node.metadata.original_leaf
    found = list(leaf.vector.value) if leaf.HasField("vector") else [leaf.scalar]
    return [*found, *[0.0] * (size - len(found))][:size]


def _arrays(tree: Any, size: int) -> tuple[np.ndarray, ...]:
    """Feature, threshold, whether by equality, left and right of a tree's nodes; their values."""
    rows = []
    for i, node in enumerate(tree.nodes):
        kind = node.WhichOneof("node")
        if kind == "bucketized_split":
            s = node.bucketized_split
            rows.append((s.feature_id, s.threshold, 0, s.left_id, s.right_id))
        elif kind == "categorical_split":
            c = node.categorical_split
            rows.append((c.feature_id, c.value, 1, c.left_id, c.right_id))
        else:
            rows.append((0, 0, 0, i, i))
    columns = np.array(rows, np.int64).reshape(-1, 5).T
    return (*columns, np.array([_value(node, size) for node in tree.nodes], np.float32))


def joined(trees: Sequence[tuple[np.ndarray, ...]], weights: Sequence[float]) -> Forest:
    """One forest of the arrays of several trees."""
    counts = [len(tree[0]) for tree in trees]
    start = np.concatenate([[0], np.cumsum(counts)])[:-1].astype(np.int64)
    moved = np.repeat(start, counts)
    feature, threshold, equal, left, right, value = (
        np.concatenate(parts) for parts in zip(*trees, strict=True)
    )
    return Forest(
        start,
        np.array(weights, np.float32),
        feature,
        threshold,
        equal.astype(bool),
        left + moved,
        right + moved,
        value,
    )


def fall(forest: Forest, features: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """The leaves below `nodes` [examples, trees], by `features` [features, examples]."""
    rows = np.arange(features.shape[1])[:, None]
    while True:
        found = features[forest.feature[nodes], rows]
        limit = forest.threshold[nodes]
        goes_left = found <= limit
        if forest.equal.any():
            goes_left = np.where(forest.equal[nodes], found == limit, goes_left)
        below = np.where(goes_left, forest.left[nodes], forest.right[nodes])
        if np.array_equal(below, nodes):
            return nodes
        nodes = below


class Ensemble:
    """The trees that a handle stands for."""

    interface = "N10tensorflow28BoostedTreesEnsembleResourceE"

    def __init__(self, serialized: bytes, stamp: int) -> None:
        self.restore(serialized, stamp)

    def restore(self, serialized: bytes, stamp: int) -> None:
        """Takes the trees of a message.

        Raises:
          InvalidArgumentError: it is none.
        """
        self.message, self.stamp = TreeEnsemble(), stamp
        self._arrays: dict[tuple[int, int], tuple[np.ndarray, ...]] = {}
        self._forest: tuple[tuple[int, int], Forest] | None = None
        try:
            self.message.ParseFromString(serialized)
        except DecodeError:
            raise invalid("Unable to parse tree ensemble proto.") from None

    def states(self) -> tuple[int, int, int, int, tuple[int, int]]:
        """Stamp; how many trees, finished ones, layers tried; the nodes of the last layer."""
        count, growing = len(self.message.trees), self.message.growing_metadata
        finished = not count or self.message.tree_metadata[count - 1].is_finalized
        layer = (growing.last_layer_node_start, max(1, growing.last_layer_node_end))
        return (
            self.stamp,
            count,
            count if finished else count - 1,
            growing.num_layers_attempted,
            layer,
        )

    # ------------------------------------------------------------------ growing

    def _changed(self, tree: int) -> None:
        self._forest = None
        for key in [key for key in self._arrays if key[0] == tree]:
            del self._arrays[key]

    def add_tree(self, logits: float = 0.0) -> int:
        """A new tree that is a leaf; its number."""
        leaf = self.message.trees.add().nodes.add().leaf
        leaf.SetInParent()
        leaf.scalar = logits
        self.message.tree_weights.append(1.0)
        self.message.tree_metadata.add()
        self._forest = None
        return len(self.message.trees) - 1

    def _begin_layer(self) -> int:
        """Counts a layer; the tree that it will be of."""
        trees, growing = self.message.trees, self.message.growing_metadata
        count = len(trees)
        growing.num_layers_attempted += 1
        follows = count <= 1 or self.message.tree_metadata[count - 2].is_finalized
        if not count or (follows and len(trees[-1].nodes) == 1):
            growing.num_trees_attempted += 1
        return count - 1 if count else self.add_tree()

    def grow(self, splits: Sequence[Split], max_depth: int, pruning: int) -> None:
        """Adds a layer: splits the nodes of the last one, and begins a tree when this is deep."""
        self.stamp += 1
        tree_id = self._begin_layer()
        if pruning == PRE_PRUNING:
            splits = [split for split in splits if not split.gain < 0]
        if not splits:
            return
        tree, about = self.message.trees[tree_id], self.message.tree_metadata[tree_id]
        first = len(tree.nodes)
        for split in splits:
            _split(tree, split)
        last = len(tree.nodes)
        self._changed(tree_id)
        about.num_layers_grown += 1
        if about.num_layers_grown >= max_depth:
            first, last = 0, 1
            about.is_finalized = True
            if pruning == POST_PRUNING:
                _prune(tree, about)
            self.add_tree()
        growing = self.message.growing_metadata
        growing.last_layer_node_start, growing.last_layer_node_end = first, last

    def center(self, logits: np.float32) -> bool:
        """Adds to the value of the very first node; whether that was still much."""
        self.stamp += 1
        if not self.message.trees:
            self.add_tree(float(logits))
            return True
        node = self.message.trees[0].nodes[0]
        bias = np.float32(_value(node, 1)[0])
        with np.errstate(divide="ignore", invalid="ignore"):
            goes_on = bool(np.abs(logits / bias) > np.float32(0.01))
        node.leaf.scalar = float(bias + logits)
        self._changed(0)
        return goes_on

    # ------------------------------------------------------------------ predicting

    def forest(self, first: int, size: int) -> Forest:
        """The trees from number `first` on, with `size` logits each."""
        key = (first, size)
        if self._forest is None or self._forest[0] != key:
            trees = []
            for i in range(first, len(self.message.trees)):
                if (i, size) not in self._arrays:
                    self._arrays[i, size] = _arrays(self.message.trees[i], size)
                trees.append(self._arrays[i, size])
            self._forest = key, joined(trees, self.message.tree_weights[first:])
        return self._forest[1]

    def predict(self, features: np.ndarray, size: int) -> np.ndarray:
        """The logits [examples, size] of `features` [features, examples]."""
        examples = features.shape[1]
        if not self.message.trees:
            return np.zeros((examples, size), np.float32)
        forest = self.forest(0, size)
        found = [np.zeros((0, size), np.float32)]
        for rows in _chunks(examples, len(forest.start)):
            part = features[:, rows]
            leaves = fall(forest, part, np.tile(forest.start, (part.shape[1], 1)))
            found.append(_sum_of_trees(forest.weight[:, None] * forest.value[leaves]))
        return np.concatenate(found)

    def training_predict(
        self, features: np.ndarray, cached_trees: np.ndarray, cached_nodes: np.ndarray, size: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What trees add to logits since an example was at a node, and the leaves it is at now."""
        examples, count = features.shape[1], len(self.message.trees)
        if not count:
            logits = np.zeros((examples, size), np.float32)
            return logits, cached_trees.copy(), np.zeros(examples, np.int32)
        first = int(cached_trees.min()) if examples else count - 1
        forest = self.forest(first, size)
        logits = np.zeros((examples, size), np.float32)
        nodes = np.zeros(examples, np.int32)
        for rows in _chunks(examples, len(forest.start)):
            trees, kept = cached_trees[rows] - first, cached_nodes[rows]
            at, removed = self._resumed(trees + first, kept, size)
            begin = np.tile(forest.start, (len(trees), 1))
            place = np.arange(len(trees))
            begin[place, trees] += at
            added = np.zeros((*begin.shape, size), np.float32)
            # A cached value is taken out again before the leaf's is added.
            known = np.where((kept >= 0)[:, None], forest.value[begin[place, trees]], 0)
            added[place, trees] = removed - known
            leaves = fall(forest, features[:, rows], begin)
            added += forest.value[leaves]
            added *= forest.weight[:, None]
            added[np.arange(len(forest.start)) < trees[:, None]] = 0
            logits[rows] = _sum_of_trees(added)
            nodes[rows] = leaves[:, -1] - forest.start[-1]
        return logits, np.full(examples, count - 1, np.int32), nodes

    def _resumed(
        self, trees: np.ndarray, nodes: np.ndarray, size: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """The nodes to go on from, after pruning, and what pruning changed in cached logits."""
        at = np.maximum(nodes, 0).astype(np.int64)
        changed = np.zeros((len(nodes), size), np.float32)
        for tree in np.unique(trees[nodes >= 0]):
            about = self.message.tree_metadata[tree]
            if about.is_finalized and about.post_pruned_nodes_meta:
                rows = (trees == tree) & (nodes >= 0)
                meta = about.post_pruned_nodes_meta
                moved = np.array([m.new_node_id for m in meta])
                change = np.array([list(m.logit_change) for m in meta], np.float32)
                changed[rows, : change.shape[1]] = change[nodes[rows]]
                at[rows] = moved[nodes[rows]]
        return at, changed

    def explain(self, features: np.ndarray) -> np.ndarray:
        """For each example the features that its path was split by, and the logits on the way."""
        trees = self.message.trees
        if not trees:
            raise invalid("There are no trees to explain.")
        found = np.empty(features.shape[1], object)
        for example in range(len(found)):
            output = DebugOutput()
            for feature, logit in self._path(features[:, example].tolist()):
                if feature is not None:
                    output.feature_ids.append(feature)
                output.logits_path.append(logit)
            found[example] = output.SerializeToString()
        return found

    def _path(self, features: list[int]) -> Iterator[tuple[int | None, float]]:
        """The splits that an example goes through, with the logit after each; first its bias."""
        weights = np.array(self.message.tree_weights, np.float32)
        logit = weights[0] * np.float32(_value(self.message.trees[0].nodes[0], 1)[0])
        past = np.float32(0)
        yield None, float(logit)
        for number, tree in enumerate(self.message.trees):
            at = 0
            while (kind := tree.nodes[at].WhichOneof("node")) != "leaf":
                split: Any = getattr(tree.nodes[at], kind)
                feature, value = split.feature_id, features[split.feature_id]
                if kind == "categorical_split":
                    # TensorFlow does not say which feature such a split is by.
                    goes_left, feature = value == split.value, 0
                else:
                    goes_left = value <= split.threshold
                at = split.left_id if goes_left else split.right_id
                logit = weights[number] * np.float32(_value(tree.nodes[at], 1)[0])
                yield feature, float(logit + past)
            if not number or at:
                past = past + logit


def _chunks(examples: int, trees: int) -> Iterator[slice]:
    step = max(1, _PAIRS // trees)
    return (slice(at, at + step) for at in range(0, examples, step))


def _sum_of_trees(added: np.ndarray) -> np.ndarray:
    """The sum of [examples, trees, logits] over trees, one after the other as TensorFlow adds."""
    total: np.ndarray = added[:, 0]
    for tree in range(1, added.shape[1]):
        total = total + added[:, tree]
    return total


def _split(tree: Any, split: Split) -> None:
    """Makes a leaf a split with two leaves."""
    node = tree.nodes[split.node]
    value, left_id = node.leaf.scalar, len(tree.nodes)
    left, right = tree.nodes.add(), tree.nodes.add()
    if split.node or (node.HasField("leaf") and value):
        node.metadata.original_leaf.CopyFrom(node.leaf)
    node.metadata.gain = split.gain
    for leaf, change in ((left.leaf, split.left), (right.leaf, split.right)):
        leaf.SetInParent()
        leaf.scalar = value + change
    made: Any
    if split.kind == EQUALITY_RIGHT:
        made = node.categorical_split
        made.value = split.threshold
    else:
        made = node.bucketized_split
        made.threshold = split.threshold
        right_too = split.kind == INEQUALITY_RIGHT
        made.default_direction = DEFAULT_RIGHT if right_too else DEFAULT_LEFT
    made.feature_id, made.dimension_id = split.feature, split.dimension
    made.left_id, made.right_id = left_id, left_id + 1


def _prune(tree: Any, about: Any) -> None:
    """Takes back splits that lose something, from the leaves up."""
    into: dict[int, tuple[int, np.float32]] = {}  # a removed node → its parent, the change in value
    _collapse(tree.nodes, 0, into)
    if not into:
        return
    kept = [i for i in range(len(tree.nodes)) if i not in into]
    numbers = {old: new for new, old in enumerate(kept)}
    for i in range(len(tree.nodes)):
        change = np.float32(0)
        while i in into:
            i, step = into[i]
            change = change + step
        about.post_pruned_nodes_meta.add(new_node_id=numbers[i], logit_change=[float(change)])
    nodes = []
    for i in kept:
        node = Node()
        node.CopyFrom(tree.nodes[i])
        if node.HasField("bucketized_split"):
            split = node.bucketized_split
            split.left_id, split.right_id = numbers[split.left_id], numbers[split.right_id]
        nodes.append(node)
    del tree.nodes[:]
    tree.nodes.extend(nodes)


def _collapse(nodes: Any, at: int, into: dict[int, tuple[int, np.float32]]) -> None:
    node = nodes[at]
    if node.HasField("leaf"):
        return
    children = (node.bucketized_split.left_id, node.bucketized_split.right_id)
    for child in children:
        _collapse(nodes, child, into)
    if node.metadata.gain < 0 and all(nodes[child].HasField("leaf") for child in children):
        node.leaf.CopyFrom(node.metadata.original_leaf)
        node.leaf.SetInParent()
        value = np.float32(_value(node, 1)[0])
        for child in children:
            into[child] = at, value - np.float32(_value(nodes[child], 1)[0])
        node.ClearField("metadata")
