"""tf.contrib.opt: optimizers that count steps, or average over workers, against TensorFlow."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("worker_opt_cases")


@pytest.mark.parametrize("name", CASES)
def test_optimizers(name: str) -> None:
    # Powers of matrices that are nearly singular, and their decompositions in float32.
    looser = 40 if name.startswith(("shampoo", "ggt")) else 1
    case_runner.check(CASES[name], GOLDEN[name], looser=looser)
