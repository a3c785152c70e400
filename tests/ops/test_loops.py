"""Loops, arrays and lists of tensors against TensorFlow: graphs, shapes, values, errors."""

import pytest
from ops import case_runner

from evergraph.engine import executor
from evergraph.engine.frames import Unstructured

FILES = [
    "loop_cases",
    "loop_gradient_cases",
    "loop_import_cases",
    "loop_random_cases",
    "tensor_array_cases",
    "tensor_list_cases",
]
CASES, GOLDEN = {}, {}
for _file in FILES:
    _cases, _golden = case_runner.load(_file)
    CASES.update({(_file, name): case for name, case in _cases.items()})
    GOLDEN.update({(_file, name): record for name, record in _golden.items()})


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def test_case(case: tuple[str, str]) -> None:
    case_runner.check(CASES[case], GOLDEN[case])


# Types are checked when a plan is made.
BY_TOKENS = sorted(set(CASES) - {("loop_cases", "error_type")})


@pytest.mark.parametrize("case", BY_TOKENS, ids=lambda case: f"{case[0]}-{case[1]}")
def test_case_by_tokens(case: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The slow evaluator gives TensorFlow's values too."""

    def no_plan(*_: object) -> None:
        raise Unstructured("for the test's sake")

    monkeypatch.setattr(executor, "make_plan", no_plan)
    case_runner.check(CASES[case], GOLDEN[case])
