"""Functions of tf.contrib.framework and tf.contrib.util against TensorFlow."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("framework_function_cases")


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
