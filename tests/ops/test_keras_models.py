"""Networks of tf.keras against TensorFlow; their weights' values, and files of them."""

import gc
import weakref
from pathlib import Path

import numpy as np
import pytest
from ops import case_runner

import evergraph as tf

CASES, GOLDEN = case_runner.load("keras_model_cases")


@pytest.mark.parametrize("name", CASES)
def test_models(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


def two_layers() -> tf.keras.Model:
    layers = [tf.keras.layers.Dense(2, input_shape=(3,)), tf.keras.layers.Dense(1)]
    return tf.keras.Sequential(layers)


def test_weights_are_initialized_read_and_set() -> None:
    with tf.Graph().as_default():
        model = two_layers()
        before = model.get_weights()
        assert [w.shape for w in before] == [(3, 2), (2,), (2, 1), (1,)]
        model.set_weights([w + 1 for w in before])
        for old, new in zip(before, model.get_weights(), strict=True):
            np.testing.assert_allclose(new, old + 1, rtol=1e-6)
        with pytest.raises(ValueError, match="expecting 4 weights"):
            model.set_weights(before[:3])
        with pytest.raises(ValueError, match="not compatible with provided weight shape"):
            model.set_weights([before[0].T, *before[1:]])


def test_graphs_of_layers_are_let_go() -> None:
    with tf.Graph().as_default() as graph:
        model = two_layers()
        model.add(tf.keras.layers.Dropout(0.5))
        model.summary(print_fn=len)
    gone = weakref.ref(graph)
    del graph, model
    gc.collect()
    assert gone() is None


def test_values_in_a_session_of_the_program_stay() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        model = two_layers()
        session.run(tf.global_variables_initializer())
        session.run(model.weights[3].assign([5.0]))
        np.testing.assert_array_equal(model.get_weights()[3], [5.0])
        np.testing.assert_array_equal(tf.keras.backend.get_value(model.weights[3]), [5.0])


def test_weights_in_checkpoints(tmp_path: Path) -> None:
    path = str(tmp_path / "weights")
    with tf.Graph().as_default():
        model = two_layers()
        values = model.get_weights()
        model.save_weights(path)
    assert tf.train.latest_checkpoint(str(tmp_path)) == path
    names = dict(tf.train.list_variables(path))
    assert names["layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE"] == [3, 2]
    with tf.Graph().as_default():
        model = two_layers()
        model.load_weights(path).assert_consumed()
        for wanted, found in zip(values, model.get_weights(), strict=True):
            np.testing.assert_array_equal(found, wanted)
