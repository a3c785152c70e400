"""Normalizing flows: masked autoregressive ones, RealNVP, batch normalization; training steps."""

import numpy as np
from case_tools import Cases, fed, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple


def bijectors(tf):
    return tf.contrib.distributions.bijectors


def _variables(tf):
    return [v for v in tf.trainable_variables()]


def _flow(tf, bijector, size=3, **kwargs):
    return tf.contrib.distributions.TransformedDistribution(
        tf.contrib.distributions.MultivariateNormalDiag(np.zeros(size, np.float32)),
        bijector,
        **kwargs,
    )


def _maf(tf, name="maf", hidden=(6, 6), **kwargs):
    template = bijectors(tf).masked_autoregressive_default_template(list(hidden), name=name)
    return bijectors(tf).MaskedAutoregressiveFlow(template, **kwargs)


def _nvp(tf, **kwargs):
    template = bijectors(tf).real_nvp_default_template([4], name="nvp", **kwargs)
    return bijectors(tf).RealNVP(2, template)


@case
def masked_dense(tf):
    x = tf.constant(waves(2, 4))
    y = bijectors(tf).masked_dense(x, 8, num_blocks=4, exclusive=True, name="first")
    y = bijectors(tf).masked_dense(y, 4, num_blocks=4, activation=tf.nn.relu)
    return [y] + _variables(tf)


@case
def masked_dense_of_unknown(tf):
    return [bijectors(tf).masked_dense(tf.placeholder(tf.float32, [2, None]), 8, 4)]


@case
def maf_density(tf):
    d = _flow(tf, _maf(tf))
    loss = -tf.reduce_mean(d.log_prob(waves(2, 3)))
    return [loss] + list(tf.gradients(loss, _variables(tf)))


@case
def maf_samples(tf):
    d = _flow(tf, _maf(tf))
    y = d.sample(4, seed=1)
    return [y, d.log_prob(y)]


@case
def maf_unrolled(tf):
    d = _flow(tf, _maf(tf, unroll_loop=True))
    y = d.sample(4, seed=1)
    return [y] + list(tf.gradients(y, _variables(tf)))


@case
def maf_shift_only(tf):
    template = bijectors(tf).masked_autoregressive_default_template([6], shift_only=True)
    b = bijectors(tf).MaskedAutoregressiveFlow(template, is_constant_jacobian=True)
    d = _flow(tf, b)
    return [d.log_prob(waves(2, 3)), b.forward(tf.constant(waves(2, 3)))]


@case
def iaf(tf):
    """An inverse autoregressive flow, of several steps with permutations between."""
    b = bijectors(tf)
    steps = []
    for i in range(2):
        steps.append(b.Invert(_maf(tf, f"step{i}", (4,))))
        steps.append(b.Permute([2, 1, 0]))
    d = _flow(tf, b.Chain(steps[:-1]))
    y = d.sample(4, seed=1)
    return [y, d.log_prob(y)]


@case
def maf_of_own_function(tf):
    b = bijectors(tf).MaskedAutoregressiveFlow(lambda y: (tf.zeros_like(y) + 0.5, None), name="own")
    x = tf.constant(waves(2, 3))
    return [b.forward(x), b.inverse(x), b.inverse_log_det_jacobian(x, 1)]


@case
def maf_of_unknown(tf):
    return [_maf(tf, unroll_loop=True).forward(tf.placeholder(tf.float32, [2, None]))]


@case
def real_nvp(tf):
    b = _nvp(tf)
    d = _flow(tf, b)
    y = d.sample(4, seed=1)
    loss = -tf.reduce_mean(d.log_prob(waves(2, 3)))
    found = [y, loss, b.forward_log_det_jacobian(tf.constant(waves(2, 3)), 1)]
    return found + list(tf.gradients(loss, _variables(tf)))


@case
def real_nvp_shift_only(tf):
    b = _nvp(tf, shift_only=True)
    x = tf.constant(waves(2, 3))
    return [b.inverse(x), b.inverse_log_det_jacobian(x, 1), b.forward_log_det_jacobian(x, 1)]


simple(
    real_nvp_of_none=lambda tf: [bijectors(tf).RealNVP(0, None)],
    real_nvp_of_all=lambda tf: [bijectors(tf).RealNVP(3, None).forward(tf.constant(waves(2, 3)))],
    real_nvp_of_unknown=lambda tf: [
        bijectors(tf).RealNVP(1, None).forward(tf.placeholder(tf.float32, [2, None]))
    ],
    batch_normalization_of_unknown=lambda tf: [
        bijectors(tf)
        .BatchNormalization()
        .inverse_log_det_jacobian(tf.placeholder(tf.float32, [None, 2]), 1)
    ],
    batch_normalization_of_other=lambda tf: [bijectors(tf).BatchNormalization(tf.layers.Dense(1))],
    batch_normalization_renorm=lambda tf: [
        bijectors(tf).BatchNormalization(tf.layers.BatchNormalization(renorm=True))
    ],
)


@case
def batch_normalization(tf):
    b = bijectors(tf).BatchNormalization()
    y = tf.constant(waves(4, 3))
    x = b.inverse(y)
    return [x, b.inverse_log_det_jacobian(y, 1)]


@case
def batch_normalization_forward(tf):
    # With the inverse in the same run, TensorFlow's rewriting of graphs changes the sign.
    b = bijectors(tf).BatchNormalization()
    z = tf.constant(waves(4, 3) + 1)
    return [b.forward(z), b.forward_log_det_jacobian(z, 1)]


@case
def batch_normalization_saved(tf):
    layer = tf.layers.BatchNormalization(axis=-1, scale=True, center=False)
    b = bijectors(tf).BatchNormalization(layer, training=False)
    y = tf.constant(waves(4, 2, 3))
    return [b.inverse(y), b.inverse_log_det_jacobian(y, 1), b.forward(tf.identity(y))]


@case
def auto_encoder(tf):
    """The loss of a variational auto-encoder and its gradients, with draws in between."""
    x, feed = fed(tf, np.float32([[0, 1, 1, 0], [1, 1, 0, 0]]), [None, 4])
    ds = tf.contrib.distributions
    hidden = tf.layers.dense(x, 5, tf.nn.relu, name="encoder")
    code = ds.MultivariateNormalDiag(
        tf.layers.dense(hidden, 2, name="loc"),
        tf.nn.softplus(tf.layers.dense(hidden, 2, name="scale")),
    )
    logits = tf.layers.dense(code.sample(3, seed=1), 4, name="decoder")
    data = ds.Independent(ds.Bernoulli(logits), 1)
    prior = ds.MultivariateNormalDiag(tf.zeros(2), tf.ones(2))
    bound = tf.reduce_mean(data.log_prob(x), 0) - ds.kl_divergence(code, prior)
    loss = -tf.reduce_mean(bound)
    return [loss] + list(tf.gradients(loss, _variables(tf))), feed
