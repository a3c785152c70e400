"""A tree of a random forest: where examples fall, what leaves hold, how nodes are split."""

from typing import Any, NamedTuple

import numpy as np
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet

from evergraph.base import errors
from evergraph.kernels.forest_inputs import MATCHES, Inputs, Targets, goes_left
from evergraph.kernels.host import invalid
from evergraph.proto.contrib.fertile_stats_pb2 import TreePath
from evergraph.proto.contrib.generic_tree_model_pb2 import (
    BinaryNode,
    FeatureId,
    Model,
    TreeNode,
    Value,
)
from evergraph.proto.contrib.tensor_forest_params_pb2 import (
    MODEL_REGRESSION,
    MODEL_SPARSE_CLASSIFICATION,
    TensorForestParams,
)

_MATCHING = "type.googleapis.com/tensorflow.decision_trees.MatchingValuesTest"


class Test(NamedTuple):
    """Which examples go left: those whose feature compares so with a limit."""

    feature: int
    limit: float
    kind: int


class Best(NamedTuple):
    """The best test of a node, and what leaves on both sides hold."""

    test: Test
    left: np.ndarray
    right: np.ndarray


def _field(number: int, data: bytes) -> bytes:
    """A field of a message on the wire."""
    size, length = b"", len(data)
    while length > 127:
        size += bytes([length & 127 | 128])
        length >>= 7
    return bytes([number << 3 | 2]) + size + bytes([length]) + data


def write_test(test: Test, node: BinaryNode) -> None:
    """Puts a test into a message. TensorFlow has no message in Python for those by equality."""
    if test.kind == MATCHES:
        feature = FeatureId()
        feature.id.value = str(test.feature)
        value = Value(float_value=test.limit)
        packed = node.custom_left_child_test
        packed.type_url = _MATCHING
        parts = (feature.SerializeToString(), value.SerializeToString())
        packed.value = _field(1, parts[0]) + _field(2, parts[1])
        return
    found = node.inequality_left_child_test
    found.feature_id.id.value = str(test.feature)
    found.type = test.kind  # type: ignore[assignment]
    found.threshold.float_value = test.limit


def read_test(node: BinaryNode) -> Test:
    """The test of a message.

    Raises:
      UnimplementedError: it is of several features or values.
    """
    if node.WhichOneof("left_child_test") == "custom_left_child_test":
        fields: dict[int, list[bytes]] = {}
        # A message without fields keeps all of them.
        for field in UnknownFieldSet(Empty.FromString(node.custom_left_child_test.value)):
            fields.setdefault(field.field_number, []).append(field.data)
        if set(fields) - {1, 2} or len(fields.get(2, ())) != 1:
            raise errors.UnimplementedError(None, None, "Tests of several values.")
        feature = FeatureId.FromString(fields[1][0])
        return Test(int(feature.id.value), Value.FromString(fields[2][0]).float_value, MATCHES)
    found = node.inequality_left_child_test
    if found.HasField("oblique"):
        raise errors.UnimplementedError(None, None, "Tests of several features.")
    return Test(int(found.feature_id.id.value), found.threshold.float_value, found.type)


class DecisionTree:
    """The tree that a handle stands for.

    A leaf holds the weight of each class, or means. `known` tells which of these were ever set.
    """

    interface = "N10tensorflow12tensorforest20DecisionTreeResourceE"

    def __init__(self, params: TensorForestParams, serialized: bytes) -> None:
        self.params = params
        self.restore(serialized)

    def restore(self, serialized: bytes) -> None:
        """Takes the tree of a message; a leaf where that is empty.

        Raises:
          InvalidArgumentError: it is no message of a tree.
        """
        try:
            model = Model.FromString(serialized)
        except DecodeError:
            raise invalid("Unable to parse tree  config.") from None
        nodes = model.decision_tree.nodes
        self.count = 0
        size, outputs = max(8, len(nodes)), self.params.num_outputs
        # Of each node what it is as a leaf, its test, and its children: a leaf's are itself.
        self._values = np.zeros((size, outputs), np.float32)
        self._known = np.zeros((size, outputs), bool)
        self._feature, self._kind = np.zeros(size, np.int64), np.zeros(size, np.int64)
        self._limit = np.zeros(size, np.float32)
        self._left, self._right = np.zeros(size, np.int64), np.zeros(size, np.int64)
        for node in nodes or [TreeNode()]:
            at = self._append(np.zeros(outputs, np.float32), False)
            if node.HasField("binary_node"):
                binary = node.binary_node
                children = binary.left_child_id.value, binary.right_child_id.value
                self._set(at, read_test(binary), *children)
            else:
                self._read_leaf(at, node.leaf)

    def _set(self, at: int, test: Test, left: int, right: int) -> None:
        self._feature[at], self._limit[at], self._kind[at] = test
        self._left[at], self._right[at] = left, right

    def _read_leaf(self, at: int, leaf: Any) -> None:
        pairs = enumerate(leaf.vector.value)
        if leaf.HasField("sparse_vector"):
            pairs = leaf.sparse_vector.sparse_value.items()
        for i, value in pairs:
            self._values[at, i] = value.float_value
            self._known[at, i] = value.HasField("float_value")

    def _append(self, values: np.ndarray, known: Any) -> int:
        at = self.count
        if at == len(self._values):
            for name in ("_values", "_known", "_feature", "_kind", "_limit", "_left", "_right"):
                column = getattr(self, name)
                setattr(self, name, np.concatenate([column, np.zeros_like(column)]))
        self._values[at], self._known[at] = values, known
        self._left[at] = self._right[at] = at
        self.count += 1
        return at

    def _test(self, at: int) -> Test | None:
        """The test of a node; None of a leaf."""
        if self._left[at] == at:
            return None
        return Test(int(self._feature[at]), float(self._limit[at]), int(self._kind[at]))

    def leaves(self, inputs: Inputs) -> np.ndarray:
        """The leaves that examples fall into, int32."""
        left, right = self._left, self._right
        at = np.zeros(inputs.count, np.int64)
        rows = np.arange(inputs.count)
        rows = rows[left[at] != at]
        while len(rows):
            here = at[rows]
            values = inputs.pairs(rows, self._feature[here])
            goes = goes_left(self._kind[here], values, self._limit[here])
            at[rows] = np.where(goes, left[here], right[here])
            rows = rows[left[at[rows]] != at[rows]]
        return at.astype(np.int32)

    def predictions(self, leaves: np.ndarray) -> np.ndarray:
        """Probabilities of classes, or means."""
        found: np.ndarray = self._values[leaves]
        if not self.params.is_regression:
            total = np.cumsum(found, axis=1, dtype=np.float32)[:, -1:]
            found = found / np.where(total > 0, total, np.float32(1))
        return found

    def paths(self, inputs: Inputs) -> np.ndarray:
        """The nodes that examples pass, each a serialized TreePath."""
        nodes = [self._node(i) for i in range(self.count)]
        found = np.empty(inputs.count, object)
        for example in range(inputs.count):
            at, path = 0, TreePath(nodes_visited=[nodes[0]])
            while self._left[at] != at:
                one = slice(at, at + 1)
                value = inputs.pairs(np.array([example]), self._feature[one])
                goes = goes_left(self._kind[one], value, self._limit[one])
                at = int(self._left[at] if goes[0] else self._right[at])
                path.nodes_visited.append(nodes[at])
            found[example] = path.SerializeToString()
        return found

    def update(self, leaves: np.ndarray, targets: Targets) -> None:
        """Adds the weights of labels to leaves."""
        if self.params.leaf_type == MODEL_REGRESSION:
            return
        labels = targets.classes
        if len(labels) and (labels.min() < 0 or labels.max() >= self.params.num_outputs):
            raise invalid(
                "Got label greater than indicated number of classes. Is params.num_classes set "
                "correctly?"
            )
        np.add.at(self._values, (leaves, labels), targets.weights)
        self._known[leaves, labels] = True

    def split(self, node: int, best: Best) -> list[int]:
        """Makes a leaf a test with two leaves; these."""
        is_sparse = self.params.leaf_type == MODEL_SPARSE_CLASSIFICATION
        children = [
            self._append(values, values > 0 if is_sparse else True)
            for values in (best.left, best.right)
        ]
        self._set(node, best.test, *children)
        self._values[node], self._known[node] = 0, False
        return children

    def usage(self) -> np.ndarray:
        """How many tests are of each feature."""
        found = np.zeros(self.params.num_features, np.int32)
        for test in map(self._test, range(self.count)):
            if test is not None and test.feature < len(found):
                found[test.feature] += 1
        return found

    def _node(self, at: int) -> TreeNode:
        node = TreeNode()
        if at:
            node.node_id.value = at
        test = self._test(at)
        if test is not None:
            write_test(test, node.binary_node)
            node.binary_node.left_child_id.value = int(self._left[at])
            node.binary_node.right_child_id.value = int(self._right[at])
            return node
        node.leaf.SetInParent()
        pairs = zip(self._values[at].tolist(), self._known[at].tolist(), strict=True)
        if self.params.leaf_type == MODEL_SPARSE_CLASSIFICATION:
            for i, (value, known) in enumerate(pairs):
                if known:
                    node.leaf.sparse_vector.sparse_value[i].float_value = value
            return node
        for value, known in pairs:
            made = node.leaf.vector.value.add()
            if known:
                made.float_value = value
        return node

    def serialized(self) -> bytes:
        """The tree as a message."""
        model = Model()
        model.decision_tree.nodes.extend(self._node(i) for i in range(self.count))
        return model.SerializeToString()
