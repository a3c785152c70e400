"""TPUEstimators without TPUs, and the optimizers and scopes beside them."""

import tempfile

import numpy as np
from estimator_cases import X, Y, keeper, rounded
from monitored_cases import logged, nodes
from outcomes import Cases, describe, tried

CASES = Cases()
case = CASES.case


def model(tf, told=None, host=False):
    """A model function: a line through two numbers."""
    tpu = tf.contrib.tpu

    def model_fn(features, labels, mode, params):
        if told is not None:
            told.append([mode, sorted(params.items())])
        y = tf.layers.dense(features["x"], 1, name="out", kernel_initializer=tf.ones_initializer())
        if mode == tf.estimator.ModeKeys.PREDICT:
            return tpu.TPUEstimatorSpec(mode, predictions={"y": y})
        loss = tf.losses.mean_squared_error(labels, y[:, 0])
        step = tf.train.get_global_step()
        train_op = tf.train.GradientDescentOptimizer(0.1).minimize(loss, step)

        def metrics(labels, y):
            return {"error": tf.metrics.mean_absolute_error(labels, y)}

        call = (lambda loss: [loss + 1], [tf.reshape(loss, [1])]) if host else None
        pair = (metrics, {"labels": labels, "y": y[:, 0]})
        return tpu.TPUEstimatorSpec(
            mode, loss=loss, train_op=train_op, eval_metrics=pair, host_call=call
        )

    return model_fn


def made(tf, folder=None, model_fn=None, **more):
    tpu = tf.contrib.tpu
    config = tpu.RunConfig(tf_random_seed=1, tpu_config=tpu.TPUConfig(iterations_per_loop=3))
    sizes = {"train_batch_size": 4, "eval_batch_size": 5, "predict_batch_size": 2}
    sizes.update(more)
    return tpu.TPUEstimator(
        model_fn or model(tf), folder or tempfile.mkdtemp(), config, use_tpu=False, **sizes
    )


def arrays(tf, epochs=1):
    def input_fn(params):
        data = tf.data.Dataset.from_tensor_slices(({"x": X}, Y)).repeat(epochs)
        return data.batch(params["batch_size"], drop_remainder=True)

    return input_fn


@case
def life(tf, module):
    folder, told, kept, values = tempfile.mkdtemp(), [], {}, {}
    estimator = made(tf, folder, model(tf, told), params={"rate": 0.1})

    def work():
        estimator.train(arrays(tf, None), [keeper(tf, kept, "train")], max_steps=5)
        values["evaluate"] = estimator.evaluate(arrays(tf), 2, [keeper(tf, kept, "evaluate")])
        values["predict"] = list(estimator.predict(arrays(tf)))[:3]

    log = logged(tf, work, folder)
    varying = (" at 20", "onfig", "loss = ", "Loss", "ostep", "global_step", "It seems")
    results = {"log": [n for n in log if not any(v in n for v in varying)], "told": told}
    results.update({name: str(rounded(value)) for name, value in values.items()})
    results.update({"nodes of " + name: value for name, value in kept.items()})
    results["names"] = estimator.get_variable_names()
    return results


@case
def host_calls(tf, module):
    kept = {}
    estimator = made(tf, None, model(tf, host=True))
    estimator.train(arrays(tf), [keeper(tf, kept, "train")])
    return {"nodes": kept["train"]}


@case
def an_error_is_told(tf, module):
    estimator = made(tf)

    def input_fn(params):
        raise ValueError("no input")

    outcome = []
    log = logged(tf, lambda: outcome.append(tried(estimator.train, input_fn)))
    return {"outcome": outcome, "log": log}


@case
def bad_arguments(tf, module):
    config = tf.contrib.tpu.RunConfig()
    make = tf.contrib.tpu.TPUEstimator
    model_fn = model(tf)
    return {
        "no config": tried(make, model_fn),
        "another config": tried(make, model_fn, config=tf.estimator.RunConfig()),
        "reserved": tried(make, model_fn, config=config, params={"batch_size": 1}),
        "no size": tried(make, model_fn, config=config),
        "size 0": tried(make, model_fn, config=config, train_batch_size=0),
        "size": tried(make, model_fn, config=config, train_batch_size="4"),
        "no params": tried(made(tf, None, lambda features, labels: None).train, arrays(tf)),
        "input": tried(made(tf).train, lambda: None),
        "version": tried(
            make, model_fn, config=config, use_tpu=False, export_saved_model_api_version=1
        ),
    }


@case
def configurations(tf, module):
    tpu = tf.contrib.tpu
    given = [
        {},
        {"iterations_per_loop": "5q"},
        {"iterations_per_loop": 0},
        {"iterations_per_loop": "2m", "num_shards": 8},
        {"num_shards": "a"},
        {"num_shards": 0},
        {"num_cores_per_replica": 3},
        {"num_cores_per_replica": 2, "per_host_input_for_training": False},
        {"input_partition_dims": [1]},
        {"input_partition_dims": [1, 2, 3]},
        {"input_partition_dims": [1], "per_host_input_for_training": 3},
        {"eval_training_input_configuration": 4},
        {"initial_infeed_sleep_secs": -1},
    ]
    config = tpu.RunConfig(tpu.TPUConfig(num_shards=2), master="m", model_dir="a")
    other = config.replace(model_dir="b", tpu_config=tpu.TPUConfig(num_shards=4))
    found = {str(k): tried(lambda kwargs: tuple(tpu.TPUConfig(**kwargs)), k) for k in given}
    for one in (config, other, config.replace(model_dir="c")):
        shards = one.tpu_config.num_shards
        found[one.model_dir] = [one.master, one.evaluation_master, shards]
    return found


@case
def specifications(tf, module):
    make = tf.contrib.tpu.TPUEstimatorSpec
    found = [
        tried(make, "train", eval_metrics=3),
        tried(make, "train", eval_metrics=(len,)),
        tried(make, "train", eval_metrics=(len, 3)),
        tried(make, "train", host_call=(3, [])),
        tried(make, "train", host_call=(lambda a: a, [1, 2])),
        tried(make, "train", training_hooks=[3]),
        describe(list(make("infer", predictions={}, host_call=(lambda *a: a, [1, 2]))._fields)),
    ]
    return {"found": found}


@case
def optimizer(tf, module):
    x = tf.get_variable("x", initializer=np.float32([1, 2]))
    opt = tf.contrib.tpu.CrossShardOptimizer(tf.train.MomentumOptimizer(0.1, 0.9))
    log = logged(tf, lambda: opt.minimize(tf.reduce_sum(x * x)))
    return {
        "log": log,
        "nodes": nodes(tf.get_default_graph()),
        "slots": [opt.get_slot_names(), opt.get_slot(x, "momentum").name],
        "variables": [v.name for v in opt.variables()],
        "reduction": tried(tf.tpu.CrossShardOptimizer, opt, "none"),
        "groups": tried(tf.tpu.CrossShardOptimizer(opt, group_assignment=[[1]]).minimize, x[0]),
    }


@case
def bfloat16(tf, module):
    with tf.contrib.tpu.bfloat16_scope():
        tf.get_variable("a", [2], tf.bfloat16, tf.zeros_initializer())
        tf.get_variable("b", [2], initializer=tf.zeros_initializer())
    return {"nodes": nodes(tf.get_default_graph())}


@case
def loops(tf, module):
    """Loops as TPUs take them, on the CPU."""
    tpu = tf.contrib.tpu
    found = {}
    v = tf.get_variable("v", initializer=1.0)

    def body(x, n):
        return [x * 2, n + 1, tf.assign_add(v, x).op]

    x, n = tpu.while_loop(lambda x, n: n < 3, body, [tf.constant(1.0), tf.constant(0)])
    y = tpu.repeat(4, lambda y: y + 3, [tf.constant(1)])
    z = tpu.repeat(tf.constant(2), lambda a, b: (a + b, b), [1, 5])
    nothing = tpu.repeat(3, lambda: tf.no_op())
    found["nothing"] = nothing.type
    found["graph"] = nodes(tf.get_default_graph())
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        found["values"] = rounded(sess.run([x, n, v]))
        found["repeated"] = rounded(sess.run([y[0], *z]))
    one = [tf.constant(1.0)]
    found["body arguments"] = tried(tpu.while_loop, lambda x: x < 1, lambda: 1, one)
    found["more"] = tried(tpu.while_loop, lambda x: x < 1, lambda x, y, z=1: 1, one)
    found["condition"] = tried(tpu.while_loop, lambda: True, lambda *x: x, one)
    found["types"] = tried(tpu.while_loop, lambda x: x < 1, lambda x: tf.cast(x, "int32"), one)
    found["order"] = tried(tpu.while_loop, lambda x: x < 1, lambda x: [tf.no_op(), x], one)
    return found


@case
def small_parts(tf, module):
    tpu = tf.contrib.tpu
    found = {"core": tf.tpu.core(3)}
    found["outside"] = tried(tf.tpu.outside_compilation, lambda a, b=1: a + b, 2, b=5)
    util = module("contrib.tpu.python.tpu.util")
    found["positive"] = [tried(util.check_positive_integer, value, "n") for value in (1, 0, "1")]
    found["loops"] = [
        tried(lambda v: tuple(util.parse_iterations_per_loop(v)), v) for v in (3, "90s", "2h", "x")
    ]
    function = module("python.tpu.tpu_function")
    with function.tpu_shard_context(4):
        found["shards"] = [function.get_tpu_context().number_of_shards]

        def nested():
            with function.tpu_shard_context(2):
                pass

        found["nested"] = tried(nested)
    found["shards"].append(function.get_tpu_context().number_of_shards)
    tracer = module("contrib.tpu.python.tpu.tensor_tracer")
    found["traced"] = tracer.TensorTracer.is_enabled()
    config = module("contrib.tpu.python.tpu.tpu_config")
    estimator = module("contrib.tpu.python.tpu.tpu_estimator")
    optimizer = module("contrib.tpu.python.tpu.tpu_optimizer")
    loop = module("contrib.tpu.python.tpu.training_loop")
    found["same"] = [
        config.TPUConfig is tpu.TPUConfig,
        config.RunConfig is tpu.RunConfig,
        config.InputPipelineConfig is tpu.InputPipelineConfig,
        estimator.TPUEstimator is tpu.TPUEstimator,
        estimator.TPUEstimatorSpec is tpu.TPUEstimatorSpec,
        optimizer.CrossShardOptimizer is tpu.CrossShardOptimizer,
        loop.repeat is tpu.repeat,
        len(list(estimator.ExportSavedModelApiVersion)),
    ]
    return found


@case
def asynchronous_checkpoints(tf, module):
    folder = tempfile.mkdtemp()
    step = tf.train.get_or_create_global_step()
    add = tf.assign_add(step, 1)
    tf.train.Saver()
    saved = []

    class Listener(tf.train.CheckpointSaverListener):
        def before_save(self, session, global_step_value):
            saved.append(int(global_step_value))

        def end(self, session, global_step_value):
            saved.append("end")

    scaffold = tf.train.Scaffold()
    hook = tf.contrib.tpu.AsyncCheckpointSaverHook(
        folder, save_steps=3, scaffold=scaffold, listeners=[Listener()]
    )
    with tf.train.MonitoredSession(
        tf.train.ChiefSessionCreator(scaffold, checkpoint_dir=folder), [hook]
    ) as session:
        for _ in range(2):
            session.run(add)
    found = {"saved": saved, "latest": tf.train.latest_checkpoint(folder)[len(folder) + 1 :]}
    found["both"] = tried(
        tf.contrib.tpu.AsyncCheckpointSaverHook, folder, 1, saver=1, scaffold=scaffold
    )
    return found
