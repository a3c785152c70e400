"""tf.contrib.kernel_methods against TensorFlow."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("kernel_methods_cases")


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
