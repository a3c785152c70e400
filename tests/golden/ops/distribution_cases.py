"""tf.distributions: graphs, samples, probabilities, statistics, divergences, checks."""

import numpy as np
from case_tools import Cases, fed, grad_of, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple

POSITIVE = np.float32([[0.5, 1.5, 2.0], [4.0, 0.25, 1.0]])
NAN = np.float32(np.nan)
PROBS = np.float32([[0.25, 0.5, 0.25], [0.125, 0.125, 0.75]])
STATISTICS = "mean stddev variance mode entropy".split()


def normal(tf, **kwargs):
    return tf.distributions.Normal(waves(2, 1), POSITIVE, **kwargs)


def categorical(tf, **kwargs):
    return tf.distributions.Categorical(logits=waves(2, 3), **kwargs)


def uniform(tf, **kwargs):
    return tf.distributions.Uniform(waves(2, 1), POSITIVE + 1, **kwargs)


def laplace(tf, **kwargs):
    return tf.distributions.Laplace(waves(2, 1), POSITIVE, **kwargs)


def bernoulli(tf, **kwargs):
    return tf.distributions.Bernoulli(logits=waves(2, 3), **kwargs)


def gamma(tf, **kwargs):
    return tf.distributions.Gamma(POSITIVE, np.float32([[2.0], [0.5]]), **kwargs)


def exponential(tf, **kwargs):
    return tf.distributions.Exponential(POSITIVE, **kwargs)


def beta(tf, **kwargs):
    return tf.distributions.Beta(POSITIVE, POSITIVE[::-1] + 1, **kwargs)


def dirichlet(tf, **kwargs):
    return tf.distributions.Dirichlet(POSITIVE, **kwargs)


def dirichlet_multinomial(tf, **kwargs):
    return tf.distributions.DirichletMultinomial(4.0, POSITIVE, **kwargs)


def multinomial(tf, **kwargs):
    return tf.distributions.Multinomial(np.float32([4, 4]), logits=waves(2, 3), **kwargs)


def student_t(tf, **kwargs):
    return tf.distributions.StudentT(POSITIVE + 1, waves(2, 1), 2.0, **kwargs)


COUNTS = np.float32([[1, 2, 1], [3, 0, 1]])
# A distribution, a value, its methods beside those of all.
FAMILIES = [
    (normal, waves(2, 3), "cdf log_cdf survival_function log_survival_function", STATISTICS),
    (categorical, np.int32([0, 2]), "cdf log_cdf survival_function", ["mode", "entropy"]),
    (uniform, waves(2, 3), "cdf log_cdf log_survival_function", "mean stddev entropy".split()),
    (laplace, waves(2, 3), "cdf log_cdf survival_function log_survival_function", STATISTICS),
    (bernoulli, np.int32([[0, 1, 1], [1, 0, 0]]), "", STATISTICS),
    (gamma, POSITIVE, "cdf log_cdf survival_function", STATISTICS),
    (exponential, POSITIVE, "cdf log_survival_function", STATISTICS),
    (beta, PROBS, "cdf log_cdf", STATISTICS),
    (dirichlet, PROBS, "", "mean stddev variance entropy covariance".split()),
    (dirichlet_multinomial, COUNTS, "", ["mean", "variance", "stddev", "covariance"]),
    (multinomial, COUNTS, "", ["mean", "variance", "stddev", "covariance"]),
    (student_t, waves(2, 3), "cdf survival_function", STATISTICS),
]


def _family_cases(make, value, of_values, statistics):
    def samples(tf):
        d = make(tf)
        found = [d.sample(seed=3), d.sample(4, seed=5), d.sample([2, 3], name="drawn")]
        # TensorFlow draws for the members of the batch at once, in the order that threads come.
        return (found, None) if make is multinomial else found

    def values(tf):
        d = make(tf)
        names = ["log_prob", "prob"] + of_values.split()
        return [getattr(d, name)(value) for name in names]

    def of_statistics(tf):
        d = make(tf, name="named")
        return [getattr(d, name)() for name in statistics]

    def validated(tf):
        d = make(tf, validate_args=True, allow_nan_stats=False)
        return [d.log_prob(value), d.entropy() if "entropy" in statistics else d.mean()]

    def missing(tf):
        return [make(tf).quantile(0.5)]

    def shapes(tf):
        d = make(tf)
        shape, event = d.batch_shape.as_list(), d.event_shape.as_list()
        found = [d.batch_shape_tensor(), d.event_shape_tensor(), d.is_scalar_batch()]
        return found + [d.is_scalar_event(), tf.constant(shape), tf.constant(event, tf.int32)]

    def described(tf):
        d = make(tf)
        return [tf.constant([str(d), repr(d), repr(d.reparameterization_type)])]

    for made in (samples, values, of_statistics, validated, missing, shapes, described):
        CASES[make.__name__ + "_" + made.__name__] = made


for _family in FAMILIES:
    _family_cases(*_family)


@case
def normal_quantile(tf):
    p, feed = fed(tf, np.float32([0.0, 1e-20, 1e-3, 0.2, 0.5, 0.9, 0.999, 1.0]))
    return [tf.distributions.Normal(1.0, 2.0).quantile(p)], feed


@case
def normal_tails(tf):
    x, feed = fed(tf, np.float64([-40, -20, -10, -3, 0, 3, 6, 10, 40]), [None])
    d = tf.distributions.Normal(np.float64(0), np.float64(1))
    return grad_of(tf, d.log_cdf(x), [x], feed)


@case
def normal_gradients(tf):
    loc, feed = fed(tf, waves(2, 1), [None, 1])
    scale, more = fed(tf, POSITIVE, None)
    feed.update(more)
    d = tf.distributions.Normal(loc, scale)
    y = d.log_prob(d.sample(3, seed=1)) + d.entropy()
    return grad_of(tf, y, [loc, scale], feed)


@case
def sample_shape_of_unknown_rank(tf):
    n, feed = fed(tf, np.int32([2, 3]), None)
    return [normal(tf).sample(n, seed=1)], feed


@case
def sample_shape_unknown_scalar(tf):
    n, feed = fed(tf, np.int32(4))
    return [normal(tf).sample(n, seed=1)], feed


simple(
    sample_shape_of_rank_2=lambda tf: [normal(tf).sample([[1, 2]])],
    normal_of_two_dtypes=lambda tf: [tf.distributions.Normal(0.0, np.float64(1)).sample()],
    normal_of_integers=lambda tf: [tf.distributions.Normal(0, 1).sample()],
    normal_negative_scale=lambda tf: [
        tf.distributions.Normal(0.0, tf.placeholder_with_default(-1.0, []), True).mean()
    ],
    normal_param_shapes=lambda tf: [
        tf.distributions.Normal.param_shapes([2, 3])[k] for k in ("loc", "scale")
    ],
    normal_copy=lambda tf: [normal(tf).copy(loc=3.0).mean()],
    normal_in_scope=lambda tf: _in_scope(tf),
    kl_normal=lambda tf: [
        tf.distributions.kl_divergence(normal(tf), tf.distributions.Normal(1.0, 2.0)),
        normal(tf).kl_divergence(tf.distributions.Normal(0.0, [1.0, 2.0, 3.0])),
        normal(tf).cross_entropy(tf.distributions.Normal(0.0, 1.0)),
    ],
    kl_normal_checked=lambda tf: [
        tf.distributions.kl_divergence(normal(tf), normal(tf), allow_nan_stats=False)
    ],
    kl_normal_nan=lambda tf: [
        normal(tf, allow_nan_stats=False).kl_divergence(
            tf.distributions.Normal(tf.placeholder_with_default(NAN, []), 1.0)
        )
    ],
    kl_categorical=lambda tf: [
        tf.distributions.kl_divergence(categorical(tf), tf.distributions.Categorical(probs=PROBS))
    ],
    kl_bernoulli=lambda tf: [
        tf.distributions.kl_divergence(bernoulli(tf), tf.distributions.Bernoulli(probs=PROBS))
    ],
    bernoulli_broadcast=lambda tf: [
        bernoulli(tf).log_prob([[[1.0, 0.0, 0.5]]]),
        tf.distributions.Bernoulli(probs=PROBS, dtype=tf.float32).sample(seed=1),
    ],
    bernoulli_of_two=lambda tf: [
        bernoulli(tf, validate_args=True).log_prob(tf.placeholder_with_default([2, 0, 1], [3]))
    ],
    bernoulli_probs_validated=lambda tf: [
        tf.distributions.Bernoulli(
            probs=tf.placeholder_with_default(PROBS * 2, [2, 3]), validate_args=True
        ).mean()
    ],
    uniform_empty=lambda tf: [
        tf.distributions.Uniform(tf.placeholder_with_default(1.0, []), 1.0, True).mean()
    ],
    softplus_scales=lambda tf: [
        tf.contrib.distributions.NormalWithSoftplusScale(0.0, [-1.0, 1.0]).prob(0.5),
        tf.contrib.distributions.LaplaceWithSoftplusScale(0.0, [-1.0, 1.0]).prob(0.5),
    ],
    kl_gamma=lambda tf: [
        tf.distributions.kl_divergence(gamma(tf), tf.distributions.Gamma(2.0, POSITIVE)),
        gamma(tf).kl_divergence(exponential(tf)),
    ],
    kl_beta=lambda tf: [beta(tf).kl_divergence(tf.distributions.Beta(2.0, [1.0, 2.0, 3.0]))],
    kl_dirichlet=lambda tf: [dirichlet(tf).cross_entropy(tf.distributions.Dirichlet([1.0] * 3))],
    beta_broadcast=lambda tf: [
        tf.distributions.Beta([[1.5], [2.0]], [1.5, 2.0, 3.0]).sample(2, seed=4),
        tf.distributions.Beta([[1.5], [2.0]], [1.5, 2.0, 3.0]).prob(0.5),
    ],
    beta_cdf_misfit=lambda tf: [tf.distributions.Beta([1.5, 2.0], 1.0).cdf(0.5)],
    beta_without_parameter=lambda tf: [tf.distributions.Beta(1.0).mean()],
    beta_sample_outside=lambda tf: [
        beta(tf, validate_args=True).prob(tf.placeholder_with_default(PROBS + 0.5, [2, 3]))
    ],
    modes_undefined=lambda tf: [
        tf.distributions.Dirichlet([[0.5, 2.0], [2.0, 3.0]]).mode(),
        tf.distributions.Dirichlet([2.0, 3.0]).mode(),
        tf.distributions.Gamma([0.5, 2.0], 1.0).mode(),
        tf.distributions.Beta([0.5, 2.0], 3.0).mode(),
    ],
    gamma_mode_checked=lambda tf: [gamma(tf, allow_nan_stats=False).mode()],
    beta_mode_checked=lambda tf: [beta(tf, allow_nan_stats=False).mode()],
    dirichlet_mode_checked=lambda tf: [
        tf.distributions.Dirichlet(
            tf.placeholder_with_default([0.5, 2.0], [None]), allow_nan_stats=False
        ).mode()
    ],
    dirichlet_mode_misfit=lambda tf: [dirichlet(tf).mode()],
    dirichlet_of_scalar=lambda tf: [tf.distributions.Dirichlet(1.0, validate_args=True).mean()],
    dirichlet_of_one=lambda tf: [tf.distributions.Dirichlet([1.0], validate_args=True).mean()],
    dirichlet_sum=lambda tf: [
        dirichlet(tf, validate_args=True).prob(tf.placeholder_with_default(PROBS * 2, [2, 3]))
    ],
    dirichlet_multinomial_of_counts=lambda tf: [
        tf.distributions.DirichletMultinomial([4.0, 6.0], POSITIVE).sample()
    ],
    multinomial_scalar=lambda tf: [
        tf.distributions.Multinomial(5.0, probs=PROBS[0]).sample(seed=6),
        tf.distributions.Multinomial(5.0, probs=PROBS[0]).prob([1.0, 2.0, 2.0]),
    ],
    dirichlet_multinomial_wrong_sum=lambda tf: [
        dirichlet_multinomial(tf, validate_args=True).prob(
            tf.placeholder_with_default(COUNTS + 1, [2, 3])
        )
    ],
    dirichlet_multinomial_fraction=lambda tf: [
        dirichlet_multinomial(tf, validate_args=True).prob(
            tf.placeholder_with_default(COUNTS / 2, [2, 3])
        )
    ],
    student_t_undefined=lambda tf: [
        tf.distributions.StudentT([0.5, 1.5, 3.0], 1.0, 2.0).mean(),
        tf.distributions.StudentT([0.5, 1.5, 3.0], 1.0, 2.0).variance(),
    ],
    student_t_mean_checked=lambda tf: [
        tf.distributions.StudentT(
            tf.placeholder_with_default([0.5], [1]), 1.0, 2.0, allow_nan_stats=False
        ).mean()
    ],
    exponential_float64=lambda tf: [
        tf.distributions.Exponential(np.float64([1.0, 2.0])).sample(3, seed=2)
    ],
    exponential_param_shapes=lambda tf: [tf.distributions.Exponential.param_shapes([2])["rate"]],
    softplus_parameters=lambda tf: _softplus(tf),
    fill_triangular=lambda tf: [
        tf.contrib.distributions.fill_triangular(waves(2, 6)),
        tf.contrib.distributions.fill_triangular(waves(2, 6), upper=True),
    ],
    fill_triangular_misfit=lambda tf: [tf.contrib.distributions.fill_triangular(waves(2, 5))],
    fill_triangular_unknown=lambda tf: _fed_to(
        tf, tf.contrib.distributions.fill_triangular, waves(2, 6)
    ),
    fill_triangular_inverse=lambda tf: [
        tf.contrib.distributions.fill_triangular_inverse(waves(2, 3, 3)),
        tf.contrib.distributions.fill_triangular_inverse(waves(2, 3, 3), upper=True),
    ],
    fill_triangular_inverse_unknown=lambda tf: _fed_to(
        tf, tf.contrib.distributions.fill_triangular_inverse, waves(2, 3, 3)
    ),
    softplus_inverse=lambda tf: _fed_to(
        tf,
        tf.contrib.distributions.softplus_inverse,
        np.float32([1e-8, 0.1, 1.0, 5.0, 50.0]),
    ),
    weighted_logsumexp=lambda tf: [
        *tf.contrib.distributions.reduce_weighted_logsumexp(
            waves(2, 3), waves(2, 1), axis=-1, return_sign=True
        ),
        tf.contrib.distributions.reduce_weighted_logsumexp(waves(2, 3), axis=0, keep_dims=True),
        tf.contrib.distributions.reduce_weighted_logsumexp(waves(2, 3), 2.0, axis=[0, 1]),
    ],
    own_class=lambda tf: _own_methods(tf),
    own_class_mean=lambda tf: [_own_class(tf)(1.0).mean()],
    own_class_quantile=lambda tf: [_own_class(tf)(1.0).quantile(0.5)],
    own_divergence=lambda tf: _own_divergence(tf),
    register_no_function=lambda tf: [
        tf.distributions.RegisterKL(tf.distributions.Normal, tf.distributions.Uniform)(3)
    ],
    register_twice=lambda tf: _register_twice(tf),
    kl_missing=lambda tf: [tf.distributions.kl_divergence(normal(tf), categorical(tf))],
    categorical_of_both=lambda tf: [tf.distributions.Categorical(PROBS, PROBS).mode()],
    categorical_of_integers=lambda tf: [tf.distributions.Categorical([1, 2]).mode()],
    categorical_of_scalar=lambda tf: [tf.distributions.Categorical(1.0).mode()],
    categorical_of_one_class=lambda tf: [
        tf.distributions.Categorical([[1.0]], validate_args=True).mode()
    ],
    categorical_int64=lambda tf: [categorical(tf, dtype=tf.int64).sample(5, seed=2)],
    categorical_float=lambda tf: [
        categorical(tf, dtype=tf.float32).sample(5, seed=2),
        categorical(tf, dtype=tf.float32).log_prob([[0.0], [2.0]]),
    ],
    categorical_probs_validated=lambda tf: [
        tf.distributions.Categorical(
            probs=tf.placeholder_with_default(PROBS * 2, [2, 3]), validate_args=True
        ).entropy()
    ],
    categorical_negative=lambda tf: [
        categorical(tf, validate_args=True).log_prob(tf.placeholder_with_default([-1, 0], [2]))
    ],
    categorical_fraction=lambda tf: [
        categorical(tf, validate_args=True).prob(tf.placeholder_with_default([0.5, 0.0], [2]))
    ],
    categorical_of_bool=lambda tf: [categorical(tf).prob([True, False])],
)


def _own_class(tf):
    """A distribution that has a density, a standard deviation and a shape, and no more."""

    class Ramp(tf.distributions.Distribution):
        def __init__(self, top):
            with tf.name_scope("Ramp") as scope:
                self.top = tf.identity(top, name="top")
            super().__init__(
                dtype=self.top.dtype,
                reparameterization_type=tf.distributions.NOT_REPARAMETERIZED,
                validate_args=False,
                allow_nan_stats=True,
                graph_parents=[self.top],
                name=scope,
            )

        def _prob(self, value):
            """Twice the value."""
            return 2.0 * value / self.top

        def _log_cdf(self, value):
            return 2.0 * tf.log(value)

        def _stddev(self):
            return self.top / 18.0

        def _batch_shape(self):
            return self.top.shape

        def _event_shape(self):
            return tf.TensorShape([])

        def _sample_n(self, n, seed=None):
            return tf.ones(tf.concat([[n], tf.shape(self.top)], 0)) * self.top

    assert "Twice the value." in Ramp.prob.__doc__
    return Ramp


def _own_methods(tf):
    ramp = _own_class(tf)([1.0, 2.0])
    return [
        ramp.log_prob(0.5),
        ramp.cdf(0.5),
        ramp.survival_function(0.5),
        ramp.log_survival_function(0.5),
        ramp.variance(),
        ramp.sample([2, 2]),
        ramp.sample(tf.placeholder_with_default([3, 1], None)),
    ]


def _own_divergence(tf):
    own = _own_class(tf)

    class Child(own):
        pass

    @tf.distributions.RegisterKL(own, tf.distributions.Normal)
    def kl(a, b, name=None):
        return a.top - (b.loc if hasattr(b, "loc") else b.top)

    found = [Child([3.0]).kl_divergence(normal(tf))]
    tf.distributions.RegisterKL(own, own)(kl)
    return found + [tf.distributions.kl_divergence(Child(2.0), Child(1.0))]


def _register_twice(tf):
    own = _own_class(tf)
    # Named in the message, so a class: a function would be at another place each time.
    for _ in range(2):
        tf.distributions.RegisterKL(own, own)(Cases)
    return []


def _fed_to(tf, function, value):
    x, feed = fed(tf, value, [None] * value.ndim)
    return grad_of(tf, function(x), [x], feed)


def _softplus(tf):
    contrib, x = tf.contrib.distributions, np.float32([-1.0, 1.0])
    made = [
        contrib.GammaWithSoftplusConcentrationRate(x, 2.0),
        contrib.ExponentialWithSoftplusRate(x),
        contrib.BetaWithSoftplusConcentration(x, 2.0),
        contrib.StudentTWithAbsDfSoftplusScale(x * 3, 0.0, x),
    ]
    return [d.prob(0.5) for d in made]


def _in_scope(tf):
    with tf.name_scope("outer"):
        d = tf.distributions.Normal(0.0, 1.0, name="prior")
        other = tf.distributions.Normal(0.0, 1.0, name="prior")
    return [d.prob(0.5), other.prob(0.5), tf.constant([d.name, other.name])]


def _categorical_unknown(shape):
    def made(tf):
        logits, feed = fed(tf, waves(2, 3), shape)
        k, more = fed(tf, np.int32([1, 2]), [None])
        feed.update(more)
        d = tf.distributions.Categorical(logits, validate_args=shape is None)
        found = [d.sample(4, seed=1), d.log_prob(k), d.cdf(k), d.mode(), d.entropy()]
        return found + [d.batch_shape_tensor(), d.event_size] + tf.gradients(found[1], logits), feed

    return made


for _rank, _shape in (("rank", None), ("sizes", [None, None]), ("batch", [None, 3])):
    CASES["categorical_unknown_" + _rank] = _categorical_unknown(_shape)
