"""Distributions of vectors in tf.contrib.distributions."""

import numpy as np
from case_tools import Cases, fed, grad_of, waves
from family_tools import add_family

CASES = Cases()
case, simple = CASES.case, CASES.simple

POSITIVE = np.float32([[0.5, 1.5, 2.0], [4.0, 0.25, 1.0]])
PROBS = np.float32([[0.25, 0.5, 0.25], [0.125, 0.125, 0.75]])
LOWER = np.float32([[[2, 0], [1, 3]], [[1, 0], [-1, 0.5]], [[4, 0], [0.5, 0.25]]])
COVARIANCE = np.float32([[4, 1], [1, 2.5]])
OF_VECTORS = "mean stddev variance mode entropy covariance"


def ds(tf):
    return tf.contrib.distributions


def mvn_diag(tf, **kwargs):
    return ds(tf).MultivariateNormalDiag(waves(3), POSITIVE, **kwargs)


def mvn_identity(tf, **kwargs):
    return ds(tf).MultivariateNormalDiag(waves(2, 3), **kwargs)


def mvn_multiplier(tf, **kwargs):
    return ds(tf).MultivariateNormalDiag(
        waves(3), scale_identity_multiplier=np.float32([2, 0.5]), **kwargs
    )


def mvn_softplus(tf, **kwargs):
    return ds(tf).MultivariateNormalDiagWithSoftplusScale(waves(3), waves(2, 3), **kwargs)


def mvn_tril(tf, **kwargs):
    return ds(tf).MultivariateNormalTriL(waves(3, 2), LOWER, **kwargs)


def mvn_full(tf, **kwargs):
    return ds(tf).MultivariateNormalFullCovariance(waves(3, 2), COVARIANCE, **kwargs)


def mvn_low_rank(tf, **kwargs):
    return ds(tf).MultivariateNormalDiagPlusLowRank(
        waves(3), POSITIVE, scale_perturb_factor=waves(3, 2) / 4, **kwargs
    )


def vector_exponential(tf, **kwargs):
    return ds(tf).VectorExponentialDiag(waves(3), POSITIVE, **kwargs)


def vector_laplace(tf, **kwargs):
    return ds(tf).VectorLaplaceDiag(waves(3), POSITIVE, **kwargs)


def independent(tf, **kwargs):
    base = tf.distributions.Normal(waves(2, 1), POSITIVE)
    return ds(tf).Independent(base, 1, **kwargs)


def one_hot(tf, **kwargs):
    return ds(tf).OneHotCategorical(logits=waves(2, 3), **kwargs)


def exp_relaxed(tf, **kwargs):
    return ds(tf).ExpRelaxedOneHotCategorical(0.5, waves(2, 3), **kwargs)


def relaxed_one_hot(tf, **kwargs):
    return ds(tf).RelaxedOneHotCategorical(0.5, waves(2, 3), **kwargs)


def relaxed_bernoulli(tf, **kwargs):
    return ds(tf).RelaxedBernoulli(0.5, probs=PROBS, **kwargs)


NOT_LOGS = np.log(PROBS)
for _make in (mvn_diag, mvn_identity, mvn_multiplier, mvn_softplus, mvn_low_rank):
    add_family(CASES, _make, waves(2, 3), "log_prob prob", OF_VECTORS)
for _make in (mvn_tril, mvn_full):
    add_family(CASES, _make, waves(3, 2), "log_prob prob", OF_VECTORS)
add_family(CASES, vector_exponential, waves(2, 3) + 4, "log_prob prob", OF_VECTORS)
add_family(CASES, vector_laplace, waves(2, 3), "log_prob prob", OF_VECTORS)
add_family(CASES, independent, waves(2, 3), "log_prob prob", OF_VECTORS[:-11], checks=False)
add_family(
    CASES,
    one_hot,
    np.int32([[0, 1, 0], [1, 0, 0]]),
    "log_prob prob",
    "mode entropy variance stddev covariance",
    gradient=False,
)
add_family(CASES, exp_relaxed, np.float32(NOT_LOGS), "log_prob prob", "")
add_family(CASES, relaxed_one_hot, PROBS, "log_prob prob", "")
add_family(CASES, relaxed_bernoulli, PROBS, "log_prob cdf", "")

simple(
    mvn_without_loc=lambda tf: [
        ds(tf).MultivariateNormalDiag(scale_diag=POSITIVE).mean(),
        ds(tf).MultivariateNormalDiag(scale_diag=POSITIVE).sample(seed=2),
    ],
    mvn_of_nothing=lambda tf: [ds(tf).MultivariateNormalDiag().mean()],
    mvn_tril_of_nothing=lambda tf: [ds(tf).MultivariateNormalTriL().mean()],
    mvn_misfit=lambda tf: [ds(tf).MultivariateNormalDiag(waves(2), POSITIVE).mean()],
    mvn_of_integers=lambda tf: [ds(tf).MultivariateNormalDiag(np.int32([1]), np.int32([1])).mean()],
    mvn_full_not_symmetric=lambda tf: [
        ds(tf)
        .MultivariateNormalFullCovariance(
            waves(2), tf.placeholder_with_default(LOWER[0], [2, 2]), validate_args=True
        )
        .mean()
    ],
    mvn_tril_identity=lambda tf: [ds(tf).MultivariateNormalTriL(waves(3)).log_prob(waves(2, 3))],
    mvn_low_rank_diag=lambda tf: [
        ds(tf)
        .MultivariateNormalDiagPlusLowRank(
            waves(3),
            scale_identity_multiplier=np.float32(2),
            scale_perturb_factor=waves(3, 2) / 4,
            scale_perturb_diag=POSITIVE[0, :2],
        )
        .log_prob(waves(2, 3))
    ],
    mvn_low_rank_none=lambda tf: [
        ds(tf).MultivariateNormalDiagPlusLowRank(waves(3), POSITIVE).stddev()
    ],
    mvn_of_unknown_shape=lambda tf: _unknown(tf),
    mvn_gradients=lambda tf: _gradients(tf),
    mvn_copy=lambda tf: [mvn_diag(tf).copy(loc=waves(2, 3)).mean()],
    mvn_in_scope=lambda tf: _in_scope(tf),
    kl_mvn_diag=lambda tf: [
        ds(tf).kl_divergence(mvn_diag(tf), mvn_softplus(tf)),
        mvn_diag(tf).kl_divergence(mvn_multiplier(tf)),
        mvn_diag(tf).cross_entropy(mvn_identity(tf)),
    ],
    kl_mvn_dense=lambda tf: [
        ds(tf).kl_divergence(mvn_tril(tf), mvn_full(tf)),
        mvn_full(tf).kl_divergence(ds(tf).MultivariateNormalDiag(waves(2))),
    ],
    vector_exponential_without_loc=lambda tf: [
        ds(tf).VectorExponentialDiag(scale_diag=POSITIVE).mean(),
        ds(tf).VectorExponentialDiag(scale_diag=POSITIVE).mode(),
    ],
    kl_independent=lambda tf: [
        ds(tf).kl_divergence(
            independent(tf), ds(tf).Independent(tf.distributions.Normal(waves(2, 3), 1.0), 1)
        )
    ],
    kl_independent_misfit=lambda tf: [
        ds(tf).kl_divergence(
            independent(tf), ds(tf).Independent(tf.distributions.Normal(waves(2, 2), 1.0), 1)
        )
    ],
    independent_default=lambda tf: [
        ds(tf).Independent(tf.distributions.Normal(waves(4, 2, 3), 1.0)).log_prob(waves(4, 2, 3))
    ],
    independent_too_many=lambda tf: [ds(tf).Independent(mvn_diag(tf), 3).mean()],
    independent_of_unknown=lambda tf: _independent_of_unknown(tf),
    kl_one_hot=lambda tf: [
        ds(tf).kl_divergence(one_hot(tf), ds(tf).OneHotCategorical(probs=PROBS))
    ],
    one_hot_broadcast=lambda tf: [
        ds(tf).OneHotCategorical(probs=PROBS, dtype=tf.float32).log_prob(np.float32([0, 1, 0]))
    ],
    one_hot_of_unknown=lambda tf: _one_hot_of_unknown(tf),
    relaxed_temperature=lambda tf: [
        ds(tf)
        .RelaxedBernoulli(tf.placeholder_with_default(-1.0, []), 0.5, validate_args=True)
        .sample()
    ],
    relaxed_gradients=lambda tf: _relaxed_gradients(tf),
)


def _unknown(tf):
    loc, feed = fed(tf, waves(2, 3), None)
    scale, more = fed(tf, POSITIVE, [None, None])
    feed.update(more)
    d = ds(tf).MultivariateNormalDiag(loc, scale, validate_args=True)
    found = [d.sample(4, seed=1), d.log_prob(waves(2, 3)), d.mean(), d.entropy()]
    return found + [d.batch_shape_tensor(), d.event_shape_tensor()], feed


def _gradients(tf):
    loc, feed = fed(tf, waves(2, 3))
    scale, more = fed(tf, POSITIVE)
    feed.update(more)
    d = ds(tf).MultivariateNormalDiag(loc, scale)
    prior = ds(tf).MultivariateNormalDiag(tf.zeros([3]))
    y = d.kl_divergence(prior) + prior.log_prob(d.sample(4, seed=1))
    return grad_of(tf, y, [loc, scale], feed)


def _in_scope(tf):
    with tf.name_scope("outer"):
        found = [mvn_diag(tf).mean(), mvn_tril(tf).mean()]
    return found + [mvn_diag(tf).stddev()]


def _independent_of_unknown(tf):
    loc, feed = fed(tf, waves(4, 2, 3), None)
    d = ds(tf).Independent(tf.distributions.Normal(loc, 1.0), validate_args=True)
    found = [d.sample(2, seed=1), d.log_prob(waves(4, 2, 3)), d.batch_shape_tensor()]
    return found + [d.event_shape_tensor(), d.entropy()], feed


def _one_hot_of_unknown(tf):
    logits, feed = fed(tf, waves(4, 2, 3), None)
    d = ds(tf).OneHotCategorical(logits, dtype=tf.float32)
    return [d.sample(2, seed=1), d.log_prob(PROBS), d.mode(), d.batch_shape_tensor()], feed


def _relaxed_gradients(tf):
    logits, feed = fed(tf, waves(2, 3))
    y = ds(tf).RelaxedOneHotCategorical(0.5, logits).sample(4, seed=1)
    return grad_of(tf, y, [logits], feed)
