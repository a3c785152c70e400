"""Nodes that make summaries against TensorFlow: graphs, and messages byte for byte."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("summary_cases")


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
