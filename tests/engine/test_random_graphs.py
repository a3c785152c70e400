"""Random graphs of layers, shapes, conditions and loops give what TensorFlow 1.15.5 gives."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import evergraph as tf

GOLDEN = Path(__file__).parent.parent / "golden" / "engine"
sys.path.insert(0, str(GOLDEN))
import random_graphs  # noqa: E402

EXPECTED = json.loads((GOLDEN / "random_graphs.json").read_text())


@pytest.mark.parametrize("seed", range(len(EXPECTED)))
def test_three_steps(seed: int) -> None:
    first, *others = random_graphs.results(tf, seed)
    np.testing.assert_allclose(first, EXPECTED[seed][0], 1e-5, 1e-6)
    # Steps of training make more of the differences.
    np.testing.assert_allclose(others, EXPECTED[seed][1:], 1e-2, 1e-5)
