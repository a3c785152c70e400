"""Serialized messages as tensors of their fields, and back, against TensorFlow."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("proto_cases")


@pytest.mark.parametrize("name", CASES)
def test_protos(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
