"""While loops against TensorFlow: graphs, contexts, static shapes, values and errors."""

import pytest
from ops import case_runner

FILES = ["loop_cases", "loop_gradient_cases", "loop_import_cases"]
CASES, GOLDEN = {}, {}
for _file in FILES:
    _cases, _golden = case_runner.load(_file)
    CASES.update({(_file, name): case for name, case in _cases.items()})
    GOLDEN.update({(_file, name): record for name, record in _golden.items()})

# The graph is TensorFlow's, but the engine does not run it as TensorFlow does.
NOT_RUN = {
    ("loop_cases", "error_type"),
    ("loop_gradient_cases", "loop_inside_cond_inside_loop"),
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def test_case(case: tuple[str, str]) -> None:
    case_runner.check(CASES[case], GOLDEN[case], run=case not in NOT_RUN)
