"""Keras models on several devices, and on sparse matrices of SciPy."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse

import evergraph as tf
from evergraph.library.keras.utils import multi_gpu_utils

ROWS = np.random.RandomState(0).rand(5, 3)


def test_several_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    with tf.Graph().as_default():
        x = tf.keras.Input((3,))
        model = tf.keras.Model(x, tf.keras.layers.Dense(2, name="out")(x))
        texts: list[Any] = []
        for gpus in (1, [0], 2):
            with pytest.raises(ValueError) as caught:
                tf.keras.utils.multi_gpu_model(model, gpus)
            texts.append(str(caught.value))
        start = "For multi-gpu usage to be effective, call `multi_gpu_model` with "
        assert texts[0] == start + "`gpus >= 2`. Received: `gpus=1`"
        assert texts[1] == start + "`len(gpus) >= 2`. Received: `gpus=[0]`"
        assert texts[2].startswith(
            "To call `multi_gpu_model` with `gpus=2`, we expect the following devices to be "
            "available: ['/cpu:0', '/gpu:0', '/gpu:1']. However this machine only has: ['/cpu:0'"
        )
        known = ["/cpu:0", "/gpu:0", "/gpu:1"]
        monkeypatch.setattr(multi_gpu_utils, "_known_devices", lambda: known)
        several = tf.keras.utils.multi_gpu_model(model, 2)
        assert several.output_names == ["out"]
        # Keras's own session puts nodes elsewhere where there are no such devices.
        np.testing.assert_allclose(several.predict(ROWS), model.predict(ROWS), rtol=1e-6)
        several.compile("sgd", "mse")
        before = model.get_weights()[0]
        several.train_on_batch(ROWS, np.ones((5, 2)))
        assert np.abs(model.get_weights()[0] - before).max() > 1e-3


def test_matrices_of_scipy() -> None:
    with tf.Graph().as_default(), tf.Session().as_default():
        tf.set_random_seed(1)
        dense = tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,))])
        dense.compile("sgd", "mse")
        matrix = scipy.sparse.csr_matrix(ROWS * (ROWS > 0.5))
        np.testing.assert_allclose(
            dense.predict(matrix, batch_size=2), dense.predict(matrix.toarray()), rtol=1e-6
        )
        x = tf.keras.Input((3,), sparse=True)

        class Own(tf.keras.layers.Layer):
            def call(self, inputs: Any) -> Any:
                return tf.sparse.to_dense(inputs) * 2.0

        sparse = tf.keras.Model(x, Own()(x))
        found = sparse.predict(matrix, batch_size=2)
        np.testing.assert_allclose(found, matrix.toarray() * 2, rtol=1e-6)


def test_radial_constraint() -> None:
    """Values are TensorFlow's; a kernel of even size, which fails there, has a middle of four."""
    constraint = tf.keras.constraints.get("radial_constraint")
    kernel = np.arange(25, dtype=np.float32).reshape(5, 5, 1, 1)
    with tf.Graph().as_default(), tf.Session() as session:
        odd = session.run(constraint(tf.constant(kernel)))[..., 0, 0]
        even = session.run(constraint(tf.constant(kernel[:4, :4])))[..., 0, 0]
        with pytest.raises(ValueError, match="must be of rank 4, but is of shape: \\(3, 3\\)"):
            constraint(tf.ones([3, 3]))
    assert odd.tolist() == [
        [18, 18, 18, 18, 18],
        [18, 12, 12, 12, 18],
        [18, 12, 6, 12, 18],
        [18, 12, 12, 12, 18],
        [18, 18, 18, 18, 18],
    ]
    assert even.tolist() == [[18, 18, 18, 18], [18, 6, 6, 18], [18, 6, 6, 18], [18, 18, 18, 18]]
    config = {"class_name": "RadialConstraint", "config": {}}
    assert tf.keras.constraints.serialize(constraint) == config
