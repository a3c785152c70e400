"""What trees of a random forest look at: parameters, features and labels of a batch."""

import functools
import re
from typing import Any, NamedTuple

import numpy as np

from evergraph.kernels.random_simple import SimpleDraws
from evergraph.proto.contrib.tensor_forest_params_pb2 import (
    DepthDependentParam,
    TensorForestParams,
)

# Kinds of tests: those of InequalityTest, then equality with a value.
LESS_OR_EQUAL, LESS, GREATER_OR_EQUAL, GREATER, MATCHES = range(5)
_CATEGORICAL = 1
_COLUMN = re.compile(r"original_type: (-?\d+) size: (-?\d+)")


def _bytes(text: Any) -> bytes:
    return text.encode() if isinstance(text, str) else bytes(text)


@functools.lru_cache(maxsize=64)
def _params(serialized: bytes) -> TensorForestParams:
    return TensorForestParams.FromString(serialized)


def params_of(attr: Any) -> TensorForestParams:
    """The parameters that an attr holds."""
    return _params(_bytes(attr))


def resolved(param: DepthDependentParam, depth: int) -> float:
    """The value of a parameter at a depth of the tree."""
    kind = param.WhichOneof("ParamType")
    if kind == "linear":
        line = param.linear
        value = depth * line.slope + line.y_intercept
        return min(max(value, line.min_val), line.max_val)
    if kind == "exponential":
        curve = param.exponential
        return curve.bias + curve.multiplier * curve.base ** (curve.depth_multiplier * depth)
    if kind == "threshold":
        step = param.threshold
        return step.on_value if depth >= step.threshold else step.off_value
    return param.constant_value


class InputSpec(NamedTuple):
    """How many dense features there are, which of these are categories, and whether sparse ones
    are."""

    dense_size: int
    is_category: tuple[bool, ...]
    sparse_is_category: bool


@functools.lru_cache(maxsize=64)
def spec_of(attr: Any) -> InputSpec:
    """The specification that data_ops writes."""
    text = _bytes(attr).decode(errors="surrogateescape")
    head, dense, _, sparse, *_ = re.split(r"[\[\]]", text)
    kinds: list[bool] = []
    for kind, size in _COLUMN.findall(dense):
        kinds += [int(kind) == _CATEGORICAL] * int(size)
    found = _COLUMN.findall(sparse)
    return InputSpec(
        int(head.split(" ")[1]), tuple(kinds), bool(found) and int(found[0][0]) == _CATEGORICAL
    )


class Inputs:
    """The features of a batch, dense and sparse."""

    def __init__(self, attr: Any, dense: Any, indices: Any, values: Any, shape: Any) -> None:
        self.spec = spec_of(attr)
        self._dense = dense if dense.ndim == 2 else None
        self._indices = indices if indices.ndim == 2 else None
        self._values = values
        self._columns: dict[int, np.ndarray] = {}
        if self._dense is not None:
            self.count = len(self._dense)
        else:
            self.count = int(shape[0]) if self._indices is not None else 0

    def _sparse(self, feature: int) -> np.ndarray:
        """A sparse feature of all examples; 0 where it is missing."""
        if feature not in self._columns:
            column = np.zeros(self.count, np.float32)
            if self._indices is not None:
                here = self._indices[:, 1] == feature
                column[self._indices[here, 0]] = self._values[here]
            self._columns[feature] = column
        return self._columns[feature]

    def pairs(self, examples: np.ndarray, features: np.ndarray) -> np.ndarray:
        """The value of a feature of an example, for each pair."""
        dense = features < self.spec.dense_size
        if self._dense is not None and dense.all():
            return self._dense_pairs(examples, features)
        found = np.zeros(len(examples), np.float32)
        if self._dense is not None:
            found[dense] = self._dense_pairs(examples[dense], features[dense])
        for feature in np.unique(features[~dense]):
            rows = features == feature
            found[rows] = self._sparse(int(feature))[examples[rows]]
        return found

    def _dense_pairs(self, examples: np.ndarray, features: np.ndarray) -> np.ndarray:
        # Of bagged features there are fewer than the specification says. TensorFlow then looks
        # into the next example, and at the end into other memory; here that is the last value.
        assert self._dense is not None
        places = examples * self._dense.shape[1] + features
        found: np.ndarray = self._dense.reshape(-1).take(places, mode="clip")
        return found

    def table(self, examples: np.ndarray, features: np.ndarray) -> np.ndarray:
        """The values [examples, features]."""
        shape = (len(examples), len(features))
        rows = np.repeat(examples, len(features))
        return self.pairs(rows, np.tile(features, len(examples))).reshape(shape)

    def sample(self, example: int, draws: SimpleDraws) -> tuple[int, np.float32, bool]:
        """A feature of an example, its value, and whether it is a category."""
        first, count = 0, 0
        if self._indices is not None:
            first, last = np.searchsorted(self._indices[:, 0], [example, example + 1])
            count = int(last - first)
        drawn = draws.below(self.spec.dense_size + count, bits=32)
        if drawn < len(self.spec.is_category):
            feature, is_category = drawn, self.spec.is_category[drawn]
        else:
            at = int(first) + drawn - self.spec.dense_size
            assert self._indices is not None
            feature = int(self._indices[at, 1]) + self.spec.dense_size
            is_category = self.spec.sparse_is_category
        if self._dense is not None and feature < min(self._dense.shape[1], self.spec.dense_size):
            return feature, self._dense[example, feature], is_category
        value = self.pairs(np.array([example]), np.array([feature]))[0]
        return feature, value, is_category


class Targets:
    """Labels or numbers of a batch, and weights (1 where there are none)."""

    def __init__(self, labels: Any, weights: Any, count: int, is_regression: bool) -> None:
        width = labels.shape[1] if labels.ndim > 1 else 1
        self.numbers = labels.reshape(-1, width if is_regression else 1)[:count]
        self.weights = np.ones(count, np.float32)
        given = weights.reshape(-1)[:count]
        self.weights[: len(given)] = given

    @functools.cached_property
    def classes(self) -> np.ndarray:
        """The labels as whole numbers."""
        return self.numbers[:, 0].astype(np.int32)


def goes_left(kinds: np.ndarray, values: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Whether values pass tests of these kinds with these limits."""
    left: np.ndarray = values <= limits
    for kind, test in (
        (LESS, np.less),
        (GREATER_OR_EQUAL, np.greater_equal),
        (GREATER, np.greater),
        (MATCHES, np.equal),
    ):
        if (kinds == kind).any():
            left = np.where(kinds == kind, test(values, limits), left)
    return left
