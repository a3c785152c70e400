"""tf.contrib.factorization.WALSModel against TensorFlow: graphs, values, errors; the estimator."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("wals_cases")


@pytest.mark.parametrize("name", CASES)
def test_graphs(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
