"""Mixtures, rounded and reshaped distributions, matrices, and others made of several parts."""

import numpy as np
from case_tools import Cases, fed, grad_of, waves
from family_tools import add_family

CASES = Cases()
case, simple = CASES.case, CASES.simple

POSITIVE = np.float32([[0.5, 1.5, 2.0], [4.0, 0.25, 1.0]])
PROBS = np.float32([[0.25, 0.5, 0.25], [0.125, 0.125, 0.75]])
LOWER = np.float32([[[2, 0], [1, 3]], [[1, 0], [-1, 0.5]], [[4, 0], [0.5, 0.25]]])
SCALE = np.float32([[4, 1], [1, 2.5]])
ALL_STATISTICS = "mean stddev variance mode entropy"
TAILS = "log_prob prob cdf log_cdf survival_function log_survival_function"


def ds(tf):
    return tf.contrib.distributions


def sinh_arcsinh(tf, **kwargs):
    return ds(tf).SinhArcsinh(waves(3), POSITIVE, 0.5, 1.5, **kwargs)


def vector_sinh_arcsinh(tf, **kwargs):
    return ds(tf).VectorSinhArcsinhDiag(waves(3), POSITIVE, tailweight=1.5, **kwargs)


def kumaraswamy(tf, **kwargs):
    return ds(tf).Kumaraswamy(POSITIVE + 1, np.float32([[2], [3]]), **kwargs)


def mixture(tf, **kwargs):
    normal = tf.distributions.Normal(waves(2), 1.0)
    laplace = tf.distributions.Laplace(waves(2), 2.0)
    cat = tf.distributions.Categorical(probs=PROBS[:, :2])
    return ds(tf).Mixture(cat, [normal, laplace], **kwargs)


def mixture_of_vectors(tf, **kwargs):
    parts = [ds(tf).MultivariateNormalDiag(waves(2, 3) + i, POSITIVE) for i in range(3)]
    cat = tf.distributions.Categorical(probs=PROBS)
    return ds(tf).Mixture(cat, parts, **kwargs)


def static_mixture(tf, **kwargs):
    parts = [ds(tf).MultivariateNormalDiag(waves(2, 3) + i, POSITIVE) for i in range(3)]
    cat = tf.distributions.Categorical(probs=PROBS)
    return ds(tf).Mixture(cat, parts, use_static_graph=True, **kwargs)


def same_family(tf, **kwargs):
    cat = tf.distributions.Categorical(probs=PROBS)
    return ds(tf).MixtureSameFamily(cat, tf.distributions.Normal(waves(2, 3), POSITIVE), **kwargs)


def same_family_of_vectors(tf, **kwargs):
    cat = tf.distributions.Categorical(logits=waves(4, 3))
    parts = ds(tf).MultivariateNormalDiag(waves(4, 3, 2), POSITIVE[0, :2])
    return ds(tf).MixtureSameFamily(cat, parts, **kwargs)


def quantized(tf, **kwargs):
    return ds(tf).QuantizedDistribution(
        tf.distributions.Normal(waves(2, 1), POSITIVE), low=-2.0, high=3.0, **kwargs
    )


def quantized_open(tf, **kwargs):
    return ds(tf).QuantizedDistribution(tf.distributions.Uniform(0.0, [4.0, 5.0]), **kwargs)


def batch_reshape(tf, **kwargs):
    base = ds(tf).MultivariateNormalDiag(waves(4, 3), np.concatenate([POSITIVE, POSITIVE + 1]))
    return ds(tf).BatchReshape(base, [2, 2], **kwargs)


def batch_reshape_scalars(tf, **kwargs):
    base = tf.distributions.Normal(waves(6), 1.0)
    return ds(tf).BatchReshape(base, [2, 3], **kwargs)


def wishart(tf, **kwargs):
    return ds(tf).WishartFull(4.5, np.stack([SCALE, SCALE * 2, SCALE + 1]), **kwargs)


def wishart_cholesky(tf, **kwargs):
    return ds(tf).WishartCholesky(4.0, np.abs(LOWER), True, **kwargs)


def autoregressive(tf, **kwargs):
    matrix = np.float32(np.tril(np.ones([3, 3]), -1)) * 0.5

    def normal(x=None):
        loc = tf.zeros([3]) if x is None else tf.tensordot(x, matrix.T, 1)
        return ds(tf).Independent(tf.distributions.Normal(loc, 1.0), 1)

    return ds(tf).Autoregressive(normal, tf.zeros([3]), **kwargs)


ROUND = np.float32([[-2, 0, 1], [3, -1, 4]])
add_family(CASES, sinh_arcsinh, waves(2, 3), TAILS, "")
add_family(CASES, vector_sinh_arcsinh, waves(2, 3), "log_prob prob", "")
add_family(CASES, kumaraswamy, PROBS, TAILS, ALL_STATISTICS)
add_family(CASES, mixture, waves(2), "log_prob prob log_cdf cdf", "mean stddev variance")
add_family(CASES, mixture_of_vectors, waves(2, 3), "log_prob prob", "mean stddev")
add_family(CASES, static_mixture, waves(2, 3), "log_prob", "mean")
add_family(CASES, same_family, waves(2), "log_prob prob log_cdf cdf", "mean stddev variance")
add_family(
    CASES,
    same_family_of_vectors,
    waves(4, 2),
    "log_prob prob",
    "mean stddev variance covariance",
)
add_family(CASES, quantized, ROUND, TAILS, "", checks=False)
add_family(CASES, quantized_open, ROUND[:, :2] + 3, TAILS, "", checks=False, gradient=False)
add_family(CASES, batch_reshape, waves(2, 2, 3), "log_prob prob", ALL_STATISTICS + " covariance")
add_family(CASES, batch_reshape_scalars, waves(2, 3), TAILS, ALL_STATISTICS)
add_family(CASES, wishart, np.stack([SCALE + i for i in range(3)]), "log_prob prob", ALL_STATISTICS)
add_family(CASES, wishart_cholesky, np.abs(LOWER), "log_prob", "mean mode variance entropy")
add_family(CASES, autoregressive, waves(2, 3), "log_prob prob", "")
del CASES["autoregressive_samples"]  # without a seed, one of NumPy's is taken

simple(
    sinh_arcsinh_of_laplace=lambda tf: [
        ds(tf)
        .SinhArcsinh(0.0, 2.0, distribution=tf.distributions.Laplace(0.0, 1.0), validate_args=True)
        .log_prob(waves(3))
    ],
    sinh_arcsinh_of_batch=lambda tf: [
        ds(tf).SinhArcsinh(0.0, 2.0, distribution=tf.distributions.Normal([0.0], 1.0)).mean()
    ],
    sinh_arcsinh_of_doubles=lambda tf: [
        ds(tf)
        .SinhArcsinh(0.0, 2.0, distribution=tf.distributions.Normal(np.float64(0), np.float64(1)))
        .mean()
    ],
    kumaraswamy_mode_undefined=lambda tf: [ds(tf).Kumaraswamy([0.5, 2.0], 2.0).mode()],
    mixture_entropy=lambda tf: [mixture(tf).entropy_lower_bound()],
    mixture_of_nothing=lambda tf: [ds(tf).Mixture(tf.distributions.Categorical([1.0]), [])],
    mixture_of_numbers=lambda tf: [ds(tf).Mixture(tf.distributions.Categorical([1.0]), [1])],
    mixture_no_categorical=lambda tf: [ds(tf).Mixture(1.0, [1])],
    mixture_count=lambda tf: [
        ds(tf).Mixture(
            tf.distributions.Categorical([1.0, 2.0]), [tf.distributions.Normal(0.0, 1.0)]
        )
    ],
    mixture_of_unknown=lambda tf: _mixture_of_unknown(tf),
    mixture_batch_misfit=lambda tf: [
        ds(tf)
        .Mixture(
            tf.distributions.Categorical(tf.placeholder_with_default([[1.0, 2.0]], [None, 2])),
            [
                tf.distributions.Normal(tf.placeholder_with_default(x, [None]), 1.0)
                for x in ([0.0], [0.0, 1.0])
            ],
            validate_args=True,
        )
        .log_prob(0.0)
    ],
    same_family_of_floats=lambda tf: [
        ds(tf).MixtureSameFamily(
            tf.distributions.Categorical([1.0], dtype=tf.float32),
            tf.distributions.Normal([0.0], 1.0),
        )
    ],
    same_family_count=lambda tf: [
        ds(tf).MixtureSameFamily(
            tf.distributions.Categorical([1.0, 2.0]), tf.distributions.Normal([0.0], 1.0)
        )
    ],
    same_family_batch=lambda tf: [
        ds(tf).MixtureSameFamily(
            tf.distributions.Categorical(PROBS), tf.distributions.Normal(waves(3, 3), 1.0)
        )
    ],
    quantized_ends=lambda tf: [
        ds(tf)
        .QuantizedDistribution(
            tf.distributions.Normal(0.0, 1.0),
            tf.placeholder_with_default(3.0, []),
            1.0,
            validate_args=True,
        )
        .prob(1.0)
    ],
    quantized_fraction=lambda tf: [
        quantized(tf, validate_args=True).prob(tf.placeholder_with_default(ROUND / 2, [2, 3]))
    ],
    batch_reshape_size=lambda tf: [
        ds(tf).BatchReshape(tf.distributions.Normal(waves(6), 1.0), [4, 2])
    ],
    batch_reshape_no_vector=lambda tf: [
        ds(tf).BatchReshape(tf.distributions.Normal(waves(6), 1.0), 6)
    ],
    batch_reshape_broadcast=lambda tf: [batch_reshape(tf).log_prob(waves(3))],
    batch_reshape_other=lambda tf: [batch_reshape(tf).log_prob(waves(2, 1, 3))],
    batch_reshape_of_unknown=lambda tf: _batch_reshape_of_unknown(tf),
    wishart_df=lambda tf: [ds(tf).WishartFull(1.0, SCALE).mean()],
    wishart_not_symmetric=lambda tf: [
        ds(tf)
        .WishartFull(3.0, tf.placeholder_with_default(LOWER[0], [2, 2]), validate_args=True)
        .mean()
    ],
    wishart_others=lambda tf: [
        wishart(tf).mean_log_det(),
        wishart(tf).log_normalization(),
        wishart(tf).scale(),
        wishart_cholesky(tf).scale(),
    ],
    wishart_cholesky_stddev=lambda tf: [wishart_cholesky(tf).stddev()],
    autoregressive_seeded=lambda tf: [
        autoregressive(tf).sample(seed=3),
        autoregressive(tf, name="own").sample([4, 2], seed=3),
    ],
    autoregressive_steps=lambda tf: [
        ds(tf).Autoregressive(lambda: tf.distributions.Normal(0.0, 1.0), num_steps=0)
    ],
    density_network=lambda tf: _density_network(tf),
)
# TensorFlow's checks of the arguments do not run.
del CASES["same_family_validated"], CASES["same_family_of_vectors_validated"]


def _mixture_of_unknown(tf):
    logits, feed = fed(tf, waves(2, 3), [None, 3])
    parts = [tf.distributions.Normal(tf.reduce_sum(logits, -1) + i, 1.0) for i in range(3)]
    d = ds(tf).Mixture(tf.distributions.Categorical(logits), parts, validate_args=True)
    return [d.sample(4, seed=1), d.log_prob(waves(2)), d.mean(), d.stddev()], feed


def _batch_reshape_of_unknown(tf):
    shape, feed = fed(tf, np.int32([2, -1]), [2])
    loc, more = fed(tf, waves(6), [None])
    feed.update(more)
    d = ds(tf).BatchReshape(tf.distributions.Normal(loc, 1.0), shape, validate_args=True)
    found = [d.sample(4, seed=1), d.log_prob(waves(2, 3)), d.mean(), d.batch_shape_tensor()]
    return found + [d.entropy(), d.event_shape_tensor()], feed


def _density_network(tf):
    """The loss of a mixture density network, and its gradients."""
    hidden, feed = fed(tf, waves(4, 9))
    logits, means, logs = tf.split(hidden, 3, -1)
    cat = tf.distributions.Categorical(logits=logits)
    means, logs = tf.unstack(means, axis=-1), tf.unstack(logs, axis=-1)
    parts = [tf.distributions.Normal(means[i], tf.exp(logs[i])) for i in range(3)]
    d = ds(tf).Mixture(cat, parts)
    loss = -tf.reduce_mean(d.log_prob(waves(4)))
    return grad_of(tf, loss, [hidden], feed)
