"""`tf.contrib.mixed_precision`: nodes, scales as training goes on; and `tf.contrib.copy_graph`."""

import numpy as np
from outcomes import Cases, tried

CASES = Cases()
case = CASES.case


def nodes(graph):
    return [
        [n.name, n.type, [t.name for t in n.inputs], sorted(c.name for c in n.control_inputs)]
        for n in graph.get_operations()
    ]


@case
def growing_and_falling(tf, module):
    mixed = tf.contrib.mixed_precision
    manager = mixed.ExponentialUpdateLossScaleManager(8.0, 2, 2, 4.0, 0.25)
    finite = tf.placeholder(tf.bool, [])
    update = manager.update_loss_scale(finite)
    found = {"nodes": nodes(tf.get_default_graph())}
    state = [manager.get_loss_scale(), manager._num_good_steps, manager._num_bad_steps]
    history = []
    with tf.Session() as s:
        s.run(tf.global_variables_initializer())
        for good in (1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1):
            s.run(update, {finite: bool(good)})
            history.append([float(x) for x in s.run(state)])
        s.run(tf.assign(state[0], 3e38))
        for _ in range(2):
            s.run(update, {finite: True})
        history.append([float(x) for x in s.run(state)])
    found["history"] = history
    return found


@case
def training(tf, module):
    mixed = tf.contrib.mixed_precision
    x = tf.placeholder(tf.float32, [])
    v = tf.get_variable("v", [2], initializer=tf.ones_initializer())
    tf.get_variable("unused", [2])
    step = tf.train.get_or_create_global_step()
    manager = mixed.ExponentialUpdateLossScaleManager(16.0, 1)
    optimizer = mixed.LossScaleOptimizer(tf.train.GradientDescentOptimizer(0.5), manager)
    pairs = optimizer.compute_gradients(tf.reduce_sum(v * v) * x, [v])
    train = optimizer.apply_gradients(pairs, step, "train")
    found = {"nodes": nodes(tf.get_default_graph()), "name": train.name, "values": []}
    with tf.Session() as s:
        s.run(tf.global_variables_initializer())
        for value in (0.5, np.inf, 0.25, np.nan, np.nan):
            s.run(train, {x: value})
            now = s.run([v, step, manager.get_loss_scale()])
            found["values"].append([now[0].tolist(), int(now[1]), float(now[2])])
    return found


@case
def fixed(tf, module):
    mixed = tf.contrib.mixed_precision
    manager = mixed.FixedLossScaleManager(7)
    found = {"scale": str(manager.get_loss_scale())}
    found["small"] = tried(mixed.FixedLossScaleManager, 0.5)
    found["update"] = manager.update_loss_scale(tf.constant(True)).type
    found["abstract"] = tried(mixed.LossScaleManager)[:60]
    return found


@case
def copied_graphs(tf, module):
    copy = tf.contrib.copy_graph
    x = tf.placeholder(tf.float32, [2], name="x")
    v = tf.Variable([1.0, 2.0], name="v")
    w = tf.Variable([3.0, 4.0], name="w", trainable=False)
    with tf.control_dependencies([x]):
        y = tf.add(v * x, w, name="y")
    tf.add_to_collection("mine", y)
    found = {}
    for scope in ("", "copy"):
        other = tf.Graph()
        made = [copy.copy_variable_to_graph(u, other, scope) for u in (v, w)]
        y_ = copy.copy_op_to_graph(y, other, made, scope)
        found[scope] = [
            [u.name for u in made],
            y_.name,
            sorted(nodes(other)),
            copy.get_copied_op(y, other, scope) is y_,
            copy.copy_op_to_graph(y, other, made, scope) is y_,
            {
                k: sorted(e.name for e in other.get_collection(k))
                for k in other.get_all_collection_keys()
            },
        ]
        with tf.Session(graph=other) as s:
            s.run([u.initializer for u in made])
            feed = {copy.get_copied_op(x, other, scope): [10.0, 20.0]}
            found[scope + " value"] = tried(s.run, y_, feed)
    found["no variable"] = tried(copy.copy_variable_to_graph, y, tf.Graph())[:10]
    found["nothing"] = tried(copy.get_copied_op, y, tf.Graph())[:30]
    return found
