"""tf.contrib.framework: variables of zeros, tensors that print themselves."""

import numpy as np
from outcomes import Cases, describe, tried
from saver_cases import nodes

CASES = Cases()
case = CASES.case


@case
def variables_of_zeros(tf, module):
    found = {}
    for resource in (False, True):
        for dtype in (tf.float32, tf.int64, tf.float16, tf.uint16):
            for shape in ([2, 3], []):
                with tf.Graph().as_default(), tf.Session() as sess:
                    label = "%s %s %s " % (dtype.name, shape, resource)  # noqa: UP031 - Python 3.7
                    v = tf.get_variable(
                        "v", initializer=np.ones(shape, dtype.as_numpy_dtype), use_resource=resource
                    )
                    zero = tf.contrib.framework.zero_initializer(v)
                    if dtype == tf.float32:
                        found[label + "nodes"] = nodes(tf)
                    found[label + "shape"] = str(zero.shape)
                    found[label + "before"] = tried(sess.run, v)
                    found[label + "runs"] = tried(sess.run, zero.op)
                    found[label + "after"] = tried(sess.run, v)
                    found[label + "again"] = tried(sess.run, zero.op)
    return found


@case
def what_prints_itself(tf, module):
    found = {}
    print_op = module("contrib.framework.python.ops.prettyprint_ops").print_op
    values = {
        "tensor": lambda: tf.constant([[1.0, 2.0]], name="t"),
        "bools": lambda: tf.constant([False, True, True]),
        "unknown": lambda: tf.placeholder_with_default(np.float32([1.0]), None),
        "variable": lambda: tf.get_variable("v", [2]),
        "sparse": lambda: tf.SparseTensor([[0, 1]], [3.0], [2, 2]),
        "array": lambda: tf.TensorArray(tf.float32, 2).unstack(tf.ones([2, 3])),
    }
    for label, make in values.items():
        for keywords in (
            {},
            {"message": "M", "first_n": 2, "summarize": 3, "name": "printed"},
            {"print_tensor_name": False, "print_tensor_type": False, "print_shape": False},
            {"summarize_indicator_vector": False, "data": "more"},
        ):
            with tf.Graph().as_default(), tf.Session() as sess:
                if "data" in keywords:
                    keywords["data"] = [tf.constant(5), tf.constant([True])]
                value = make()
                n = len(tf.get_default_graph().get_operations())
                out = print_op(value, **keywords)
                name = label + " " + str(sorted(set(keywords) - {"data"}))
                found[name] = nodes(tf, n)
                if label in ("tensor", "bools", "sparse"):
                    found[name + " value"] = describe(sess.run(out))
    found["none"] = tried(print_op, None)
    found["number"] = tried(print_op, 3)
    found["data"] = tried(print_op, tf.constant(1), [3])
    return found
