"""Ops on arrays against TensorFlow: graphs, static shapes, values and errors."""

import pytest
from ops import case_runner

ARRAYS, ARRAYS_GOLDEN = case_runner.load("array_cases")
GATHER, GATHER_GOLDEN = case_runner.load("gather_cases")


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays(name: str) -> None:
    case_runner.check(ARRAYS[name], ARRAYS_GOLDEN[name])


@pytest.mark.parametrize("name", GATHER)
def test_gather(name: str) -> None:
    case_runner.check(GATHER[name], GATHER_GOLDEN[name])
