"""tf.keras.layers against TensorFlow: graphs, values, configurations, names, errors."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("keras_layer_cases")


@pytest.mark.parametrize("name", CASES)
def test_layers(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
