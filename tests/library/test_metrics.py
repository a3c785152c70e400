"""Metrics against TensorFlow: graphs, values after an update, errors."""

import pytest
from ops import case_runner

FILES = {name: case_runner.load(name) for name in ("metric_cases", "contrib_metric_cases")}


@pytest.mark.parametrize("file, name", [(f, n) for f, (cases, _) in FILES.items() for n in cases])
def test_case(file: str, name: str) -> None:
    cases, golden = FILES[file]
    case_runner.check(cases[name], golden[name])
