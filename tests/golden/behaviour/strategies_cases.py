"""Strategies with variables in one place, of one worker, and Estimators under strategies."""

import json
import tempfile

import numpy as np
from cluster_resolvers_cases import environment
from estimator_cases import rounded
from mirrored_cases import DEVICES, built, model, session, strategy_of
from monitored_cases import nodes
from outcomes import Cases, tried

CASES = Cases()
case = CASES.case
X = np.arange(24, dtype=np.float32).reshape(12, 2)
Y = np.arange(12, dtype=np.float32)


def steps_of(tf, strategy, found, label, optimizer=None):
    optimizer = optimizer or (lambda: tf.train.MomentumOptimizer(0.125, 0.5))
    x = np.arange(9, dtype=np.float32).reshape(3, 3)
    with strategy.scope():
        loss, train = strategy.experimental_run_v2(lambda: model(tf, optimizer, tf.constant(x)))
        total = strategy.reduce(tf.distribute.ReduceOp.SUM, loss)
        train = strategy.group(train)
        init = tf.global_variables_initializer()
    found[label + " kinds"] = [type(v).__name__ + " " + v.name for v in tf.global_variables()]
    found[label + " trainable"] = [v.name for v in tf.trainable_variables()]
    built(tf, found, label + " graph")
    with session(tf) as sess:
        sess.run(init)
        found[label + " losses"] = rounded([sess.run([total, train])[0] for _ in range(3)])
        found[label + " values"] = rounded(sess.run(tf.trainable_variables()))


def asked(strategy):
    extended = strategy.extended
    return [
        extended.worker_devices,
        extended.parameter_devices,
        strategy.num_replicas_in_sync,
        extended.experimental_between_graph,
        extended.experimental_should_init,
        extended.should_checkpoint,
        extended.should_save_summary,
    ]


@case
def central_storage(tf, module):
    found = {}
    made = tf.distribute.experimental.CentralStorageStrategy
    for label, args in (("two", (DEVICES,)), ("placed", (DEVICES, "/cpu:2")), ("one", ())):
        with tf.Graph().as_default():
            strategy = made(*args)
            found[label] = asked(strategy)
            steps_of(tf, strategy, found, label)
    with tf.Graph().as_default():
        strategy = made(DEVICES)
        with strategy.scope():
            aggregation = tf.VariableAggregation
            v = tf.get_variable("v", initializer=1.0, aggregation=aggregation.SUM)
            plain = tf.get_variable("plain", initializer=1.0)
            found["text"] = str(v)
            found["colocated"] = tried(strategy.extended.colocate_vars_with, 1).split(" not:")[0]

            def work():
                number = tf.distribute.get_replica_context().replica_id_in_sync_group
                x = tf.cast(number, tf.float32) + 1
                found["not aggregated"] = tried(plain.assign_add, x)
                return v.assign_add(x), v + x

            added, value = strategy.experimental_run_v2(work)
            found["added"] = str(added)
            found["per replica"] = tried(strategy.extended.update, v, lambda v, x: v, (value,))
            out = [strategy.group(added), strategy.reduce("SUM", value)]
            init = tf.global_variables_initializer()
        with session(tf) as sess:
            sess.run(init)
            sess.run(out[0])
            found["sum"] = rounded(sess.run([v, out[1]]))
    return found


@case
def parameter_servers(tf, module):
    found = {}
    for label, strategy in (
        ("core", tf.distribute.experimental.ParameterServerStrategy()),
        ("contrib", tf.contrib.distribute.ParameterServerStrategy()),
    ):
        with tf.Graph().as_default():
            found[label] = asked(strategy)
            steps_of(tf, strategy, found, label)
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"ps": ["a:1", "b:1"], "worker": ["c:1", "d:1"]}),
        task_type="worker",
        task_id=1,
    )
    strategy = tf.distribute.experimental.ParameterServerStrategy(resolver)
    found["cluster"] = asked(strategy)
    config = strategy.update_config_proto(tf.ConfigProto())
    found["config"] = [list(config.device_filters), config.isolate_session_state]
    with tf.Graph().as_default(), strategy.scope():
        x = np.ones([3, 3], np.float32)

        def work():
            return model(tf, lambda: tf.train.GradientDescentOptimizer(0.5), tf.constant(x))

        strategy.experimental_run_v2(work)
        built(tf, found, "cluster graph")
    lonely = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": ["c:1"]}), task_type="worker", task_id=0
    )
    found["no servers"] = tried(tf.distribute.experimental.ParameterServerStrategy, lonely)
    lonely.task_id = None
    found["no task"] = tried(tf.distribute.experimental.ParameterServerStrategy, lonely)
    return found


@case
def one_worker(tf, module):
    found = {}
    kinds = tf.distribute.experimental.CollectiveCommunication
    for label, strategy in (
        ("core", tf.distribute.experimental.MultiWorkerMirroredStrategy()),
        ("ring", tf.distribute.experimental.MultiWorkerMirroredStrategy(kinds.RING)),
        ("contrib", tf.contrib.distribute.CollectiveAllReduceStrategy()),
    ):
        with tf.Graph().as_default():
            found[label] = asked(strategy)
            config = strategy.update_config_proto(tf.ConfigProto())
            found[label + " config"] = str(config)
            steps_of(tf, strategy, found, label)
    made = tf.distribute.experimental.MultiWorkerMirroredStrategy
    found["communication"] = tried(made, "RING")
    return found


@case
def tasks(tf, module):
    util = module("python.distribute.multi_worker_util")
    spec = {"chief": ["a:1"], "worker": ["b:1", "c:1"], "ps": ["d:1"], "evaluator": ["e:1"]}
    workers = {"worker": ["b:1", "c:1"]}
    found = {}
    for label, cluster in (("all", spec), ("workers", workers)):
        for kind, number in (("chief", 0), ("worker", 0), ("worker", 1), ("ps", 0), ("other", 0)):
            task = "%s %s %s" % (label, kind, number)  # noqa: UP031 - Python 3.7
            found[task] = [
                tried(util.is_chief, cluster, kind, number),
                tried(util.collective_leader, cluster, kind, number),
                tried(util.worker_count, cluster, kind),
                tried(util.id_in_cluster, cluster, kind, number),
            ]
    found["beyond"] = tried(util.is_chief, workers, "worker", 5)
    found["two chiefs"] = tried(util.is_chief, {"chief": ["a:1", "b:1"]}, "chief", 0)
    found["no cluster"] = tried(util.normalize_cluster_spec, 1)
    return found


@case
def standard_steps(tf, module):
    distribute = tf.contrib.distribute
    found = {}
    strategy = strategy_of(tf)

    def data():
        return tf.data.Dataset.from_tensor_slices(X[:8]).batch(2)

    with strategy.scope():
        loss_v = []

        def loss(context, x):
            v = tf.get_variable("v", [2, 1], initializer=tf.ones_initializer())
            loss_v.append(v)
            return tf.reduce_mean(tf.matmul(x, v))

        optimizer = tf.train.GradientDescentOptimizer(0.125)
        step = distribute.StandardSingleLossStep(data, loss, optimizer, strategy)
        found["step"] = [step.distribution is strategy, isinstance(step, distribute.Step)]
    with session(tf) as sess:
        found["monitor"] = tried(distribute.Monitor, step)
        monitor = distribute.Monitor(step, sess)
        monitor.run_steps(1)
        found["values"] = rounded(sess.run(tf.global_variables()))
        monitor.run_steps()
        found["last"] = rounded(sess.run(tf.global_variables()))
    config = distribute.DistributeConfig(strategy)
    found["config"] = [config.train_distribute is strategy, config.eval_distribute]
    return found


def line(tf):
    """A model function: a line through two numbers, with metrics and hooks."""

    def model_fn(features, labels, mode):
        ones = tf.ones_initializer()
        y = tf.layers.dense(features["x"], 1, name="out", kernel_initializer=ones)[:, 0]
        if mode == tf.estimator.ModeKeys.PREDICT:
            return tf.estimator.EstimatorSpec(mode, predictions={"y": y})
        loss = tf.losses.mean_squared_error(labels, y)
        metrics = {"error": tf.metrics.mean_absolute_error(labels, y)}
        optimizer = tf.train.MomentumOptimizer(1e-3, 0.5)
        step = tf.train.get_global_step()
        train_op = optimizer.minimize(loss, step)
        return tf.estimator.EstimatorSpec(
            mode, loss=loss, train_op=train_op, eval_metric_ops=metrics
        )

    return model_fn


@case
def estimators(tf, module):
    found = {}
    for label, strategy in (
        ("mirrored", strategy_of(tf)),
        ("contrib", tf.contrib.distribute.MirroredStrategy(DEVICES)),
        ("central", tf.distribute.experimental.CentralStorageStrategy(DEVICES)),
        ("one", tf.distribute.OneDeviceStrategy("/cpu:1")),
        ("single", tf.distribute.MirroredStrategy(["/cpu:0"])),
    ):
        folder = tempfile.mkdtemp()
        graphs, losses, contexts = {}, [], []

        class Hook(tf.train.SessionRunHook):
            def begin(self):
                graphs["graph"] = nodes(tf.get_default_graph())  # noqa: B023

            def before_run(self, context):
                return tf.train.SessionRunArgs(
                    tf.get_default_graph().get_collection(tf.GraphKeys.LOSSES)[0]
                )

        def input_fn(input_context):
            contexts.append(  # noqa: B023
                [input_context.num_replicas_in_sync, input_context.num_input_pipelines]
            )
            return tf.data.Dataset.from_tensor_slices(({"x": X}, Y)).repeat(2).batch(3)

        config = tf.estimator.RunConfig(
            folder,
            tf_random_seed=1,
            train_distribute=strategy,
            eval_distribute=strategy,
            session_config=tf.ConfigProto(device_count={"CPU": 3}),
        )
        estimator = tf.estimator.Estimator(line(tf), config=config)
        estimator.train(input_fn, [Hook()], steps=3)
        found[label + " kernel"] = rounded(estimator.get_variable_value("out/kernel"))
        found[label + " names"] = sorted(estimator.get_variable_names())
        found[label + " evaluated"] = rounded(estimator.evaluate(input_fn, steps=2))
        found[label + " contexts"] = contexts
        if label in ("mirrored", "central"):
            parts = ("out/", "gradients", "Momentum", "mean_squared")
            shown = [n for n in graphs["graph"] if any(p in n.split(" ")[0] for p in parts)]
            found[label + " graph"] = [n for n in shown if "save" not in n]
        predicted = estimator.predict(lambda: tf.data.Dataset.from_tensor_slices({"x": X}).batch(4))
        found[label + " predicted"] = rounded([p["y"] for p in predicted][:3])
        losses.clear()
    return found


@case
def canned_estimators(tf, module):
    found = {}
    strategy = strategy_of(tf)
    config = tf.estimator.RunConfig(
        tempfile.mkdtemp(),
        tf_random_seed=1,
        train_distribute=strategy,
        session_config=tf.ConfigProto(device_count={"CPU": 3}),
    )
    estimator = tf.estimator.DNNClassifier(
        [3],
        [tf.feature_column.numeric_column("x", (2,))],
        config=config,
        optimizer=tf.train.GradientDescentOptimizer(0.01),
        batch_norm=True,
    )

    def input_fn():
        return tf.data.Dataset.from_tensor_slices(({"x": X}, np.int32(Y > 5)[:, None])).batch(3)

    estimator.train(input_fn, steps=2)
    found["names"] = sorted(estimator.get_variable_names())
    found["step"] = rounded(estimator.get_variable_value("global_step"))
    metrics = estimator.evaluate(input_fn)
    found["metrics"] = sorted(metrics)
    return found


@case
def keras_models(tf, module):
    found = {}
    keras = tf.keras
    for label, make in (
        ("one", lambda: tf.distribute.OneDeviceStrategy("/cpu:0")),
        ("mirrored", lambda: tf.distribute.MirroredStrategy(["/cpu:0"])),
        ("central", lambda: tf.distribute.experimental.CentralStorageStrategy(["/cpu:0"])),
    ):
        keras.backend.clear_session()
        with make().scope():
            layers = [
                keras.layers.Dense(1, input_shape=(2,), kernel_initializer="ones"),
                keras.layers.BatchNormalization(),
            ]
            model = keras.Sequential(layers)
            model.compile(keras.optimizers.Adam(0.125), "mse", metrics=["mae"])
        found[label + " kind"] = type(layers[0].kernel).__name__
        history = model.fit(X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0).history
        found[label + " loss"] = np.round(history["loss"], 2).tolist()
        found[label + " evaluated"] = np.round(model.evaluate(X, Y, 4, verbose=0), 2).tolist()
        found[label + " predicted"] = np.round(model.predict(X, 4)[:2], 2).tolist()
        data = tf.data.Dataset.from_tensor_slices((X, Y)).repeat().batch(4)
        history = model.fit(data, epochs=1, steps_per_epoch=2, verbose=0).history
        found[label + " of data"] = np.round(history["loss"], 2).tolist()
    keras.backend.clear_session()
    return found


@case
def standard_servers(tf, module):
    found = {}
    run = tf.contrib.distribute.run_standard_tensorflow_server
    cluster = {"worker": ["localhost:2222"]}
    for label, config in (
        ("nothing", {}),
        ("no task", {"cluster": cluster}),
        ("no type", {"cluster": cluster, "task": {"index": 1}}),
        ("no cluster", {"cluster": 3, "task": {"type": "worker"}}),
        ("no workers", {"cluster": {"ps": ["localhost:1"]}, "task": {"type": "ps"}}),
    ):
        with environment(TF_CONFIG=json.dumps(config)):
            found[label] = tried(run)
    return found


@case
def workers(tf, module):
    """Who of the workers writes checkpoints and summaries."""
    coordinator = module("python.distribute.distribute_coordinator")
    spec = tf.train.ClusterSpec({"worker": ["a:1", "b:2"], "ps": ["c:3"]})
    found = {}

    def asked(context):
        names = ("is_chief", "num_workers", "master_target", "distributed_mode", "has_barrier")
        return [getattr(context, name) for name in names]

    for kind, number in (("worker", 0), ("worker", 1), ("evaluator", 0), (None, None)):
        cluster = tf.train.ClusterSpec({"evaluator": ["e:1"]}) if kind == "evaluator" else spec
        label = "%s %s" % (kind, number)  # noqa: UP031 - Python 3.7
        found[label] = asked(coordinator._WorkerContext(None, cluster, kind, number))
    for label, chief, made in (
        ("alone", True, tf.distribute.experimental.MultiWorkerMirroredStrategy),
        ("second", False, tf.distribute.experimental.MultiWorkerMirroredStrategy),
        ("no writer", False, tf.distribute.experimental.ParameterServerStrategy),
    ):
        strategy = made()
        strategy.extended._is_chief = chief
        folder = tempfile.mkdtemp()
        context = coordinator._WorkerContext(strategy, None, "worker", 1)
        if not strategy.extended.experimental_should_init:
            found[label + " creator"] = type(context.session_creator()).__name__
            continue
        with tf.Graph().as_default():
            add = tf.assign_add(tf.train.get_or_create_global_step(), 1)
            with context:
                session = tf.train.MonitoredTrainingSession(
                    checkpoint_dir=folder, save_checkpoint_steps=2, log_step_count_steps=None
                )
                found["nested"] = tried(context.__enter__)
            with session:
                for _ in range(3):
                    session.run(add)
        for path in (folder, folder + "/tmp_worker_1"):
            latest = tf.train.latest_checkpoint(path)
            found[label + " " + path[len(folder) :]] = latest and latest[len(folder) :]
    return found
