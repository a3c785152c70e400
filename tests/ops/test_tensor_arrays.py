"""TensorArrays against TensorFlow: graphs, static shapes, values and errors."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("tensor_array_cases")


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
