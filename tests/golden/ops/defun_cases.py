"""tf.function, defun and wrap_function in graphs."""

import numpy as np
from case_tools import Cases, fed, floats

CASES = Cases()
case, simple = CASES.case, CASES.simple


def function(tf, **kwargs):
    return tf.function(autograph=False, **kwargs)


def defun(tf, *args, **kwargs):
    if tf.__name__ == "evergraph":
        from evergraph.library.eager import function as module
    else:
        from tensorflow.python.eager import function as module
    return module.defun_with_attributes(*args, autograph=False, **kwargs)


def with_gradients(tf, y, xs):
    return [y] + list(tf.gradients(y, xs))


@case
def nested_results(tf):
    outside = tf.constant(3.0, name="outside")

    @function(tf)
    def f(x, y):
        return {"a": x * y + outside, "b": [tf.sin(x), None]}

    x = tf.constant([1.0, 2.0], name="x")
    first = f(x, 2.0)
    second = f(x, y=tf.constant(4.0, name="y"))
    grads = tf.gradients(second["a"], [x, outside])
    return [first["a"], first["b"][0], second["a"]] + grads


@case
def same_function_twice(tf):
    @function(tf)
    def f(x):
        return tf.tanh(x) * x

    x = tf.constant(floats(2, 3))
    return with_gradients(tf, f(f(x)), [x])


@case
def shapes_make_functions(tf):
    @function(tf)
    def f(x):
        return x + 1

    return [f(tf.constant(floats(2))), f(tf.constant(floats(3))), f(tf.constant(2)), f(floats(2))]


@case
def second_order(tf):
    @function(tf)
    def f(x):
        return x * x * x

    x = tf.constant([1.0, 2.0])
    y = f(x)
    (first,) = tf.gradients(y, x)
    return [y, first] + tf.gradients(first, x)


@case
def variable_of_first_call(tf):
    made = []

    @function(tf)
    def step(x):
        if not made:
            made.append(tf.Variable(tf.random_normal([2], seed=3), name="w"))
        made[0].assign_add(x)
        return made[0] * x

    with tf.name_scope("scope"):
        first = step(tf.constant([3.0, 1.0]))
    with tf.control_dependencies([first]):
        second = step(tf.constant([2.0, 1.0]))
    return [first, second] + tf.gradients(second, made)


@case
def get_variable(tf):
    @function(tf)
    def layer(x):
        with tf.variable_scope("layer", reuse=tf.AUTO_REUSE):
            w = tf.get_variable("w", [3, 2], initializer=tf.ones_initializer())
        return tf.matmul(x, w)

    x = tf.constant(floats(2, 3))
    return [layer(x)]


@case
def variable_outside(tf):
    v = tf.Variable(2.0, name="v", use_resource=True)

    @function(tf)
    def f(x):
        return x * v

    y = f(tf.constant(3.0))
    return [y] + tf.gradients(y, v)


@case
def variable_as_argument(tf):
    v = tf.Variable(2.0, name="v", use_resource=True)

    @function(tf)
    def f(variable, x):
        return variable * x

    return [f(v, tf.constant(3.0))]


@case
def effects_in_order(tf):
    v = tf.Variable(1.0, name="v", use_resource=True)

    @function(tf)
    def f(x):
        a = v.read_value()
        v.assign(x)
        b = v.read_value()
        v.assign_add(10.0)
        return a, b, v.read_value()

    return list(f(tf.constant(5.0)))


@case
def effects_in_a_cond(tf):
    v = tf.Variable(1.0, name="v", use_resource=True)

    @function(tf)
    def f(flag):
        def add():
            v.assign_add(2.0)
            return tf.constant(1)

        tf.cond(flag, add, lambda: tf.constant(0))
        return v.read_value()

    flag, feed = fed(tf, np.array(True))
    return [f(flag)], feed


@case
def control_dependency_outside(tf):
    v = tf.Variable(1.0, name="v", use_resource=True)
    change = v.assign(4.0, read_value=False)

    @function(tf)
    def f(x):
        with tf.control_dependencies([change]):
            return v.read_value() + x

    return [f(tf.constant(1.0))]


@case
def no_results(tf):
    v = tf.Variable(1.0, name="v", use_resource=True)

    @function(tf)
    def f(x):
        v.assign(x)

    f(tf.constant(7.0))
    op = tf.get_default_graph().get_operations()[-1]
    with tf.control_dependencies([op]):
        return [v.read_value()]


@case
def loop_inside(tf):
    @function(tf)
    def power(x, n):
        return tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, y * x), [0, 1.0])[1]

    return [power(tf.constant(3.0), tf.constant(4))]


@case
def cond_inside(tf):
    outside = tf.constant(5.0)

    @function(tf)
    def f(x):
        return tf.cond(x > 0, lambda: x * outside, lambda: x - outside)

    x, feed = fed(tf, np.float32(2))
    return with_gradients(tf, f(x), [x, outside]), feed


@case
def inside_a_cond(tf):
    @function(tf)
    def f(x):
        return x * x

    x, feed = fed(tf, np.float32(3))
    return with_gradients(tf, tf.cond(x > 0, lambda: f(x), lambda: -x), [x]), feed


@case
def inside_a_loop(tf):
    factor = tf.constant(2.0)

    @function(tf)
    def f(x):
        return x * factor

    result = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, f(y)), [0, 1.0])
    return [result[1]]


@case
def functions_in_functions(tf):
    outside = tf.constant(2.0)

    @function(tf)
    def inner(x):
        return x * outside

    @function(tf)
    def outer(x):
        return inner(x) + inner(tf.exp(x))

    x = tf.constant([0.5, 1.5])
    return with_gradients(tf, outer(x), [x, outside])


@case
def signature(tf):
    @function(tf, input_signature=[tf.TensorSpec([None, 2], tf.float32, name="given")])
    def f(x):
        return tf.reduce_sum(x, axis=0)

    return [f(floats(3, 2)), f(tf.constant(floats(1, 2)))]


@case
def concrete(tf):
    @function(tf)
    def f(x, y):
        return x - y["a"]

    made = f.get_concrete_function(
        tf.TensorSpec([2], tf.float32), {"a": tf.TensorSpec([], tf.float32, name="less")}
    )
    return [made(tf.constant([1.0, 2.0]), less=tf.constant(0.5))]


@case
def relaxed(tf):
    @function(tf, experimental_relax_shapes=True)
    def f(x):
        return x * 2.0

    return [f(tf.constant(floats(n))) for n in (2, 3, 4, 5)]


@case
def sparse_arguments(tf):
    @function(tf)
    def f(x):
        return x.values * 2.0, x

    doubled, same = f(tf.SparseTensor([[0, 1], [2, 0]], [3.0, 4.0], [3, 2]))
    return [doubled, same]


@case
def gathered_rows(tf):
    v = tf.Variable(floats(4, 2), name="rows", use_resource=True)

    @function(tf)
    def f(i):
        return tf.nn.embedding_lookup(v, i) * 3.0

    y = f(tf.constant([1, 3]))
    return [y] + tf.gradients(y, v)


@case
def integer_results(tf):
    @function(tf)
    def f(x):
        return tf.argmax(x), x * x

    x = tf.constant([1.0, 5.0, 2.0])
    index, square = f(x)
    return [index, square] + tf.gradients(square, x)


@case
def attributes(tf):
    @defun(tf, attributes={"experimental_1": "value", "experimental_2": 3, "func_name": "named"})
    def f(x):
        return x + 1

    return [f(tf.constant(1))]


@case
def methods(tf):
    class Layer:
        @tf.function(autograph=False)
        def scaled(self, x, by=2.0):
            return x * by * self.factor

    one, other = Layer(), Layer()
    one.factor, other.factor = 3.0, 5.0
    x = tf.constant(1.0)
    return [one.scaled(x), other.scaled(x), one.scaled(x, by=7.0)]


@case
def arrays_of_tensors(tf):
    @function(tf)
    def f(x):
        array = tf.TensorArray(tf.float32, 2, clear_after_read=False)
        array = array.write(0, x).write(1, x * x)
        return array.stack()

    x = tf.constant([1.0, 3.0])
    return with_gradients(tf, f(x), [x])


def fails(tf, function, *args):
    return [tf.function(function, autograph=False)(*args)]


def changes(x):
    x.append(1)
    return x[0]


simple(
    no_tensor=lambda tf: fails(tf, lambda x: object(), tf.constant(1)),
    changed_argument=lambda tf: fails(tf, changes, [tf.constant(1)]),
    bad_signature=lambda tf: tf.function(lambda x: x, input_signature=[1]),
    signature_of_one=lambda tf: tf.function(
        lambda x: x, input_signature=tf.TensorSpec([], tf.float32), autograph=False
    ),
    too_many=lambda tf: [
        tf.function(lambda x: x, [tf.TensorSpec([], tf.float32)], autograph=False)(1.0, 2.0)
    ],
    wrong_shape=lambda tf: [
        tf.function(lambda x: x, [tf.TensorSpec([2], tf.float32)], autograph=False)(
            tf.constant([1.0, 2.0, 3.0])
        )
    ],
    unknown_keyword=lambda tf: [
        tf.function(lambda x: x, [tf.TensorSpec([], tf.float32)], autograph=False)(y=2.0)
    ],
)


@case
def variables_at_every_call(tf):
    kept = []

    @function(tf)
    def f(x):
        kept.append(tf.Variable(1.0))
        return x * kept[-1]

    return [f(tf.constant(1.0))]


@case
def inaccessible(tf):
    leaked = []

    @function(tf)
    def inner(x):
        leaked.append(x * 2.0)
        return x

    @function(tf)
    def outer(x):
        return inner(x) + leaked[0]

    return [outer(tf.constant(1.0))]
