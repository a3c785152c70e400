"""Figures of pipelines, against TensorFlow."""

import pytest
from behaviour import Behaviour

CASES = Behaviour("data_stats")


@pytest.mark.parametrize("name", CASES.names)
def test_data_stats(name: str) -> None:
    CASES.check(name)
