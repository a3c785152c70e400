"""Keras models trained on arrays give TensorFlow's losses, metrics, weights and errors."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evergraph as tf

GOLDEN = Path(__file__).parents[1] / "golden" / "keras"
sys.path.insert(0, str(GOLDEN))

import fit_programs  # noqa: E402

WANTED = json.loads((GOLDEN / "fits.json").read_text())


@pytest.mark.parametrize("program", fit_programs.PROGRAMS, ids=lambda p: p.__name__)
def test_same_as_tensorflow(program: Callable[[Any], dict[str, Any]]) -> None:
    found, wanted = fit_programs.outcome(tf, program), WANTED[program.__name__]
    assert set(found) == set(wanted)
    for name, value in wanted.items():
        if np.asarray(value).dtype.kind == "f":
            np.testing.assert_allclose(found[name], value, rtol=1e-4, atol=1e-5, err_msg=name)
        else:
            assert found[name] == value, name
