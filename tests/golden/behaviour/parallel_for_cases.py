"""Loops written as one step: pfor, for_loop, vectorized_map, jacobians."""

import numpy as np
from outcomes import Cases, tried

CASES = Cases()

# TensorFlow's shapes are not known there.
LESS_SHAPES = ("array", "gather by it", "where", "while")
case = CASES.case


def floats(*shape):
    count = int(np.prod(shape))
    return np.float32(np.sin(np.arange(1, count + 1))).reshape(shape)


def rounded(values):
    if isinstance(values, (list, tuple)):
        return [rounded(v) for v in values]
    values = np.asarray(values)
    if values.dtype.kind in "fc":
        values = np.round(values, 4) + 0.0
    return [str(values.dtype), str(values.shape), str(values.tolist())]


def outcomes_of(tf, calls):
    found = {}
    for label, call in calls.items():
        with tf.Graph().as_default(), tf.Session() as sess:

            def run(call=call, sess=sess, label=label):
                made = call()
                flat = tf.contrib.framework.nest.flatten(made)
                shapes = [] if label in LESS_SHAPES else [str(t.shape) for t in flat]
                sess.run(tf.global_variables_initializer())
                return [shapes, rounded(sess.run(made))]

            found[label] = tried(run)
    return found


@case
def iterations(tf, module):
    lib = module("python.ops.parallel_for.control_flow_ops")
    x = lambda: tf.constant(floats(4, 3, 2))  # noqa: E731
    row = lambda i: tf.gather(x(), i)  # noqa: E731
    images = lambda i: tf.gather(tf.constant(floats(3, 2, 6, 5, 2)), i)  # noqa: E731
    bodies = {
        "sum": lambda i: tf.reduce_sum(row(i), 0),
        "mean of last": lambda i: tf.reduce_mean(row(i), -1, keepdims=True),
        "all": lambda i: tf.reduce_max(row(i)),
        "slices": lambda i: (row(i)[1:, ::-1], row(i)[..., tf.newaxis], row(i)[0]),
        "slice": lambda i: tf.slice(row(i), [1, 0], [2, 1]),
        "reshape": lambda i: tf.reshape(row(i), [-1, 3]),
        "transpose": lambda i: tf.transpose(row(i)),
        "tile": lambda i: tf.tile(row(i), [2, 1]),
        "pad": lambda i: tf.pad(row(i), [[1, 0], [0, 2]]),
        "concat": lambda i: tf.concat([row(i), tf.ones([1, 2])], 0),
        "stack": lambda i: tf.stack([row(i), tf.ones([3, 2])], -1),
        "unstack": lambda i: tf.unstack(row(i), axis=1),
        "split": lambda i: tf.split(row(i), [1, 2]),
        "squeeze": lambda i: tf.squeeze(row(i)[:1]),
        "expand": lambda i: tf.expand_dims(row(i), 1),
        "one hot": lambda i: tf.one_hot(i, 5),
        "gather": lambda i: tf.gather(row(i), [2, 0]),
        "gather by it": lambda i: tf.gather(tf.constant(floats(3, 5)), i, axis=1),
        "gather both": lambda i: tf.gather(row(i), i % 3),
        "where": lambda i: tf.where(row(i) > 0, row(i), tf.zeros([3, 2])),
        "matmul": lambda i: tf.matmul(row(i), row(i), transpose_b=True),
        "matmul one": lambda i: tf.matmul(row(i), tf.ones([2, 4])),
        "broadcast": lambda i: row(i) + tf.gather(tf.constant([10.0, 20.0, 30.0, 40.0]), i),
        "bias": lambda i: tf.nn.bias_add(row(i), [1.0, 2.0]),
        "bias of it": lambda i: tf.nn.bias_add(tf.ones([2, 3, 2]), tf.gather(x(), i)[0]),
        "cast": lambda i: tf.cast(i, tf.float32) * 0.5,
        "shape": lambda i: (tf.shape(row(i)), tf.size(row(i)), tf.rank(row(i))),
        "cumsum": lambda i: tf.cumsum(row(i), axis=1),
        "softmax": lambda i: tf.nn.softmax(row(i)),
        "same": lambda i: tf.constant([1, 2]),
        "nothing": lambda i: (i, None),
        "clip": lambda i: tf.clip_by_value(row(i), -0.5, 0.5),
        "conv": lambda i: tf.nn.conv2d(images(i % 3), tf.constant(floats(2, 2, 2, 3)), 1, "SAME"),
        "pool": lambda i: tf.nn.max_pool(images(i % 3), [1, 2, 2, 1], [1, 2, 2, 1], "VALID"),
        "loss": lambda i: tf.nn.softmax_cross_entropy_with_logits_v2(
            labels=tf.nn.softmax(row(i)), logits=row(i)
        ),
        "segments": lambda i: tf.unsorted_segment_sum(row(i), [0, 1, 0], 3),
        "norm": lambda i: tf.matrix_diag_part(tf.matmul(row(i), row(i), transpose_b=True)),
        "while": lambda i: tf.while_loop(
            lambda j, s: j < i, lambda j, s: (j + 1, s * 2.0), [0, 1.0]
        ),
        "gradient": lambda i: tf.gradients(tf.tanh(row(i)), [row(i)]),
        "array": lambda i: tf.TensorArray(tf.float32, 3).unstack(row(i)).read(1),
    }
    calls = {}
    for label, body in bodies.items():
        calls[label] = lambda body=body: [
            t for t in tf.contrib.framework.nest.flatten(lib.pfor(body, 4)) if t is not None
        ]
    calls["tiles"] = lambda: lib.pfor(lambda i: row(i) * 2, 4, parallel_iterations=3)
    calls["even tiles"] = lambda: lib.pfor(lambda i: row(i) * 2, 4, parallel_iterations=2)
    calls["one tile"] = lambda: lib.pfor(lambda i: row(i) * 2, 4, parallel_iterations=9)
    calls["tile of one"] = lambda: lib.pfor(lambda i: row(i), 4, parallel_iterations=1)
    calls["no tile"] = lambda: lib.pfor(lambda i: row(i), 4, parallel_iterations=0)
    calls["for"] = lambda: lib.for_loop(lambda i: (row(i), i), (tf.float32, tf.int32), 4)
    calls["for wrong"] = lambda: lib.for_loop(lambda i: (row(i), i), [tf.float32], 4)
    calls["vectorized"] = lambda: tf.vectorized_map(
        lambda e: e[0] * e[1][0], (x(), tf.constant(floats(4, 2)))
    )
    calls["reduced"] = lambda: lib.pfor(
        lambda i, pfor_config: row(i) - pfor_config.reduce_mean(row(i)), 4
    )
    calls["sum of all"] = lambda: lib.pfor(
        lambda i, pfor_config: pfor_config.reduce_sum(tf.cast(i, tf.float32)), 4
    )
    calls["sparse"] = lambda: lib.pfor(
        lambda i: tf.SparseTensor([[0, 1], [2, 0]], tf.gather(x(), i)[0], [3, 2]), 4
    )
    return outcomes_of(tf, calls)


@case
def derivatives(tf, module):
    lib = module("python.ops.parallel_for.gradients")

    def dense():
        x = tf.constant(floats(3, 2))
        w = tf.get_variable("w", initializer=floats(2, 4))
        return x, w, tf.nn.relu(tf.matmul(x, w)) * tf.reduce_sum(x, 1, keepdims=True)

    calls = {}
    for use in (True, False):
        calls["weights %s" % use] = lambda use=use: lib.jacobian(*dense()[:0:-1], use_pfor=use)  # noqa: UP031
        calls[f"both {use}"] = lambda use=use: lib.jacobian(dense()[2], list(tf.global_variables()))
        calls["batch %s" % use] = lambda use=use: lib.batch_jacobian(  # noqa: UP031 - Python 3.7
            *dense()[::-2], use_pfor=use
        )
    calls["rows"] = lambda: lib.batch_jacobian(tf.ones([2, 3]), tf.ones([3, 2]))
    return outcomes_of(tf, calls)
