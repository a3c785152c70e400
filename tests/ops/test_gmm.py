"""tf.contrib.factorization.gmm against TensorFlow: graphs and errors; the estimator's clusters."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("gmm_cases")


@pytest.mark.parametrize("name", CASES)
def test_graphs(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
