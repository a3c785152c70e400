"""tf.losses, sets, losses of sequences and regularizers against TensorFlow."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("loss_cases")


@pytest.mark.parametrize("name", CASES)
def test_losses(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
