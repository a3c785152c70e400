"""Graphs rewritten by tf.contrib.quantize are TensorFlow's, node for node."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("quantize_cases")


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    # Gradients through normalized batches are small differences of large numbers.
    case_runner.check(CASES[name], GOLDEN[name], looser=30)
