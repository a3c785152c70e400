"""Branches and loops whose parts are graph functions."""

import numpy as np
from case_tools import Cases, fed

CASES = Cases()
case, simple = CASES.case, CASES.simple


def ops_of(tf):
    """TensorFlow's module of these, or ours."""
    if tf.__name__ == "evergraph":
        from evergraph.library import functional_ops
    else:
        from tensorflow.python.ops import functional_ops
    return functional_ops


def defun(tf, *types, **kwargs):
    if tf.__name__ == "evergraph":
        from evergraph.library import function
    else:
        from tensorflow.python.framework import function
    return function.Defun(*types, **kwargs)


def below(tf, limit=5, **kwargs):
    @defun(tf, tf.int32, tf.float32, func_name="Below", **kwargs)
    def cond(i, x):
        return i < limit

    return cond


def doubling(tf):
    @defun(tf, tf.int32, tf.float32, func_name="Doubling")
    def body(i, x):
        return i + 1, x * 2.0

    return body


def branches(tf):
    @defun(tf, tf.float32, func_name="Then")
    def then_branch(x):
        return x + 1.0

    @defun(tf, tf.float32, func_name="Else")
    def else_branch(x):
        return x - 1.0

    return then_branch, else_branch


def choose(tf, *conditions):
    then_branch, else_branch = branches(tf)
    return [ops_of(tf).If(c, [2.0], then_branch, else_branch)[0] for c in conditions]


@case
def while_(tf):
    start = [tf.constant(0), tf.constant([1.0, 3.0])]
    return ops_of(tf).While(start, below(tf), doubling(tf), name="loop", hostmem=[0])


@case
def while_never(tf):
    x = tf.constant([1.0, 3.0])
    result = ops_of(tf).While([tf.constant(9), x], below(tf), doubling(tf))
    return list(result) + [x]


@case
def while_captures(tf):
    outside = tf.constant(3.0)

    @defun(tf, tf.int32, tf.float32, func_name="Body")
    def body(i, x):
        return i + 1, x * outside

    return ops_of(tf).While([tf.constant(0), tf.constant(1.0)], below(tf), body)


@case
def while_condition_captures(tf):
    cond = below(tf, tf.constant(3))
    return ops_of(tf).While([tf.constant(0), tf.constant(1.0)], cond, doubling(tf))


@case
def while_other_types(tf):
    @defun(tf, tf.int32, tf.int32)
    def body(i, x):
        return i + 1, x

    return ops_of(tf).While([tf.constant(0), tf.constant(1.0)], below(tf), body)


@case
def while_body_too_short(tf):
    @defun(tf, tf.int32, tf.float32, func_name="Body")
    def body(i, x):
        return i + 1

    return ops_of(tf).While([tf.constant(0), tf.constant(1.0)], below(tf), body)


@case
def while_two_conditions(tf):
    @defun(tf, tf.int32, tf.float32, func_name="Cond")
    def cond(i, x):
        return i, x

    return ops_of(tf).While([tf.constant(0), tf.constant(1.0)], cond, doubling(tf))


@case
def while_in_a_function(tf):
    cond, body = below(tf), doubling(tf)

    @defun(tf, tf.float32, func_name="Outer")
    def outer(x):
        return ops_of(tf).While([tf.constant(0), x], cond, body)[1]

    return [outer(tf.constant(1.5))]


@case
def if_(tf):
    return choose(tf, True, False, 0, 3, -0.5, np.int64(0), "", "no")


@case
def if_not_scalar(tf):
    return choose(tf, [False], np.zeros((0, 2), np.float32), [""])


@case
def if_fed(tf):
    x, feed = fed(tf, np.bool_(False))
    return choose(tf, x), feed


@case
def if_stateless(tf):
    then_branch, else_branch = branches(tf)
    return list(
        tf.raw_ops.StatelessIf(
            cond=True,
            input=[3.0],
            Tout=[tf.float32],
            then_branch=then_branch,
            else_branch=else_branch,
            output_shapes=[tf.TensorShape([])],
        )
    )


@case
def if_shapes_do_not_count(tf):
    then_branch, else_branch = branches(tf)
    return list(
        tf.raw_ops.StatelessIf(
            cond=True,
            input=[3.0],
            Tout=[tf.float32],
            then_branch=then_branch,
            else_branch=else_branch,
            output_shapes=[tf.TensorShape([]), tf.TensorShape([2])],
        )
    )


@case
def cases(tf):
    parts = list(branches(tf))
    return [
        tf.raw_ops.Case(branch_index=i, input=[3.0], Tout=[tf.float32], branches=parts)[0]
        for i in (0, 1, 2, -1)
    ]


@case
def cases_of_a_vector(tf):
    index, feed = fed(tf, np.int32([1]), None)
    parts = list(branches(tf))
    found = tf.raw_ops.Case(branch_index=index, input=[3.0], Tout=[tf.float32], branches=parts)
    return list(found), feed


def summing(tf):
    @defun(tf, tf.int32, tf.float32, func_name="Summing")
    def body(i, x):
        return x + tf.cast(i, tf.float32)

    return body


def sums(tf, *bounds, **kwargs):
    return list(ops_of(tf).For(*bounds, inputs=[tf.constant(0.5)], body=summing(tf), **kwargs))


simple(
    for_=lambda tf: sums(tf, 2, 9, 3),
    for_down=lambda tf: sums(tf, 9, 2, -3, name="down", hostmem=[0]),
    for_nothing=lambda tf: sums(tf, 2, 2, 1),
    for_nowhere=lambda tf: sums(tf, 2, 9, -1),
    for_no_step=lambda tf: sums(tf, 2, 9, 0),
    for_vector=lambda tf: sums(tf, [2], 9, 1),
    for_by_while=lambda tf: sums(tf, 2, 9, 3, rewrite_with_while=True),
    for_by_while_down=lambda tf: sums(tf, 9, 2, -3, rewrite_with_while=True, hostmem=[0]),
)


@case
def for_captures(tf):
    outside = tf.constant(3.0)

    @defun(tf, tf.int32, tf.float32, func_name="Body")
    def body(i, x):
        return x * outside

    return list(ops_of(tf).For(0, 3, 1, [tf.constant(1.0)], body))


@case
def for_body_too_long(tf):
    @defun(tf, tf.int32, tf.float32, func_name="Body")
    def body(i, x):
        return x, x

    return list(ops_of(tf).For(0, 3, 1, [tf.constant(1.0)], body))


@case
def gradient(tf):
    @defun(tf, tf.float32, tf.float32, func_name="Product")
    def product(x, y):
        return x * y

    return list(ops_of(tf).Gradient([2.0, 3.0, 1.0], product, name="grad"))


@case
def partitioned(tf):
    then_branch, _ = branches(tf)
    return list(ops_of(tf).partitioned_call([tf.constant(2.0)], then_branch))


@case
def partitioned_unknown_executor(tf):
    then_branch, _ = branches(tf)
    return list(
        ops_of(tf).partitioned_call([tf.constant(2.0)], then_branch, executor_type="NOBODYS")
    )


# Names of functions without a name of their own have a hash of the body.


@case
def hashed_names(tf):
    @defun(tf, tf.float32)
    def plain(x):
        """What it does."""
        return tf.reduce_sum(x, axis=[0], keepdims=True)

    @defun(tf, tf.string, out_names=["joined", "count"])
    def texts(x):
        parts = tf.string_join([x, tf.constant(["a", "bc"]), tf.constant("d" * 200)])
        return parts, tf.size(x)

    @defun(tf, tf.float32, noinline=True)
    def ordered(x):
        with tf.device("/cpu:0"):
            y = tf.identity(x, name="first")
        with tf.control_dependencies([y]):
            return tf.concat([x, tf.zeros([0])], 0) * tf.constant(np.arange(3, dtype=np.float32))

    @defun(tf, tf.float32)
    def nested(x):
        return plain(ordered(x)) + tf.cast(tf.constant(True), tf.float32)

    y = nested(tf.constant([1.0, 2.0, 3.0]))
    return [y, *texts(tf.constant("e"))]


@case
def hashed_names_by_type(tf):
    @defun(tf)
    def double(x):
        return x + x

    return [double(tf.constant(1)), double(tf.constant(2.0))]


def remote(tf, target):
    then_branch, _ = branches(tf)
    return list(ops_of(tf).remote_call(target=target, args=[2.0], Tout=[tf.float32], f=then_branch))


simple(
    remote=lambda tf: remote(tf, "/cpu:0"),
    remote_anywhere=lambda tf: remote(tf, ""),
    remote_full_name=lambda tf: remote(tf, "/job:localhost/replica:0/task:0/device:CPU:0"),
    remote_nowhere=lambda tf: remote(tf, "nonsense"),
    remote_far=lambda tf: remote(tf, "/job:far/task:0/cpu:0"),
    remote_gpu=lambda tf: remote(tf, "/gpu:7"),
)


@case
def fake_param(tf):
    known = tf.raw_ops.FakeParam(dtype=tf.float32, shape=[2, 3])
    part = tf.raw_ops.FakeParam(dtype=tf.int32, shape=tf.TensorShape([None, 3]))
    unknown = tf.raw_ops.FakeParam(dtype=tf.string, shape=tf.TensorShape(None))
    return [tf.shape(known), part, tf.shape(unknown)]
