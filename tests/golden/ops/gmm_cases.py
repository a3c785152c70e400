"""tf.contrib.factorization.gmm: graphs, and what a step makes of the variables."""

import numpy as np
from case_tools import Cases

CASES = Cases()
case = CASES.case

POINTS = np.random.RandomState(1).randn(12, 2).astype(np.float32)
POINTS[::2] += 3


def mixture(tf, data=None, means=POINTS[:2], run=True, **settings):
    data = tf.constant(POINTS) if data is None else data(tf)
    parts = tf.contrib.factorization.gmm(data, means, 2, 0, **settings)
    loss, scores, assignments, train, init, initialized = parts
    with tf.control_dependencies([train]):
        after = [v.read_value() for v in tf.global_variables()]
    return [loss, scores, *assignments[0], init, initialized, *after], None


def halves(tf):
    return [tf.constant(POINTS[:6]), tf.constant(POINTS[6:])]


CASES.simple(
    full=mixture,
    diag=lambda tf: mixture(tf, covariance_type="diag"),
    drawn=lambda tf: mixture(tf, means="random"),
    of_parts=lambda tf: mixture(tf, halves),
    weights=lambda tf: mixture(tf, params="w"),
    means_only=lambda tf: mixture(tf, params="m", covariance_type="diag"),
    wrong_type=lambda tf: mixture(tf, covariance_type="odd"),
)
