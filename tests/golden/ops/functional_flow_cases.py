"""Cases of conds and loops as functional ops, with their gradients. See case_tools.py."""

import numpy as np
from case_tools import Cases, fed, floats, grad_of

CASES = Cases()
case, simple = CASES.case, CASES.simple


def ops_of(tf):
    """TensorFlow's cond_v2 and while_loop, or ours."""
    if tf.__name__ == "evergraph":
        from evergraph.api import cond_v2, while_v2
    else:
        from tensorflow.python.ops import cond_v2, while_v2
    return cond_v2, while_v2


def cond(tf, *args, **kwargs):
    return ops_of(tf)[0].cond_v2(*args, **kwargs)


def loop(tf, *args, **kwargs):
    return ops_of(tf)[1].while_loop(*args, **kwargs)


def switch(tf, value=True, shape=()):
    return fed(tf, np.full(shape, value))


def number(tf, value=1.5):
    return fed(tf, np.float32(value))


def both(*feeds):
    merged = {}
    for feed in feeds:
        merged.update(feed)
    return merged


# Conds.
@case
def conds(tf):
    p, feed = switch(tf)
    x = tf.constant(3.0)
    return [cond(tf, p, lambda: x * 2.0, lambda: x + 1.0, name="mine")], feed


@case
def conds_not_taken(tf):
    p, feed = switch(tf, False)
    x = tf.constant(3.0)
    return [cond(tf, p, lambda: x * 2.0, lambda: x + 1.0)], feed


@case
def conds_of_a_vector(tf):
    p, feed = switch(tf, True, (1,))
    return [cond(tf, p, lambda: 2.0, lambda: 1.0)], feed


@case
def conds_of_different_captures(tf):
    p, feed = switch(tf)
    x, y, z = tf.constant(1.0), tf.constant(2.0), tf.constant([3.0])
    return list(cond(tf, p, lambda: (x + y, x), lambda: (y - z, z))), feed


@case
def conds_of_operations(tf):
    p, feed = switch(tf)
    return [cond(tf, p, lambda: tf.no_op(), lambda: tf.group(tf.constant(1.0)))], feed


@case
def conds_nested(tf):
    p, feed = switch(tf)
    x, feed_x = number(tf)

    def yes():
        y = tf.sin(x)
        return cond(tf, y > 0.5, lambda: y * x, lambda: y - x)

    y = cond(tf, p, yes, lambda: x)
    return grad_of(tf, y, [x], both(feed, feed_x))


@case
def conds_of_structures(tf):
    p, feed = switch(tf)
    found = cond(tf, p, lambda: {"a": 1.0, "b": [2, 3]}, lambda: {"a": 3.0, "b": [4, 5]})
    return [found["a"], *found["b"]], feed


@case
def conds_with_variables(tf):
    p, feed = switch(tf)
    v = tf.get_variable("v", initializer=floats(3), use_resource=True)

    def yes():
        w = tf.get_variable("w", initializer=2.0)
        return tf.reduce_sum(v * w)

    y = cond(tf, p, yes, lambda: tf.reduce_sum(v))
    return grad_of(tf, y, tf.get_collection("variables"), feed)


@case
def conds_that_assign(tf):
    p, feed = switch(tf)
    v = tf.get_variable("v", initializer=1.0, use_resource=True)
    changed = cond(tf, p, lambda: v.assign_add(2.0), lambda: v.assign_sub(1.0))
    return [changed], feed


@case
def conds_of_random(tf):
    p, feed = switch(tf)
    draw = lambda: tf.random_uniform([3])  # noqa: E731
    return [cond(tf, p, draw, lambda: draw() + 1.0)], feed


@case
def conds_under_control(tf):
    p, feed = switch(tf)
    x = tf.constant(2.0)
    with tf.control_dependencies([tf.constant(1.0, name="before")]):
        return [cond(tf, p, lambda: x * 2.0, lambda: x)], feed


@case
def conds_control_outside(tf):
    p, feed = switch(tf)
    outside = tf.constant(1.0, name="outside")

    def yes():
        with tf.control_dependencies([outside]):
            return tf.constant(2.0)

    return [cond(tf, p, yes, lambda: 3.0)], feed


@case
def conds_on_devices(tf):
    p, feed = switch(tf)
    with tf.device("/cpu:0"):
        y = cond(tf, p, lambda: tf.constant(1.0), lambda: 2.0)

    def yes():
        with tf.device("/cpu:0"):
            return tf.constant(1.0)

    with tf.device(lambda _: "/cpu:0"):
        z = cond(tf, p, yes, lambda: 2.0)
    return [y, z], feed


simple(
    conds_of_a_bool=lambda tf: [cond(tf, True, lambda: 1.0, lambda: 2.0)],
    conds_of_different_types=lambda tf: [cond(tf, tf.constant(True), lambda: 1.0, lambda: 2)],
    conds_of_different_structures=lambda tf: [
        cond(tf, tf.constant(True), lambda: (1.0, 2.0), lambda: 1.0)
    ],
    conds_of_different_shapes=lambda tf: [
        cond(tf, tf.constant(True), lambda: [[1.0, 2.0]], lambda: [[1.0], [2.0]])
    ],
    conds_of_slices_and_tensors=lambda tf: [
        cond(
            tf,
            tf.constant(True),
            lambda: tf.IndexedSlices(tf.constant([1.0]), tf.constant([0])),
            lambda: tf.constant([1.0]),
        )
    ],
)


@case
def conds_of_slices(tf):
    p, feed = switch(tf)

    def slices(dtype):
        return lambda: tf.IndexedSlices(tf.constant([1.0]), tf.constant([0], dtype))

    return [cond(tf, p, slices(tf.int32), slices(tf.int64))], feed


@case
def conds_that_see_each_other(tf):
    seen = []

    def yes():
        seen.append(tf.constant(1.0, name="inside"))
        return seen[0] + 1.0

    return [cond(tf, tf.constant(True), yes, lambda: seen[0] + 2.0)]


@case
def gradient_of_cond(tf):
    p, feed = switch(tf)
    x, feed_x = number(tf)
    y = cond(tf, p, lambda: tf.tanh(x) * x, lambda: tf.exp(x))
    return grad_of(tf, y, [x], both(feed, feed_x))


@case
def gradient_of_cond_not_taken(tf):
    p, feed = switch(tf, False)
    x, feed_x = number(tf)
    y = cond(tf, p, lambda: tf.tanh(x) * x, lambda: tf.exp(x) / x)
    return grad_of(tf, y, [x], both(feed, feed_x))


@case
def second_gradient_of_cond(tf):
    p, feed = switch(tf)
    x, feed_x = number(tf)
    y = cond(tf, p, lambda: tf.tanh(x) * x, lambda: tf.exp(x))
    (first,) = tf.gradients(y, x)
    return grad_of(tf, first, [x], both(feed, feed_x))


@case
def gradients_of_cond_called_twice(tf):
    p, feed = switch(tf)
    x, feed_x = number(tf)
    y = cond(tf, p, lambda: tf.tanh(x) * x, lambda: x)
    return tf.gradients(y, x) + tf.gradients(tf.square(y), x), both(feed, feed_x)


@case
def gradient_of_cond_of_lookups(tf):
    p, feed = switch(tf)
    v = tf.get_variable("v", initializer=floats(3, 2), use_resource=True)
    y = cond(tf, p, lambda: tf.gather(v, [1, 1]) * 2.0, lambda: tf.gather(v, [0, 2]))
    return grad_of(tf, y, [v], feed)


@case
def gradient_of_cond_half_of_lookups(tf):
    p, feed = switch(tf)
    v = tf.get_variable("v", initializer=floats(3, 2), use_resource=True)
    y = cond(tf, p, lambda: tf.gather(v, [1, 1, 0]) * 2.0, lambda: v * v)
    return grad_of(tf, y, [v], feed)


@case
def gradient_of_cond_with_whole_numbers(tf):
    p, feed = switch(tf)
    x, feed_x = number(tf)
    n = tf.constant(3)
    found = cond(tf, p, lambda: (n + 1, x * x), lambda: (n, x))
    return grad_of(tf, found[1], [x], both(feed, feed_x))


@case
def all_intermediates_of_cond(tf):
    p, feed = switch(tf)
    x, feed_x = number(tf)
    tf.experimental.output_all_intermediates(True)
    try:
        y = cond(tf, p, lambda: tf.tanh(x) * x, lambda: tf.exp(x))
    finally:
        tf.experimental.output_all_intermediates(None)
    return grad_of(tf, y, [x], both(feed, feed_x))


# Cases.
def index(tf, value=1):
    return fed(tf, np.int32(value))


@case
def cases(tf):
    i, feed = index(tf)
    x, feed_x = number(tf)
    y = tf.switch_case(i, [lambda: x * x, lambda: tf.exp(x) * x, lambda: x], name="mine")
    return grad_of(tf, y, [x], both(feed, feed_x))


@case
def cases_with_a_default(tf):
    i, feed = index(tf, 7)
    x = tf.constant(2.0)
    return [tf.switch_case(i, {1: lambda: x, 0: lambda: x + 1.0}, default=lambda: -x)], feed


simple(
    cases_of_numbers=lambda tf: [tf.switch_case(1, [lambda: 1.0])],
    cases_of_floats=lambda tf: [tf.switch_case(tf.constant(1.0), [lambda: 1.0])],
    cases_of_nothing=lambda tf: [tf.switch_case(tf.constant(1), [])],
    cases_of_one_function=lambda tf: [tf.switch_case(tf.constant(1), lambda: 1.0)],
    cases_of_triples=lambda tf: [tf.switch_case(tf.constant(1), [(0, 1, 2)])],
    cases_of_text=lambda tf: [tf.switch_case(tf.constant(1), [("a", lambda: 1.0)])],
    cases_of_no_function=lambda tf: [tf.switch_case(tf.constant(1), [(0, 1.0)])],
    cases_with_a_hole=lambda tf: [tf.switch_case(tf.constant(1), {0: lambda: 1.0, 2: lambda: 1.0})],
    cases_of_different_types=lambda tf: [tf.switch_case(tf.constant(1), [lambda: 1.0, lambda: 2])],
)


# Loops.
def below(n):
    return lambda i, *_: i < n


simple(
    loops=lambda tf: list(loop(tf, below(3), lambda i, x: (i + 1, x * 2.0), [0, 1.0])),
    loops_of_one=lambda tf: [loop(tf, below(3), lambda i: i + 1, [0], return_same_structure=False)],
    loops_of_one_kept=lambda tf: list(loop(tf, below(3), lambda i: i + 1, [0])),
    loops_options=lambda tf: list(
        loop(
            tf,
            below(9),
            lambda i, x: (i + 1, x * 2.0),
            (0, 1.0),
            parallel_iterations=3,
            maximum_iterations=4,
            name="mine",
            back_prop=False,
        )
    ),
    loops_never=lambda tf: list(loop(tf, below(-3), lambda i, x: (i + 1, x * 2.0), [0, 1.0])),
    loops_to_another_shape=lambda tf: list(
        loop(tf, below(3), lambda i, x: (i + 1, tf.concat([x, x], 0)), [0, tf.zeros([2])])
    ),
    loops_to_any_length=lambda tf: list(
        loop(
            tf,
            below(3),
            lambda i, x: (i + 1, tf.concat([x, x], 0)),
            [0, tf.zeros([2])],
            shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])],
        )
    ),
    loops_to_another_type=lambda tf: list(
        loop(tf, below(3), lambda i, x: (i + 1, tf.to_int32(x)), [0, 1.0])
    ),
    loops_to_another_structure=lambda tf: list(
        loop(tf, below(3), lambda i, x: (i + 1, [x, x]), [0, 1.0])
    ),
    loops_conditions_of_vectors=lambda tf: list(loop(tf, lambda i: [i] < 3, lambda i: i + 1, [0])),
)


@case
def loops_nested_structures(tf):
    start = [tf.constant(0), {"a": tf.constant([1.0, 2.0]), "b": (tf.constant(3.0),)}]

    def body(i, x):
        return i + 1, {"a": x["a"] * 2.0, "b": (x["b"][0] + tf.reduce_sum(x["a"]),)}

    _, found = loop(tf, below(3), body, start)
    return [found["a"], found["b"][0]]


@case
def loops_with_captures(tf):
    x, feed = number(tf)
    n = tf.constant(4)
    found = loop(tf, lambda i, y: i < n, lambda i, y: (i + 1, y * x + tf.to_float(n)), [0, x])
    return grad_of(tf, found[1], [x], feed)


@case
def gradient_of_loop(tf):
    x, feed = number(tf)
    found = loop(tf, below(4), lambda i, y: (i + 1, tf.tanh(y) * y), [0, x])
    return grad_of(tf, found[1], [x], feed)


@case
def second_gradient_of_loop(tf):
    x, feed = number(tf)
    found = loop(tf, below(3), lambda i, y: (i + 1, tf.tanh(y) * y), [0, x])
    (first,) = tf.gradients(found[1], x)
    return grad_of(tf, first, [x], feed)


@case
def gradients_of_loop_called_twice(tf):
    x, feed = number(tf)
    y = loop(tf, below(3), lambda i, y: (i + 1, tf.tanh(y) * y), [0, x])[1]
    return tf.gradients(y, x) + tf.gradients(tf.square(y), x), feed


@case
def gradient_of_bounded_loop(tf):
    x, feed = number(tf)
    found = loop(tf, below(9), lambda i, y: (i + 1, y * y), [0, x], maximum_iterations=2)
    return grad_of(tf, found[1], [x], feed)


@case
def gradient_of_nested_loops(tf):
    x, feed = number(tf, 0.5)

    def body(i, y):
        inner = loop(tf, below(2), lambda j, z: (j + 1, z * tf.cos(z) + x), [0, y])
        return i + 1, inner[1]

    return grad_of(tf, loop(tf, below(3), body, [0, x])[1], [x], feed)


@case
def gradient_of_cond_in_loop(tf):
    x, feed = number(tf, 0.5)

    def body(i, y):
        return i + 1, cond(tf, y < 1.0, lambda: y * 2.0 + x, lambda: tf.tanh(y))

    return grad_of(tf, loop(tf, below(4), body, [0, x])[1], [x], feed)


@case
def gradient_of_loop_in_cond(tf):
    x, feed = number(tf, 0.5)
    p, feed_p = switch(tf)

    def yes():
        return loop(tf, below(3), lambda i, y: (i + 1, tf.sin(y) + y), [0, x])[1]

    return grad_of(tf, cond(tf, p, yes, lambda: x), [x], both(feed, feed_p))


@case
def gradient_of_loop_with_variable(tf):
    v = tf.get_variable("v", initializer=floats(3), use_resource=True)

    def body(i, y):
        return i + 1, y * tf.reduce_sum(v) * 0.1

    return grad_of(tf, loop(tf, below(3), body, [0, 1.0])[1], [v])


@case
def gradient_of_loop_of_vectors(tf):
    x, feed = fed(tf, floats(3, 2), [None, 2])

    def body(i, y):
        return i + 1, y + tf.reduce_sum(x * tf.to_float(i), 0) * y

    return grad_of(tf, loop(tf, below(3), body, [0, tf.ones([2])])[1], [x], feed)


@case
def gradient_of_loop_of_gathers(tf):
    x, feed = fed(tf, floats(4, 2), [4, 2])

    def body(i, y):
        return i + 1, y * tf.gather(x, i)

    return grad_of(tf, loop(tf, below(3), body, [0, tf.ones([2])])[1], [x], feed)


@case
def all_intermediates_of_loop(tf):
    x, feed = number(tf)
    tf.experimental.output_all_intermediates(True)
    try:
        y = loop(tf, below(3), lambda i, y: (i + 1, tf.tanh(y) * y), [0, x])[1]
    finally:
        tf.experimental.output_all_intermediates(None)
    return grad_of(tf, y, [x], feed)


@case
def gradient_of_loop_without_gradient(tf):
    x, feed = number(tf)
    found = loop(tf, below(3), lambda i, y: (i + 1, y + 1.0), [0, 2.0])
    return list(tf.gradients(found[1], x)), feed


# With the switch on.
def switched_on(function):
    def build(tf):
        tf.enable_control_flow_v2()
        try:
            assert tf.control_flow_v2_enabled()
            return function(tf)
        finally:
            tf.disable_control_flow_v2()

    build.__name__ = function.__name__
    CASES[build.__name__] = build
    return build


@switched_on
def switched_on_cond(tf):
    p, feed = switch(tf)
    return [tf.cond(p, lambda: 1.0, lambda: 2.0)], feed


@switched_on
def switched_on_loop(tf):
    return list(tf.while_loop(below(3), lambda i, x: (i + 1, x * 2.0), [0, 1.0]))


@switched_on
def switched_on_case(tf):
    x, feed = number(tf)
    return [tf.case([(x > 2.0, lambda: 1.0), (x > 1.0, lambda: 2.0)], lambda: 3.0)], feed


@switched_on
def switched_on_arrays(tf):
    x, feed = fed(tf, floats(3, 2), [None, 2])
    array = tf.TensorArray(tf.float32, 3, clear_after_read=False).unstack(x)
    target = tf.TensorArray(tf.float32, 3)

    def body(i, state, target):
        state = tf.tanh(state + array.read(i) * 0.1)
        return i + 1, state, target.write(i, state)

    found = tf.while_loop(below(3), body, [0, tf.zeros([2]), target])
    return grad_of(tf, found[2].stack(), [x], feed)


@switched_on
def switched_on_map(tf):
    x, feed = fed(tf, floats(3, 2), [None, 2])
    return grad_of(tf, tf.map_fn(lambda r: tf.tanh(r) * r, x), [x], feed)


@switched_on
def switched_on_scan(tf):
    x, feed = fed(tf, floats(3, 2), [None, 2])
    return grad_of(tf, tf.scan(lambda a, r: tf.tanh(a) * r, x), [x], feed)


def array_of(tf, **kwargs):
    array = tf.TensorArray(tf.float32, 3, **kwargs)
    for i in range(3):
        array = array.write(i, floats(3, 2)[i])
    return array


def arrays(**functions):
    for name, function in functions.items():
        function.__name__ = "arrays_" + name
        switched_on(function)


arrays(
    stack=lambda tf: [array_of(tf).stack()],
    read=lambda tf: [array_of(tf).read(1)],
    size=lambda tf: [array_of(tf).size()],
    gather=lambda tf: [array_of(tf).gather([2, 0])],
    concat=lambda tf: [array_of(tf).concat()],
    identity=lambda tf: [array_of(tf).identity().stack()],
    split=lambda tf: [
        tf.TensorArray(tf.float32, 2, infer_shape=False)
        .split(tf.constant(floats(3, 2)), [1, 2])
        .read(1)
    ],
    split_evenly=lambda tf: [tf.TensorArray(tf.float32, 2).split(floats(4, 2), [2, 2]).read(1)],
    scatter=lambda tf: [tf.TensorArray(tf.float32, 4).scatter([3, 1], floats(2, 2)).read(3)],
    grows=lambda tf: [
        tf.TensorArray(tf.float32, 0, dynamic_size=True, element_shape=[]).write(2, 1.0).stack()
    ],
    of_a_shape=lambda tf: [tf.TensorArray(tf.float32, 2, element_shape=[2]).stack()],
    write_another_shape=lambda tf: [array_of(tf).write(1, [1.0]).stack()],
    write_another_type=lambda tf: [array_of(tf).write(1, [1, 2]).stack()],
    neither_size_nor_flow=lambda tf: [tf.TensorArray(tf.float32).size()],
    size_and_flow=lambda tf: [tf.TensorArray(tf.float32, 2, flow=array_of(tf).flow).size()],
    close=lambda tf: [array_of(tf).close()],
    grad=lambda tf: [array_of(tf).grad("source")],
    with_handle=lambda tf: [tf.TensorArray(tf.float32, handle=tf.constant(1.0)).size()],
)
