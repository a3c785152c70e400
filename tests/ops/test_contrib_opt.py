"""tf.contrib.opt against TensorFlow: graphs, values, errors; SciPy's minima."""

import numpy as np
import pytest
from ops import case_runner

import evergraph as tf

CASES, GOLDEN = case_runner.load("contrib_opt_cases")


@pytest.mark.parametrize("name", CASES)
def test_optimizers(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


def minimum(**settings) -> np.ndarray:
    with tf.Graph().as_default(), tf.Session() as session:
        vector = tf.Variable([7.0, 7.0], name="vector")
        loss = tf.reduce_sum(tf.square(vector))
        given = {name: make(vector) for name, make in settings.items()}
        optimizer = tf.contrib.opt.ScipyOptimizerInterface(loss, **given)
        session.run(tf.global_variables_initializer())
        optimizer.minimize(session)
        return session.run(vector)


def test_scipy_finds_the_minimum_within_bounds_and_constraints() -> None:
    pytest.importorskip("scipy")
    np.testing.assert_allclose(minimum(), [0, 0], atol=1e-5)
    bounded = minimum(var_to_bounds=lambda v: {v: ([1, 2], np.inf)})
    np.testing.assert_allclose(bounded, [1, 2], atol=1e-5)
    constrained = minimum(
        equalities=lambda v: [v[1] - 1.0],
        inequalities=lambda v: [v[0] - 1.0],
        method=lambda v: "SLSQP",
    )
    np.testing.assert_allclose(constrained, [1, 1], atol=1e-5)
