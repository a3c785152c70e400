"""tf.keras.applications against TensorFlow: layers, names, shapes, calls; images made ready."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from behaviour import Behaviour

import evergraph as tf

HERE = Path(__file__).resolve().parents[1] / "golden" / "keras"
sys.path.insert(0, str(HERE))
application_facts: Any = importlib.import_module("application_facts")
sys.path.remove(str(HERE))
GOLDEN = json.loads((HERE / "applications.json").read_text())
BEHAVIOUR = Behaviour("keras_applications")


# What differs from a network tested here in its depth only; they take long to build.
DEEPER = ("DenseNet169", "ResNet152", "ResNet152V2")


@pytest.mark.parametrize("name", sorted({*application_facts.MODELS} - {*DEEPER}))
def test_models(name: str) -> None:
    found = application_facts.of_model(tf, name, application_facts.MODELS[name])
    assert found == GOLDEN["whole"][name]


@pytest.mark.parametrize("name", application_facts.VARIANTS)
def test_variants(name: str) -> None:
    found = application_facts.of_model(tf, name, application_facts.VARIANTS[name])
    assert found == GOLDEN["variants"][name]


@pytest.mark.parametrize("name", BEHAVIOUR.names)
def test_as_tensorflow(name: str) -> None:
    BEHAVIOUR.check(name)
