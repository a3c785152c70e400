"""Activations, softmax and its cross entropies, biases, the greatest elements, moments, dropout."""

import numpy as np
from case_tools import Cases, fed, floats, grad_of

CASES = Cases()
case, simple = CASES.case, CASES.simple

SIGNED = np.array([[-8.5, -1.25, -0.5, 0.0], [0.25, 1.0, 5.75, 7.5]], np.float32)
EXTREME = np.array([-np.inf, -100.0, -20.0, -1e-6, 0.0, 1e-6, 20.0, 100.0, np.inf, np.nan])
ACTIVATIONS = {
    "relu": lambda tf: tf.nn.relu,
    "relu6": lambda tf: tf.nn.relu6,
    "leaky_relu": lambda tf: tf.nn.leaky_relu,
    "elu": lambda tf: tf.nn.elu,
    "selu": lambda tf: tf.nn.selu,
    "softplus": lambda tf: tf.nn.softplus,
    "softsign": lambda tf: tf.nn.softsign,
    "crelu": lambda tf: tf.nn.crelu,
    "softmax": lambda tf: tf.nn.softmax,
    "log_softmax": lambda tf: tf.nn.log_softmax,
}


def wavy(*shape):
    """Numbers of both signs, without ties in a row, and exact in binary."""
    return (floats(*shape) * 7 % 11 - 5) / 4


def twice(tf, y, xs, feed=None):
    """The result, its gradients and the gradients of these."""
    first = [g for g in tf.gradients(y, xs) if g is not None]
    second = tf.gradients(first[0] * first[0], xs)
    return [y] + first + second, feed or {}


def _activation_cases(name, function):
    def with_gradient(tf):
        x, feed = fed(tf, SIGNED)
        return grad_of(tf, function(tf)(x), [x], feed)

    def second_order(tf):
        x, feed = fed(tf, SIGNED, [None, 4])
        return twice(tf, function(tf)(x, name="act"), [x], feed)

    def unknown_rank(tf):
        x, feed = fed(tf, SIGNED, None)
        return [function(tf)(x)], feed

    def other_types(tf):
        types = [tf.float16, tf.float64]
        return [function(tf)(tf.cast(tf.constant(SIGNED), dtype)) for dtype in types]

    def other_types_gradient(tf):
        found = []
        for dtype in (tf.float16, tf.float64):
            x = tf.cast(tf.constant(SIGNED), dtype)
            found += tf.gradients(function(tf)(x), x)
        return found

    def extreme(tf):
        x = tf.constant(EXTREME, tf.float32)
        y = function(tf)(x)
        return [y] + tf.gradients(y, x)

    def extreme_double(tf):
        return [function(tf)(tf.constant(EXTREME))]

    def integers(tf):
        return [function(tf)(tf.constant([[-3, 0, 2, 9]], tf.int32))]

    def empty(tf):
        x = tf.zeros([0, 3])
        y = function(tf)(x)
        return [y] + tf.gradients(y, x)

    def strings(tf):
        return [function(tf)("a")]

    def scalar(tf):
        return [function(tf)(-2.5)]

    for made in list(vars().values()):
        if callable(made) and made is not function:
            CASES[name + "_" + made.__name__] = made


for _name, _function in ACTIVATIONS.items():
    _activation_cases(_name, _function)

simple(
    relu_bytes=lambda tf: [
        tf.nn.relu(tf.constant([-3, 0, 5], tf.int8)),
        tf.nn.relu(tf.constant([3, 0, 5], tf.uint8)),
        tf.nn.relu(tf.constant([-3, 0, 5], tf.int64)),
        tf.nn.relu(tf.constant([-3, 0, 5], tf.int16)),
        tf.nn.relu6(tf.constant([-3, 0, 9], tf.int64)),
    ],
    leaky_relu_slopes=lambda tf: [
        tf.nn.leaky_relu(SIGNED, 0.01),
        tf.nn.leaky_relu(SIGNED, 2.0),
        tf.nn.leaky_relu(SIGNED, np.array(0.5)),
        tf.nn.leaky_relu(SIGNED, -1.0, name="minus"),
    ],
    crelu_axis=lambda tf: [tf.nn.crelu(SIGNED, axis=0), tf.nn.crelu(SIGNED, name="both")],
    relu_grad_shapes=lambda tf: [tf.raw_ops.ReluGrad(gradients=floats(2, 3), features=floats(3))],
    relu6_grad_ints=lambda tf: [
        tf.raw_ops.Relu6Grad(gradients=tf.constant([3, 4, 5]), features=tf.constant([-1, 3, 6]))
    ],
    relu_grad_ints=lambda tf: [
        tf.raw_ops.ReluGrad(gradients=tf.constant([3, 4, 5]), features=tf.constant([-1, 3, 0]))
    ],
    sigmoid_tanh=lambda tf: [tf.nn.sigmoid(SIGNED), tf.nn.tanh(SIGNED), tf.log_sigmoid(SIGNED)],
)

# Softmax along other axes.

CUBE = wavy(2, 3, 4)

simple(
    softmax_axis_1=lambda tf: [tf.nn.softmax(CUBE, axis=1), tf.nn.log_softmax(CUBE, axis=1)],
    softmax_axis_minus_2=lambda tf: [tf.nn.softmax(CUBE, axis=-2, name="s")],
    softmax_axis_last=lambda tf: [tf.nn.softmax(CUBE, axis=2, name="s")],
    softmax_axis_tensor=lambda tf: [tf.nn.softmax(CUBE, axis=tf.constant(0))],
    softmax_dim=lambda tf: [tf.nn.softmax(CUBE, dim=0), tf.nn.log_softmax(CUBE, dim=1)],
    softmax_both=lambda tf: [tf.nn.softmax(CUBE, axis=0, dim=0)],
    softmax_bad_axis=lambda tf: [tf.nn.softmax(CUBE, axis=3)],
    softmax_scalar=lambda tf: [tf.nn.softmax(3.0)],
    softmax_math=lambda tf: [tf.math.softmax(CUBE), tf.math.log_softmax(CUBE)],
)


@case
def softmax_scalar_fed(tf):
    x, feed = fed(tf, np.float32(3.0), None)
    return [tf.nn.softmax(x)], feed


@case
def softmax_axis_gradient(tf):
    x, feed = fed(tf, CUBE, [None, 3, None])
    return grad_of(tf, tf.nn.softmax(x, axis=0), [x], feed)


# Cross entropies.

LOGITS = np.array(
    [[1.0, -2.0, 3.0, 0.5], [0.0, 0.0, 90.0, -90.0], [0.1, 0.2, 0.3, 0.4]], np.float32
)
LABELS = np.array([[0.5, 0.25, 0.0, 0.25], [0.0, 1.0, 0.0, 0.0], [0.1, 0.2, 0.3, 0.4]], np.float32)


def dense(**shapes):
    def built(tf, **options):
        logits, feed = fed(tf, LOGITS, **shapes)
        labels, more = fed(tf, LABELS, **shapes)
        feed.update(more)
        function = tf.nn.softmax_cross_entropy_with_logits_v2
        return function(labels=labels, logits=logits, **options), logits, labels, feed

    return built


@case
def cross_entropy_gradient(tf):
    y, logits, labels, feed = dense()(tf)
    return grad_of(tf, y, [logits, labels], feed)


@case
def cross_entropy_unknown(tf):
    y, logits, labels, feed = dense(shape=[None, 4])(tf)
    return grad_of(tf, y, [logits, labels], feed)


@case
def cross_entropy_unknown_rank(tf):
    y, logits, labels, feed = dense(shape=None)(tf)
    return grad_of(tf, y, [logits, labels], feed)


@case
def cross_entropy_second_order(tf):
    y, logits, _, feed = dense()(tf)
    return twice(tf, y, [logits], feed)


@case
def cross_entropy_second_order_loss(tf):
    y, logits, labels, feed = dense()(tf)
    first = tf.gradients(tf.reduce_mean(y), [logits])[0]
    return [first] + tf.gradients(tf.reduce_sum(first * first * labels), [logits]), feed


@case
def cross_entropy_axis(tf):
    y, logits, labels, feed = dense()(tf, axis=0, name="loss")
    return grad_of(tf, y, [logits, labels], feed)


@case
def cross_entropy_old(tf):
    logits, feed = fed(tf, LOGITS)
    labels = tf.constant(LABELS)
    y = tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits, name="x")
    return [y] + tf.gradients(y, [logits, labels]), feed


@case
def cross_entropy_broadcast_fed(tf):
    logits, feed = fed(tf, LOGITS, [None, None])
    labels, more = fed(tf, LABELS[:1], [None, None])
    feed.update(more)
    raw = tf.raw_ops.SoftmaxCrossEntropyWithLogits
    return list(raw(features=logits, labels=labels)), feed


@case
def cross_entropy_misfit_fed(tf):
    logits, feed = fed(tf, LOGITS, [None, None])
    labels, more = fed(tf, LABELS[:2, :3], [None, None])
    feed.update(more)
    raw = tf.raw_ops.SoftmaxCrossEntropyWithLogits
    return list(raw(features=logits, labels=labels)), feed


def v2(tf, labels, logits, **options):
    function = tf.nn.softmax_cross_entropy_with_logits_v2
    return [function(labels=labels, logits=logits, **options)]


def sparse(tf, labels, logits, **options):
    function = tf.nn.sparse_softmax_cross_entropy_with_logits
    return [function(labels=labels, logits=logits, **options)]


simple(
    cross_entropy_cube=lambda tf: v2(tf, CUBE, CUBE),
    cross_entropy_cube_axis=lambda tf: v2(tf, CUBE, CUBE, axis=1),
    cross_entropy_cube_dim=lambda tf: v2(tf, CUBE, CUBE, dim=-1),
    cross_entropy_vector=lambda tf: v2(tf, LABELS[0], LOGITS[0]),
    cross_entropy_scalar=lambda tf: v2(tf, 1.0, 2.0),
    cross_entropy_misfit=lambda tf: v2(tf, LABELS[:2], LOGITS),
    cross_entropy_int_labels=lambda tf: v2(tf, np.eye(4, dtype=np.int32)[:3], LOGITS),
    cross_entropy_half=lambda tf: v2(tf, LABELS.astype(np.float16), LOGITS.astype(np.float16)),
    cross_entropy_double=lambda tf: v2(tf, LABELS.astype(np.float64), LOGITS.astype(np.float64)),
    cross_entropy_empty=lambda tf: v2(tf, np.zeros([0, 3]), np.zeros([0, 3])),
    cross_entropy_no_classes=lambda tf: list(
        tf.raw_ops.SoftmaxCrossEntropyWithLogits(features=np.zeros([2, 0]), labels=np.zeros([2, 0]))
    ),
    cross_entropy_nan=lambda tf: v2(tf, [[0.0, 1.0]], [[np.nan, 1.0]]),
    cross_entropy_infinite=lambda tf: v2(tf, [[0.0, 1.0]], [[-np.inf, 1.0]]),
    cross_entropy_positional=lambda tf: [tf.nn.softmax_cross_entropy_with_logits(LABELS, LOGITS)],
    cross_entropy_missing=lambda tf: [tf.nn.softmax_cross_entropy_with_logits(labels=LABELS)],
    sparse_half=lambda tf: sparse(tf, [1, 0, 3], LOGITS.astype(np.float16)),
    sparse_double=lambda tf: sparse(tf, np.array([1, 0, 3]), LOGITS.astype(np.float64)),
    sparse_out_of_range=lambda tf: sparse(tf, [1, 4, 3], LOGITS),
    sparse_negative=lambda tf: sparse(tf, [1, -1, 3], LOGITS),
    sparse_positional=lambda tf: [tf.nn.sparse_softmax_cross_entropy_with_logits([1], LOGITS)],
    sparse_scalar=lambda tf: sparse(tf, 1, 2.0),
    sparse_ranks=lambda tf: sparse(tf, [[1]], LOGITS),
    sparse_sizes=lambda tf: sparse(tf, [1, 2], LOGITS),
    sparse_vector=lambda tf: sparse(tf, 2, LOGITS[0], name="v"),
    sparse_cube=lambda tf: sparse(tf, [[0, 1, 2], [3, 2, 1]], CUBE),
    sparse_float_labels=lambda tf: sparse(tf, [1.0, 2.0, 0.0], LOGITS),
    sparse_empty=lambda tf: sparse(tf, np.zeros([0], np.int32), np.zeros([0, 3])),
    sparse_nan=lambda tf: sparse(tf, [1], [[np.nan, 1.0]]),
    sparse_infinite=lambda tf: sparse(tf, [1], [[-np.inf, 1.0]]),
)


@case
def sparse_gradient(tf):
    logits, feed = fed(tf, LOGITS, [None, 4])
    labels, more = fed(tf, np.array([2, 2, 0]), [None])
    feed.update(more)
    return grad_of(tf, sparse(tf, labels, logits)[0], [logits], feed)


@case
def sparse_second_order(tf):
    logits, feed = fed(tf, LOGITS)
    y = sparse(tf, [1, 2, 3], logits)[0]
    return twice(tf, y, [logits], feed)


@case
def sparse_unknown_rank(tf):
    logits, feed = fed(tf, CUBE, None)
    labels, more = fed(tf, np.array([[0, 1, 2], [3, 2, 1]]), None)
    feed.update(more)
    return sparse(tf, labels, logits), feed


@case
def sparse_cube_unknown(tf):
    logits, feed = fed(tf, CUBE, [None, 3, 4])
    labels, more = fed(tf, np.array([[0, 1, 2], [3, 2, 1]]), [None, 3])
    feed.update(more)
    return grad_of(tf, sparse(tf, labels, logits, name="c")[0], [logits], feed)


@case
def sparse_unknown_misfit(tf):
    logits, feed = fed(tf, LOGITS, [None, None])
    labels, more = fed(tf, np.array([2, 2]), [None])
    feed.update(more)
    return sparse(tf, labels, logits), feed


# Biases.


def biased(**options):
    def built(tf):
        value, feed = fed(tf, CUBE, options.pop("shape", "same"))
        bias, more = fed(tf, np.float32([5, 6, 7] if options else [5, 6, 7, 8]))
        feed.update(more)
        return grad_of(tf, tf.nn.bias_add(value, bias, **options), [value, bias], feed)

    return built


@case
def bias_second_order(tf):
    value, feed = fed(tf, CUBE, [None, 3, 4])
    bias, more = fed(tf, floats(4))
    feed.update(more)
    y = tf.square(tf.nn.bias_add(value, bias))
    first = tf.gradients(y, [bias])[0]
    return [first] + tf.gradients(first * first, [value, bias]), feed


@case
def bias_second_order_nchw(tf):
    value, feed = fed(tf, wavy(2, 3, 2, 5), [None, 3, 2, 5])
    bias, more = fed(tf, floats(3))
    feed.update(more)
    y = tf.square(tf.nn.bias_add(value, bias, "NCHW"))
    first = tf.gradients(y, [bias])[0]
    return [first] + tf.gradients(first * first, [value, bias]), feed


@case
def bias_v1(tf):
    value, feed = fed(tf, CUBE, [None, 3, 4])
    bias, more = fed(tf, floats(4))
    feed.update(more)
    return grad_of(tf, tf.raw_ops.BiasAddV1(value=value, bias=bias), [value, bias], feed)


@case
def bias_misfit_fed(tf):
    value, feed = fed(tf, floats(2, 3), [None, None])
    return [tf.nn.bias_add(value, floats(4))], feed


@case
def bias_misfit_fed_nchw(tf):
    value, feed = fed(tf, wavy(2, 3, 2, 5), [None] * 4)
    return [tf.nn.bias_add(value, floats(4), "NCHW")], feed


@case
def bias_vector_fed(tf):
    value, feed = fed(tf, floats(3), None)
    return [tf.nn.bias_add(value, floats(3))], feed


simple(
    bias_static=biased(),
    bias_nchw=biased(data_format="NCHW"),
    bias_ncdhw=lambda tf: [tf.nn.bias_add(wavy(2, 3, 2, 2, 2), floats(3), "NCDHW")],
    bias_nwc=lambda tf: [tf.nn.bias_add(CUBE, floats(4), "NWC")],
    bias_bad_format=lambda tf: [tf.nn.bias_add(CUBE, floats(4), "CHWN")],
    bias_misfit=lambda tf: [tf.nn.bias_add(CUBE, floats(3))],
    bias_vector=lambda tf: [tf.nn.bias_add(floats(3), floats(3))],
    bias_matrix=lambda tf: [tf.nn.bias_add(CUBE, floats(2, 4))],
    bias_types=lambda tf: [
        tf.nn.bias_add(np.zeros([2, 3], dtype), np.array([1, 2, 3], dtype))
        for dtype in (np.float16, np.float64, np.int32, np.int64, np.uint8, np.complex64)
    ],
    bias_empty=lambda tf: [tf.nn.bias_add(np.zeros([0, 3]), np.zeros([3]))],
    bias_other_type=lambda tf: [tf.nn.bias_add(CUBE, tf.constant([1, 2, 3, 4]))],
    xw_plus_b=lambda tf: [
        tf.nn.xw_plus_b(floats(2, 3), floats(3, 4), floats(4)),
        tf.nn.xw_plus_b(floats(2, 3), floats(3, 4), floats(4), name="named"),
        tf.nn.relu_layer(-floats(2, 3), floats(3, 4), floats(4)),
    ],
)

# The greatest elements.

RANKED = np.float32([[3, 1, 4, 1, 5, 9], [2, 6, 5, 3, 5, 8]])


@case
def top_k_gradient(tf):
    x, feed = fed(tf, RANKED, [None, 6])
    values, indices = tf.nn.top_k(x, 3, name="top")
    found, feed = grad_of(tf, values, [x], feed)
    return found + [indices], feed


@case
def top_k_cube_gradient(tf):
    x, feed = fed(tf, CUBE)
    return grad_of(tf, tf.nn.top_k(x, 2)[0], [x], feed)


@case
def top_k_unknown(tf):
    x, feed = fed(tf, RANKED, None)
    k, more = fed(tf, np.int32(2))
    feed.update(more)
    return list(tf.nn.top_k(x, k)), feed


@case
def top_k_too_many_fed(tf):
    k, feed = fed(tf, np.int32(7))
    return list(tf.nn.top_k(RANKED, k)), feed


@case
def top_k_negative_fed(tf):
    k, feed = fed(tf, np.int32(-1))
    return list(tf.nn.top_k(RANKED, k)), feed


@case
def nth_element_gradient(tf):
    x, feed = fed(tf, RANKED)
    return grad_of(tf, tf.raw_ops.NthElement(input=x, n=3), [x], feed)


@case
def nth_element_too_far_fed(tf):
    n, feed = fed(tf, np.int32(6))
    return [tf.raw_ops.NthElement(input=RANKED, n=n)], feed


@case
def in_top_k_misfit_fed(tf):
    x, feed = fed(tf, RANKED, [None, 6])
    return [tf.nn.in_top_k(x, [1, 2, 3], 2)], feed


def in_top(tf, targets, k, predictions=RANKED):
    return tf.nn.in_top_k(predictions, targets, k)


simple(
    top_k_types=lambda tf: [
        t
        for dtype in (
            tf.float16,
            tf.float64,
            tf.bfloat16,
            tf.int8,
            tf.uint8,
            tf.int16,
            tf.uint16,
            tf.int32,
            tf.int64,
        )
        for t in tf.nn.top_k(tf.cast(tf.constant(RANKED), dtype), 2)
        if t.dtype != tf.bfloat16
    ],
    top_k_one=lambda tf: list(tf.nn.top_k([[1.0, 7.0, 7.0]])),
    top_k_all=lambda tf: list(tf.nn.top_k(RANKED, 6)),
    top_k_none=lambda tf: list(tf.nn.top_k(RANKED, 0)),
    top_k_ties=lambda tf: list(tf.nn.top_k([3.0, 5.0, 5.0, 3.0, 3.0, 3.0, 3.0, 1.0], 4)),
    top_k_equal=lambda tf: list(tf.nn.top_k(np.zeros([2, 40]), 20)),
    top_k_vector=lambda tf: list(tf.math.top_k(RANKED[0], k=2, sorted=True)),
    top_k_old=lambda tf: list(tf.raw_ops.TopKV2(input=RANKED, k=2, sorted=True)),
    top_k_too_many=lambda tf: list(tf.nn.top_k(RANKED, 7)),
    top_k_negative=lambda tf: list(tf.nn.top_k(RANKED, -1)),
    top_k_scalar=lambda tf: list(tf.nn.top_k(1.0, 1)),
    top_k_vector_k=lambda tf: list(tf.nn.top_k(RANKED, [1])),
    top_k_empty=lambda tf: list(tf.nn.top_k(np.zeros([0, 3]), 2)),
    nth_element=lambda tf: [
        tf.raw_ops.NthElement(input=RANKED, n=0),
        tf.raw_ops.NthElement(input=RANKED, n=1, reverse=True),
        tf.raw_ops.NthElement(input=RANKED.astype(np.int64), n=5),
        tf.raw_ops.NthElement(input=RANKED[0], n=2),
    ],
    nth_element_too_far=lambda tf: [tf.raw_ops.NthElement(input=RANKED, n=6)],
    nth_element_negative=lambda tf: [tf.raw_ops.NthElement(input=RANKED, n=-1)],
    nth_element_scalar=lambda tf: [tf.raw_ops.NthElement(input=1.0, n=0)],
    in_top_k=lambda tf: [
        in_top(tf, [0, 1], 2),
        in_top(tf, [2, 4], 3),
        in_top(tf, np.array([5, 2]), 1),
        in_top(tf, [-1, 6], 6),
        in_top(tf, [3, 3], 100),
        in_top(tf, [5, 5], 0),
        tf.math.in_top_k(RANKED, [1, 1], tf.constant(2), name="named"),
    ],
    in_top_k_not_finite=lambda tf: [
        in_top(
            tf, [0, 0, 1, 1], 1, np.float32([[np.inf, 1], [np.nan, 1], [np.nan, 1], [-np.inf, 5]])
        )
    ],
    in_top_k_int64_k=lambda tf: [in_top(tf, tf.constant([0, 1], tf.int64), 2)],
    in_top_k_old=lambda tf: [tf.raw_ops.InTopK(predictions=RANKED, targets=[1, 1], k=2)],
    in_top_k_misfit=lambda tf: [in_top(tf, [0, 1, 2], 2)],
    in_top_k_vector=lambda tf: [in_top(tf, [0], 2, RANKED[0])],
    in_top_k_matrix_targets=lambda tf: [in_top(tf, [[0, 1]], 2)],
    in_top_k_double=lambda tf: [in_top(tf, [0, 1], 2, RANKED.astype(np.float64))],
)

# Losses of single elements, norms, moments.


@case
def l2_loss_gradient(tf):
    x, feed = fed(tf, CUBE, None)
    y = tf.nn.l2_loss(x, name="l2")
    return [y] + tf.gradients(y, [x]) + tf.gradients(tf.gradients(y * y, [x]), [x]), feed


@case
def sigmoid_cross_entropy(tf):
    logits, feed = fed(tf, SIGNED * 20, [None, 4])
    labels, more = fed(tf, np.float32([[0, 1, 0.5, 1], [0.25, 0, 0, 1]]))
    feed.update(more)
    y = tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
    return grad_of(tf, y, [logits, labels], feed)


@case
def weighted_cross_entropy(tf):
    logits, feed = fed(tf, SIGNED * 20)
    labels, more = fed(tf, np.float32([[0, 1, 0.5, 1], [0.25, 0, 0, 1]]))
    feed.update(more)
    function = tf.nn.weighted_cross_entropy_with_logits
    y = function(labels=labels, logits=logits, pos_weight=2.5)
    return grad_of(tf, y, [logits, labels], feed)


@case
def log_poisson_gradient(tf):
    x, feed = fed(tf, SIGNED)
    y = tf.nn.log_poisson_loss(floats(2, 4) - 1, x, compute_full_loss=True)
    return grad_of(tf, y, [x], feed)


@case
def l2_normalize_gradient(tf):
    x, feed = fed(tf, CUBE, [None, 3, 4])
    return grad_of(tf, tf.nn.l2_normalize(x, 1), [x], feed)


@case
def moments_gradient(tf):
    x, feed = fed(tf, CUBE, [None, 3, 4])
    mean, variance = tf.nn.moments(x, [0, 1])
    return grad_of(tf, mean + variance, [x], feed)


@case
def batch_normalization_gradient(tf):
    x, feed = fed(tf, CUBE, [None, 3, 4])
    parameters = [tf.constant(floats(4) + i) for i in range(4)]
    y = tf.nn.batch_normalization(x, *(parameters + [1e-3]))
    return grad_of(tf, y, [x] + parameters, feed)


@case
def zero_fraction_gradient(tf):
    x, feed = fed(tf, np.float32([0, 1, 0, 2]), None)
    return [tf.nn.zero_fraction(x), tf.math.zero_fraction([0, 1, 2], name="z")], feed


@case
def sufficient_statistics_unknown(tf):
    x, feed = fed(tf, CUBE, [None, 3, 4])
    parts = tf.nn.sufficient_statistics(x, [0, 2], shift=0.5, keep_dims=True)
    return list(parts) + list(tf.nn.normalize_moments(*parts)), feed


def statistics(tf, *args, **options):
    return [t for t in tf.nn.sufficient_statistics(*args, **options) if t is not None]


def sigmoid_loss(tf, labels, logits):
    return [tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)]


simple(
    l2_loss_types=lambda tf: [
        tf.nn.l2_loss(np.float16([1, 2])),
        tf.nn.l2_loss(np.float64([[1, 2]])),
        tf.nn.l2_loss(3.0),
        tf.nn.l2_loss(np.zeros([0, 2])),
    ],
    l2_loss_ints=lambda tf: [tf.nn.l2_loss([1, 2])],
    sigmoid_cross_entropy_misfit=lambda tf: sigmoid_loss(tf, floats(2), floats(3)),
    sigmoid_cross_entropy_positional=lambda tf: [
        tf.nn.sigmoid_cross_entropy_with_logits(floats(2), floats(2))
    ],
    weighted_cross_entropy_targets=lambda tf: [
        tf.nn.weighted_cross_entropy_with_logits(targets=floats(3), logits=floats(3), pos_weight=2)
    ],
    weighted_cross_entropy_misfit=lambda tf: [
        tf.nn.weighted_cross_entropy_with_logits(floats(2), floats(3), 2.0)
    ],
    log_poisson=lambda tf: [tf.nn.log_poisson_loss(floats(3), floats(3))],
    log_poisson_misfit=lambda tf: [tf.nn.log_poisson_loss(floats(2), floats(3))],
    l2_normalize=lambda tf: [
        tf.nn.l2_normalize(CUBE),
        tf.math.l2_normalize(CUBE, axis=[0, 2], epsilon=0.5, name="n"),
        tf.nn.l2_normalize(CUBE, dim=0),
    ],
    moments=lambda tf: (
        list(tf.nn.moments(tf.constant(CUBE), [1], keep_dims=True))
        + list(tf.nn.moments(tf.constant(CUBE.astype(np.float16)), [0, 2], name="half"))
        + list(tf.nn.moments(tf.constant(floats(4)), [0], keepdims=True))
    ),
    moments_both=lambda tf: tf.nn.moments(tf.constant(CUBE), [1], keep_dims=True, keepdims=True),
    weighted_moments=lambda tf: (
        list(tf.nn.weighted_moments(CUBE, [0, 1], floats(4)))
        + list(
            tf.nn.weighted_moments(CUBE.astype(np.float16), [2], [[[1], [2], [0]]], keep_dims=True)
        )
    ),
    sufficient_statistics=lambda tf: (
        statistics(tf, CUBE, [0, 1]) + statistics(tf, CUBE, [2], shift=0.25, name="s")
    ),
    normalize_moments=lambda tf: list(tf.nn.normalize_moments(3.0, 6.0, 15.0, None)),
    batch_normalization=lambda tf: [
        tf.nn.batch_normalization(tf.constant(CUBE), floats(4), floats(4), None, None, 1e-3),
        tf.nn.batch_normalization(
            tf.constant(CUBE), floats(4), floats(4), 1.5, None, 0.1, name="b"
        ),
        tf.nn.batch_norm_with_global_normalization(
            tf.constant(CUBE), floats(4), floats(4), floats(4), floats(4), 0.1, True
        ),
    ],
)

# Dropout: seeded, so that the choices are TensorFlow's.


@case
def dropout_gradient(tf):
    x, feed = fed(tf, floats(5, 7), [None, 7])
    return grad_of(tf, tf.nn.dropout(x, keep_prob=0.75, seed=3), [x], feed)


@case
def dropout_fed_rate(tf):
    x, feed = fed(tf, floats(5, 7))
    rate, more = fed(tf, np.float32(0.25))
    feed.update(more)
    return [tf.nn.dropout(x, rate=rate, seed=2), tf.nn.dropout(x, rate, name="keep")], feed


@case
def dropout_noise_shape(tf):
    x, feed = fed(tf, floats(5, 7), [None, 7])
    return [tf.nn.dropout(x, 0.5, noise_shape=[5, 1]), tf.nn.dropout(x, 0.5, [1, None])], feed


simple(
    dropout_nothing=lambda tf: [tf.nn.dropout(floats(2, 3), 1.0), tf.nn.dropout(floats(2), rate=0)],
    dropout_zero_tensor=lambda tf: [tf.nn.dropout(floats(2, 3), rate=tf.constant(0.0))],
    dropout_types=lambda tf: [
        tf.nn.dropout(np.ones([3, 5], np.float64), 0.5, seed=1),
        tf.nn.dropout(np.ones([3, 5], np.float16), 0.5, seed=1),
    ],
    dropout_dynamic_noise=lambda tf: [
        tf.nn.dropout(floats(4, 3), 0.5, tf.constant([4, 1]), seed=1)
    ],
    dropout_ints=lambda tf: [tf.nn.dropout([1, 2, 3], 0.5)],
    dropout_no_rate=lambda tf: [tf.nn.dropout(floats(3))],
    dropout_both=lambda tf: [tf.nn.dropout(floats(3), 0.5, rate=0.5)],
    dropout_negative=lambda tf: [tf.nn.dropout(floats(3), rate=-0.1)],
    dropout_all=lambda tf: [tf.nn.dropout(floats(3), rate=1)],
    dropout_keep_above_one=lambda tf: [tf.nn.dropout(floats(3), 1.5)],
    dropout_text=lambda tf: [tf.nn.dropout(floats(3), "a")],
    dropout_vector_rate=lambda tf: [tf.nn.dropout(floats(3), rate=tf.constant([0.1, 0.2]))],
    dropout_bad_noise=lambda tf: [tf.nn.dropout(floats(3, 2), 0.5, noise_shape=[3, 5])],
)
