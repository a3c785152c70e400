"""Scalar distributions of tf.contrib.distributions."""

import numpy as np
from case_tools import Cases, fed, grad_of, waves
from family_tools import add_family

CASES = Cases()
case, simple = CASES.case, CASES.simple

POSITIVE = np.float32([[0.5, 1.5, 2.0], [4.0, 0.25, 1.0]])
PROBS = np.float32([[0.25, 0.5, 0.25], [0.125, 0.125, 0.75]])
COUNTS = np.float32([[0, 2, 1], [3, 0, 1]])
ALL_STATISTICS = "mean stddev variance mode entropy"
TAILS = "log_prob prob cdf log_cdf survival_function log_survival_function"


def cauchy(tf, **kwargs):
    return tf.contrib.distributions.Cauchy(waves(2, 1), POSITIVE, **kwargs)


def logistic(tf, **kwargs):
    return tf.contrib.distributions.Logistic(waves(2, 1), POSITIVE, **kwargs)


def half_normal(tf, **kwargs):
    return tf.contrib.distributions.HalfNormal(POSITIVE, **kwargs)


def chi2(tf, **kwargs):
    return tf.contrib.distributions.Chi2(POSITIVE + 2, **kwargs)


def inverse_gamma(tf, **kwargs):
    return tf.contrib.distributions.InverseGamma(POSITIVE + 2, np.float32([[2], [0.5]]), **kwargs)


def geometric(tf, **kwargs):
    return tf.contrib.distributions.Geometric(probs=PROBS, **kwargs)


def negative_binomial(tf, **kwargs):
    return tf.contrib.distributions.NegativeBinomial(np.float32([[4], [2]]), waves(2, 3), **kwargs)


def binomial(tf, **kwargs):
    return tf.contrib.distributions.Binomial(np.float32([[4], [3]]), probs=PROBS, **kwargs)


def poisson(tf, **kwargs):
    return tf.contrib.distributions.Poisson(POSITIVE, **kwargs)


def deterministic(tf, **kwargs):
    return tf.contrib.distributions.Deterministic(COUNTS, 0.5, 0.25, **kwargs)


def vector_deterministic(tf, **kwargs):
    return tf.contrib.distributions.VectorDeterministic(COUNTS, **kwargs)


add_family(CASES, cauchy, waves(2, 3), TAILS + " quantile", "mode entropy")
add_family(CASES, logistic, waves(2, 3), TAILS, ALL_STATISTICS)
add_family(CASES, half_normal, POSITIVE, "prob log_prob cdf", ALL_STATISTICS)
add_family(CASES, chi2, POSITIVE, "log_prob cdf", ALL_STATISTICS)
add_family(CASES, inverse_gamma, POSITIVE, "log_prob prob cdf", ALL_STATISTICS)
add_family(CASES, geometric, COUNTS, "log_prob prob cdf", ALL_STATISTICS)
add_family(CASES, negative_binomial, COUNTS, "log_prob cdf", "mean stddev variance mode")
add_family(CASES, binomial, COUNTS, "log_prob prob cdf", "mean variance mode", draws=False)
del CASES["binomial_samples"]  # there are none
add_family(CASES, poisson, COUNTS, "log_prob cdf log_cdf", "mean stddev variance mode")
add_family(CASES, deterministic, COUNTS, "prob cdf", ALL_STATISTICS)
add_family(CASES, vector_deterministic, COUNTS, "prob", ALL_STATISTICS)

simple(
    cauchy_moments=lambda tf: [cauchy(tf).mean(), cauchy(tf).stddev(), cauchy(tf).variance()],
    cauchy_mean_checked=lambda tf: [cauchy(tf, allow_nan_stats=False).mean()],
    cauchy_stddev_checked=lambda tf: [cauchy(tf, allow_nan_stats=False).stddev()],
    cauchy_param_shapes=lambda tf: [
        tf.contrib.distributions.Cauchy.param_shapes([2, 3])[k] for k in ("loc", "scale")
    ],
    cauchy_copy=lambda tf: [cauchy(tf).copy(loc=3.0).mode()],
    logistic_negative_scale=lambda tf: [
        tf.contrib.distributions.Logistic(0.0, tf.placeholder_with_default(-1.0, []), True).mean()
    ],
    logistic_of_two_dtypes=lambda tf: [
        tf.contrib.distributions.Logistic(0.0, np.float64(1)).mean()
    ],
    half_normal_quantile=lambda tf: [
        tf.contrib.distributions.HalfNormal(2.0).quantile([0.1, 0.5, 0.9])
    ],
    half_normal_unknown=lambda tf: _unknown(tf),
    chi2_of_floats=lambda tf: [
        tf.contrib.distributions.Chi2WithAbsDf([-3.5, 4.25]).log_prob([1.0, 2.0]),
        tf.contrib.distributions.Chi2.param_shapes([2])["df"],
    ],
    chi2_negative=lambda tf: [
        tf.contrib.distributions.Chi2(tf.placeholder_with_default([-1.0], [1]), True).mean()
    ],
    inverse_gamma_undefined=lambda tf: [
        getattr(tf.contrib.distributions.InverseGamma([0.5, 1.5, 3.0], 2.0), name)()
        for name in ("mean", "variance", "stddev", "mode")
    ],
    inverse_gamma_mean_checked=lambda tf: [
        tf.contrib.distributions.InverseGamma(
            tf.placeholder_with_default([0.5], [1]), 2.0, allow_nan_stats=False
        ).mean()
    ],
    inverse_gamma_variance_checked=lambda tf: [
        tf.contrib.distributions.InverseGamma(
            tf.placeholder_with_default([1.5], [1]), 2.0, allow_nan_stats=False
        ).variance()
    ],
    inverse_gamma_softplus=lambda tf: [
        tf.contrib.distributions.InverseGammaWithSoftplusConcentrationRate([1.0], 2.0).prob(1.5)
    ],
    geometric_of_logits=lambda tf: [
        tf.contrib.distributions.Geometric(waves(2, 3)).log_prob([0.0, 2.5, 1.0]),
        tf.contrib.distributions.Geometric(waves(2, 3)).cdf([-1.0, 2.5, 1.0]),
    ],
    geometric_of_both=lambda tf: [tf.contrib.distributions.Geometric(0.5, 0.5).mean()],
    geometric_of_fractions=lambda tf: [
        geometric(tf, validate_args=True).prob(tf.placeholder_with_default(COUNTS / 2, [2, 3]))
    ],
    geometric_param_shapes=lambda tf: [tf.contrib.distributions.Geometric.param_shapes([2])["a"]],
    negative_binomial_of_probs=lambda tf: [
        tf.contrib.distributions.NegativeBinomial(3.0, probs=PROBS).sample(3, seed=7)
    ],
    binomial_samples=lambda tf: [binomial(tf).sample()],
    binomial_too_many=lambda tf: [
        binomial(tf, validate_args=True).prob(tf.placeholder_with_default(COUNTS + 9, [2, 3]))
    ],
    binomial_part_of_a_trial=lambda tf: [
        tf.contrib.distributions.Binomial(
            tf.placeholder_with_default(1.5, []), 0.5, validate_args=True
        ).mean()
    ],
    binomial_cdf_broadcast=lambda tf: [
        tf.contrib.distributions.Binomial(4.0, probs=[0.25, 0.5]).cdf(2.0)
    ],
    poisson_of_logs=lambda tf: [
        tf.contrib.distributions.Poisson(log_rate=waves(2, 3)).log_prob(COUNTS),
        tf.contrib.distributions.Poisson(log_rate=waves(2, 3)).sample(2, seed=3),
    ],
    poisson_of_both=lambda tf: [tf.contrib.distributions.Poisson(1.0, 2.0).mean()],
    poisson_of_integers=lambda tf: [tf.contrib.distributions.Poisson(1).mean()],
    poisson_negative=lambda tf: [
        poisson(tf, validate_args=True).prob(tf.placeholder_with_default(COUNTS - 1, [2, 3]))
    ],
    deterministic_of_ints=lambda tf: [
        tf.contrib.distributions.Deterministic([1, 2]).prob([1, 3]),
        tf.contrib.distributions.Deterministic([1, 2]).sample(3),
    ],
    deterministic_negative_tolerance=lambda tf: [
        tf.contrib.distributions.Deterministic(
            1.0, tf.placeholder_with_default(-1.0, []), validate_args=True
        ).prob(1.0)
    ],
    vector_deterministic_scalar=lambda tf: [
        tf.contrib.distributions.VectorDeterministic(1.0, validate_args=True).mean()
    ],
    vector_deterministic_misfit=lambda tf: [
        vector_deterministic(tf, validate_args=True).prob(tf.placeholder_with_default([1.0], [1]))
    ],
    vector_deterministic_unknown=lambda tf: _unknown_vectors(tf),
)


def _unknown(tf):
    scale, feed = fed(tf, POSITIVE, None)
    d = tf.contrib.distributions.HalfNormal(scale)
    return [d.sample(2, seed=1), d.batch_shape_tensor(), d.is_scalar_batch()], feed


def _unknown_vectors(tf):
    loc, feed = fed(tf, COUNTS, None)
    d = tf.contrib.distributions.VectorDeterministic(loc, validate_args=True)
    return [d.sample(2), d.batch_shape_tensor(), d.event_shape_tensor()], feed


@case
def gradients_of_samples(tf):
    loc, feed = fed(tf, waves(2, 1), [None, 1])
    scale, more = fed(tf, POSITIVE, None)
    feed.update(more)
    d = tf.contrib.distributions.Logistic(loc, scale)
    y = d.log_prob(d.sample(3, seed=1)) + d.entropy()
    return grad_of(tf, y, [loc, scale], feed)
