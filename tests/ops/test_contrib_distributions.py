"""tf.contrib.distributions against TensorFlow."""

import numpy as np
import pytest
from ops import case_runner

import evergraph as tf

SETS = {
    name: case_runner.load(name)
    for name in (
        "contrib_distribution_cases",
        "distribution_dtype_cases",
        "flow_cases",
        "sample_statistic_cases",
        "compound_distribution_cases",
        "vector_distribution_cases",
        "bijector_cases",
    )
}
NAMES = [(of, name) for of, (cases, _) in SETS.items() for name in cases]


@pytest.mark.parametrize(("of", "name"), NAMES)
def test_contrib_distributions(of: str, name: str) -> None:
    cases, golden = SETS[of]
    case_runner.check(cases[name], golden[name])


def test_hermite_points_stand_for_a_softmax() -> None:
    # TensorFlow's own function fails.
    points = tf.contrib.distributions.quadrature_scheme_softmaxnormal_gauss_hermite
    grid, probs = tf.Session().run(points([[0.0], [1.0]], [[1.0], [2.0]], 5))
    assert (grid.shape, probs.shape) == ((2, 2, 5), (5,))
    np.testing.assert_allclose(grid.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(probs.sum(), 1, rtol=1e-6)
    np.testing.assert_allclose(grid[0, 0] @ probs, 0.5, rtol=1e-6)
