"""Ops on arrays against TensorFlow: graphs, static shapes, values and errors."""

import pytest
from ops import case_runner

FILES = [
    "array_cases",
    "gather_cases",
    "ragged_cases",
    "check_cases",
    "sparse_cases",
    "variable_cases",
    "string_cases",
    "unicode_cases",
    "regex_cases",
    "sort_cases",
    "signal_cases",
]
CASES, GOLDEN = {}, {}
for _file in FILES:
    _cases, _golden = case_runner.load(_file)
    CASES.update({(_file, name): case for name, case in _cases.items()})
    GOLDEN.update({(_file, name): record for name, record in _golden.items()})


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def test_case(case: tuple[str, str]) -> None:
    looser = 2 if case == ("signal_cases", "mel") else 1
    case_runner.check(CASES[case], GOLDEN[case], looser=looser)
