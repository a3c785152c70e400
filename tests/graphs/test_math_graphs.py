"""The graphs of mathematical functions and their gradients, node for node as TensorFlow's."""

import sys
from pathlib import Path

import numpy as np
import pytest
from graphs.compare import assert_same_graph

import evergraph as tf

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "graphs"
sys.path.insert(0, str(GOLDEN))

import math_graphs  # noqa: E402

GRAPHS = dict(np.load(GOLDEN / "math_graphs.npz"))


@pytest.mark.parametrize("name", math_graphs.NAMES)
def test_graph(name: str) -> None:
    with tf.Graph().as_default() as graph:
        math_graphs.build(name, tf)
        assert_same_graph(graph.as_graph_def(), GRAPHS[name].tobytes())
