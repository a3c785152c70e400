"""Examples, texts and bytes as tensors: TensorFlow's graphs, values and errors."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("parsing_cases")
SEQUENCE_CASES, SEQUENCE_GOLDEN = case_runner.load("sequence_parsing_cases")


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


@pytest.mark.parametrize("name", SEQUENCE_CASES)
def test_sequence_case(name: str) -> None:
    case_runner.check(SEQUENCE_CASES[name], SEQUENCE_GOLDEN[name])
