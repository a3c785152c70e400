"""Cases of while loops: forward, contexts' protos, errors. See case_tools.py."""

import collections

import numpy as np
from case_tools import Cases, fed, floats

CASES = Cases()
case, simple = CASES.case, CASES.simple

Pair = collections.namedtuple("Pair", "j, k")


def below(n):
    return lambda i, *_: i < n


def loop(tf, *args, **kwargs):
    """A loop of several variables: a list, for a case's tuple is something else."""
    return list(tf.while_loop(*args, **kwargs))


simple(
    counter=lambda tf: [tf.while_loop(below(10), lambda i: tf.add(i, 1), [0])],
    named=lambda tf: [tf.while_loop(below(10), lambda i: tf.add(i, 1), [0], name="foo")],
    same_structure=lambda tf: loop(
        tf, below(10), lambda i: [i + 1], [0], return_same_structure=True
    ),
    arguments=lambda tf: [
        tf.while_loop(
            below(3), lambda i: i + 2, [0], parallel_iterations=1, back_prop=False, swap_memory=True
        )
    ],
    two_loops=lambda tf: [
        tf.while_loop(below(3), lambda i: i + 2, [tf.while_loop(below(10), lambda i: i * 2, [1])])
    ],
    never=lambda tf: [tf.while_loop(lambda i: tf.constant(False), lambda i: i + 1, [7])],
    constants_in_body=lambda tf: loop(
        tf, below(3), lambda i, x: (i + 1, x + tf.ones([2]) * tf.constant(2.0)), [0, tf.zeros([2])]
    ),
    passes_through=lambda tf: loop(tf, below(3), lambda i, x: (i + 1, x), [0, 1.5]),
    swaps=lambda tf: loop(tf, below(3), lambda i, a, b: (i + 1, b, a), [0, 1.0, 2.0]),
    numpy_values=lambda tf: loop(tf, below(2), lambda i, x: [i + 1, x * 2.0], (0, floats(2, 3))),
    types=lambda tf: loop(
        tf,
        below(3),
        lambda i, s, b, d: (i + 1, tf.string_join([s, "a"]), tf.logical_not(b), d * 2),
        [0, "x", True, tf.constant(1.0, tf.float64)],
    ),
    random_seeds=lambda tf: loop(
        tf, below(2), lambda i, x: (i + 1, x + tf.random_uniform([2], seed=3)), [0, tf.zeros([2])]
    ),
)


# --------------------------------------------------------------- structures
@case
def nested_structure(tf):
    start = (tf.constant(0), Pair(tf.constant(1), tf.constant(2)))
    i, pair = tf.while_loop(
        lambda i, p: i < 10, lambda i, p: (i + 1, Pair(p.j + p.k, p.j - p.k)), start
    )
    return [i, pair.j, pair.k]


@case
def dictionary(tf):
    result = tf.while_loop(
        lambda i, d: i < 4,
        lambda i, d: (i + 1, {"b": d["a"], "a": [d["b"] * 2.0, d["a"][0]]}),
        [0, {"a": [tf.constant(1.0), tf.constant(3.0)], "b": [tf.constant(2.0)][0]}],
    )
    return [result[0]]


@case
def dictionary_that_fits(tf):
    i, d = tf.while_loop(
        lambda i, d: i < 4,
        lambda i, d: (i + 1, {"b": d["a"], "a": d["b"] * 2.0}),
        [0, {"a": tf.constant(1.0), "b": tf.constant(2.0)}],
    )
    return [i, d["a"], d["b"]]


@case
def sparse_variable(tf):
    x = tf.SparseTensor([[0, 1], [2, 0]], [1.0, 2.0], [3, 2])
    i, r = tf.while_loop(
        lambda i, x: i < 3,
        lambda i, x: (i + 1, tf.SparseTensor(x.indices, x.values * 2.0, x.dense_shape)),
        [0, x],
    )
    return [i, r]


@case
def sparse_variable_with_invariant(tf):
    x = tf.SparseTensor([[0, 1], [2, 0]], [1.0, 2.0], [3, 2])
    i, r = tf.while_loop(
        lambda i, x: i < 2,
        lambda i, x: (i + 1, tf.sparse_concat(0, [x, x])),
        [0, x],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape([2])],
    )
    return [i, r]


@case
def slices_variable(tf):
    x = tf.IndexedSlices(tf.constant(floats(2, 3)), tf.constant([3, 1]), tf.constant([5, 3]))
    i, r = tf.while_loop(
        lambda i, x: i < 3,
        lambda i, x: (i + 1, tf.IndexedSlices(x.values * 2.0, x.indices, x.dense_shape)),
        [0, x],
    )
    return [i, r]


@case
def slices_variable_with_invariant(tf):
    x = tf.IndexedSlices(tf.constant(floats(2, 3)), tf.constant([3, 1]))
    i, r = tf.while_loop(
        lambda i, x: i < 2,
        lambda i, x: (
            i + 1,
            tf.IndexedSlices(tf.concat([x.values, x.values], 0), tf.concat([x.indices] * 2, 0)),
        ),
        [0, x],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape([None, 3])],
    )
    return [i, r.values, r.indices]


@case
def ragged_variable(tf):
    x = tf.RaggedTensor.from_row_lengths(tf.constant(floats(4)), tf.constant([1, 3]))
    i, r = tf.while_loop(
        lambda i, x: i < 3, lambda i, x: (i + 1, x.with_values(x.values * 2.0)), [0, x]
    )
    return [i, r.values, r.row_splits]


@case
def array_variable(tf):
    a = tf.TensorArray(tf.float32, 3, name="out")
    i, r = tf.while_loop(
        lambda i, a: i < 3, lambda i, a: (i + 1, a.write(i, tf.to_float(i) * 2.0)), [0, a]
    )
    return [i, r.stack()]


@case
def array_alone(tf):
    a = tf.TensorArray(tf.float32, 2).unstack([1.0, 2.0])
    i, b, total = tf.while_loop(
        lambda i, *_: i < 2,
        lambda i, b, total: (i + 1, b.write(i, total), total + a.read(i)),
        [0, tf.TensorArray(tf.float32, 2), 0.0],
    )
    return [i, b.stack(), total]


# --------------------------------------------------------------- what comes from outside
@case
def captured(tf):
    w, b = tf.constant(floats(3, 3) / 10), tf.placeholder_with_default(floats(3), [3])
    x = tf.ones([2, 3])
    return loop(
        tf, lambda i, x: i < 3, lambda i, x: (i + 1, tf.nn.relu(tf.matmul(x, w) + b)), [0, x]
    )


@case
def captured_limit(tf):
    n, feed = fed(tf, np.int32(4))
    return [tf.while_loop(lambda i: i < n, lambda i: i + 1, [0])], feed


@case
def only_invariants(tf):
    a, b = tf.constant(2.0), tf.constant(3.0)
    return loop(tf, lambda i, x: i < 3, lambda i, x: (i + 1, a * b), [0, 1.0])


@case
def reference_variable(tf):
    v = tf.get_variable("v", [], tf.float32, tf.constant_initializer(0.0))

    def body(i):
        with tf.control_dependencies([tf.assign_add(v, 2.0)]):
            return i + 1

    return [tf.while_loop(lambda i: i < 3, body, [0])]


@case
def reference_variable_read(tf):
    v = tf.get_variable("v", [2], tf.float32, tf.constant_initializer(2.0))
    return loop(tf, lambda i, x: i < 3, lambda i, x: (i + 1, x * v), [0, tf.ones([2])])


@case
def reference_as_loop_variable(tf):
    v = tf.Variable(0, name="v")
    return [tf.while_loop(lambda x: x < 5, lambda x: tf.assign_add(v, 1), [v])]


@case
def resource_variable(tf):
    v = tf.get_variable("v", [2], use_resource=True, initializer=tf.ones_initializer())

    def body(i, x):
        with tf.control_dependencies([v.assign_add([1.0, 2.0])]):
            return i + 1, x + v.read_value()

    # One at a time: else the reads of an iteration see what later ones have added.
    return loop(tf, lambda i, x: i < 3, body, [0, tf.zeros([2])], parallel_iterations=1)


@case
def variable_made_inside(tf):
    def body(i, x):
        w = tf.get_variable("w", [2, 2], initializer=tf.ones_initializer())
        return i + 1, tf.matmul(x, w)

    return loop(tf, lambda i, x: i < 3, body, [0, tf.ones([1, 2])])


@case
def layer_inside(tf):
    def body(i, x):
        return i + 1, tf.layers.dense(x, 3, tf.tanh, kernel_initializer=tf.ones_initializer())

    return loop(tf, lambda i, x: i < 3, body, [0, tf.ones([1, 3])])


# --------------------------------------------------------------- control dependencies
@case
def after_something(tf):
    x = tf.constant(1.0, name="before")
    with tf.control_dependencies([x]):
        return loop(tf, lambda i, y: i < 3, lambda i, y: (i + 1, y + x), [0, 2.0])


@case
def dependency_inside_on_outside(tf):
    x, nothing = tf.constant(1.0, name="x"), tf.no_op(name="nothing")

    def body(i):
        with tf.control_dependencies([x, nothing]):
            return tf.identity(i) + tf.constant(1)

    return [tf.while_loop(lambda i: i < 3, body, [0])]


@case
def dependency_inside(tf):
    v = tf.Variable(0.0)

    def body(i, x):
        add = tf.assign_add(v, 1.0)
        with tf.control_dependencies([add]):
            return i + 1, tf.identity(x) + tf.constant(1.0)

    return loop(tf, lambda i, x: i < 3, body, [0, 0.0])


@case
def grouped_inside(tf):
    v, w = tf.Variable(0.0), tf.Variable(1.0)

    def body(i):
        with tf.control_dependencies([tf.group(tf.assign(v, 3.0), tf.assign_add(w, 1.0))]):
            return i + 1

    r = tf.while_loop(lambda i: i < 3, body, [0])
    with tf.control_dependencies([r]):
        return [r, tf.identity(w.read_value())]


@case
def summary_inside(tf):
    def body(i):
        tf.summary.scalar("i", i)
        return i + 1

    r = tf.while_loop(lambda i: i < 3, body, [0])
    assert not tf.get_collection(tf.GraphKeys._SUMMARY_COLLECTION)
    return [r]


@case
def devices(tf):
    with tf.device("/cpu:0"):
        x = tf.constant(1.0)

    def body(i, y):
        with tf.device("/device:CPU:0"), tf.colocate_with(x):
            return i + 1, y * x

    return loop(tf, lambda i, y: i < 3, body, [0, 2.0])


# --------------------------------------------------------------- shapes
@case
def growing(tf):
    return loop(
        tf,
        lambda i, m: i < 2,
        lambda i, m: [i + 1, tf.concat([m, m], axis=0)],
        [tf.constant(0), tf.ones([2, 3])],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape([None, 3])],
    )


@case
def unknown_invariant(tf):
    return loop(
        tf,
        lambda i, m: i < 2,
        lambda i, m: [i + 1, tf.expand_dims(m, 0)],
        [tf.constant(0), tf.ones([2, 3])],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape(None)],
    )


@case
def spec_invariant(tf):
    return loop(
        tf,
        lambda i, m: i < 2,
        lambda i, m: [i + 1, tf.concat([m, m], axis=1)],
        [tf.constant(0), tf.ones([2, 3])],
        shape_invariants=[tf.TensorSpec([], tf.int32), tf.TensorSpec([2, None], tf.float32)],
    )


@case
def unknown_start(tf):
    x, feed = fed(tf, floats(2, 3), [None, 3])
    return loop(tf, lambda i, m: i < 2, lambda i, m: [i + 1, m * 2.0], [0, x]), feed


@case
def set_shape_in_body(tf):
    def body(i, m):
        m = tf.boolean_mask(tf.concat([m, m], 0), [True, False, True, False])
        m.set_shape([2, 3])
        return i + 1, m

    return loop(tf, lambda i, m: i < 2, body, [0, tf.ones([2, 3])])


# --------------------------------------------------------------- maximum_iterations
simple(
    bounded=lambda tf: [
        tf.while_loop(lambda i: i < 10, lambda i: i + 1, [0], maximum_iterations=3)
    ],
    bounded_same_structure=lambda tf: loop(
        tf,
        below(10),
        lambda i: [i + 1],
        [0],
        maximum_iterations=tf.constant(3, tf.int64),
        return_same_structure=True,
    ),
    bounded_several=lambda tf: loop(
        tf,
        lambda i, x: i < 10,
        lambda i, x: (i + 1, tf.concat([x, x], 0)),
        [0, tf.constant([1.0])],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])],
        maximum_iterations=2,
    ),
    bounded_in_a_list=lambda tf: loop(
        tf,
        lambda i, x: i < 10,
        lambda i, x: [i + 1, tf.concat([x, x], 0)],
        [0, tf.constant([1.0])],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])],
        maximum_iterations=2,
    ),
    bounded_by_placeholder=lambda tf: [
        tf.while_loop(
            lambda i: i < 10,
            lambda i: i + 1,
            [0],
            maximum_iterations=tf.placeholder_with_default(4, []),
        )
    ],
)


# --------------------------------------------------------------- nested
@case
def loop_in_loop(tf):
    def outer(i, total):
        _, total = tf.while_loop(lambda j, t: j < i, lambda j, t: (j + 1, t + j), [0, total])
        return i + 1, total

    return loop(tf, lambda i, t: i < 4, outer, [tf.constant(0), tf.constant(0)])


@case
def loop_in_loop_in_loop(tf):
    w = tf.constant(2.0)

    def inner(j, x):
        deepest = tf.while_loop(lambda k, y: k < 2, lambda k, y: (k + 1, y + w), [0, x])
        return j + 1, deepest[1] * w

    def outer(i, x):
        return i + 1, tf.while_loop(lambda j, x: j < 2, inner, [0, x], parallel_iterations=3)[1]

    return loop(tf, lambda i, x: i < 2, outer, [0, 1.0])


@case
def invariant_as_inner_variable(tf):
    start = tf.constant(5.0)

    def outer(i, x):
        _, y = tf.while_loop(lambda j, y: j < 2, lambda j, y: (j + 1, y * 2.0), [0, start])
        return i + 1, x + y

    return loop(tf, lambda i, x: i < 2, outer, [0, 1.0])


@case
def loop_in_condition(tf):
    def cond(i):
        return tf.while_loop(lambda j: j < i, lambda j: j + 1, [0]) < 5

    return [tf.while_loop(cond, lambda i: i + 1, [tf.constant(0)])]


@case
def cond_in_loop(tf):
    w = tf.constant(3)

    def body(i, x):
        return i + 1, tf.cond(tf.equal(i % 2, 0), lambda: x + w, lambda: x * 2)

    return loop(tf, lambda i, x: i < 4, body, [tf.constant(0), tf.constant(1)])


@case
def cond_in_condition(tf):
    return [
        tf.while_loop(
            lambda i: tf.cond(i > 2, lambda: i < 3, lambda: tf.constant(True)),
            lambda i: i + 1,
            [tf.constant(0)],
        )
    ]


@case
def loop_in_cond(tf):
    p, feed = fed(tf, True)
    x = tf.constant(2)

    def inner():
        return tf.while_loop(lambda i: i < 5, lambda i: i + x, [x])

    return [tf.cond(p, inner, lambda: x * 10), tf.cond(p, lambda: x, inner)], feed


@case
def loop_in_cond_in_loop(tf):
    def body(i, x):
        def inner():
            return tf.while_loop(lambda j, y: j < i, lambda j, y: (j + 1, y + 1.0), [0, x])[1]

        return i + 1, tf.cond(i > 1, inner, lambda: x)

    return loop(tf, lambda i, x: i < 4, body, [tf.constant(0), tf.constant(1.0)])


@case
def cond_in_cond_in_loop(tf):
    c = tf.constant(4)

    def body(i):
        return tf.cond(i < c, lambda: tf.cond(i < 2, lambda: i + 1, lambda: i + c), lambda: c + i)

    return [tf.while_loop(lambda i: i < 12, body, [tf.constant(0)])]


@case
def case_in_loop(tf):
    def body(i):
        return tf.case(
            [(tf.equal(i, 0), lambda: i + 3), (tf.equal(i, 3), lambda: i + 4)], lambda: i + 1
        )

    return [tf.while_loop(lambda i: i < 12, body, [tf.constant(0)])]


@case
def assertion_in_loop(tf):
    def body(i):
        with tf.control_dependencies([tf.Assert(i < 5, [i])]):
            return i + 1

    return [tf.while_loop(lambda i: i < 4, body, [tf.constant(0)])]


@case
def failing_assertion_in_loop(tf):
    def body(i):
        with tf.control_dependencies([tf.Assert(i < 2, [i])]):
            return i + 1

    return [tf.while_loop(lambda i: i < 4, body, [tf.constant(0)])]


@case
def gradient_of_step_in_body(tf):
    x = tf.constant([1.0, 2.0])

    def body(i, w):
        loss = tf.reduce_sum(tf.square(w * x - 3.0))
        return i + 1, w - 0.1 * tf.gradients(loss, w)[0]

    return loop(tf, lambda i, w: i < 3, body, [0, 0.5])


# --------------------------------------------------------------- errors
def use_inside_outside(tf):
    seen = []

    def body(i):
        seen.append(i + 2)
        return i + 1

    tf.while_loop(lambda i: i < 3, body, [0])
    return [seen[0] * 2]


def use_in_other_loop(tf):
    seen = []

    def body(i):
        seen.append(i + 2)
        return i + 1

    tf.while_loop(lambda i: i < 3, body, [0])
    return [tf.while_loop(lambda i: i < 3, lambda i: i + seen[0], [0])]


simple(
    error_used_outside=use_inside_outside,
    error_used_in_other_loop=use_in_other_loop,
    error_cond=lambda tf: loop(tf, True, lambda i: i, [0]),
    error_body=lambda tf: loop(tf, lambda i: i < 1, 3, [0]),
    error_parallel=lambda tf: loop(tf, lambda i: i < 1, lambda i: i, [0], parallel_iterations=0),
    error_parallel_type=lambda tf: loop(
        tf, lambda i: i < 1, lambda i: i, [0], parallel_iterations=2.5
    ),
    error_no_variables=lambda tf: loop(tf, lambda i: i < 1, lambda i: i, []),
    error_structure=lambda tf: loop(tf, lambda i: i < 1, lambda i: [i, i], [0]),
    error_structure_deep=lambda tf: loop(
        tf, lambda i, p: i < 1, lambda i, p: [i, (p[0], [p[1]])], [0, (1, 2)]
    ),
    error_nothing=lambda tf: loop(tf, lambda i: i < 1, lambda i: None, [0]),
    error_none_inside=lambda tf: loop(tf, lambda i, j: i < 1, lambda i, j: (i, None), [0, 1]),
    error_type=lambda tf: loop(
        tf, lambda i, x: i < 1, lambda i, x: (i + 1, tf.to_int32(x)), [0, 1.0]
    ),
    error_shape=lambda tf: loop(
        tf,
        lambda i, x: i < 1,
        lambda i, x: (i + 1, tf.concat([x, x], 0)),
        [0, tf.constant([1.0, 2.0])],
    ),
    error_rank=lambda tf: loop(
        tf, lambda i, x: i < 1, lambda i, x: (i + 1, x[0]), [0, tf.constant([1.0, 2.0])]
    ),
    error_less_shape=lambda tf: loop(
        tf,
        lambda i, x: i < 1,
        lambda i, x: (i + 1, tf.placeholder_with_default(x, [None])),
        [0, tf.constant([1.0, 2.0])],
    ),
    error_invariant=lambda tf: loop(
        tf,
        lambda i, x: i < 1,
        lambda i, x: (i + 1, x),
        [0, tf.ones([2, 3], name="x")],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape([None, 2])],
    ),
    error_invariant_kind=lambda tf: loop(
        tf, lambda i, x: i < 1, lambda i, x: (i + 1, x), [0, 1.0], shape_invariants=[[], []]
    ),
    error_invariant_no_shape=lambda tf: loop(
        tf, lambda i, x: i < 1, lambda i, x: (i + 1, x), [0, 1.0], shape_invariants=[None, 3]
    ),
    error_invariants_structure=lambda tf: loop(
        tf,
        lambda i, x: i < 1,
        lambda i, x: (i + 1, x),
        [0, 1.0],
        shape_invariants=[tf.TensorShape([])],
    ),
    error_invariant_type=lambda tf: loop(
        tf,
        lambda i: i < 1,
        lambda i: i + 1,
        [tf.constant(0)],
        shape_invariants=[tf.TensorSpec([], tf.float32)],
    ),
    error_sparse_invariant=lambda tf: loop(
        tf,
        lambda s: tf.constant(True),
        lambda s: s,
        [tf.SparseTensor([[0, 1]], [1.0], [3, 2])],
        shape_invariants=[tf.TensorShape([3, 2])],
    ),
    error_bound_rank=lambda tf: loop(
        tf, lambda i: i < 1, lambda i: i, [0], maximum_iterations=[1, 2]
    ),
    error_pred_type=lambda tf: loop(tf, lambda i: i, lambda i: i, [0]),
    error_pred_shape=lambda tf: loop(tf, lambda i: i < 1, lambda i: i, [tf.constant([0, 1])]),
)
