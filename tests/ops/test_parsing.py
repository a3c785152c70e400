"""Examples, texts and bytes as tensors: TensorFlow's graphs, values and errors."""

import numpy as np
import pytest
from ops import case_runner

from evergraph.base import dtypes
from evergraph.kernels import example_parsing
from evergraph.kernels.example_parsing import Dense, Sparse
from evergraph.proto.example.feature_pb2 import BytesList, Features

CASES, GOLDEN = case_runner.load("parsing_cases")
SEQUENCE_CASES, SEQUENCE_GOLDEN = case_runner.load("sequence_parsing_cases")

READ_BY_COLUMNS = [name for name in CASES if "ParseExample" in str(GOLDEN[name])]


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


@pytest.mark.parametrize("name", READ_BY_COLUMNS)
def test_case_by_columns(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, with batches of any size read as large ones are."""
    monkeypatch.setattr(example_parsing, "_MANY", 1)
    case_runner.check(CASES[name], GOLDEN[name])


KINDS = {"bytes_list": dtypes.string, "float_list": dtypes.float32, "int64_list": dtypes.int64}
INTEGERS = [0, 1, 127, 128, 300, 2**31, 2**48 - 1, 2**49, 2**56, 2**62, -1, -(2**63)]


def some_values(rng: np.random.RandomState, kind: str, count: int) -> list:
    if kind == "int64_list":
        return [INTEGERS[i] for i in rng.randint(len(INTEGERS), size=count)]
    if kind == "float_list":
        return rng.randn(count).astype("f").tolist()
    return [rng.bytes(rng.choice([0, 1, 5, 127, 128, 300, 20000])) for _ in range(count)]


def some_examples(rng: np.random.RandomState) -> tuple[list[bytes], dict[str, str]]:
    """Examples with keys that are alike, and the kinds of these."""
    shared = "k" * rng.randint(0, 20)
    keys = [shared + "x" * rng.randint(0, 9) + str(i) + "a" * rng.randint(0, 9) for i in range(6)]
    kinds = {key: [*KINDS][rng.randint(3)] for key in keys}
    most = rng.randint(1, 3 if rng.rand() < 0.5 else 40)
    examples = []
    for _ in range(rng.randint(16, 40)):
        features = []
        for key in rng.permutation([*keys, "more", shared]):
            if rng.rand() < 0.1:
                continue
            entry = Features()
            kind = kinds.get(key, "int64_list")
            count = 1 if rng.rand() < 0.3 else rng.randint(0, most + 1)
            getattr(entry.feature[key], kind).value.extend(some_values(rng, kind, count))
            features.append(entry.SerializeToString())
        if features and rng.rand() < 0.05:  # once more, with another value: the last one counts
            features.append(features[0])
        body = b"".join(features)
        examples.append(BytesList(value=[body]).SerializeToString())
    return examples, kinds


@pytest.mark.parametrize("seed", range(40))
def test_columns_are_what_each_example_has(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.RandomState(seed)
    examples, kinds = some_examples(rng)
    wanted: tuple = ([], [])
    for key, kind in kinds.items():
        dtype = KINDS[kind]
        if rng.rand() < 0.5:
            wanted[0].append(Sparse(key.encode(), dtype))
        else:
            padding = np.zeros(1, dtype.as_numpy_dtype)
            wanted[1].append(Dense(key.encode(), dtype, (None,), padding))
    by_columns = example_parsing.parse_batch(examples, [], *wanted)
    assert example_parsing._by_columns(examples, [*wanted[0], *wanted[1]]) is not None
    monkeypatch.setattr(example_parsing, "_MANY", 1000)
    one_by_one = example_parsing.parse_batch(examples, [], *wanted)
    for found, expected in zip(by_columns, one_by_one, strict=True):
        for a, b in zip(found, expected, strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", SEQUENCE_CASES)
def test_sequence_case(name: str) -> None:
    case_runner.check(SEQUENCE_CASES[name], SEQUENCE_GOLDEN[name])
