"""tf.keras.backend against TensorFlow: graphs, values, errors."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("keras_backend_cases")


@pytest.mark.parametrize("name", CASES)
def test_backend(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
