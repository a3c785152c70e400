"""tf.distributions against TensorFlow."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("distribution_cases")


@pytest.mark.parametrize("name", CASES)
def test_distributions(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
