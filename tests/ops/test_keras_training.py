"""tf.keras.losses and optimizers against TensorFlow: graphs, values, configurations, errors."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("keras_training_cases")


@pytest.mark.parametrize("name", CASES)
def test_training(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
