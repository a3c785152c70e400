"""tf.function in graphs: traces, calls, effects, gradients."""

import collections

import numpy as np
from outcomes import Cases, describe, tried

CASES = Cases()
case = CASES.case
Pair = collections.namedtuple("Pair", ["a", "b"])


def calls(graph):
    return [o.type for o in graph.get_operations() if "Call" in o.type]


@case
def structures(tf, module):
    c = tf.constant(2.0, name="c")

    @tf.function
    def nested(x, n=2, *rest, k=None):
        return {"a": x * n, "b": [x, None, 3], "p": Pair(x + 1.0, rest), "k": k}

    @tf.function
    def nothing():
        tf.no_op()

    @tf.function
    def one(x):
        return x

    @tf.function
    def sparse(s):
        return tf.SparseTensor(s.indices, s.values * 2.0, s.dense_shape)

    @tf.function()
    def called(x):
        return -x

    found = {
        "nested": describe(nested(c)),
        "nested more": describe(nested(c, 3, 4.0, [c])),
        "keyword": describe(nested(c, k=c)),
        "nothing": describe(nothing()),
        "one": describe(one(c)),
        "number": describe(one(3)),
        "array": describe(one(np.ones(2, np.float32))),
        "decorated with arguments": describe(called(c)),
        "missing": tried(nested)[:40],
        "too many": tried(one, c, c)[:40],
        "calls": calls(tf.get_default_graph()),
    }
    result = sparse(tf.SparseTensor([[0, 1]], [3.0], [2, 2]))
    with tf.Session() as s:
        found["values"] = tried(s.run, {"n": nested(c)["a"], "p": nested(c)["p"].a})
        found["sparse"] = tried(s.run, result)
    return found


@case
def traces(tf, module):
    seen = []

    @tf.function
    def f(x, n=1):
        seen.append([str(getattr(x, "shape", x)), n])
        return x * n

    c = tf.constant(2.0)
    results = [
        f(c),
        f(c + 1.0),
        f(tf.constant([1.0, 2.0])),
        f(tf.constant([3.0, 4.0])),
        f(c, 3),
        f(c, n=3),
        f(tf.placeholder_with_default([1.0], [None])),
        f(2.0),
        f(2.0),
        f(3.0),
    ]

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def g(x):
        seen.append("g")
        return tf.reduce_sum(x)

    results += [g([1.0, 2.0]), g(np.ones(3, np.float32)), g(tf.constant([1.0]))]
    found = {"wrong shape": tried(g, tf.constant(1.0))[:60], "wrong type": tried(g, ["a"])[:20]}
    found["seen"] = describe(seen)
    with tf.Session() as s:
        found["values"] = tried(s.run, results)
    concrete = f.get_concrete_function(tf.TensorSpec([None], tf.float32))
    found["concrete"] = [len(concrete.inputs), str(concrete.outputs[0].shape), len(seen)]
    concrete = g.get_concrete_function()
    found["by signature"] = [
        str(concrete.inputs[0].shape),
        str(concrete.name).strip("b'")[:14],
        len(seen),
    ]
    with tf.Graph().as_default():
        f(tf.constant(1.0))
    found["another graph"] = len(seen)
    return found


@case
def effects(tf, module):
    v = tf.get_variable("v", [], use_resource=True, initializer=tf.zeros_initializer())
    w = tf.get_variable("w", [], use_resource=True, initializer=tf.ones_initializer())

    @tf.function
    def step(x):
        v.assign_add(x)
        before = v.read_value()
        v.assign(v * 10.0)
        w.assign_sub(1.0)
        return before, v + 0.0

    @tf.function
    def outer(x):
        return step(x)[1] + step(x)[1]

    @tf.function
    def made(x):
        with tf.variable_scope("inside", reuse=tf.AUTO_REUSE):
            u = tf.get_variable("u", [], initializer=tf.ones_initializer())
        return x + u

    first, second = step(1.0), outer(2.0)
    third = made(tf.constant(1.0))
    found = {"variables": sorted(x.name for x in tf.global_variables())}
    with tf.Session() as s:
        s.run(tf.global_variables_initializer())
        found["first"] = tried(s.run, first)
        found["state"] = tried(s.run, [v, w])
        found["one result"] = tried(s.run, first[0])
        found["state then"] = tried(s.run, [v, w])
        found["operation"] = tried(s.run, first[0].op)
        found["state last"] = tried(s.run, [v, w])
        found["nested"] = tried(s.run, second)
        found["made"] = tried(s.run, third)
    found["calls"] = calls(tf.get_default_graph())
    return found


@case
def gradients(tf, module):
    v = tf.get_variable("v", [2], use_resource=True, initializer=tf.ones_initializer())
    outside = tf.constant([3.0, 4.0])

    @tf.function
    def f(x, y):
        return tf.reduce_sum(x * x * y * v), x * outside

    x, y = tf.constant([1.0, 2.0]), tf.constant([5.0, 6.0])
    a, b = f(x, y)
    # TensorFlow cannot differentiate a call that has run.
    made = {
        "of the first": tf.gradients(a, [x, y, v]),
        "of both": tf.gradients([a, b], [x, y, outside]),
        "weighted": tf.gradients([b], [x], grad_ys=[tf.constant([1.0, 10.0])]),
        "train": tf.train.GradientDescentOptimizer(0.5).minimize(f(x, y)[0]),
        "values": [a, b],
    }
    with tf.Session() as s:
        s.run(v.initializer)
        found = {label: tried(s.run, fetch) for label, fetch in sorted(made.items())}
        found["trained"] = tried(s.run, v)
    return found


@case
def methods(tf, module):
    class Counter:
        def __init__(self, start):
            self.traced = 0
            self.v = tf.Variable(start, use_resource=True)

        @tf.function
        def add(self, x):
            self.traced += 1
            return self.v.assign_add(x) + 0.0

    a, b = Counter(1.0), Counter(10.0)
    results = [a.add(2.0), a.add(2.0), b.add(3.0)]
    found = {"traced": [a.traced, b.traced], "same": a.add is a.add}
    with tf.Session() as s:
        s.run(tf.global_variables_initializer())
        found["values"] = tried(lambda: [float(s.run(r)) for r in results])
    found["name"] = [Counter.add.python_function.__name__, a.add.python_function.__name__]
    defun = module("python.eager.function").defun

    @defun
    def double(x):
        return x * 2.0

    with tf.Session() as s:
        found["defun"] = tried(s.run, double(tf.constant(2.0)))

    @tf.function
    def branches(x):
        return tf.cond(x > 0.0, lambda: x, lambda: -x)

    @tf.function
    def loops(x):
        return tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * x), [0, x])[1]

    with tf.Session() as s:
        results = [branches(tf.constant(v)) for v in (2.0, -3.0)] + [loops(tf.constant(2.0))]
        found["control flow"] = tried(s.run, results)
    return found
