"""Scales of losses, and the strategies of tf.distribute that have one replica."""

import numpy as np
from estimator_cases import rounded
from monitored_cases import logged, nodes
from outcomes import Cases, describe, tried

CASES = Cases()
case = CASES.case


@case
def scales(tf, module):
    lib = module("python.training.experimental.loss_scale")
    fixed = lib.FixedLossScale(8)
    found = {
        "fixed": [repr(fixed), fixed.get_config(), tf.Session().run(fixed())],
        "updated": [type(part).__name__ for part in fixed.update([tf.constant(1.0)])],
        "string": tried(lib.FixedLossScale, "8"),
        "small": tried(lib.FixedLossScale, 0.5),
        "get": [repr(lib.get(given)) for given in (3, "dynamic", None, fixed)],
        "what": tried(lib.get, "static"),
    }
    found["fixed"][2] = float(found["fixed"][2])
    with tf.Graph().as_default() as graph:
        scale = tf.train.experimental.DynamicLossScale(4, 2, 2)
        given = tf.placeholder(tf.float32, [2])
        update, finite = scale.update([given, None])
        tf.get_variable_scope().reuse_variables()
        values = [scale(), scale._num_good_steps]
        found["nodes"] = nodes(graph)
        found["names"] = [update.name, finite.name, repr(scale), str(scale.get_config())]
        sess = tf.Session()
        sess.run(tf.global_variables_initializer())
        found["values"] = []
        for last in (1, 1, 1, np.nan, np.inf, np.inf, np.inf, 1, 1):
            applied, _ = sess.run([finite, update], {given: [1, last]})
            found["values"].append([bool(applied), [float(v) for v in sess.run(values)]])
        found["parts"] = [part.name for part in scale._checkpoint_dependencies]
    return found


@case
def optimizer(tf, module):
    kind = tf.train.experimental.MixedPrecisionLossScaleOptimizer
    found = {"what": tried(kind, 3, 1.0)}
    for label, scale in (("fixed", 16), ("dynamic", tf.train.experimental.DynamicLossScale)):
        with tf.Graph().as_default() as graph:
            v = tf.get_variable("v", initializer=[1.0, 2.0])
            table = tf.get_variable("table", initializer=np.ones([3, 2], np.float32))
            x = tf.placeholder(tf.float32, [])
            loss = tf.reduce_sum(v * v) * x
            loss += tf.reduce_sum(tf.nn.embedding_lookup(table, [1, 1]))
            inner = tf.train.MomentumOptimizer(0.1, 0.5)
            opt = kind(inner, scale(16, 2, 2) if callable(scale) else scale)
            step = tf.train.get_or_create_global_step()
            train_op = opt.minimize(loss, step, name="train")
            found[label] = nodes(graph)
            found[label + " op"] = [train_op.name, opt.get_name(), len(opt.variables())]
            sess = tf.Session()
            sess.run(tf.global_variables_initializer())
            values = found[label + " values"] = []
            for given in (1, np.inf, 1, 1):
                sess.run(train_op, {x: given})
                results = [step, v, table, opt._loss_scale()]
                values.append([str(rounded(r)) for r in sess.run(results)])
            parts = tf.train.Checkpoint(opt=opt)
            path = parts.save("/tmp/loss_scale_cases", sess)
            found[label + " saved"] = sorted(
                tf.train.load_checkpoint(path).get_variable_to_shape_map()
            )
    return found


@case
def without_a_strategy(tf, module):
    d = tf.distribute
    strategy, context = d.get_strategy(), d.get_replica_context()
    found = {
        "context": [d.has_strategy(), d.in_cross_replica_context(), context.strategy is strategy],
        "replica": describe(context.replica_id_in_sync_group),
        "counts": [strategy.num_replicas_in_sync, context.num_replicas_in_sync],
        "devices": tried(lambda: strategy.extended.worker_devices),
        "merged": context.merge_call(
            lambda s, x: [s is strategy, x, d.in_cross_replica_context()], args=(3,)
        ),
        "reduction": str(d.get_loss_reduction()),
        "copy": tried(__import__("copy").copy, strategy),
        "part": d.InputContext(2, 1, 4).get_per_replica_batch_size(8),
        "no part": tried(d.InputContext(2, 1, 4).get_per_replica_batch_size, 9),
    }
    with strategy.scope() as entered:
        found["scope"] = [entered is strategy, d.has_strategy(), d.in_cross_replica_context()]
    x = tf.constant([1.0, 3.0])
    sess = tf.Session()
    found["reduced"] = [
        float(sess.run(strategy.reduce("mean", x, axis=0))),
        float(sess.run(strategy.reduce(d.ReduceOp.SUM, x, axis=0))),
        sess.run(strategy.reduce("SUM", x)).tolist(),
        sess.run(context.all_reduce("SUM", x)).tolist(),
        sess.run(tf.gradients(context.all_reduce(d.ReduceOp.MEAN, [x])[0], x)[0]).tolist(),
    ]
    found["called"] = strategy.experimental_run_v2(
        lambda x: [x, d.get_replica_context() is context, d.in_cross_replica_context()], args=(1,)
    )
    return found


@case
def one_device(tf, module):
    d = tf.distribute
    found = {}
    for label, make in (
        ("one", lambda: d.OneDeviceStrategy("/cpu:0")),
        ("mirrored", lambda: d.MirroredStrategy(["/cpu:0"])),
    ):
        with tf.Graph().as_default():
            strategy = make()
            facts = found[label] = {"before": d.has_strategy()}
            outside = tf.get_variable("outside", [])
            with strategy.scope():
                facts["inside"] = [
                    d.has_strategy(),
                    d.in_cross_replica_context(),
                    d.get_strategy() is strategy,
                    d.get_replica_context(),
                ]
                v = tf.get_variable("v", initializer=2.0)
                facts["nested"] = tried(d.get_strategy().scope().__enter__) != ""
            facts["after"] = d.has_strategy()
            facts["names"] = [v.name, v.op.type]
            facts["whose"] = [
                strategy.extended.variable_created_in_scope(v),
                strategy.extended.variable_created_in_scope(outside),
            ]

            def replica(x, v=v):
                context = d.get_replica_context()
                return v * x + tf.cast(context.replica_id_in_sync_group, tf.float32)

            with strategy.scope():
                data = strategy.make_dataset_iterator(
                    tf.data.Dataset.range(3).batch(1).map(lambda x: tf.cast(x + 5, tf.float32))
                )
                value = strategy.experimental_run(replica, data)
                total = strategy.reduce(d.ReduceOp.SUM, value, axis=0)
                local = strategy.experimental_local_results(value)
                sess = tf.Session()
                sess.run([tf.global_variables_initializer(), data.initialize()])
                facts["value"] = [float(sess.run(total)), len(local), sess.run(local[0]).tolist()]
                facts["count"] = strategy.num_replicas_in_sync
    return found


@case
def mixed_precision(tf, module):
    enable = tf.train.experimental.enable_mixed_precision_graph_rewrite
    disable = tf.train.experimental.disable_mixed_precision_graph_rewrite
    options = tf.config.optimizer.get_experimental_options
    plain = tf.train.GradientDescentOptimizer(1.0)
    found, made = {}, []
    state = module("python.training.experimental.mixed_precision_global_state")
    state.non_mixed_precision_session_created = False
    found["first"] = logged(tf, lambda: made.append(enable(plain, 8.0)))
    found["made"] = [type(made[0]).__name__, repr(made[0]._loss_scale)]
    found["on"] = options()["auto_mixed_precision"]
    found["twice"] = tried(enable, made[0])
    found["what"] = tried(enable, 3)
    found["off"] = [logged(tf, disable), options()["auto_mixed_precision"], logged(tf, disable)]
    tf.Session()
    found["late"] = logged(tf, lambda: made.append(enable(plain)))
    disable()
    tf.Session()
    sgd = tf.keras.optimizers.SGD(0.5)
    keras = enable(sgd, 4.0)
    disable()
    found["keras"] = [type(keras).__name__, repr(keras.loss_scale)]
    found["keras twice"] = tried(enable, keras)
    found["bounded"] = tried(enable, tf.keras.optimizers.SGD(clipnorm=1.0))[:90]
    with tf.Graph().as_default():
        v = tf.Variable([1.0, 2.0], use_resource=True)
        x = tf.placeholder(tf.float32, [])
        scale = tf.train.experimental.DynamicLossScale(4, 2, 2)
        lib = tf.keras.mixed_precision.experimental
        opt = lib.LossScaleOptimizer(tf.keras.optimizers.SGD(0.5), scale)
        train = opt.get_updates(tf.reduce_sum(v * v) * x, [v])
        sess = tf.Session()
        sess.run(tf.global_variables_initializer())
        found["steps"] = []
        for given in (1.0, np.inf, 0.5, 0.5, 0.5):
            sess.run(train, {x: given})
            found["steps"].append(rounded(sess.run([v, scale(), opt.iterations])))
    return found
