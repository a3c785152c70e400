"""`log_device_placement`: what a session prints about the devices of its nodes."""

import evergraph as tf


def test_all_nodes_are_listed_whenever_the_graph_has_grown(capsys):
    """On the standard output, constants last, as TensorFlow 1.15 lists them."""
    with tf.Graph().as_default():
        a = tf.constant([[1.0]], name="a")
        v = tf.Variable(a, name="v", use_resource=False)
        with tf.device("/cpu:0"):
            c = tf.matmul(a, v, name="c")
        with tf.Session(config=tf.ConfigProto(log_device_placement=True)) as session:
            assert capsys.readouterr().out.startswith("Device mapping:\n")
            session.run(v.initializer)
            first = capsys.readouterr().out.splitlines()
            session.run(c)
            assert capsys.readouterr().out == ""
            session.run(tf.identity(c, name="later"))
            second = capsys.readouterr().out.splitlines()
    cpu = "/job:localhost/replica:0/task:0/device:CPU:0"
    nodes = ["v: (VariableV2)", "v/Assign: (Assign)", "v/read: (Identity)", "c: (MatMul)"]
    assert first == [f"{node}: {cpu}" for node in [*nodes, "a: (Const)"]]
    assert second == [f"{node}: {cpu}" for node in [*nodes, "later: (Identity)", "a: (Const)"]]
