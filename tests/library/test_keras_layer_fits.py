"""Layers of Keras in models that are trained, against TensorFlow."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evergraph as tf

HERE = Path(__file__).resolve().parents[1] / "golden" / "keras"
sys.path.insert(0, str(HERE))
layer_programs: Any = importlib.import_module("layer_programs")
sys.path.remove(str(HERE))
GOLDEN = json.loads((HERE / "layer_fits.json").read_text())


def close(found: Any, golden: Any) -> None:
    np.testing.assert_allclose(found, golden, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", layer_programs.PROGRAMS)
def test_fit(name: str) -> None:
    found = layer_programs.outcome(tf, name)
    golden = GOLDEN[name]
    assert found["weights"] == golden["weights"]
    close(found["losses"], golden["losses"])
    close(found["predictions"], golden["predictions"])


def test_random_images() -> None:
    found = layer_programs.of_generator(tf)
    close(found["losses"], GOLDEN["of_generator"]["losses"])
    close(found["loss"], GOLDEN["of_generator"]["loss"])
