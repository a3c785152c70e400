"""SyncReplicasOptimizer with the one worker that a process is."""

import time

import numpy as np
from estimator_cases import rounded
from monitored_cases import nodes
from outcomes import Cases, tried

CASES = Cases()
case = CASES.case


def model(tf, name=None, **kwargs):
    """Dense and sparse gradients, and none."""
    step = tf.train.get_or_create_global_step()
    v = tf.get_variable("v", initializer=[1.0, 2.0])
    table = tf.get_variable("table", initializer=np.ones([3, 2], np.float32))
    unused = tf.get_variable("unused", [])
    loss = tf.reduce_sum(v * v) + tf.reduce_sum(tf.nn.embedding_lookup(table, [1, 1]))
    inner = tf.train.MomentumOptimizer(0.1, 0.5)
    opt = tf.train.SyncReplicasOptimizer(inner, name=name or "sync", **kwargs)
    pairs = opt.compute_gradients(loss, [v, table])
    pairs.append((None, unused))
    return opt, pairs, step


@case
def graph(tf, module):
    found = {}
    for label, averaged in (("plain", False), ("averages", True)):
        with tf.Graph().as_default() as built:
            more = {}
            if averaged:
                more["variable_averages"] = tf.train.ExponentialMovingAverage(0.5)
            with tf.device("/job:ps/task:1"):
                opt, pairs, step = model(tf, replicas_to_aggregate=2, **more)
            if averaged:
                opt._variables_to_average = [v for _, v in pairs[:2]]
            train_op = opt.apply_gradients(pairs, step)
            opt.get_init_tokens_op()
            opt.get_init_tokens_op(0)
            found[label] = nodes(built)
            found[label + " op"] = train_op.name
            found[label + " variables"] = [v.name for v in opt.variables()]
            found[label + " slots"] = [
                opt.get_slot_names(),
                opt.get_slot(pairs[0][1], "momentum").name,
            ]
            found[label + " runner"] = [
                opt.get_chief_queue_runner().name,
                [op.name for op in opt.get_chief_queue_runner().enqueue_ops],
            ]
    return found


@case
def errors(tf, module):
    opt, pairs, step = model(tf, replicas_to_aggregate=3, total_num_replicas=1)
    found = {
        "runner": tried(opt.get_chief_queue_runner),
        "tokens": tried(opt.get_init_tokens_op),
        "hook": tried(opt.make_session_run_hook(True).begin),
        "nothing": tried(opt.apply_gradients, []),
        "no step": tried(opt.apply_gradients, pairs),
        "kind": tried(opt.apply_gradients, [(3, pairs[0][1])], step),
    }
    opt.apply_gradients(pairs, step)
    found["few"] = tried(opt.get_init_tokens_op, 1)
    return found


@case
def trained(tf, module):
    server = tf.train.Server.create_local_server()
    opt, pairs, step = model(tf, replicas_to_aggregate=1)
    train_op = opt.apply_gradients(pairs, step)
    local = tf.get_default_graph().get_tensor_by_name("sync_rep_local_step:0")
    values = [local, pairs[0][1], pairs[1][1]]
    found = []
    hook = opt.make_session_run_hook(True)
    with tf.train.MonitoredTrainingSession(server.target, hooks=[hook]) as sess:
        found.append(rounded(sess.run(values)))
        # The second gradient comes late: it is of step 0.
        for wanted in (1, 1, 2, 3):
            sess.run(train_op)
            while sess.run(step) < wanted:
                time.sleep(0.01)
            found.append(rounded(sess.run(values)))
    return {"values": found}
