"""Specs of tensors and composites say what they say under TensorFlow 1.15."""

import json
from pathlib import Path

from golden.graphs import spec_cases

import evergraph.tf as tf
from evergraph.base import nest, type_spec


def test_like_tensorflow() -> None:
    golden = Path(spec_cases.__file__).with_name("specs.json")
    assert spec_cases.outcomes(tf, nest, type_spec) == json.loads(golden.read_text())
