"""Sessions take, give and refuse what TensorFlow's do."""

import pytest
from behaviour import Behaviour

RUNS = Behaviour("run")
CASES = Behaviour("session")


@pytest.mark.parametrize("name", CASES.names)
def test_session(name: str) -> None:
    CASES.check(name)


@pytest.mark.parametrize("name", RUNS.names)
def test_run(name: str) -> None:
    RUNS.check(name)
