"""Estimators of tf.contrib.factorization against TensorFlow's: what they find."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evergraph as tf

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "library"
sys.path.insert(0, str(GOLDEN))
try:
    import factorization_models
finally:
    sys.path.remove(str(GOLDEN))
FOUND = json.loads((GOLDEN / "factorization.json").read_text())


def assert_close(found: Any, wanted: Any) -> None:
    if isinstance(wanted, list) and wanted and isinstance(wanted[0], list):
        for a, b in zip(found, wanted, strict=True):
            assert_close(a, b)
    elif isinstance(wanted, list) and isinstance(wanted[0], str):
        assert found == wanted
    else:
        np.testing.assert_allclose(found, wanted, rtol=2e-3, atol=1e-4)


@pytest.mark.parametrize("name", factorization_models.MODELS)
def test_estimators(name: str, tmp_path: Path) -> None:
    model = factorization_models.MODELS[name]
    found = factorization_models.plain(model(tf, str(tmp_path)))
    for key, wanted in FOUND[name].items():
        assert_close(found[key], wanted)
