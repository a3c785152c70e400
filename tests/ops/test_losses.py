"""tf.losses, metric learning, sets, losses of sequences and regularizers against TensorFlow."""

import pytest
from ops import case_runner

FILES = ("loss_cases", "metric_learning_cases")
LOADED = {name: case_runner.load(name) for name in FILES}


@pytest.mark.parametrize(
    ("file", "name"), [(file, name) for file in FILES for name in LOADED[file][0]]
)
def test_losses(file: str, name: str) -> None:
    cases, golden = LOADED[file]
    case_runner.check(cases[name], golden[name])
