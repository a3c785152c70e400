"""tf.contrib.learn: Estimators with model functions, arrays fed to them, monitors, experiments."""

import functools
import os
import re
import tempfile

import numpy as np
import pandas as pd
from estimator_cases import keeper, rounded
from monitored_cases import logged, nodes
from outcomes import Cases, describe, tried

CASES = Cases()
case = CASES.case

X = np.arange(40, dtype=np.float32).reshape(20, 2) / 40
Y = X[:, 0] * 2 - X[:, 1]
VARYING = (" at 20", "onfig", "loss = ", "global_step", "It seems", "Write ", "Waiting")


def constant(log):
    """Lines of a log that say nothing of the moment; numbers so far as ways of adding agree."""
    lines = [n for n in log if not any(v in n for v in VARYING)]
    return [re.sub(r"(\d\.0*\d{4})\d*", r"\1", n) for n in lines]


def sine(tf):
    """The notes' model: a recurrent network over ten numbers, the eleventh to be told."""

    def lstm_model(x, y):
        cell = tf.nn.rnn_cell.MultiRNNCell(
            [tf.nn.rnn_cell.LSTMCell(4, initializer=tf.constant_initializer(0.1)) for _ in range(2)]
        )
        output, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
        predictions = tf.layers.dense(
            output[:, -1, :], 1, kernel_initializer=tf.constant_initializer(0.2)
        )
        labels = tf.reshape(y, [-1])
        predictions = tf.reshape(predictions, [-1])
        loss = tf.losses.mean_squared_error(predictions, labels)
        train_op = tf.contrib.layers.optimize_loss(
            loss, tf.train.get_global_step(), optimizer="Adagrad", learning_rate=0.1
        )
        return predictions, loss, train_op

    return lstm_model


def line(tf, with_metric=True):
    """A line through two numbers."""

    def model_fn(features, labels, mode, params):
        features = features["x"] if isinstance(features, dict) else features
        kernel = tf.get_variable("kernel", [2, 1], initializer=tf.ones_initializer())
        y = tf.matmul(features, kernel)[:, 0]
        loss = train_op = None
        if mode != tf.contrib.learn.ModeKeys.INFER:
            loss = tf.losses.mean_squared_error(labels, y)
            optimizer = tf.train.GradientDescentOptimizer(params["rate"])
            train_op = optimizer.minimize(loss, tf.train.get_global_step())
        metrics = {"error": tf.metrics.mean_absolute_error(labels, y)} if loss is not None else {}
        return tf.contrib.learn.ModelFnOps(
            mode, {"y": y, "twice": 2 * y}, loss, train_op, metrics if with_metric else None
        )

    return model_fn


def made(tf, folder=None, **config):
    return tf.contrib.learn.Estimator(
        line(tf),
        folder or tempfile.mkdtemp(),
        tf.contrib.learn.RunConfig(tf_random_seed=1, **config),
        {"rate": 0.1},
    )


def arrays(tf, epochs=1):
    return tf.contrib.learn.io.numpy_input_fn({"x": X}, Y, 4, epochs, shuffle=False)


def series(count):
    points = np.sin(np.arange(count + 10) * 0.1).astype(np.float32)
    return np.array([[points[i : i + 10]] for i in range(count)]), points[10 : count + 10, None]


@case
def sine_with_arrays(tf, module):
    learn, folder, kept, found = tf.contrib.learn, tempfile.mkdtemp(), {}, {}
    x, y = series(64)

    def work():
        estimator = learn.Estimator(sine(tf), folder, learn.RunConfig(tf_random_seed=1))
        regressor = learn.SKCompat(estimator)
        hook = keeper(tf, kept, "train")
        found["fit"] = regressor.fit(x, y, batch_size=16, steps=5, monitors=[hook]) is regressor
        found["predict"] = rounded(regressor.predict(x[:5], batch_size=2))
        found["score"] = rounded(regressor.score(x, y, batch_size=16))
        found["names"] = estimator.get_variable_names()
        found["bias"] = rounded(estimator.get_variable_value("dense/bias"))
        regressor.fit(x, y, max_steps=5)

    found["log"] = constant(logged(tf, work, folder))
    found["nodes"] = kept["train"]
    found["files"] = [n for n in sorted(os.listdir(folder)) if not n.startswith("events")]
    return found


@case
def life(tf, module):
    folder, kept, found = tempfile.mkdtemp(), {}, {}
    estimator = made(tf, folder)
    learn = tf.contrib.learn

    def work():
        estimator.fit(input_fn=arrays(tf, None), steps=6, monitors=[keeper(tf, kept, "train")])
        spec = learn.MetricSpec(tf.metrics.mean, "twice")
        found["evaluate"] = rounded(
            estimator.evaluate(
                input_fn=arrays(tf),
                metrics={"mean": spec},
                hooks=[keeper(tf, kept, "eval")],
                name="n",
            )
        )
        pairs = {("pair", "y"): tf.metrics.mean_squared_error}
        found["pairs"] = rounded(estimator.evaluate(input_fn=arrays(tf), metrics=pairs))
        names = {"y": tf.metrics.mean_squared_error}
        found["names"] = tried(lambda: estimator.evaluate(input_fn=arrays(tf), metrics=names))[:60]
        found["two"] = rounded(estimator.evaluate(input_fn=arrays(tf), steps=2))
        found["predict"] = rounded(list(estimator.predict(input_fn=arrays(tf))))
        found["outputs"] = rounded(list(estimator.predict(input_fn=arrays(tf), outputs=["y"])))
        found["arrays"] = rounded(list(estimator.predict({"x": X[:3]})))
        once = estimator.predict({"x": X[:3]}, as_iterable=False)
        found["once"] = rounded(once)
        found["partial"] = estimator.partial_fit(input_fn=arrays(tf)) is estimator
        found["kernel"] = rounded(estimator.get_variable_value("kernel"))
        estimator.fit(input_fn=arrays(tf), max_steps=7)

    log = logged(tf, work, folder)
    found["log"] = constant(log)
    found["train nodes"], found["eval nodes"] = kept["train"], kept["eval"]
    found["params"] = describe(estimator.get_params())
    found["set"] = describe(estimator.set_params(params={"rate": 0.2}).params)
    found["repr"] = repr(estimator)
    found["eval"] = sorted(n for n in os.listdir(folder) if n.startswith("eval"))
    return found


@case
def arguments(tf, module):
    learn, estimator = tf.contrib.learn, made(tf)
    tensor = tf.constant(1)

    def without(features, labels):
        return 1, 2

    def short(text):
        return text.split("<")[0]

    return {
        "no x": tried(estimator.fit),
        "tensor": tried(estimator.fit, tensor, tensor),
        "both": tried(estimator.fit, X, Y, input_fn=arrays(tf)),
        "batch": tried(estimator.fit, input_fn=arrays(tf), batch_size=3),
        "feed": tried(estimator.evaluate, X, Y, feed_fn=lambda: {}),
        "steps": tried(estimator.fit, X, Y, steps=1, max_steps=2),
        "metrics": tried(estimator.evaluate, input_fn=arrays(tf), metrics=[1]),
        "score": tried(learn.SKCompat(estimator).score, X, Y, metrics=3),
        "not fitted": tried(estimator.predict, X)[:60],
        "not fitted either": tried(estimator.evaluate, X, Y)[:60],
        "params": short(tried(lambda: learn.Estimator(without, "a", params={"a": 1}))),
        "folders": tried(lambda: learn.Estimator(without, "a", learn.RunConfig(model_dir="b"))),
        "two": tried(learn.Estimator(without).fit, X, Y, batch_size=2, steps=1),
        "size": tried(estimator.fit, X, Y, batch_size=0, steps=1),
        "no param": tried(estimator.set_params, z=1),
        "export": tried(estimator._get_feature_ops_from_example, ["a"]),
        "kinds": [isinstance(estimator, k) for k in (learn.Evaluable, learn.Trainable)],
    }


@case
def other_signatures(tf, module):
    found = {}

    def engineered(features, labels):
        return {"x": features["x"] + 1}, labels * 2

    def full(features, labels, mode, params, config, model_dir):
        found.setdefault("told", []).append([mode, params, config.tf_random_seed, bool(model_dir)])
        return line(tf)(features, labels, mode, params)

    estimator = tf.contrib.learn.Estimator(
        full,
        None,
        tf.contrib.learn.RunConfig(tf_random_seed=3),
        {"rate": 0.0},
        engineered,
    )
    estimator.fit(input_fn=arrays(tf), steps=1)
    found["values"] = rounded(estimator.evaluate(input_fn=arrays(tf)))
    partial = functools.partial(line(tf), params={"rate": 0.1})
    found["partial"] = tried(lambda: tf.contrib.learn.Estimator(partial, params={"a": 1})).split(
        "("
    )[0]
    other = tf.contrib.learn.Estimator(partial).fit({"x": X}, Y, steps=2)
    found["kernel"] = rounded(other.get_variable_value("kernel"))
    found["changed"] = tried(other.fit, {"x": X[:, :1]}, Y, steps=1)[:60]
    found["type"] = tried(other.fit, {"x": X}, Y.astype(np.int64), steps=1)[:60]
    return found


@case
def model_fn_ops(tf, module):
    learn = tf.contrib.learn
    ops, modes = learn.ModelFnOps, learn.ModeKeys
    one, two = tf.constant(1.0, name="one"), tf.constant([1.0, 2.0])
    text = tf.constant(["a"])
    kinds = learn.ProblemType

    def spec(alternatives, default=None):
        made = ops(modes.INFER, {"a": one}, output_alternatives=alternatives)
        outputs = made.estimator_spec(default).export_outputs
        return [[k, type(v).__name__] for k, v in sorted(outputs.items())]

    full = ops(modes.EVAL, one, tf.constant([[1.0]]), None, {"loss": (one, one), "m": (one, one)})
    both = {
        "a": (kinds.CLASSIFICATION, {"probabilities": two, "classes": text}),
        "b": (kinds.LINEAR_REGRESSION, {"scores": two}),
    }
    return {
        "modes": [modes.TRAIN, modes.EVAL, modes.INFER],
        "fields": [[k, type(v).__name__] for k, v in full._asdict().items()],
        "loss": full.loss.name,
        "mode": tried(ops, "other"),
        "no loss": tried(ops, modes.EVAL, one),
        "no train_op": tried(ops, modes.TRAIN, one, one),
        "no predictions": tried(ops, modes.INFER),
        "losses": tried(ops, modes.EVAL, one, two)[:40],
        "metrics": tried(ops, modes.EVAL, one, one, None, [1]),
        "hook": tried(ops, modes.EVAL, one, one, training_hooks=[1]),
        "train_op": describe(ops(modes.TRAIN, one, one, one).train_op.name),
        "spec": sorted(full.estimator_spec().eval_metric_ops),
        "spec mode": full.estimator_spec().mode,
        "alone": spec({"a": both["a"]}),
        "both": spec(both, "b"),
        "unspecified": spec({"a": (kinds.UNSPECIFIED, {"x": two})}),
        "no default": tried(lambda: spec(both)),
        "unknown": tried(lambda: spec({"a": (9, {"x": two})})),
        "kinds": [kinds.UNSPECIFIED, kinds.CLASSIFICATION, kinds.LOGISTIC_REGRESSION],
    }


@case
def run_configs(tf, module):
    config = tf.contrib.learn.RunConfig
    default = config()
    names = [k for k in vars(default) if k != "_cluster_spec"]
    found = {
        "default": [[k, describe(getattr(default, k)).replace("1.0", "1")] for k in names],
        "uid": config(tf_random_seed=4, model_dir="a").uid().replace("1.0", "1"),
        "uid without": config(model_dir="a").uid(["tf_config", "model_dir", "cluster_spec"]),
        "steps": config(save_checkpoints_steps=3).save_checkpoints_secs,
        "replaced": default.replace(model_dir="b").model_dir,
        "replace": tried(lambda: default.replace(master="b")),
        "tf_config": str(config(num_cores=2, gpu_memory_fraction=0.5).tf_config),
    }
    cluster = '{"cluster": {%s}, "task": {%s}, "environment": "%s"}'
    jobs = '"ps": ["b:1", "b:2"], "worker": ["c:1", "c:2"]'
    for told in (
        '{"model_dir": "told"}',
        '{"task": {"index": 1}}',
        cluster % (jobs, '"type": "worker", "index": 1', "local"),
        cluster % (jobs, '"type": "worker", "index": 0', "local"),
        cluster % (jobs + ', "master": ["d:1"]', '"type": "master", "index": 0', "cloud"),
        cluster % (jobs, '"type": "ps", "index": 1', "cloud"),
        cluster % (jobs, '"type": "ps", "index": 2', "cloud"),
        cluster % (jobs, '"type": "other", "index": 0', "cloud"),
        cluster % (jobs, '"index": 0', "google"),
        cluster % ('"worker": ["c:1"]', '"type": "worker", "index": 0', "local"),
    ):
        os.environ["TF_CONFIG"] = told
        try:
            made = config()
            attrs = "task_type task_id master is_chief num_ps_replicas num_worker_replicas"
            attrs += " environment model_dir evaluation_master"
            found[told] = [str(getattr(made, n)) for n in attrs.split()]
        except Exception:
            found[told] = tried(config)
        finally:
            del os.environ["TF_CONFIG"]
    os.environ["TF_CONFIG"] = '{"model_dir": "told"}'
    found["folders"] = tried(config, model_dir="other")
    del os.environ["TF_CONFIG"]
    return found


@case
def metric_specs(tf, module):
    spec = tf.contrib.learn.MetricSpec
    told = []

    def tell(name, *args):
        functions = {
            "named": lambda labels, predictions, weights=None: told.append(
                [labels, predictions, weights]
            ),
            "other names": lambda logits, target: told.append([logits, target]),
            "by place": lambda label, b: told.append([label, b]),
            "second": lambda b, label: told.append([b, label]),
            "predictions": lambda predictions: told.append([predictions]),
            "neither": lambda a: told.append([a]),
            "neither weighted": lambda a, weight: told.append([a, weight]),
            "two": lambda labels, targets: None,
        }
        return spec(functions[name], *args)

    features = {"w": 7}
    for name in ("named", "other names", "by place", "second", "predictions", "neither"):
        tell(name).create_metric_ops(features, 1, 2)
    tell("named", "a", "b", "w").create_metric_ops(features, {"b": 1, "c": 3}, {"a": 2, "c": 3})
    tell("named").create_metric_ops(features, {"b": 1}, {"a": 2})
    tell("neither weighted", None, None, "w").create_metric_ops(features, 1, 2)
    made = spec(tf.metrics.accuracy, "a", "b", "w")
    return {
        "told": told,
        "text": str(made),
        "keys": [made.prediction_key, made.label_key, made.weight_key],
        "partial": str(spec(functools.partial(tf.metrics.accuracy, name="n"))),
        "ambiguous": tried(tell, "two")[:40],
        "no labels": tried(tell, "neither", None, "b")[:20],
        "no weights": tried(tell, "predictions", None, None, "w")[:20],
        "no dict": tried(made.create_metric_ops, features, 1, 2),
        "no key": tried(made.create_metric_ops, features, {"c": 1}, {"a": 1})[:60],
        "dict": tried(tell("named").create_metric_ops, features, {"b": 1, "c": 1}, 2)[:90],
        "sentinel": tried(lambda: made.metric_fn(1)),
    }


def fed(feeder, times):
    feeder.input_builder()
    feed = feeder.get_feed_dict_fn()
    shapes = describe([feeder.input_shape, feeder.output_shape, feeder.batch_size])
    found = []
    for _ in range(times):
        try:
            found.append(describe(dict(sorted(feed().items()))))
        except StopIteration:
            found.append("end")
    return [shapes, found]


@case
def feeders(tf, module):
    io = module("contrib.learn.python.learn.learn_io.data_feeder")
    feeder, stream = io.DataFeeder, io.StreamingDataFeeder
    x, y = X[:5], np.arange(5)
    frame = pd.DataFrame({"a": [1, 2, 3], "b": [0.5, 1.5, 2.5]})
    found = {
        "plain": fed(feeder(x, y, None, 2, shuffle=False, epochs=1), 4),
        "shuffled": fed(feeder(x, y, None, 2), 4),
        "own": fed(feeder(x, y, None, 3, random_state=np.random.RandomState(1)), 3),
        "all": fed(feeder(x, y, None, shuffle=False, epochs=2), 3),
        "no labels": fed(feeder(x[:, 0], None, None, 3, shuffle=False, epochs=1), 2),
        "classes": fed(feeder(x, y, 5, 2, shuffle=False), 1),
        "one class": fed(feeder(x, y, 1, 2, shuffle=False), 1),
        "class rows": fed(feeder(x, y.reshape(5, 1)[:, [0, 0]] % 3, 3, 2, shuffle=False), 1),
        "list": fed(feeder(x, [1, 2, 3, 4, 5], None, 2, shuffle=False), 1),
        "column": fed(feeder(x, y.reshape(5, 1).astype(np.float64), None, 2, shuffle=False), 1),
        "dicts": fed(
            feeder({"p": x, "q": x[:, 0]}, {"r": y, "s": y + 1}, {"r": 6}, 2, shuffle=False), 1
        ),
        "stream": fed(stream(iter(list(x)), iter(list(y)), None, 2), 4),
        "stream of two": fed(stream(iter(list(x[:4])), None, None, 2), 3),
        "stream classes": fed(stream(iter(list(x)), iter(list(y)), 5, 3), 2),
        "stream lists": fed(
            stream(iter(list(x)), iter([[np.int64(1)], [np.int64(2)]]), None, 2), 1
        ),
        "stream dicts": fed(
            stream(iter([{"p": v} for v in x]), iter([{"r": v} for v in y]), None, 2), 3
        ),
        "frame": fed(io.setup_train_data_feeder(frame, frame[["a"]], None, 2, False), 1),
        "size": tried(feeder, x, y, None, 0),
        "mixed": tried(io.setup_train_data_feeder, iter(list(x)), y, None),
        "predict": describe(list(io.setup_predict_data_feeder(x, 2))),
        "predict vector": describe(list(io.setup_predict_data_feeder(y))),
        "predict stream": describe(
            [np.asarray(b) for b in io.setup_predict_data_feeder(iter(list(x)), 3)]
        ),
        "predict size": tried(io.setup_predict_data_feeder, x, -1),
        "matrix": describe(io.setup_processor_data_feeder(y)),
        "texts": tried(tf.contrib.learn.extract_pandas_data, pd.DataFrame({"a": [1j]})),
        "labels": tried(tf.contrib.learn.extract_pandas_labels, frame),
        "text labels": tried(tf.contrib.learn.extract_pandas_labels, pd.DataFrame({"a": [1j]})),
    }
    epochs = feeder(x, y, None, 5, shuffle=False)
    epochs.make_epoch_variable()
    found["epochs"] = fed(epochs, 2)
    found["params"] = describe(epochs.get_feed_params())
    found["nodes"] = nodes(tf.get_default_graph())
    return found


class AllBut(object):  # noqa: UP004
    """Holds everything but one thing."""

    def __init__(self, one):
        self.one = one

    def __contains__(self, other):
        return other != self.one


@case
def monitors(tf, module):
    lib, folder, found = tf.contrib.learn.monitors, tempfile.mkdtemp(), {}
    estimator = made(tf, folder, save_checkpoints_steps=2)
    captured = lib.CaptureVariable("kernel:0", every_n=3)
    dump, other = lib.GraphDump(AllBut("MatMul")), lib.GraphDump()
    validation = lib.ValidationMonitor(
        input_fn=arrays(tf), every_n_steps=2, check_interval_secs=None, name="v"
    )
    given = [
        captured,
        dump,
        validation,
        lib.StopAtStep(num_steps=7),
        lib.PrintTensor({"k": "kernel:0"}, every_n=4),
        lib.LoggingTrainable(every_n=5),
        lib.StepCounter(2),
        lib.NanLoss("mean_squared_error/value:0"),
    ]
    log = logged(tf, lambda: estimator.fit(input_fn=arrays(tf, None), monitors=given), folder)
    found["log"] = [n.split("[")[0].split("error = ")[0] for n in constant(log) if "op=" not in n]
    found["captured"] = [[int(k), rounded(v)] for k, v in sorted(captured.values.items())]
    found["dumped"] = sorted(map(int, dump.data))
    found["named"] = sorted(str(k.name) for k in dump.data[2])[:200]
    found["best"] = [validation.early_stopped, validation.best_step, validation.best_value]
    stopping = lib.ValidationMonitor(
        x={"x": X},
        y=Y,
        every_n_steps=1,
        early_stopping_rounds=1,
        early_stopping_metric="error",
        early_stopping_metric_minimize=False,
        check_interval_secs=None,
    )
    estimator.fit(input_fn=arrays(tf, None), monitors=[stopping], steps=8)
    found["stopped"] = [stopping.early_stopped, int(stopping.best_step)]
    found["step"] = int(estimator.get_variable_value("global_step"))
    found["metrics"] = rounded(stopping.best_metrics)
    stopping.early_stopping_metric = "z"
    found["missing"] = tried(
        lambda: estimator.fit(input_fn=arrays(tf, None), monitors=[stopping], steps=4)
    )[:40]
    nan = tf.contrib.learn.Estimator(line(tf), params={"rate": 1e30})
    fail = [lib.NanLoss("mean_squared_error/value:0", 1)]
    found["nan"] = tried(nan.fit, input_fn=arrays(tf, None), monitors=fail, steps=20)
    found["compare"] = tried(dump.compare, other, 1)
    return found


@case
def monitor_calls(tf, module):
    lib = tf.contrib.learn.monitors
    base = lib.BaseMonitor()
    base.begin(3)
    found = {
        "begin": tried(base.begin),
        "step": tried(base.step_begin, 4),
        "negative": tried(base.step_begin, -1),
        "epoch": tried(base.epoch_begin, -1),
        "step_end": tried(base.step_end, 2, {}),
        "workers": [base.run_on_all_workers, lib.StopAtStep(1).run_on_all_workers],
    }
    base.epoch_begin(0)
    found["epochs"] = tried(base.epoch_begin, 1)
    found["epoch_end"] = tried(base.epoch_end, 1)
    base.end()
    found["end"] = tried(base.end)
    found["estimator"] = tried(base.set_estimator, None)
    found["neither"] = tried(lib.StopAtStep)
    found["both"] = tried(lib.StopAtStep, 1, 2)
    found["no input"] = tried(lib.ValidationMonitor)
    folder = tempfile.mkdtemp()
    found["saver"] = tried(lib.CheckpointSaver, folder)
    found["savers"] = tried(lib.CheckpointSaver, folder, 1, 1)

    class Every(lib.EveryN):
        def every_n_step_begin(self, step):
            told.append("begin %d" % step)  # noqa: UP031
            return []

        def every_n_step_end(self, step, outputs):
            told.append("end %d" % step)  # noqa: UP031
            return step == 8

        def every_n_post_step(self, step, session):
            told.append("post %s" % step)  # noqa: UP031

    told, every = [], Every(3, 2)
    every.begin(10)
    for step in range(1, 11):
        every.step_begin(step)
        told.append(every.step_end(step, {}))
        every.post_step(step, None)
    every.end()
    found["every"] = told
    loss, text = tf.constant(1.0, name="loss"), tf.constant("")
    defaults = lib.get_default_monitors(loss, text, output_dir=folder)
    found["defaults"] = [type(m).__name__ for m in defaults]
    return found


@case
def checkpoints_by_monitor(tf, module):
    lib, folder = tf.contrib.learn.monitors, tempfile.mkdtemp()
    step = tf.train.get_or_create_global_step()
    more = tf.assign_add(step, 1)
    tf.summary.scalar("double", more * 2)
    merged = tf.summary.merge_all()
    saver = lib.CheckpointSaver(folder, save_steps=2, saver=tf.train.Saver(max_to_keep=None))
    written = lib.SummarySaver(merged, 2, folder)
    hook = lib.RunHookAdapterForMonitors([saver, written])
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        for _ in range(6):
            session.run(more)
    found = {"files": sorted(n for n in os.listdir(folder) if n.endswith("index"))}
    steps = []
    for name in sorted(os.listdir(folder)):
        if name.startswith("events"):
            for event in tf.train.summary_iterator(os.path.join(folder, name)):
                steps.extend([event.step, v.tag] for v in event.summary.value)
    found["summaries"] = sorted(steps)
    return found


def experiment(tf, folder, **more):
    learn = tf.contrib.learn
    values = dict(
        train_input_fn=arrays(tf, None),
        eval_input_fn=arrays(tf),
        train_steps=6,
        eval_steps=None,
        eval_delay_secs=0,
        continuous_eval_throttle_secs=0,
        check_interval_secs=None,
    )
    values.update(more)
    return learn.Experiment(made(tf, folder, save_checkpoints_steps=2), **values)


@case
def experiments(tf, module):
    learn, found = tf.contrib.learn, {}
    told = []

    def exporter(estimator, path, checkpoint_path, eval_result):
        told.append([path.decode().split("/")[-2:], sorted(eval_result)])
        return b"there"

    strategy = learn.ExportStrategy("mine", exporter)
    metric = {"m": learn.MetricSpec(tf.metrics.mean, "y")}
    for name, more in (
        ("plain", {}),
        ("export", {"export_strategies": strategy, "eval_metrics": metric}),
        ("each", {"checkpoint_and_export": True, "export_strategies": [strategy]}),
        ("never", {"min_eval_frequency": 0}),
    ):
        folder = tempfile.mkdtemp()
        made_experiment = experiment(tf, folder, **more)
        found[name] = str(rounded(made_experiment.train_and_evaluate()[0]))
        found[name + " folders"] = sorted(n for n in os.listdir(folder) if n.startswith("eval"))
    folder = tempfile.mkdtemp()
    made_experiment = experiment(tf, folder, train_steps_per_iteration=3)
    found["in turn"] = str(rounded(made_experiment.continuous_train_and_eval()[0]))
    found["test"] = str(rounded(experiment(tf, tempfile.mkdtemp()).test()))
    found["evaluate"] = str(rounded(made_experiment.evaluate()))
    made_experiment.continuous_eval()
    found["folders"] = sorted(n for n in os.listdir(folder) if n.startswith("eval"))
    predicate = []

    def goes_on(result, checkpoint_path):
        predicate.append([sorted(result or []), bool(checkpoint_path)])
        return len(predicate) < 2

    made_experiment._train_steps = None
    made_experiment.continuous_eval(continuous_eval_predicate_fn=goes_on)
    found["predicate"] = predicate
    found["told"] = told
    found["properties"] = [
        made_experiment.train_steps,
        made_experiment.eval_steps,
        made_experiment.eval_metrics,
        type(made_experiment.estimator).__name__,
    ]
    found["strategies"] = tried(lambda: experiment(tf, folder, export_strategies=[1]))
    found["iteration"] = tried(lambda: experiment(tf, folder, train_steps_per_iteration=1.5))
    found["predicates"] = tried(made_experiment.continuous_eval, 0, 0, True, 3)
    found["estimator"] = tried(learn.Experiment, 1, None, None)
    found["listeners"] = tried(lambda: experiment(tf, folder, saving_listeners=[]))
    found["server"] = tried(made_experiment.run_std_server)
    found["reset"] = describe(made_experiment.reset_export_strategies())
    return found


@case
def runner(tf, module):
    run, learn = tf.contrib.learn.learn_runner.run, tf.contrib.learn
    config = learn.RunConfig(model_dir=tempfile.mkdtemp(), tf_random_seed=1)

    def by_config(run_config, hparams):
        estimator = learn.Estimator(line(tf), config=run_config, params={"rate": hparams.rate})
        return learn.Experiment(estimator, arrays(tf, None), arrays(tf), train_steps=4)

    def by_folder(output_dir):
        return experiment(tf, output_dir)

    def other(run_config, hparams):
        return experiment(tf, run_config.model_dir)

    another = learn.RunConfig(model_dir=tempfile.mkdtemp(), num_cores=2)
    hparams = tf.contrib.training.HParams(rate=0.1)
    return {
        "config": str(rounded(run(by_config, run_config=config, hparams=hparams)[0])),
        "folder": str(rounded(run(by_folder, tempfile.mkdtemp())[0])),
        "schedule": type(run(by_folder, tempfile.mkdtemp(), "train")).__name__,
        "both": tried(run, by_folder, "a", run_config=config),
        "neither": tried(run, by_folder),
        "number": tried(run, 3, "a"),
        "empty": tried(run, by_folder, ""),
        "hparams": tried(run, by_folder, "a", hparams=hparams),
        "no experiment": tried(run, lambda output_dir: 3, "a"),
        "no method": tried(run, by_folder, tempfile.mkdtemp(), "nothing"),
        "no task": tried(run, by_folder, tempfile.mkdtemp(), "train_steps"),
        "no config": tried(run, by_config, run_config=3),
        "no folder": tried(run, by_config, run_config=learn.RunConfig()),
        "no hparams": tried(run, by_config, run_config=config, hparams=3),
        "other config": tried(run, other, run_config=another, hparams=hparams)[:60],
    }


@case
def signatures(tf, module):
    lib = module("contrib.learn.python.learn.estimators.tensor_signature")
    dense = tf.placeholder(tf.float32, [None, 3])
    sparse = tf.sparse_placeholder(tf.int32)
    made = lib.create_signatures({"a": dense, "b": sparse})
    one = lib.create_signatures(tf.placeholder(tf.int32, [2, 4]))
    placeholders = lib.create_placeholders_from_signatures(made)
    parsed = lib.create_example_parser_from_signatures(made, tf.constant([""]))
    single = lib.create_example_parser_from_signatures(one, tf.constant([""]))
    compatible = lib.tensors_compatible
    return {
        "made": [describe(str(made["a"])), describe(str(made["b"]))],
        "fits": [
            compatible({"a": tf.zeros([5, 3]), "b": sparse, "c": dense}, made),
            compatible({"a": tf.zeros([5, 3])}, made),
            compatible({"a": tf.zeros([5, 4]), "b": sparse}, made),
            compatible({"a": tf.zeros([5, 3]), "b": dense}, made),
            compatible(dense, made),
            compatible(None, None),
            compatible(dense, None),
            compatible(tf.zeros([7, 4], tf.int32), one),
            compatible(tf.zeros([7, 4]), one),
            compatible(tf.zeros([4], tf.int32), one),
        ],
        "placeholders": [str(placeholders["a"]), placeholders["b"].dtype.name],
        "parsed": [str(parsed["a"]), parsed["b"].dtype.name, str(single)],
        "nodes": nodes(tf.get_default_graph()),
    }
