"""Checkpoints of Keras models: those of TensorFlow are read with the optimizer's state, and what is
written has the same names."""

import json
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evergraph as tf

GOLDEN = Path(__file__).parents[1] / "golden" / "keras"
sys.path.insert(0, str(GOLDEN))

import saved_models  # noqa: E402

WANTED = json.loads((GOLDEN / "saved.json").read_text())["two"]


@pytest.fixture(autouse=True)
def graph() -> Any:
    with tf.Graph().as_default(), tf.Session().as_default():
        yield


def test_checkpoint(tmp_path: Path) -> None:
    with tarfile.open(GOLDEN / "weights.tar.xz") as tar:
        tar.extractall(tmp_path, filter="data")
    path = str(tmp_path / "weights")
    model, data = saved_models.two(tf)
    model.load_weights(path)
    # The optimizer's variables are made, and restored, by the first step.
    found = saved_models.used(model, data)
    for a, b in zip(
        found["steps"] + found["predict"], WANTED["steps"] + WANTED["predict"], strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=1e-5)
    assert found["iterations"] == WANTED["iterations"]
    own = str(tmp_path / "own")
    model.save_weights(own)
    assert tf.train.list_variables(own) == tf.train.list_variables(path)
