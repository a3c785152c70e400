"""tf.contrib.framework and tf.contrib.util: Python functions as ops, ops of graphs."""

import numpy as np
from case_tools import Cases, floats

CASES = Cases()
case, simple = CASES.case, CASES.simple


def scaled(x, factor=1):
    return x * factor


@case
def py_func(tf):
    call = tf.contrib.framework.py_func
    x = tf.constant(floats(2, 3))
    plain = call(scaled, [x], output_types=tf.float32)
    named = call(
        scaled, (x,), {"factor": tf.constant(2.0)}, tf.float32, output_shapes=[2, 3], name="f"
    )
    return [plain, named]


@case
def py_func_nested(tf):
    def parts(pair, end):
        return {"sum": pair["a"] + pair["b"], "ends": (end, np.int32(end - 1))}

    types = {"sum": tf.float32, "ends": (tf.int32, tf.int32)}
    shapes = {"sum": tf.TensorShape([3]), "ends": (tf.TensorShape([]), tf.TensorShape(None))}
    found = tf.contrib.framework.py_func(
        parts,
        [{"a": tf.constant(floats(3)), "b": tf.constant(floats(3))}, tf.constant(4)],
        output_types=types,
        output_shapes=shapes,
        stateful=False,
    )
    return [found["sum"], *found["ends"]]


@case
def py_func_types_by_function(tf):
    found = tf.contrib.framework.py_func(
        lambda x: [x, x],
        [tf.constant(floats(3))],
        output_types=lambda x: [x.dtype, x.dtype],
        output_shapes=lambda x: [x.shape, x.shape],
    )
    return list(found)


simple(
    py_func_no_list=lambda tf: tf.contrib.framework.py_func(scaled, 3, output_types=tf.float32),
    py_func_no_dict=lambda tf: tf.contrib.framework.py_func(
        scaled, [1.0], [2.0], output_types=tf.float32
    ),
)


@case
def ops_of_a_graph(tf):
    x = tf.placeholder(tf.float32, [2])
    y = tf.exp(x) * 2.0
    graph = tf.get_default_graph().as_graph_def()
    ops = tf.contrib.util.stripped_op_list_for_graph(graph)
    used = sorted(tf.contrib.util.ops_used_by_graph_def(graph))
    return [y, tf.constant(used), tf.constant([op.name for op in ops.op])], {x: [1.0, 2.0]}
