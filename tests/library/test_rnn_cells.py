"""Recurrent cells against TensorFlow: graphs, names of variables, values, gradients, errors."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("rnn_cell_cases")


@pytest.mark.parametrize("name", CASES)
def test_rnn_cells(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
