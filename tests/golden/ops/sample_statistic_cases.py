"""Statistics of samples, moving statistics, quadrature, expectations by draws."""

import numpy as np
from case_tools import Cases, fed, floats, grad_of, ints, waves
from family_tools import add_family

CASES = Cases()
case, simple = CASES.case, CASES.simple

POSITIVE = np.float32([[0.5, 1.5, 2.0], [4.0, 0.25, 1.0]])
COUNTS = np.float32([[0, 2, 1], [3, 0, 1]])
LOWER = np.float32([[2, 0, 0], [1, 3, 0], [0.5, 1, 1]])


def ds(tf):
    return tf.contrib.distributions


def poisson_log_normal(tf, **kwargs):
    return ds(tf).PoissonLogNormalQuadratureCompound(waves(2, 3), POSITIVE / 4, **kwargs)


def diffeomixture(tf, **kwargs):
    scales = [
        tf.linalg.LinearOperatorScaledIdentity(3, np.float32(1.5), is_positive_definite=True),
        tf.linalg.LinearOperatorDiag(POSITIVE[0], is_positive_definite=True),
    ]
    return ds(tf).VectorDiffeomixture(
        [[0.0], [1.0]],
        [[1.0], [0.5]],
        tf.distributions.Normal(0.0, 1.0),
        [None, waves(3)],
        scales,
        **kwargs,
    )


def diffeomixture_of_triangles(tf, **kwargs):
    scales = [
        tf.linalg.LinearOperatorLowerTriangular(LOWER, is_positive_definite=True),
        tf.linalg.LinearOperatorIdentity(3, is_positive_definite=True),
    ]
    return ds(tf).VectorDiffeomixture(
        [[0.0]],
        [[1.0]],
        tf.distributions.Normal(0.0, 1.0),
        [waves(3), waves(3) + 1],
        scales,
        quadrature_size=3,
        **kwargs,
    )


add_family(CASES, poisson_log_normal, COUNTS, "log_prob prob", "mean variance stddev")
add_family(CASES, diffeomixture, waves(2, 3), "log_prob", "mean variance covariance")
add_family(CASES, diffeomixture_of_triangles, waves(2, 3), "log_prob", "mean variance covariance")
del CASES["poisson_log_normal_shapes"]  # the shape of events is not implemented as a tensor


def _diffeomixture(tf, loc=None, scale=None, mix=((0.0,),), **kwargs):
    return ds(tf).VectorDiffeomixture(
        mix, mix, tf.distributions.Normal(0.0, 1.0), loc, scale, **kwargs
    )


def _identity(tf, dtype=np.float32, **kwargs):
    return tf.linalg.LinearOperatorIdentity(3, dtype=dtype, **kwargs)


simple(
    poisson_log_normal_hermite=lambda tf: [
        ds(tf)
        .PoissonLogNormalQuadratureCompound(
            tf.constant(waves(3)),
            tf.constant(POSITIVE[0]),
            quadrature_size=4,
            quadrature_fn=ds(tf).quadrature_scheme_lognormal_gauss_hermite,
        )
        .log_prob(COUNTS)
    ],
    diffeomixture_without_scale=lambda tf: [_diffeomixture(tf)],
    diffeomixture_of_three=lambda tf: [_diffeomixture(tf, scale=[_identity(tf)] * 3)],
    diffeomixture_lengths=lambda tf: [_diffeomixture(tf, [None], [_identity(tf)] * 2)],
    diffeomixture_dtypes=lambda tf: [
        _diffeomixture(tf, scale=[_identity(tf), _identity(tf, np.float64)])
    ],
    diffeomixture_weights=lambda tf: [
        _diffeomixture(tf, scale=[_identity(tf)] * 2, mix=((0.0, 1.0),))
    ],
    diffeomixture_scalar=lambda tf: [_diffeomixture(tf, scale=[_identity(tf)] * 2, mix=0.0)],
    diffeomixture_indefinite=lambda tf: [
        _diffeomixture(
            tf, scale=[tf.linalg.LinearOperatorDiag(POSITIVE[0])] * 2, validate_args=True
        )
    ],
    softmax_quantiles=lambda tf: list(
        ds(tf).quadrature_scheme_softmaxnormal_quantiles([[0.0], [1.0]], [[1.0], [2.0]], 3)
    ),
    auto_correlation=lambda tf: [
        ds(tf).auto_correlation(waves(2, 7)),
        ds(tf).auto_correlation(waves(7, 2), axis=0, max_lags=3, center=False),
        ds(tf).auto_correlation(waves(7), normalize=False),
    ],
    auto_correlation_of_unknown=lambda tf: _auto_correlation(tf),
    auto_correlation_of_integers=lambda tf: [ds(tf).auto_correlation(ints(4))],
    percentile=lambda tf: [
        ds(tf).percentile(waves(4, 5), 30.0),
        ds(tf).percentile(waves(4, 5), 30.0, axis=0, interpolation="lower"),
        ds(tf).percentile(waves(4, 5, 2), 30.0, axis=[0, -1], interpolation="higher"),
        ds(tf).percentile(waves(4, 5), 75.0, axis=1, keep_dims=True),
        ds(tf).percentile(ints(4, 5), 100, keep_dims=True),
    ],
    percentile_of_unknown=lambda tf: _percentile(tf),
    percentile_outside=lambda tf: [
        ds(tf).percentile(waves(3), tf.placeholder_with_default(101.0, []), validate_args=True)
    ],
    percentile_of_vector=lambda tf: [ds(tf).percentile(waves(3), [1.0])],
    percentile_axis=lambda tf: [ds(tf).percentile(waves(3), 1.0, axis=1)],
    percentile_negative_axis=lambda tf: [ds(tf).percentile(waves(3), 1.0, axis=-2)],
    percentile_unknown_axis=lambda tf: [
        ds(tf).percentile(waves(3), 1.0, axis=tf.placeholder(tf.int32, []))
    ],
    percentile_matrix_of_axes=lambda tf: [ds(tf).percentile(waves(3), 1.0, axis=[[0]])],
    posterior=lambda tf: _posterior(tf),
    posterior_no_normal=lambda tf: [
        ds(tf).normal_conjugates_known_scale_posterior(1.0, 1.0, tf.constant(1.0), 1)
    ],
    posterior_dtype=lambda tf: [
        ds(tf).normal_conjugates_known_scale_predictive(
            tf.distributions.Normal(0.0, 1.0), 1.0, tf.constant(1), 1
        )
    ],
    moving_mean_variance=lambda tf: _moving(tf),
    moving_of_integers=lambda tf: [ds(tf).moving_mean_variance(1, 0.5)],
    log_moving_mean_exp=lambda tf: _log_moving(tf),
    seed_stream=lambda tf: _seeds(tf),
    expectation=lambda tf: _expectation(tf),
    expectation_of_nothing=lambda tf: [tf.contrib.bayesflow.monte_carlo.expectation(1, waves(2))],
    expectation_without_log_prob=lambda tf: [
        tf.contrib.bayesflow.monte_carlo.expectation(tf.exp, waves(2), None, False)
    ],
    importance_sampler=lambda tf: _importance(tf),
    importance_sampler_of_both=lambda tf: [
        tf.contrib.bayesflow.monte_carlo.expectation_importance_sampler(
            tf.exp, tf.exp, tf.distributions.Normal(0.0, 1.0)
        )
    ],
)


def _auto_correlation(tf):
    x, feed = fed(tf, waves(2, 7), [None, None])
    lags, more = fed(tf, np.int32(3), [])
    feed.update(more)
    return [ds(tf).auto_correlation(x), ds(tf).auto_correlation(x, max_lags=lags)], feed


def _percentile(tf):
    x, feed = fed(tf, waves(4, 5), [None, None])
    return [ds(tf).percentile(x, 40.0, axis=[1]), ds(tf).percentile(x, 40.0)], feed


def _posterior(tf):
    prior = tf.distributions.Normal([0.0, 1.0], 2.0)
    posterior = ds(tf).normal_conjugates_known_scale_posterior(prior, 0.5, tf.constant(3.0), 4)
    next_one = ds(tf).normal_conjugates_known_scale_predictive(prior, 0.5, tf.constant(3.0), 4)
    return [posterior.loc, posterior.scale, next_one.loc, next_one.scale]


def _moving(tf):
    x = tf.constant(waves(3))
    first = ds(tf).moving_mean_variance(x, 0.75)
    with tf.control_dependencies(list(first)):
        return [tf.identity(t) for t in first]


def _log_moving(tf):
    v = tf.Variable(waves(3))
    return [ds(tf).assign_log_moving_mean_exp(v, waves(3) + 1, 0.75)]


def _seeds(tf):
    stream = ds(tf).SeedStream(5, "salt")
    other = ds(tf).SeedStream(stream, "more")
    found = [str(stream()), str(stream()), str(other()), str(ds(tf).SeedStream(None, "")())]
    return [tf.constant(found + [other.salt, str(other.original_seed)])]


def _expectation(tf):
    p, feed = fed(tf, waves(3))
    d = tf.distributions.Normal(p, 1.0)
    mean = tf.contrib.bayesflow.monte_carlo.expectation
    smooth = mean(tf.square, d.sample(50, seed=1))
    score = mean(tf.square, d.sample(50, seed=1), d.log_prob, use_reparametrization=False)
    return grad_of(tf, smooth + score, [p], feed)


def _importance(tf):
    q = tf.distributions.Normal(0.5, 2.0)
    p = tf.distributions.Normal(0.0, 1.0)
    sampler = tf.contrib.bayesflow.monte_carlo
    return [
        sampler.expectation_importance_sampler(tf.sin, p.log_prob, q, n=50, seed=2),
        sampler.expectation_importance_sampler(tf.sin, p.log_prob, q, z=floats(5)),
        sampler.expectation_importance_sampler_logspace(tf.sin, p.log_prob, q, n=50, seed=2),
    ]


@case
def distribution_head(tf):
    """The loss of a head that predicts distributions, and what it predicts."""

    def normal(logits):
        return tf.distributions.Normal(logits[..., 0], tf.nn.softplus(logits[..., 1]))

    head = ds(tf).estimator_head_distribution_regression(normal, logits_dimension=2)
    ops = head.create_model_fn_ops(
        {"weights": tf.constant(POSITIVE[0])},
        tf.contrib.learn.ModeKeys.EVAL,
        labels=tf.constant(floats(3, 1)),
        logits=tf.constant(waves(3, 2)),
    )
    return [ops.loss, ops.predictions["scores"]]


@case
def distribution_head_of_nothing(tf):
    return [ds(tf).estimator_head_distribution_regression(1)]
