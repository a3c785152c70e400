"""Matrices with three diagonals, and exponentials of matrices, against TensorFlow."""

import numpy as np
import pytest
from ops import case_runner

import evergraph as tf

CASES, GOLDEN = case_runner.load("tridiagonal_cases")


@pytest.mark.parametrize("name", CASES)
def test_tridiagonal(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


@pytest.mark.parametrize("systems", [1, 30])
@pytest.mark.parametrize("pivoting", [True, False])
def test_solution_fits(systems: int, pivoting: bool) -> None:
    random = np.random.default_rng(1)
    bands = random.normal(size=(systems, 3, 50)) + [[0], [0 if pivoting else 4], [0]]
    rhs = random.normal(size=(systems, 50, 2))
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.linalg.tridiagonal_solve(
            bands_of := tf.constant(bands), tf.constant(rhs), partial_pivoting=pivoting
        )
        found = session.run(tf.linalg.tridiagonal_matmul(bands_of, x))
    np.testing.assert_allclose(found, rhs, atol=1e-9)
