"""The networks of tf.contrib.slim against TensorFlow: graphs, end points and values."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("slim_net_cases")


@pytest.mark.parametrize("name", CASES)
def test_slim_nets(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
