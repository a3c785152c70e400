"""Trees that split on dense features, as the core ops of random forests hold them."""

import numpy as np
from google.protobuf.message import DecodeError

from evergraph.base import errors
from evergraph.kernels.host import invalid
from evergraph.proto.kernels.boosted_trees.boosted_trees_pb2 import Tree


class DenseTree:
    """A tree: each node a leaf with logits, or a split of a feature."""

    interface = "N10tensorflow24TensorForestTreeResourceE"

    def __init__(self, serialized: bytes) -> None:
        self.restore(serialized)

    def restore(self, serialized: bytes) -> None:
        """Takes the tree of a message.

        Raises:
          InvalidArgumentError: it is none.
        """
        self.message = Tree()
        try:
            self.message.ParseFromString(serialized)
        except DecodeError:
            raise invalid("Unable to parse tree config.") from None

    def __len__(self) -> int:
        """How many nodes."""
        return len(self.message.nodes)

    def _splits(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Feature, threshold, and children of all nodes. A leaf's children are itself."""
        features, limits, children = [], [], []
        for i, node in enumerate(self.message.nodes):
            split, inner = node.dense_split, not node.HasField("leaf")
            features.append(split.feature_id)
            limits.append(split.threshold)
            children.append((split.left_id, split.right_id) if inner else (i, i))
        return np.array(features), np.array(limits, np.float32), np.array(children)

    def predict(self, features: np.ndarray, size: int) -> np.ndarray:
        """The logits of examples; zeros of a tree without nodes.

        Raises:
          InternalError: the tree is none that gives logits of this size.
        """
        if not len(self):
            return np.zeros((len(features), size), np.float32)
        feature, limit, children = self._splits()
        rows, nodes = np.arange(len(features)), np.zeros(len(features), np.int64)
        try:
            for _ in range(len(self)):
                goes_right = ~(features[rows, feature[nodes]] <= limit[nodes])
                nodes = children[nodes, goes_right.astype(np.int64)]
            reached, leaf = np.unique(nodes, return_inverse=True)
            values = [self._logits(int(i), size) for i in reached]
        except IndexError:
            raise errors.InternalError(None, None, "The tree does not fit its features.") from None
        return np.array(values, np.float32).reshape(-1, size)[leaf.reshape(-1)]

    def _logits(self, node: int, size: int) -> list[float]:
        values = self.message.nodes[node].leaf.vector.value
        return [values[i] for i in range(size)]
