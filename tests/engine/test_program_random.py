"""What a program draws from Python's and NumPy's own generators does not depend on sessions."""

import random
from pathlib import Path

import numpy as np

import evergraph as tf


def test_sessions_leave_the_programs_random_numbers_alone(tmp_path: Path) -> None:
    random.seed(7)
    np.random.seed(7)
    before = random.getstate(), str(np.random.get_state())
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.Variable(tf.random_normal([3]))
        session.run(v.initializer)
        session.list_devices()
        tf.train.Saver().save(session, str(tmp_path / "model"))
    assert (random.getstate(), str(np.random.get_state())) == before
