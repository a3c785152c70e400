"""Cells over time against the shared golden file of values, where it is at hand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evergraph as tf

VALUES = Path(__file__).resolve().parents[3] / "shared" / "golden" / "values" / "nn.npz"
CELLS: dict[str, Callable[[Any], Any]] = {
    "basic_lstm": lambda cells: cells.BasicLSTMCell(3),
    "basic_lstm_lengths": lambda cells: cells.BasicLSTMCell(3),
    "lstm_peephole_proj": lambda cells: cells.LSTMCell(
        5, use_peepholes=True, num_proj=3, cell_clip=0.7, forget_bias=0.5
    ),
    "gru": lambda cells: cells.GRUCell(3),
    "basic_rnn": lambda cells: cells.BasicRNNCell(3),
    "multi_lstm": lambda cells: cells.MultiRNNCell(
        [cells.BasicLSTMCell(3), cells.BasicLSTMCell(2)]
    ),
    "layernorm_lstm": lambda cells: tf.contrib.rnn.LayerNormBasicLSTMCell(3),
}

pytestmark = pytest.mark.skipif(
    not VALUES.exists(), reason="needs shared/golden/values beside the repository"
)


@pytest.mark.parametrize("name", CELLS)
def test_values_and_gradients(name: str) -> None:
    with np.load(VALUES) as arrays:
        prefix = f"{name}/"
        data = {k.removeprefix(prefix): arrays[k] for k in arrays.files if k.startswith(prefix)}
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant(data["in/x"])
        lengths = [5, 2, 0] if name.endswith("lengths") else None
        with tf.variable_scope("c"):
            output, state = tf.nn.dynamic_rnn(
                CELLS[name](tf.nn.rnn_cell), x, dtype=tf.float32, sequence_length=lengths
            )
        outputs = [output, *tf.contrib.framework.nest.flatten(state)]
        weighted = [y * data[f"w/{i}"] for i, y in enumerate(outputs)]
        # The names of variables are those of checkpoints.
        for variable in tf.global_variables():
            variable.load(data[f"var/{variable.op.name}"], session)
        *found, slope = session.run([*outputs, tf.gradients(weighted, x)[0]])
    for i, value in enumerate(found):
        np.testing.assert_allclose(value, data[f"out/{i}"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(slope, data["grad/x"], rtol=1e-4, atol=1e-5)
