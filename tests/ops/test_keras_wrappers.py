"""Layers around layers, and stacks of cells, against TensorFlow: graphs, values, errors."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("keras_wrapper_cases")


@pytest.mark.parametrize("name", CASES)
def test_wrappers(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
