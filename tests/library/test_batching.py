"""`tf.nondifferentiable_batch_function` and its ops against TensorFlow."""

import importlib
import json
import sys
from pathlib import Path

import evergraph as tf

HERE = Path(__file__).resolve().parents[1] / "golden" / "library"
sys.path.insert(0, str(HERE))
program = importlib.import_module("batch_program").program
sys.path.remove(str(HERE))


def test_runs_become_a_batch() -> None:
    found = json.loads(json.dumps(program(tf)))
    golden = json.loads((HERE / "batch.json").read_text())
    for key, value in golden.items():
        assert found[key] == value, key
