"""Keras models trained on arrays give TensorFlow's losses, metrics, weights and errors."""

import json
import lzma
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import evergraph as tf

GOLDEN = Path(__file__).parents[1] / "golden" / "keras"
sys.path.insert(0, str(GOLDEN))

import fit_programs  # noqa: E402
import output_programs  # noqa: E402
from compare import check  # noqa: E402

WANTED = json.loads(lzma.decompress((GOLDEN / "fits.json.xz").read_bytes()))


PROGRAMS = fit_programs.PROGRAMS + output_programs.PROGRAMS


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_same_as_tensorflow(program: Callable[[Any], dict[str, Any]]) -> None:
    found, wanted = fit_programs.outcome(tf, program), WANTED[program.__name__]
    assert set(found) == set(wanted)
    for name, value in wanted.items():
        check(found[name], value, name)
