"""A graph with variables, scopes and collections, exported in several ways; runs under TensorFlow,
too."""


def build(tf):
    with tf.variable_scope("layer"):
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        w = tf.get_variable("w", initializer=tf.ones([2, 3]))
        b = tf.Variable(tf.zeros([3]), name="b", trainable=False)
        y = tf.add(tf.matmul(x, w), b, name="y")
    with tf.name_scope("outer"):
        with tf.control_dependencies([y, x]), tf.device("/cpu:0"):
            z = tf.reduce_sum(y, name="z")
        tf.identity(z, name="same")
        with tf.name_scope("save"):
            tf.multiply(z, 2.0)
    tf.add_to_collection("tensors", y)
    tf.add_to_collection("tensors", z)
    tf.add_to_collection("names", "text")
    tf.add_to_collection("numbers", 3)
    tf.add_to_collection("numbers", 4)
    tf.add_to_collection("fractions", 0.5)
    tf.add_to_collection("operations", z.op)
    tf.add_to_collection("unwritable", object())


EXPORTS = {
    "whole": {},
    "stripped": {"strip_default_attrs": True},
    "without_devices": {"clear_devices": True},
    "scope": {"export_scope": "outer"},
    "layer": {"export_scope": "layer", "strip_default_attrs": True},
    "some": {"collection_list": ["names", "variables"]},
}
