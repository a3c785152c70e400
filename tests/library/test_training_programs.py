"""Variables, scopes and optimizers: TensorFlow's nodes, and what they compute."""

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from graphs.compare import assert_same_graph

import evergraph as tf
from evergraph.graph.registry import lookup

GOLDEN = Path(__file__).parents[1] / "golden" / "training"
sys.path.insert(0, str(GOLDEN))

import programs  # noqa: E402

EXPECTED = json.loads((GOLDEN / "programs.json").read_text())


def check(found: Any, expected: Any) -> None:
    if expected is None or isinstance(expected, (str, int)):
        assert found == expected
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-5, abs=1e-6)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for f, e in zip(found, expected, strict=True):
            check(f, e)
    else:
        array = np.asarray(found)
        assert array.dtype.name == expected["dtype"]
        if array.dtype == object:
            value = np.vectorize(bytes.decode, otypes=[object])(array).tolist()
            assert value == expected["value"]
        else:
            value = np.asarray(expected["value"], array.dtype)
            np.testing.assert_allclose(array, value, rtol=2e-5, atol=2e-6)
            assert array.shape == value.shape


@pytest.mark.parametrize("program", programs.PROGRAMS, ids=lambda p: p.__name__)
def test_like_tensorflow(program: Any) -> None:
    if program is programs.learning_rates and lookup("Assert") is None:
        pytest.skip("needs Assert")
    graph_def, values = programs.run(tf, program)
    with zipfile.ZipFile(GOLDEN / "graphs.zip") as archive:
        assert_same_graph(graph_def, archive.read(program.__name__ + ".pb"))
    check(values, EXPECTED[program.__name__])
