"""Connectionist temporal classification and edit distances against TensorFlow: graphs, values and
errors."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("ctc_cases")
DISTANCE_CASES, DISTANCE_GOLDEN = case_runner.load("edit_distance_cases")


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


@pytest.mark.parametrize("name", DISTANCE_CASES)
def test_edit_distance(name: str) -> None:
    case_runner.check(DISTANCE_CASES[name], DISTANCE_GOLDEN[name])
