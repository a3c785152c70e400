"""tf.contrib.distributions.bijectors, and TransformedDistribution."""

import numpy as np
from case_tools import Cases, fed, grad_of, waves
from family_tools import add_family

CASES = Cases()
case, simple = CASES.case, CASES.simple

POSITIVE = np.float32([[0.5, 1.5, 2.0], [4.0, 0.25, 1.0]])
PROBS = np.float32([[0.25, 0.5, 0.25], [0.125, 0.125, 0.75]])
INCREASING = np.float32([[-1.0, 0.5, 2.0], [0.0, 0.25, 1.0]])
LOWER = np.float32([[[2, 0], [1, 3]], [[1, 0], [-1, 0.5]], [[4, 0], [0.5, 0.25]]])


def bijectors(tf):
    return tf.contrib.distributions.bijectors


# A bijector with keyword arguments, an x, how many axes it takes on the way and back.
KINDS = {
    "identity": (lambda b, **k: b.Identity(**k), waves(2, 3), 0, 0),
    "exp": (lambda b, **k: b.Exp(**k), waves(2, 3), 0, 0),
    "power_transform": (lambda b, **k: b.PowerTransform(0.5, **k), waves(2, 3), 0, 0),
    "sigmoid": (lambda b, **k: b.Sigmoid(**k), waves(2, 3), 0, 0),
    "softplus": (lambda b, **k: b.Softplus(np.float32(2.0), **k), waves(2, 3), 0, 0),
    "softsign": (lambda b, **k: b.Softsign(**k), waves(2, 3), 0, 0),
    "square": (lambda b, **k: b.Square(**k), POSITIVE, 0, 0),
    "affine_scalar": (lambda b, **k: b.AffineScalar(waves(3), -2.0, **k), waves(2, 3), 0, 0),
    "gumbel": (lambda b, **k: b.Gumbel(0.5, POSITIVE, **k), waves(2, 3), 0, 0),
    "kumaraswamy": (lambda b, **k: b.Kumaraswamy(POSITIVE, 2.0, **k), PROBS, 0, 0),
    "sinh_arcsinh": (lambda b, **k: b.SinhArcsinh(0.5, POSITIVE, **k), waves(2, 3), 0, 0),
    "permute": (lambda b, **k: b.Permute([2, 0, 1], **k), waves(2, 3), 1, 1),
    "ordered": (lambda b, **k: b.Ordered(**k), INCREASING, 1, 1),
    "softmax_centered": (lambda b, **k: b.SoftmaxCentered(**k), waves(2, 3), 1, 1),
    "fill_triangular": (lambda b, **k: b.FillTriangular(**k), waves(4, 6), 1, 2),
    "cholesky_outer_product": (lambda b, **k: b.CholeskyOuterProduct(**k), LOWER, 2, 2),
    "matrix_inverse_tril": (lambda b, **k: b.MatrixInverseTriL(**k), LOWER, 2, 2),
    "scale_tril": (lambda b, **k: b.ScaleTriL(b.Exp(), **k), waves(4, 6), 1, 2),
    "reshape": (lambda b, **k: b.Reshape([3, 2], [6], **k), waves(4, 6), 1, 2),
    "invert": (lambda b, **k: b.Invert(b.Exp(), **k), POSITIVE, 0, 0),
    "chain": (lambda b, **k: b.Chain([b.Exp(), b.AffineScalar(0.5, 2.0)], **k), waves(2, 3), 0, 0),
    "chain_of_vectors": (
        lambda b, **k: b.Chain([b.SoftmaxCentered(), b.AffineScalar(0.5), b.Permute([1, 0])], **k),
        waves(3, 2),
        1,
        1,
    ),
    "affine": (lambda b, **k: b.Affine(waves(3), **k), waves(2, 3), 1, 1),
    "affine_multiplier": (
        lambda b, **k: b.Affine(scale_identity_multiplier=np.float32(-2), **k),
        waves(2, 3),
        1,
        1,
    ),
    "affine_diag": (
        lambda b, **k: b.Affine(waves(3), scale_diag=POSITIVE, **k),
        waves(4, 2, 3),
        1,
        1,
    ),
    "affine_tril": (
        lambda b, **k: b.Affine(waves(2), np.float32(1.5), POSITIVE[0, :2], LOWER, **k),
        waves(4, 3, 2),
        1,
        1,
    ),
    "affine_low_rank": (
        lambda b, **k: b.Affine(
            scale_diag=POSITIVE[0],
            scale_perturb_factor=waves(3, 2),
            scale_perturb_diag=POSITIVE[0, :2],
            **k,
        ),
        waves(4, 3),
        1,
        1,
    ),
    "affine_linear_operator": (
        lambda b, **k: b.AffineLinearOperator(
            waves(3), b.tf.linalg.LinearOperatorDiag(POSITIVE, is_non_singular=True), **k
        ),
        waves(4, 2, 3),
        1,
        1,
    ),
    "inline": (
        lambda b, **k: b.Inline(
            b.tf.exp,
            b.tf.log,
            lambda y: -b.tf.log(y),
            lambda x: x,
            forward_min_event_ndims=0,
            name="own",
            **k,
        ),
        waves(2, 3),
        0,
        0,
    ),
}


class _Module:
    """The module of bijectors, with tf beside."""

    def __init__(self, tf):
        self.tf = tf

    def __getattr__(self, name):
        return getattr(self.tf.contrib.distributions.bijectors, name)


def _add(name, make, x, ndims, inverse_ndims):
    def whole(tf):
        b = make(_Module(tf))
        y = b.forward(x)
        found = [y, b.inverse(tf.identity(y)), b.forward_log_det_jacobian(x, ndims)]
        found.append(b.inverse_log_det_jacobian(tf.identity(y), inverse_ndims))
        # Nothing is computed again.
        again = b.forward_log_det_jacobian(x, ndims)
        shape = b.forward_event_shape(x.shape[x.ndim - ndims :])
        back = b.inverse_event_shape(shape).as_list()
        shape = shape.as_list()
        return found + [again, tf.constant(shape, tf.int32), tf.constant(back, tf.int32)]

    def cached(tf):
        b = make(_Module(tf))
        z = tf.constant(x)
        y = b.forward(z)
        assert b.inverse(y) is z
        assert b.forward(z) is y
        found = [b.inverse_log_det_jacobian(y, inverse_ndims + 1)]
        assert (
            b.is_constant_jacobian or b.inverse_log_det_jacobian(y, inverse_ndims + 1) is found[0]
        )
        return found + [b.forward_log_det_jacobian(z, ndims + 1)]

    def validated(tf):
        b = make(_Module(tf), validate_args=True)
        z, feed = fed(tf, x, [None] * x.ndim)
        y = b.forward(z)
        y = tf.placeholder_with_default(y, y.shape)
        found = [y, b.inverse(y), b.forward_log_det_jacobian(z, ndims)]
        return found + [b.inverse_log_det_jacobian(y, inverse_ndims)], feed

    def of_unknown_shape(tf):
        b = make(_Module(tf))
        z, feed = fed(tf, x, None)
        y = b.forward(z)
        found = [y, b.inverse(tf.identity(y)), b.forward_log_det_jacobian(z, ndims)]
        shape = tf.constant(x.shape[x.ndim - ndims :], tf.int32)
        found.append(b.forward_event_shape_tensor(shape))
        return found + [b.inverse_event_shape_tensor(found[-1])], feed

    def gradients(tf):
        b = make(_Module(tf))
        z = tf.constant(x)
        return grad_of(
            tf, b.forward_log_det_jacobian(z, ndims + 1) + tf.reduce_sum(b.forward(z)), [z]
        )

    for function in (whole, cached, validated, of_unknown_shape, gradients):
        CASES[name + "_" + function.__name__] = function


for _name, _kind in KINDS.items():
    _add(_name, *_kind)


def _failing(**functions):
    for name, function in functions.items():
        CASES[name] = lambda tf, function=function: _tensors(tf, function(bijectors(tf), tf))


def _tensors(tf, made):
    """What should have failed, for the record if it did not."""
    return [made if isinstance(made, tf.Tensor) else tf.constant(0)]


_failing(
    no_event_ndims=lambda b, tf: b.Inline(),
    event_ndims_of_float=lambda b, tf: b.Inline(forward_min_event_ndims=0.5),
    negative_event_ndims=lambda b, tf: b.Inline(inverse_min_event_ndims=-1),
    no_function=lambda b, tf: b.Inline(forward_min_event_ndims=0).forward(1.0),
    too_few_event_ndims=lambda b, tf: b.Ordered().forward_log_det_jacobian([1.0, 2.0], 0),
    event_ndims_no_integer=lambda b, tf: b.Exp().forward_log_det_jacobian([1.0], 0.5),
    event_ndims_vector=lambda b, tf: b.Exp().forward_log_det_jacobian([1.0], [1]),
    wrong_dtype=lambda b, tf: b.Affine([1.0, 2.0]).forward(np.float64([1.0, 2.0])),
    own_bijector=lambda b, tf: _own(b, tf)(name=None).forward(1.0),
    own_bijector_inverse=lambda b, tf: _own(b, tf)().inverse(1.0),
    own_bijector_jacobian=lambda b, tf: _own(b, tf)().forward_log_det_jacobian(1.0, 0),
    absolute_value_forward_jacobian=lambda b, tf: b.AbsoluteValue().forward_log_det_jacobian(
        1.0, 0
    ),
    absolute_value_inverted=lambda b, tf: b.Invert(b.AbsoluteValue()),
    absolute_value_in_chain=lambda b, tf: b.Chain([b.AbsoluteValue()]),
    power_negative=lambda b, tf: b.PowerTransform(-1.0),
    power_transform_outside=lambda b, tf: b.PowerTransform(0.5, True).forward(
        tf.placeholder_with_default([-3.0], [1])
    ),
    exp_outside=lambda b, tf: b.Exp(True).inverse(tf.placeholder_with_default([0.0], [1])),
    softplus_hinge=lambda b, tf: b.Softplus(tf.placeholder_with_default(0.0, []), True).forward(
        1.0
    ),
    softsign_outside=lambda b, tf: b.Softsign(True).inverse(
        tf.placeholder_with_default([1.5], [1])
    ),
    square_outside=lambda b, tf: b.Square(True).forward(tf.placeholder_with_default([-1.0], [1])),
    affine_scalar_zero=lambda b, tf: b.AffineScalar(
        1.0, tf.placeholder_with_default(0.0, []), True
    ).forward(1.0),
    gumbel_scale=lambda b, tf: b.Gumbel(0.0, tf.placeholder_with_default(-1.0, []), True).forward(
        1.0
    ),
    gumbel_outside=lambda b, tf: b.Gumbel(validate_args=True).inverse(
        tf.placeholder_with_default(1.5, [])
    ),
    kumaraswamy_concentration=lambda b, tf: b.Kumaraswamy(
        tf.placeholder_with_default(-1.0, []), 1.0, True
    ).forward(0.5),
    permute_twice=lambda b, tf: b.Permute([0, 0]),
    permute_of_floats=lambda b, tf: b.Permute([0.0, 1.0]),
    permute_unknown=lambda b, tf: b.Permute(
        tf.placeholder_with_default([0, 0, 1], [3]), True
    ).forward([1.0, 2.0, 3.0]),
    ordered_not=lambda b, tf: b.Ordered(True).forward(tf.placeholder_with_default([2.0, 1.0], [2])),
    ordered_of_one=lambda b, tf: b.Ordered().inverse_event_shape(tf.TensorShape([1])),
    fill_triangular_not=lambda b, tf: b.FillTriangular().forward_event_shape([5]),
    fill_triangular_no_square=lambda b, tf: b.FillTriangular().inverse_event_shape([2, 3]),
    cholesky_no_square=lambda b, tf: b.CholeskyOuterProduct(True).forward(
        tf.placeholder_with_default(waves(2, 3), [None, None])
    ),
    matrix_inverse_upper=lambda b, tf: b.MatrixInverseTriL(True).forward(
        tf.placeholder_with_default(np.float32([[1, 2], [0, 1]]), [2, 2])
    ),
    reshape_two_open=lambda b, tf: b.Reshape([-1, -1], validate_args=True).forward(waves(4, 6)),
    reshape_negative=lambda b, tf: b.Reshape([-2]),
    reshape_of_floats=lambda b, tf: b.Reshape([1.0]),
    reshape_of_rank_2=lambda b, tf: b.Reshape([[1]]),
    reshape_misfit=lambda b, tf: b.Reshape([3, 2], [6]).forward(waves(4, 5)),
    affine_perturbed=lambda b, tf: b.Affine(scale_diag=[1.0], scale_perturb_diag=[1.0]),
    affine_of_two_dtypes=lambda b, tf: b.Affine([1.0], scale_diag=np.float64([1.0])),
    affine_operator_no_operator=lambda b, tf: b.AffineLinearOperator(scale=np.float32([1.0])),
    affine_operator_singular=lambda b, tf: b.AffineLinearOperator(
        scale=tf.linalg.LinearOperatorFullMatrix(LOWER), validate_args=True
    ),
    affine_too_few_axes=lambda b, tf: b.Affine(scale_tril=LOWER).forward(waves(2)),
)


def _own(b, tf):
    class OwnMap(b.Bijector):
        def __init__(self, name="own"):
            super().__init__(forward_min_event_ndims=0, name=name)

        def _forward(self, x):
            return x + 1.0

    return OwnMap


simple(
    absolute_value=lambda tf: _absolute(tf),
    empty_chain=lambda tf: [
        bijectors(tf).Chain().forward(waves(2, 3)),
        bijectors(tf).Chain().inverse_log_det_jacobian(waves(2, 3), 1),
        tf.constant(bijectors(tf).Chain([bijectors(tf).Exp(), bijectors(tf).Sigmoid()]).name),
    ],
    event_ndims_tensor=lambda tf: _event_ndims(tf),
    constant_jacobian_once=lambda tf: _constant_jacobian(tf),
    conditional=lambda tf: _conditional(tf),
    reshape_to_open=lambda tf: [bijectors(tf).Reshape([2, -1]).forward(waves(4, 6))],
    tridiag=lambda tf: [
        tf.contrib.distributions.tridiag(waves(2, 3), waves(2, 4), waves(2, 3)),
        tf.contrib.distributions.tridiag(above=waves(2)),
    ],
    tridiag_of_none=lambda tf: [tf.contrib.distributions.tridiag()],
    matrix_diag_transform=lambda tf: [
        tf.contrib.distributions.matrix_diag_transform(LOWER, tf.nn.softplus),
        tf.contrib.distributions.matrix_diag_transform(LOWER),
    ],
)


def _absolute(tf):
    b = bijectors(tf).AbsoluteValue(validate_args=True)
    y = tf.placeholder_with_default(POSITIVE, [2, 3])
    return [b.forward(waves(2, 3))] + list(b.inverse(y)) + list(b.inverse_log_det_jacobian(y, 1))


def _event_ndims(tf):
    ndims, feed = fed(tf, np.int32(2), [])
    found = [
        bijectors(tf).Exp(validate_args=True).forward_log_det_jacobian(waves(4, 2, 3), ndims),
        bijectors(tf).Ordered().inverse_log_det_jacobian(waves(4, 2, 3), ndims),
    ]
    return found, feed


def _constant_jacobian(tf):
    b = bijectors(tf).AffineScalar(1.0, 2.0)
    x = [b.inverse_log_det_jacobian(waves(2, 3), 1), b.forward_log_det_jacobian(waves(2, 3), 1)]
    return x + [b.inverse_log_det_jacobian(waves(3, 2), 1)]


def _conditional(tf):
    class Shift(bijectors(tf).ConditionalBijector):
        def __init__(self):
            super().__init__(forward_min_event_ndims=0, name="shift")

        def _forward(self, x, by):
            return x + by

        def _inverse(self, y, by):
            return y - by

        def _forward_log_det_jacobian(self, x, by):
            return tf.ones_like(x)

    b = Shift()
    x, by = tf.constant(waves(2, 3)), tf.constant(2.0)
    y = b.forward(x, by=by)
    found = [y, b.inverse(y, by=by), b.inverse(y, by=3.0), b.forward(x, by=by)]
    found += [b.forward_log_det_jacobian(x, 1, by=by), b.inverse_log_det_jacobian(y, 1, by=by)]
    chain = bijectors(tf).Chain([bijectors(tf).Exp(), b])
    return found + [chain._forward(x, shift={"by": by})]


# Distributions of what bijectors make.


def _transformed(tf, *args, **kwargs):
    return tf.contrib.distributions.TransformedDistribution(*args, **kwargs)


def log_normal(tf, **kwargs):
    base = tf.distributions.Normal(waves(2, 1), POSITIVE)
    return _transformed(tf, base, bijectors(tf).Exp(), **kwargs)


def shifted(tf, **kwargs):
    base = tf.distributions.Normal(0.0, 1.0)
    map_ = bijectors(tf).AffineScalar(waves(2, 3), 2.0)
    return _transformed(tf, base, map_, batch_shape=[2, 3], **kwargs)


def vectors(tf, **kwargs):
    """Events of three draws."""
    base = tf.distributions.Normal(waves(2), 1.0)
    map_ = bijectors(tf).Affine(waves(3), scale_diag=POSITIVE[0])
    return _transformed(tf, base, map_, event_shape=[3], **kwargs)


def half(tf, **kwargs):
    """Of a map that is not injective."""
    base = tf.distributions.Normal(waves(2, 1), POSITIVE)
    return _transformed(tf, base, bijectors(tf).AbsoluteValue(), **kwargs)


def relaxed(tf, **kwargs):
    """One whose batch and event are known at run time."""
    shape = tf.placeholder_with_default([3], [1])
    base = tf.distributions.Normal(tf.placeholder_with_default(waves(2), None), 1.0)
    return _transformed(tf, base, bijectors(tf).Sigmoid(), event_shape=shape, **kwargs)


TAILS = "log_prob prob cdf log_cdf survival_function log_survival_function"
_no_nan = {"checks": False}
add_family(CASES, log_normal, POSITIVE, TAILS, "", **_no_nan)
add_family(CASES, shifted, POSITIVE, TAILS, "entropy", **_no_nan)
add_family(CASES, vectors, waves(2, 3), "log_prob prob", "entropy", **_no_nan)
add_family(CASES, half, POSITIVE, "log_prob prob", "", **_no_nan)
simple(
    log_normal_quantile=lambda tf: [log_normal(tf).quantile(0.25)],
    relaxed_event=lambda tf: _relaxed(tf),
    transformed_identity=lambda tf: [
        _transformed(tf, tf.distributions.Normal(0.0, 1.0)).log_prob(waves(2, 3))
    ],
    transformed_copy=lambda tf: [shifted(tf).copy(batch_shape=[3]).sample(2, seed=1)],
    transformed_no_vector=lambda tf: _made(tf, batch_shape=2),
    transformed_negative=lambda tf: _made(tf, batch_shape=[-2]),
    transformed_twice=lambda tf: [
        _transformed(tf, tf.distributions.Normal([0.0], 1.0), batch_shape=[2]).mean()
    ],
    transformed_cached=lambda tf: _cached(tf),
    conditional_transformed=lambda tf: _conditional_transformed(tf),
)


def _made(tf, **kwargs):
    return [_transformed(tf, tf.distributions.Normal(0.0, 1.0), **kwargs).mean()]


def _relaxed(tf):
    d = relaxed(tf, validate_args=True)
    found = [d.sample(4, seed=2), d.log_prob(PROBS), d.batch_shape_tensor()]
    return found + [d.event_shape_tensor(), d.prob(PROBS)]


def _cached(tf):
    """The density of a draw needs no inverse."""
    d = vectors(tf)
    y = d.sample(2, seed=1)
    return [d.log_prob(y), d.prob(y)]


def _conditional_transformed(tf):
    class Shift(bijectors(tf).ConditionalBijector):
        def __init__(self):
            super().__init__(forward_min_event_ndims=0, is_constant_jacobian=True, name="shift")

        def _forward(self, x, by):
            return x + by

        def _inverse(self, y, by):
            return y - by

        def _forward_log_det_jacobian(self, x, by):
            return tf.ones_like(x)

        def _inverse_log_det_jacobian(self, y, by):
            return -tf.ones_like(y)

    base = tf.distributions.Normal(waves(2, 1), POSITIVE)
    d = tf.contrib.distributions.ConditionalTransformedDistribution(base, Shift())
    by = {"bijector_kwargs": {"by": 2.0}}
    found = [d.sample(2, seed=1, **by)]
    for name in TAILS.split():
        found.append(getattr(d, name)(waves(2, 3), **by))
    return found
