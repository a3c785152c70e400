"""Sessions take, give and refuse what TensorFlow's do."""

import numpy as np
import pytest
from behaviour import Behaviour

import evergraph as tf

RUNS = Behaviour("run")
CASES = Behaviour("session")


@pytest.mark.parametrize("name", CASES.names)
def test_session(name: str) -> None:
    CASES.check(name)


@pytest.mark.parametrize("name", RUNS.names)
def test_run(name: str) -> None:
    RUNS.check(name)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_result_can_be_written_to(channels):
    pixels = np.arange(24 * channels, dtype=np.uint8).reshape(4, 6, channels)
    with tf.Graph().as_default(), tf.Session() as session:
        found = session.run(tf.image.decode_png(session.run(tf.image.encode_png(pixels))))
        found[1, 2] = 7
        assert (found[1, 2] == 7).all()
