"""Colours of images and measures against TensorFlow."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("image_colour_cases")
LIKENESS, LIKENESS_GOLDEN = case_runner.load("image_likeness_cases")


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


@pytest.mark.parametrize("name", LIKENESS)
def test_likeness(name: str) -> None:
    case_runner.check(LIKENESS[name], LIKENESS_GOLDEN[name])
