"""Layers, cells and checkpoints of cuDNN's recurrent networks against TensorFlow."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ops import case_runner

import evergraph as tf
from evergraph.library.contrib.cudnn_rnn import models

CASES, GOLDEN = case_runner.load("cudnn_layer_cases")


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


SOFT = tf.ConfigProto(allow_soft_placement=True)
LAYERS = {
    "CudnnLSTM": tf.contrib.cudnn_rnn.CudnnCompatibleLSTMCell,
    "CudnnGRU": tf.contrib.cudnn_rnn.CudnnCompatibleGRUCell,
    "CudnnRNNTanh": tf.nn.rnn_cell.BasicRNNCell,
    "CudnnRNNRelu": lambda n: tf.nn.rnn_cell.BasicRNNCell(n, activation=tf.nn.relu),
}
INPUTS = np.random.RandomState(0).randn(5, 3, 4).astype(np.float32)
LENGTHS = [5, 2, 4]


def cells_outputs(kind: str, lengths: list[int] | None) -> Any:
    make = LAYERS[kind]
    cell = tf.nn.rnn_cell.MultiRNNCell([make(2) for _ in range(2)])
    x = tf.constant(INPUTS)
    return tf.nn.dynamic_rnn(cell, x, lengths, dtype=tf.float32, time_major=True)[0]


def both_ways_outputs(kind: str, lengths: list[int] | None) -> Any:
    make = LAYERS[kind]
    forward, backward = ([make(2) for _ in range(2)] for _ in range(2))
    return tf.contrib.rnn.stack_bidirectional_dynamic_rnn(
        forward,
        backward,
        tf.constant(INPUTS),
        dtype=tf.float32,
        sequence_length=lengths,
        time_major=True,
    )[0]


@pytest.mark.parametrize("lengths", [None, LENGTHS])
@pytest.mark.parametrize("direction", ["unidirectional", "bidirectional"])
@pytest.mark.parametrize("kind", LAYERS)
def test_checkpoints_go_both_ways(
    kind: str, direction: str, lengths: list[int] | None, tmp_path: Path
) -> None:
    """A trained layer is restored as cells, and these as another layer."""
    first, second = str(tmp_path / "first"), str(tmp_path / "second")
    with tf.Graph().as_default(), tf.Session(config=SOFT) as session:
        layer = getattr(tf.contrib.cudnn_rnn, kind)(2, 2, direction=direction, seed=1, name="net")
        outputs, _ = layer(INPUTS, sequence_lengths=lengths)
        step = tf.train.GradientDescentOptimizer(0.05).minimize(tf.reduce_sum(outputs**2))
        session.run(tf.global_variables_initializer())
        session.run(step)
        wanted = session.run(outputs)
        tf.train.Saver().save(session, first)
    with tf.Graph().as_default(), tf.Session() as session:
        build = cells_outputs if direction == "unidirectional" else both_ways_outputs
        # The names in a checkpoint are below the layer's scope.
        with tf.variable_scope("net"):
            outputs = build(kind, lengths)
        tf.train.Saver().restore(session, first)
        np.testing.assert_allclose(session.run(outputs), wanted, 1e-5, 1e-6)
        tf.train.Saver().save(session, second)
    with tf.Graph().as_default(), tf.Session(config=SOFT) as session:
        layer = getattr(tf.contrib.cudnn_rnn, kind)(2, 2, direction=direction, name="net")
        outputs, _ = layer(INPUTS, sequence_lengths=lengths, training=False)
        tf.train.Saver([layer.saveable]).restore(session, second)
        np.testing.assert_allclose(session.run(outputs), wanted, 1e-5, 1e-6)


def test_initial_state_must_be_a_tuple() -> None:
    with tf.Graph().as_default(), pytest.raises(TypeError, match="Invalid initial_state type: "):
        tf.contrib.cudnn_rnn.CudnnGRU(1, 2)(INPUTS, initial_state=[tf.zeros([1, 3, 2])])


def test_a_device_that_is_not_there() -> None:
    """The layers ask for a GPU, as in TensorFlow."""
    if tf.test.is_gpu_available():
        pytest.skip("there is a GPU")
    with tf.Graph().as_default(), tf.Session() as session:
        tf.contrib.cudnn_rnn.CudnnGRU(1, 2)(INPUTS)
        with pytest.raises(tf.errors.InvalidArgumentError, match="Cannot assign a device"):
            session.run(tf.global_variables_initializer())


def test_models() -> None:
    """Networks whose parameters the caller keeps."""
    h = tf.zeros
    with tf.Graph().as_default(), tf.Session() as session:
        lstm = models.CudnnLSTM(2, 3, 4, direction="bidirectional", num_proj=2)
        params = tf.ones([session.run(lstm.params_size())])
        weights, biases = lstm.params_to_canonical(params)
        assert (len(weights), len(biases)) == (36, 32)
        back = lstm.canonical_to_params(weights, biases)
        np.testing.assert_array_equal(session.run(back), session.run(params))
        output, last_h, last_c = lstm(INPUTS, h([4, 3, 2]), h([4, 3, 3]), params)
        assert [x.shape for x in session.run([output, last_h, last_c])] == [
            (5, 3, 4),
            (4, 3, 2),
            (4, 3, 3),
        ]
        gru = models.CudnnGRU(1, 3, 4)
        params = tf.ones([session.run(gru.params_size())])
        output, last_h = gru(INPUTS, h([1, 3, 3]), params, sequence_lengths=LENGTHS)
        output, last_h = session.run([output, last_h])
        np.testing.assert_array_equal(output[1, 1], last_h[0, 1])
        assert not output[2:, 1].any()
        with pytest.raises(ValueError, match="Invalid direction: up"):
            models.CudnnRNNTanh(1, 3, 4, direction="up")
