"""Runs at the same time whose tensors become one batch. Both TensorFlow's Python and ours read
this file."""

import threading

import numpy as np

ONES = np.ones([2, 2], np.float32)


def tried(function):
    try:
        return plain(function())
    except Exception as error:
        return [type(error).__name__, str(error).split("\n")[0]]


def plain(value):
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return np.asarray(value).tolist()


def at_once(session, fetches, feeds):
    """What the runs give, in the order of the feeds."""
    found = [None] * len(feeds)

    def run(i):
        found[i] = tried(lambda: session.run(fetches, feeds[i]))

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(feeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def batched(tf, x, function, *args, **kwargs):
    return tf.nondifferentiable_batch_function(*args, **kwargs)(function)(x)


def program(tf):
    found = {}
    seen = []

    def noted(a):
        seen.append(list(a.shape))
        return a

    def watched(a):
        p = tf.py_func(noted, [a], tf.float32)
        p.set_shape([None, 2])
        return p

    graph = tf.Graph()
    with graph.as_default():
        v = tf.get_variable("v", initializer=2.0, use_resource=True)
        x = tf.placeholder(tf.float32, [None, 2])
        scaled = batched(tf, x, lambda a: (watched(a) * v, tf.reduce_sum(a, 1)), 1, 4, 2000000)
        padded = batched(tf, x, watched, 1, 4, 1000, allowed_batch_sizes=[2, 4])
        scalar = batched(tf, x, tf.reduce_sum, 1, 4, 1000)
        short = batched(tf, x, lambda a: a[:1], 1, 4, 1000)
        options = {"num_batch_threads": 1, "max_batch_size": 4, "grad_timeout_micros": 5000000}
        whole = tf.raw_ops.Batch(in_tensors=[x], batch_timeout_micros=2000000, **options)
        parts = tf.raw_ops.Unbatch(
            batched_tensor=whole.batched_tensors[0] * 3,
            batch_index=whole.batch_index,
            id=whole.id,
            timeout_micros=5000000,
        )
        (slope,) = tf.gradients(parts, x)
        late = tf.raw_ops.Unbatch(
            batched_tensor=x,
            batch_index=[[1, 0, 1]],
            id=tf.constant(2, tf.int64),
            timeout_micros=200000,
        )
        wrong = [
            tf.raw_ops.Batch(
                in_tensors=[x], batch_timeout_micros=3, allowed_batch_sizes=sizes, **options
            ).id
            for sizes in ([3, 2], [2, 3])
        ]
        kinds = ("BatchFunction", "Batch", "Unbatch", "UnbatchGrad")
        found["nodes"] = [
            [op.name, op.get_attr("shared_name").decode(), [str(t.shape) for t in op.outputs]]
            for op in graph.get_operations()
            if op.type in kinds
        ]
        found["no tensor"] = tried(lambda: batched(tf, 3, watched, 1, 4, 1000))[0]
    two = [{x: ONES}, {x: 2 * ONES}]
    with tf.Session(graph=graph) as session:
        session.run(v.initializer)
        found["together"] = at_once(session, scaled, two)
        rows = [{x: np.ones([n, 2])} for n in (1, 3, 5)]
        found["padded"] = [at_once(session, padded, [feed]) for feed in rows]
        found["seen"] = seen
        found["wrong results"] = [at_once(session, y, two[:1]) for y in (scalar, short)]
        shapes = at_once(session, [whole.batched_tensors[0]], two)
        found["batch"] = sorted(len(s[0]) for s in shapes)
        found["parts"] = at_once(session, parts, two)
        found["slopes"] = at_once(session, slope, two)
        found["late"] = tried(lambda: session.run(late, {x: ONES}))
        found["sizes"] = [at_once(session, y, two[:1]) for y in wrong]
    return found
