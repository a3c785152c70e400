"""`tf.estimator.experimental.LinearSDCA` and `tf.contrib.linear_optimizer` against TensorFlow."""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

import evergraph as tf

HERE = Path(__file__).resolve().parents[1] / "golden" / "library"
sys.path.insert(0, str(HERE))
PROGRAMS = importlib.import_module("sdca_programs").PROGRAMS
sys.path.remove(str(HERE))
GOLDEN = json.loads((HERE / "sdca.json").read_text())


@pytest.mark.parametrize("name", [n for n in PROGRAMS if n != "complaints"])
def test_trained(name: str) -> None:
    found, expected = PROGRAMS[name](tf), GOLDEN[name]
    assert found["names"] == expected["names"]
    assert found["weights"].keys() == expected["weights"].keys()
    for key, value in expected["weights"].items():
        np.testing.assert_allclose(found["weights"][key], value, rtol=2e-3, atol=1e-3, err_msg=key)
    for key, value in expected["losses"].items():
        np.testing.assert_allclose(found["losses"][key], value, rtol=2e-3, err_msg=key)


def test_complaints() -> None:
    assert PROGRAMS["complaints"](tf) == GOLDEN["complaints"]
