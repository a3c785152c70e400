"""Keras models with eager execution give TensorFlow's losses, metrics and outputs."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import evergraph as tf
from evergraph.library.eager import context

GOLDEN = Path(__file__).parents[1] / "golden" / "keras"
sys.path.insert(0, str(GOLDEN))

import eager_programs  # noqa: E402
from compare import check  # noqa: E402

WANTED = json.loads((GOLDEN / "eager.json").read_text())


@pytest.mark.parametrize("program", eager_programs.PROGRAMS, ids=lambda p: p.__name__)
def test_same_as_tensorflow(program: Callable[[Any], dict[str, Any]]) -> None:
    with context.eager_mode():
        found, wanted = eager_programs.outcome(tf, program), WANTED[program.__name__]
    assert set(found) == set(wanted)
    for name, value in wanted.items():
        check(found[name], value, name)
