"""tf.contrib.optimizer_v2 against TensorFlow: graphs, values, errors."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("optimizer_v2_cases")


@pytest.mark.parametrize("name", CASES)
def test_optimizers(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
