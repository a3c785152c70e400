# ruff: noqa: B018
"""Small programs of mathematical functions, whose graphs TensorFlow's are compared to.

Each function takes the module `tf`; it runs under TensorFlow's Python 3.7 and under ours.
"""

FORWARD = {}
GRADIENTS = {}


def forward(function):
    FORWARD[function.__name__] = function
    return function


def gradients(function):
    """`function(tf)` returns ys and xs; the graph has tf.gradients(ys, xs) too."""
    GRADIENTS[function.__name__] = function
    return function


def floats(tf, *shape, **keywords):
    return tf.placeholder(tf.float32, keywords.get("full", list(shape)), name="x")


def pair(tf, a=(2, 3), b=(2, 3), dtype=None):
    dtype = dtype or tf.float32
    return tf.placeholder(dtype, a, name="x"), tf.placeholder(dtype, b, name="y")


@forward
def operators(tf):
    x, y = pair(tf)
    i, j = pair(tf, dtype=tf.int32)
    p, q = pair(tf, dtype=tf.bool)
    for a, b in ((x, y), (x, 2.0), (x, 1), (i, j), (i, 3)):
        a + b, a - b, a * b, a / b, a // b, a % b, a**b
        a < b, a <= b, a > b, a >= b
    for b in (x, i):
        1 + b, 1 - b, 1 * b, 1 / b, 1 // b, 1 % b, 1**b
        1 < b, 1 <= b, 1 > b, 1 >= b
        -b, abs(b)
    p & q, p | q, p ^ q, ~p, p & True, True | p
    x @ tf.transpose(y)
    tf.div(i, j), tf.div(x, 2.0), tf.divide(x, y), tf.divide(x, y, name="named")
    tf.truediv(i, 2), tf.floordiv(i, 2), tf.mod(i, 2), tf.realdiv(x, y)
    tf.constant("a") + "b", "c" + tf.constant("d")


@forward
def named_operators(tf):
    x, y = pair(tf)
    tf.add(x, y, name="sum")
    with tf.name_scope("scope"):
        x + y
        tf.multiply(x, 2.0, name="twice")
        x * y
    tf.add(x, 1)
    tf.subtract(1.0, x)
    tf.pow(x, 2)
    tf.pow(x, y, name="power")
    tf.scalar_mul(2.0, x)
    tf.squared_difference(x, 1.0)
    tf.maximum(x, 0.0)
    tf.minimum(x, y, name="least")
    tf.abs(x, name="size")
    tf.sigmoid(x), tf.tanh(x), tf.log_sigmoid(x), tf.sigmoid(x, name="s")
    tf.round(x), tf.sign(x), tf.exp(x), tf.log(x), tf.sqrt(x)
    tf.logical_xor(x > 0, y > 0)
    tf.equal(x, y), tf.not_equal(x, 1)
    tf.math.divide_no_nan(x, y), tf.math.multiply_no_nan(x, y), tf.math.reciprocal_no_nan(x)
    tf.math.xlogy(x, y), tf.math.xdivy(x, y), tf.math.nextafter(x, y), tf.atan2(x, y)


@forward
def casts(tf):
    x = floats(tf, 2, 3)
    tf.cast(x, tf.int32), tf.cast(x, tf.float32), tf.cast(3, tf.float32, name="three")
    tf.to_float(3), tf.to_int32(x), tf.to_double(x, name="double"), tf.to_int64(x)
    tf.saturate_cast(x, tf.uint8), tf.saturate_cast(x, tf.float64)
    tf.cast(tf.constant([1 + 2j]), tf.float32)
    s = tf.SparseTensor([[0, 1]], [1.0], [2, 3])
    tf.cast(s, tf.int32)
    c = tf.complex(x, x)
    tf.real(c), tf.imag(c), tf.angle(c), tf.conj(c), tf.abs(c), tf.conj(x), tf.real(x)
    tf.imag(x), tf.angle(x)


REDUCTIONS = ("sum", "mean", "prod", "min", "max", "logsumexp")


@forward
def reductions(tf):
    x = floats(tf, 2, 3)
    for name in REDUCTIONS:
        reduce = getattr(tf, "reduce_" + name)
        reduce(x)
        reduce(x, 0)
        reduce(x, [0, 1], keepdims=True, name="kept")
        reduce(x, reduction_indices=1)
        reduce(x, -1, keep_dims=True)
    tf.reduce_any(x > 0), tf.reduce_all(x > 0, 1)
    tf.math.reduce_variance(x, 1), tf.math.reduce_std(x), tf.math.reduce_euclidean_norm(x, 0)
    tf.count_nonzero(x), tf.count_nonzero(x, 1, keepdims=True, dtype=tf.int32)
    tf.argmax(x, 1), tf.argmin(x), tf.argmax(x, dimension=0, output_type=tf.int32)
    tf.arg_max(x, 1)


@forward
def reductions_of_unknown_rank(tf):
    x = tf.placeholder(tf.float32, name="x")
    y = tf.placeholder(tf.float32, [None, 3], name="y")
    for name in REDUCTIONS:
        reduce = getattr(tf, "reduce_" + name)
        reduce(x)
        reduce(x, 0)
        reduce(y)
        reduce(y, 1, keepdims=True)
    tf.reduce_mean([1.0, 2.0]), tf.reduce_sum(tf.constant([[1, 2], [3, 4]]))
    tf.trace(y)


@forward
def sequences(tf):
    n = tf.placeholder(tf.int32, [], name="n")
    tf.range(5), tf.range(n), tf.range(1, n, 2), tf.range(0.0, 1.0, 0.25), tf.range(3, name="r")
    tf.range(n, dtype=tf.float32) if False else tf.range(2, dtype=tf.float32)
    tf.linspace(0.0, 1.0, 5), tf.lin_space(0.0, 1.0, n, name="l")
    x = floats(tf, 4)
    tf.cumsum(x), tf.cumsum(x, exclusive=True, reverse=True, name="c"), tf.cumprod(x, 0)
    tf.bincount([1, 2, 2]), tf.bincount([1, 2], weights=[0.5, 1.0], minlength=2, maxlength=n)
    tf.histogram_fixed_width(x, [0.0, 1.0]), tf.histogram_fixed_width_bins(x, [0.0, 1.0], 5)


@forward
def products(tf):
    x, y = pair(tf, (2, 3), (3, 4))
    a, b = pair(tf, (5, 2, 3), (5, 3, 4))
    u = tf.placeholder(tf.float32, name="u")
    c = tf.placeholder(tf.complex64, [2, 2], name="c")
    tf.matmul(x, y), tf.matmul(y, x, transpose_a=True, transpose_b=True, name="t")
    tf.matmul(x, [[1.0], [2.0], [3.0]])
    tf.matmul(a, b), tf.matmul(a, y), tf.matmul(a, a, transpose_b=True), tf.matmul(u, y)
    (
        tf.matmul(a, a, adjoint_a=True),
        tf.matmul(c, c, adjoint_b=True),
        tf.matmul(c, c, adjoint_a=True),
    )
    tf.matmul(x, y, a_is_sparse=True), tf.linalg.matvec(x, [1.0, 2.0, 3.0])
    tf.tensordot(x, y, 1), tf.tensordot(a, b, [[2], [1]], name="dot"), tf.tensordot(x, y, 0)
    v = tf.placeholder(tf.float32, [None, 3], name="v")
    tf.tensordot(v, y, [[1], [0]]), tf.tensordot(u, y, 1), tf.tensordot(a, v, [[2], [1]])
    tf.cross([1.0, 2.0, 3.0], [3.0, 2.0, 1.0])
    tf.add_n([x, x, x]), tf.add_n([x]), tf.add_n([x], name="one"), tf.accumulate_n([x, x])
    tf.math.polyval([1.0, x, 3.0], x)


@forward
def einsums(tf):
    x, y = pair(tf, (2, 3), (3, 4))
    a, b = pair(tf, (5, 2, 3), (5, 3, 4))
    v = tf.placeholder(tf.float32, [None, 3, 4], name="v")
    s = tf.placeholder(tf.float32, [3, 3], name="s")
    tf.einsum("ij,jk->ik", x, y), tf.einsum("ij,jk", x, y), tf.einsum("ij->ji", x)
    tf.einsum("bij,bjk->bik", a, b), tf.einsum("bij,jk->bik", a, y, name="e")
    tf.einsum("i,j->ij", x[0], x[1]), tf.einsum("ij,ij->", x, x), tf.einsum("ii", s)
    tf.einsum("bjk,jk->b", v, y), tf.einsum("...jk,jk->...", v, y), tf.einsum("ij->i", x)
    tf.einsum("bij,bjk,jk->ik", a, b, y), tf.einsum("bij,bjk->kb", a, b)


@forward
def segments(tf):
    x = floats(tf, 5, 3)
    ids = tf.constant([0, 0, 1, 1, 2])
    for name in ("sum", "mean", "prod", "min", "max"):
        getattr(tf, "segment_" + name)(x, ids)
    for name in ("sum", "prod", "min", "max", "mean", "sqrt_n"):
        getattr(tf, "unsorted_segment_" + name)(x, ids, 4)
    for name in ("sum", "mean", "sqrt_n"):
        getattr(tf, "sparse_segment_" + name)(x, [0, 1], [0, 1])
        getattr(tf, "sparse_segment_" + name)(x, [0, 1], [0, 1], num_segments=3)


@forward
def clipping(tf):
    x, y = pair(tf)
    slices = tf.IndexedSlices(tf.ones([2, 3]), [0, 1], [5, 3])
    tf.clip_by_value(x, 0.0, 1.0), tf.clip_by_value(x, -1, 1, name="clip"), tf.clip_by_norm(x, 2.0)
    tf.clip_by_norm(x, 2.0, axes=[1], name="norm"), tf.clip_by_average_norm(x, 1.0)
    tf.clip_by_value(slices, 0.0, 1.0), tf.clip_by_norm(slices, 1.0)
    tf.global_norm([x, None, y]), tf.clip_by_global_norm([x, y, None, slices], 5.0)
    tf.clip_by_global_norm([x], 5.0, use_norm=tf.constant(2.0), name="g")


@forward
def bits_and_special(tf):
    i, j = pair(tf, dtype=tf.int32)
    x, y = pair(tf)
    tf.bitwise.bitwise_and(i, j), tf.bitwise.bitwise_or(i, 1), tf.bitwise.bitwise_xor(i, j)
    tf.bitwise.invert(i), tf.bitwise.left_shift(i, 2), tf.bitwise.right_shift(i, j)
    tf.lgamma(x), tf.digamma(x), tf.erf(x), tf.erfc(x), tf.igamma(x, y), tf.igammac(x, y)
    tf.zeta(x, y), tf.polygamma(x, y), tf.betainc(x, y, x), tf.lbeta(x)
    tf.math.bessel_i0(x), tf.math.bessel_i1(x), tf.math.bessel_i0e(x)


UNARY = (
    "abs negative reciprocal square sqrt rsqrt exp expm1 log log1p sin cos tan asin acos atan sinh "
    "cosh tanh asinh acosh atanh sigmoid floor ceil round sign lgamma digamma erf erfc"
).split()


@gradients
def unary(tf):
    x = floats(tf, 2, 3)
    return [getattr(tf, name)(x) for name in UNARY], [x]


@gradients
def unary_of_complex(tf):
    z = tf.placeholder(tf.complex64, [2], name="z")
    names = "square sqrt exp log sin cosh tanh sigmoid reciprocal".split()
    ys = [tf.real(getattr(tf, name)(z)) for name in names]
    return ys + [tf.abs(z), tf.angle(z), tf.imag(z), tf.real(tf.conj(z)), tf.real(z * z)], [z]


@gradients
def second_order(tf):
    x = floats(tf, 2, 3)
    ys = [tf.sqrt(x), tf.rsqrt(x), tf.tanh(x), tf.sigmoid(x), tf.reciprocal(x)]
    return tf.gradients(ys, x), [x]


BINARY = "add subtract multiply divide maximum minimum squared_difference pow floormod".split()


def binary(tf, a, b):
    x, y = pair(tf, a, b)
    return [getattr(tf, name)(x, y) for name in BINARY], [x, y]


@gradients
def binary_equal(tf):
    return binary(tf, (2, 3), (2, 3))


@gradients
def binary_broadcast(tf):
    return binary(tf, (2, 3), (3,))


@gradients
def binary_scalar(tf):
    return binary(tf, (2, 1, 3), ())


@gradients
def binary_partly_known(tf):
    return binary(tf, (None, 3), (3,))


@gradients
def binary_unknown(tf):
    return binary(tf, None, None)


@gradients
def more_binary(tf):
    x, y = pair(tf, (2, 3), (3,))
    ys = [tf.atan2(x, x), tf.math.xlogy(x, y), tf.math.xdivy(x, y), tf.div_no_nan(x, y)]
    ys += [tf.igamma(x, y), tf.igammac(x, y), tf.zeta(x, y), tf.polygamma(x, y)]
    ys += [tf.math.multiply_no_nan(x, y), tf.math.nextafter(x, y)]
    return ys, [x, y]


def reduced(tf, x, axes):
    ys = []
    for name in ("sum", "mean", "max", "min", "prod"):
        for axis in axes:
            ys.append(getattr(tf, "reduce_" + name)(x, axis))
    return ys, [x]


@gradients
def reduced_known(tf):
    return reduced(tf, floats(tf, 2, 3), (None, 0, [1], [0, 1], -1, []))


@gradients
def reduced_partly_known(tf):
    return reduced(tf, tf.placeholder(tf.float32, [None, 3], name="x"), (None, 0, [1]))


@gradients
def reduced_unknown(tf):
    return reduced(tf, tf.placeholder(tf.float32, name="x"), (None, 0))


@gradients
def reduced_otherwise(tf):
    x = floats(tf, 2, 3)
    ys = [tf.reduce_logsumexp(x, 1), tf.math.reduce_variance(x, 0), tf.math.reduce_std(x)]
    ys += [tf.cumsum(x, 1), tf.cumsum(x, 0, True, True), tf.cumprod(x, 1), tf.add_n([x, x, x])]
    ys += [tf.accumulate_n([x, x]), tf.cast(x, tf.float64), tf.clip_by_value(x, 0.0, 1.0)]
    ys += [tf.clip_by_norm(x, 1.0), tf.global_norm([x, x]), tf.trace(x)]
    return ys, [x]


@gradients
def products_of_matrices(tf):
    x, y = pair(tf, (2, 3), (3, 4))
    ys = [tf.matmul(x, y), tf.matmul(y, x, True, True), tf.matmul(x, x, transpose_b=True)]
    ys += [tf.matmul(x, x, transpose_a=True), tf.matmul(x, y, a_is_sparse=True)]
    ys += [tf.tensordot(x, y, 1), tf.einsum("ij,jk->ki", x, y)]
    return ys, [x, y]


@gradients
def products_of_batches(tf):
    x, y = pair(tf, (5, 2, 3), (5, 3, 4))
    z = tf.placeholder(tf.float32, (3, 4), name="z")
    ys = [tf.matmul(x, y), tf.matmul(y, x, True, True), tf.matmul(x, x, adjoint_b=True)]
    ys += [tf.matmul(x, z), tf.matmul(x, x, transpose_a=True)]
    return ys, [x, y, z]


@gradients
def cross_product(tf):
    x, y = pair(tf, (2, 3), (2, 3))
    return [tf.cross(x, y)], [x, y]


@gradients
def segmented(tf):
    x = floats(tf, 5, 3)
    ids = tf.constant([0, 0, 1, 1, 2])
    ys = [getattr(tf, "segment_" + n)(x, ids) for n in ("sum", "mean", "min", "max")]
    for name in ("sum", "prod", "min", "max", "mean"):
        ys.append(getattr(tf, "unsorted_segment_" + name)(x, ids, 4))
    for name in ("sum", "mean", "sqrt_n"):
        ys.append(getattr(tf, "sparse_segment_" + name)(x, [0, 1], [0, 1]))
    return ys, [x]


def build(name, tf):
    """Adds the program's nodes to the default graph."""
    if name in FORWARD:
        FORWARD[name](tf)
    else:
        ys, xs = GRADIENTS[name](tf)
        for y in ys:
            tf.gradients(y, xs)
        tf.gradients(ys, xs)


NAMES = list(FORWARD) + list(GRADIENTS)
