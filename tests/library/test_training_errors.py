"""Bad calls around variables: TensorFlow's error classes and first lines."""

import json
import re
import sys
from pathlib import Path

import pytest

import evergraph as tf

GOLDEN = Path(__file__).parents[1] / "golden" / "training"
sys.path.insert(0, str(GOLDEN))

import error_cases  # noqa: E402

EXPECTED = json.loads((GOLDEN / "errors.json").read_text())


def comparable(text: str) -> str:
    """Text without addresses of objects and the names of Python modules."""
    return re.sub(r"0x[0-9a-f]+|(tensorflow|evergraph)[\w.]+\.(?=\w+')", "", text)


@pytest.mark.parametrize("case", error_cases.CASES)
def test_error_like_tensorflow(case: str) -> None:
    kind, text = error_cases.outcome(tf, case)
    assert [kind, comparable(text)] == [EXPECTED[case][0], comparable(EXPECTED[case][1])]
