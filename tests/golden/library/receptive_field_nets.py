"""Receptive fields of networks; what TensorFlow finds is receptive_field.json.

Run with the Python that has TensorFlow 1.15 to write it: python receptive_field_nets.py
"""

import json
import os


def variable(tf, name, *shape):
    return tf.get_variable(name, shape)


def chain(tf, x, padding="SAME", stride=1):
    x = tf.nn.conv2d(x, variable(tf, "a", 3, 5, 1, 4), [1, stride, 2, 1], padding)
    x = tf.nn.relu(tf.nn.bias_add(x, tf.constant([0.0] * 4)))
    x = tf.nn.max_pool(x, [1, 2, 3, 1], [1, 2, 2, 1], padding)
    x = tf.pad(x, [[0, 0], [1, 2], [3, 4], [0, 0]])
    return tf.nn.depthwise_conv2d_native(x, variable(tf, "b", 3, 3, 4, 1), [1, 1, 1, 1], padding)


def joined(tf, x, other=1, stride=1, pad="SAME"):
    a = tf.nn.conv2d(x, variable(tf, "a", 3, 3, 1, 1), [1, stride, 2, 1], "SAME")
    b = tf.nn.conv2d(x, variable(tf, "b", other, other, 1, 1), [1, stride, 2, 1], pad)
    return tf.add(a, b, name="sum")


def vertically(tf, x):
    a = tf.nn.conv2d(x, variable(tf, "a", 3, 3, 1, 1), [1, 1, 1, 1], "SAME")
    b = tf.nn.conv2d(x, variable(tf, "b", 3, 3, 1, 1), [1, 2, 1, 1], "SAME")
    return tf.concat([a, b], 3)


NETS = {
    "valid": (lambda tf, x: chain(tf, x, "VALID"), {}),
    "same": (chain, {}),
    "same_known": (lambda tf, x: chain(tf, x, stride=2), {"input_resolution": [31, 30]}),
    "average": (lambda tf, x: tf.nn.avg_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], "SAME"), {}),
    "joined": (joined, {"input_resolution": [31, 31]}),
    "joined_stopped": (joined, {"stop_propagation": ["Conv2D_1"]}),
    "not_aligned": (lambda tf, x: joined(tf, x, 2, 1, "VALID"), {"input_resolution": [32, 31]}),
    "other_strides": (vertically, {"input_resolution": [32, 32]}),
    "unknown": (
        lambda tf, x: tf.nn.conv2d_transpose(x, variable(tf, "a", 3, 3, 1, 1), [1, 8, 8, 1], 1),
        {},
    ),
    "no_variable": (lambda tf, x: tf.nn.conv2d(x, tf.ones([3, 3, 1, 1]), 1, "SAME"), {}),
    "batch_pool": (lambda tf, x: tf.pad(x, [[1, 0], [0, 0], [0, 0], [0, 0]]), {}),
    "no_output": (lambda tf, x: "nothing", {}),
    "no_input": (lambda tf, x: tf.ones([1]), {}),
}


def fields(tf, make, settings):
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [1, None, None, 1], name="image")
        y = make(tf, x)
        module = tf.contrib.receptive_field
        try:
            field = module.compute_receptive_field_from_graph_def(graph, x, y, **settings)
        except ValueError as error:
            return str(error)
        size = settings.get("input_resolution")
        order, _ = module.get_compute_order(graph.as_graph_def(), "image", size)
        found = {"field": [None if v is None else int(v) for v in field]}
        found["order"] = {k: [v.order, v.input_size, v.output_size] for k, v in order.items()}
        if found["field"][-1] is not None:
            found["center"] = field.compute_input_center_coordinates([[3, 5], [0, 1]]).tolist()
            found["feature"] = field.compute_feature_coordinates([7], axis=[1]).tolist()
        try:
            field.compute_input_center_coordinates([1, 2, 3])
        except ValueError as error:
            found["error"] = str(error)
        return found


def everything(tf):
    found = {name: fields(tf, *net) for name, net in NETS.items()}
    return json.loads(json.dumps(found, default=int))


if __name__ == "__main__":
    import tensorflow

    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "receptive_field.json"), "w") as f:
        json.dump(everything(tensorflow), f, indent=0, sort_keys=True)
