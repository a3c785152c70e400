"""Distributions and bijectors of float64 and float16, with counts of draws known at run time, and
broadcasts."""

import numpy as np
from case_tools import Cases, fed, waves

CASES = Cases()
POSITIVE = np.float64([[0.5, 1.5, 2.0], [4.0, 0.25, 1.0]])
PROBS = np.float64([[0.25, 0.5, 0.25], [0.125, 0.125, 0.75]])
LOWER = np.float64([[2, 0], [1, 3]])
WAVES = np.float64(waves(2, 3))
COUNTS = np.float64([[0, 2, 1], [3, 0, 1]])

# What makes a distribution of tf.contrib.distributions, a value, names of statistics.
MADE = {
    "cauchy": (lambda ds: ds.Cauchy(WAVES, POSITIVE), WAVES, "entropy"),
    "logistic": (lambda ds: ds.Logistic(WAVES, POSITIVE), WAVES, "stddev entropy"),
    "inverse_gamma": (lambda ds: ds.InverseGamma(POSITIVE + 2, POSITIVE), POSITIVE, "variance"),
    "chi2": (lambda ds: ds.Chi2(POSITIVE), POSITIVE, "mean"),
    "geometric": (lambda ds: ds.Geometric(probs=PROBS), COUNTS, "variance"),
    "negative_binomial": (lambda ds: ds.NegativeBinomial(2 * POSITIVE, WAVES), COUNTS, "mean"),
    "poisson": (lambda ds: ds.Poisson(POSITIVE), COUNTS, "mean"),
    "deterministic": (lambda ds: ds.Deterministic(WAVES), WAVES, "mean"),
    "mvn_diag": (lambda ds: ds.MultivariateNormalDiag(WAVES, POSITIVE), WAVES, "covariance"),
    "mvn_tril": (lambda ds: ds.MultivariateNormalTriL(WAVES[:, :2], LOWER), WAVES[:, :2], "stddev"),
    "vector_laplace": (lambda ds: ds.VectorLaplaceDiag(WAVES, POSITIVE), WAVES, "variance"),
    "vector_exponential": (lambda ds: ds.VectorExponentialDiag(None, POSITIVE), POSITIVE, "mean"),
    "one_hot": (lambda ds: ds.OneHotCategorical(WAVES, dtype=_DOUBLE), np.eye(3)[:2], "mode"),
    "relaxed": (lambda ds: ds.RelaxedOneHotCategorical(np.float64(0.5), WAVES), PROBS, ""),
    "relaxed_bernoulli": (lambda ds: ds.RelaxedBernoulli(np.float64(0.5), WAVES), PROBS, ""),
    "sinh_arcsinh": (lambda ds: ds.SinhArcsinh(WAVES, POSITIVE, 0.5), WAVES, ""),
    "kumaraswamy": (lambda ds: ds.Kumaraswamy(POSITIVE, POSITIVE + 1), PROBS, "mean"),
    "wishart": (lambda ds: ds.WishartFull(3.0, LOWER.dot(LOWER.T)), LOWER.dot(LOWER.T), "mean"),
    "independent": (
        lambda ds: ds.Independent(ds.Laplace(WAVES, POSITIVE), 2),
        WAVES,
        "entropy mean",
    ),
    "batch_reshape": (
        lambda ds: ds.BatchReshape(ds.Gamma(POSITIVE, POSITIVE), [3, 2]),
        POSITIVE.T,
        "entropy mean",
    ),
    "mixture": (
        lambda ds: ds.Mixture(
            ds.Categorical(np.float64(waves(2, 2))),
            [ds.Normal(WAVES[:, 0], POSITIVE[:, 0]), ds.Laplace(WAVES[:, 1], POSITIVE[:, 1])],
        ),
        WAVES[:, 2],
        "mean",
    ),
    "quantized": (
        lambda ds: ds.QuantizedDistribution(ds.Normal(WAVES, POSITIVE), np.float64(-3)),
        COUNTS,
        "",
    ),
    "student_t": (lambda ds: ds.StudentT(POSITIVE + 2, WAVES, POSITIVE), WAVES, "stddev"),
}
_DOUBLE = None


def _doubles(make, value, statistics):
    def case(tf):
        global _DOUBLE
        _DOUBLE = tf.float64
        d = make(tf.contrib.distributions)
        n, feed = fed(tf, np.int32([2, 2]), [None])
        found = [d.sample(n, seed=1), d.log_prob(np.stack([value] * 4))]
        return found + [getattr(d, name)() for name in statistics.split()], feed

    return case


def _count(make):
    def case(tf):
        global _DOUBLE
        _DOUBLE = tf.float64
        n, feed = fed(tf, np.int32(3), None)
        return [make(tf.contrib.distributions).sample(n, seed=1)], feed

    return case


for _name, (_make, _value, _statistics) in MADE.items():
    CASES[_name + "_of_doubles"] = _doubles(_make, _value, _statistics)
    CASES[_name + "_drawn_unknown"] = _count(_make)


def _half(make):
    def case(tf):
        b = make(tf.contrib.distributions.bijectors)
        x = tf.constant(waves(2, 3).astype(np.float16))
        return [b.forward(x), b.forward_log_det_jacobian(x, 1)]

    return case


for _name in ("Exp", "Sigmoid", "Softplus", "Softsign", "SoftmaxCentered"):
    CASES[_name.lower() + "_of_halves"] = _half(lambda b, name=_name: getattr(b, name)())
