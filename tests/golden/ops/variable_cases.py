"""Array functions on variables: parts assigned, rows gathered, tables looked up."""

import numpy as np
from case_tools import Cases, floats, ints

CASES = Cases()
case, simple = CASES.case, CASES.simple


def assigned(tf, use_resource, key, value):
    v = tf.get_variable("v", initializer=tf.constant(floats(4, 5)), use_resource=use_resource)
    return [v[key].assign(value)]


for _use in (False, True):
    _kind = "resource" if _use else "ref"
    CASES.update(
        {
            f"assign_{_kind}_{_i}": lambda tf, u=_use, k=_key, s=_shape: assigned(
                tf, u, k, -floats(*s)
            )
            for _i, (_key, _shape) in enumerate(
                [
                    (0, (5,)),
                    ((1, 2), ()),
                    (slice(1, 3), (2, 5)),
                    ((Ellipsis, 1), (4,)),
                    ((slice(None, None, -2), slice(0, 5, 3)), (2, 2)),
                    ((slice(None), None, 3), (4, 1)),
                    (slice(None), (4, 5)),
                ]
            )
        }
    )

simple(
    assign_wrong_shape=lambda tf: assigned(tf, False, slice(1, 3), floats(3, 5)),
    assign_scalar=lambda tf: assigned(tf, False, (slice(1, 3), 1), 7.0),
)


@case
def assign_named(tf):
    v = tf.Variable(floats(3), name="v")
    return [v[1:].assign([8.0, 9.0], name="set")]


@case
def read_ref(tf):
    v = tf.get_variable("v", initializer=tf.constant(floats(4, 5)))
    return [
        v[1],
        v[:, 1:3],
        tf.gather(v, [0, 3]),
        tf.gather(v, [1], axis=1),
        tf.gather_nd(v, [[1, 2]]),
        tf.shape(v),
        tf.identity(v),
        tf.stack([v, v]),
        tf.reshape(v, [5, 4]),
        tf.nn.embedding_lookup(v, [1, 2]),
        tf.boolean_mask(v, [True, False, True, False]),
        tf.zeros_like(v),
        tf.rank(v),
    ]


@case
def read_resource(tf):
    v = tf.get_variable("v", initializer=tf.constant(floats(4, 5)), use_resource=True)
    return [
        v[1],
        v[:, 1:3],
        tf.gather(v, [0, 3]),
        tf.gather(v, [1], axis=1),
        tf.gather_nd(v, [[1, 2]]),
        tf.shape(v),
        tf.identity(v),
        tf.stack([v, v]),
        tf.nn.embedding_lookup(v, [1, 2]),
        tf.nn.embedding_lookup([v, v], [1, 2, 7]),
    ]


@case
def gradients_ref(tf):
    v = tf.get_variable("v", initializer=tf.constant(floats(4, 5)))
    y = tf.reduce_sum(tf.gather(v, [0, 3, 0]) ** 2) + tf.reduce_sum(v[1:, ::2] * 3)
    z = tf.reduce_sum(tf.nn.embedding_lookup(v, [2, 2]))
    return [y] + tf.gradients(y, v) + tf.gradients(z, v)


@case
def gradients_resource(tf):
    v = tf.get_variable("v", initializer=tf.constant(floats(4, 5)), use_resource=True)
    y = tf.reduce_sum(tf.gather(v, [0, 3, 0]) ** 2)
    z = tf.reduce_sum(v[1:, ::2] * 3)
    return [y] + tf.gradients(y, v) + tf.gradients(z, v)


@case
def partitioned(tf):
    v = tf.get_variable(
        "v",
        [5, 2],
        initializer=tf.ones_initializer(),
        partitioner=tf.fixed_size_partitioner(2),
    )
    y = tf.nn.embedding_lookup(v, [4, 0, 2], "div")
    return [y, tf.identity(v)] + tf.gradients(y, list(v))


@case
def bool_variable(tf):
    v = tf.Variable([True, False, True])
    return [tf.where(v, ints(3), -ints(3)), tf.boolean_mask(floats(3), v)]


@case
def loop_of_slices(tf):
    v = tf.Variable(np.zeros(3, np.float32))
    with tf.control_dependencies([v[0].assign(1.0)]):
        with tf.control_dependencies([v[1:].assign([2.0, 3.0])]):
            return [v.read_value() * 2]
