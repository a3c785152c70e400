"""While loops against TensorFlow: graphs, contexts, static shapes, values and errors."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("loop_cases")


@pytest.mark.parametrize("case", CASES)
def test_case(case: str) -> None:
    case_runner.check(CASES[case], GOLDEN[case], run=False)
