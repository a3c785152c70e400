"""Examples that are laid out alike, read as columns of a matrix: the same as by the other ways."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from evergraph.base import dtypes, errors
from evergraph.kernels import example_parsing, example_uniform
from evergraph.kernels.example_parsing import Dense, Outputs, Sparse
from evergraph.proto.example.example_pb2 import Example

KINDS = {"bytes_list": dtypes.string, "float_list": dtypes.float32, "int64_list": dtypes.int64}
Features = dict[str, tuple[str, int, int]]
"""The kind of each feature, how many values it has, and their size in bytes."""


def some_features(rng: np.random.RandomState) -> Features:
    features = {}
    for i in range(rng.randint(1, 6)):
        kind = [*KINDS][rng.randint(3)]
        features["key" * rng.randint(1, 4) + str(i)] = kind, rng.randint(0, 5), rng.randint(1, 9)
    return features


def some_values(rng: np.random.RandomState, kind: str, count: int, size: int) -> list[Any]:
    if kind == "int64_list":
        low, high = (1 << 7 * (size - 1), 1 << 7 * size) if size < 9 else (1 << 56, 1 << 63)
        return [
            int(rng.randint(low if size > 1 else 0, high, dtype=np.uint64)) for _ in range(count)
        ]
    if kind == "float_list":
        return rng.randn(count).astype("f").tolist()
    return [rng.bytes(size * 20) for _ in range(count)]


def some_examples(rng: np.random.RandomState, features: Features) -> list[bytes]:
    examples = []
    for _ in range(rng.randint(16, 40)):
        example = Example()
        for key, (kind, count, size) in features.items():
            values = getattr(example.features.feature[key], kind).value
            values.extend(some_values(rng, kind, count, size))
        examples.append(example.SerializeToString(deterministic=True))
    return examples


def asked_for(rng: np.random.RandomState, features: Features) -> tuple[list[Sparse], list[Dense]]:
    """Sparse and dense features, one of them missing."""
    sparse, dense = [Sparse(b"missing", dtypes.float32)], []
    for key, (kind, _, _) in features.items():
        dtype = KINDS[kind]
        if rng.rand() < 0.5:
            sparse.append(Sparse(key.encode(), dtype))
        else:
            dense.append(Dense(key.encode(), dtype, (None,), np.zeros(1, dtype.as_numpy_dtype)))
    return sparse, dense


def parsed(examples: Sequence[bytes], wanted: tuple[list[Sparse], list[Dense]]) -> Outputs | str:
    """What is found, or what is wrong."""
    try:
        return example_parsing.parse_batch(examples, [], *wanted)
    except errors.InvalidArgumentError as error:
        return str(error)


def assert_equal(found: Outputs | str, expected: Outputs | str) -> None:
    if isinstance(expected, str):
        assert found == expected
        return
    assert not isinstance(found, str), found
    for own, others in zip(found, expected, strict=True):
        for a, b in zip(own, others, strict=True):
            assert a.dtype == b.dtype and a.shape == b.shape
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("seed", range(30))
def test_columns_are_what_each_example_has(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.RandomState(seed)
    features = some_features(rng)
    examples, wanted = some_examples(rng, features), asked_for(rng, features)
    keys, types = zip(*((f.key, f.dtype) for f in [*wanted[0], *wanted[1]]), strict=True)
    assert example_uniform.columns(examples, keys, types) is not None
    found = parsed(examples, wanted)
    monkeypatch.setattr(example_parsing, "_MANY", 1000)
    assert_equal(found, parsed(examples, wanted))


@pytest.mark.parametrize("seed", range(30))
def test_a_changed_byte_is_read_as_in_other_examples(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.RandomState(seed)
    features = some_features(rng)
    examples, wanted = some_examples(rng, features), asked_for(rng, features)
    for _ in range(40):
        changed = [*examples]
        which = rng.randint(len(examples)) if rng.rand() < 0.8 else 0
        data = bytearray(examples[which])
        data[rng.randint(len(data))] ^= rng.randint(1, 0x80)  # keys stay text
        changed[which] = bytes(data)
        found = parsed(changed, wanted)
        with monkeypatch.context() as patch:
            patch.setattr(example_uniform, "columns", lambda *_: None)
            assert_equal(found, parsed(changed, wanted))
