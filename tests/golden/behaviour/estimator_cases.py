"""Estimators, their configuration, and input from memory."""

import collections
import os
import re
import tempfile

import numpy as np
import pandas as pd
from monitored_cases import logged, nodes
from outcomes import Cases, describe, tried

CASES = Cases()
case = CASES.case

X = np.arange(40, dtype=np.float32).reshape(20, 2) / 40
Y = X[:, 0] * 2 - X[:, 1]


def rounded(value):
    """Numbers in nests, so far as two ways of adding agree."""
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in sorted(value.items())}
    if isinstance(value, (list, tuple)):
        return [rounded(v) for v in value]
    return np.round(np.asarray(value, np.float64), 4).tolist()


def model(tf):
    """A model function: a line through two numbers."""

    def model_fn(features, labels, mode, params):
        y = tf.layers.dense(features["x"], 1, name="out")[:, 0]
        if mode == tf.estimator.ModeKeys.PREDICT:
            return tf.estimator.EstimatorSpec(mode, predictions={"y": y, "twice": 2 * y})
        loss = tf.losses.mean_squared_error(labels, y)
        step = tf.train.get_global_step()
        train_op = tf.train.GradientDescentOptimizer(params["rate"]).minimize(loss, step)
        error = tf.metrics.mean_absolute_error(labels, y)
        return tf.estimator.EstimatorSpec(
            mode, loss=loss, train_op=train_op, eval_metric_ops={"error": error}
        )

    return model_fn


def made(tf, folder=None, warm=None, **config):
    return tf.estimator.Estimator(
        model(tf),
        folder or tempfile.mkdtemp(),
        tf.estimator.RunConfig(tf_random_seed=1, log_step_count_steps=2, **config),
        {"rate": 0.1},
        warm,
    )


def arrays(tf, batch=4, epochs=1, rows=20, shuffle=False):
    return tf.estimator.inputs.numpy_input_fn({"x": X[:rows]}, Y[:rows], batch, epochs, shuffle)


def keeper(tf, kept, name):
    """A hook that keeps the graph's nodes."""

    class Keeper(tf.train.SessionRunHook):
        def after_create_session(self, session, coord):
            kept[name] = nodes(tf.get_default_graph())

    return Keeper()


@case
def life(tf, module):
    folder = tempfile.mkdtemp()
    estimator = made(tf, folder)
    kept, results = {}, {}
    values = {}

    def work():
        estimator.train(arrays(tf, epochs=None), [keeper(tf, kept, "train")], steps=5)
        values["evaluate"] = estimator.evaluate(arrays(tf, 8), hooks=[keeper(tf, kept, "eval")])
        values["two"] = estimator.evaluate(arrays(tf, 8), steps=2, name="two")
        hooks = [keeper(tf, kept, "predict")]
        features = tf.estimator.inputs.numpy_input_fn({"x": X[:3]}, shuffle=False)
        values["predict"] = list(estimator.predict(features, hooks=hooks))
        values["key"] = list(estimator.predict(features, "y"))
        values["batches"] = list(estimator.predict(features, yield_single_examples=False))
        estimator.train(arrays(tf), max_steps=7)
        estimator.train(arrays(tf), max_steps=7)

    log = logged(tf, work, folder)
    # Values, moments, and what TensorFlow says only when it reads the step too early.
    varying = (" at 20", "onfig", "loss = ", "global_step", "It seems")
    log = [n for n in log if not any(v in n for v in varying)]
    # Losses, so far as two ways of adding agree.
    results["log"] = [re.sub(r"(\.\d{4})\d+", r"\1", n) for n in log]
    results.update({name: str(rounded(value)) for name, value in values.items()})
    results.update({"nodes of " + name: value for name, value in kept.items()})
    results["names"] = estimator.get_variable_names()
    results["kernel"] = rounded(estimator.get_variable_value("out/kernel"))
    results["latest"] = estimator.latest_checkpoint().replace(folder, "")
    results["folders"] = [estimator.eval_dir(d).replace(folder, "") for d in (None, "", "a")]
    results["files"] = [f for f in sorted(os.listdir(folder)) if not f.startswith("events")]
    events = os.path.join(folder, "eval")
    for event in tf.train.summary_iterator(os.path.join(events, os.listdir(events)[0])):
        for found in event.summary.value:
            results["event " + found.tag] = [
                event.step,
                round(found.simple_value, 4),
                [bytes(t).decode().replace(folder, "") for t in found.tensor.string_val],
            ]
    return results


@case
def dataset_input(tf, module):
    def input_fn(mode, params, config):
        told.append([mode, params, config.tf_random_seed])
        return tf.data.Dataset.from_tensor_slices(({"x": X}, Y)).batch(8)

    told, kept = [], {}
    estimator = made(tf, save_checkpoints_steps=2)
    log = logged(tf, lambda: estimator.train(input_fn, [keeper(tf, kept, "train")]))
    values = estimator.evaluate(input_fn)
    predicted = list(estimator.predict(input_fn))
    return {
        "told": told,
        "nodes": [n for n in kept["train"] if "terator" in n or "ataset" in n],
        "saved": [n[:25] for n in log if "Saving" in n],
        "values": rounded(values),
        "predicted": [len(predicted), rounded(predicted[0])],
    }


@case
def warm_starts(tf, module):
    first = made(tf)
    first.train(arrays(tf), steps=2)
    kernel = first.get_variable_value("out/kernel")
    found = {}
    settings = tf.estimator.WarmStartSettings
    for name, warm in (
        ("folder", first.model_dir),
        ("path", first.latest_checkpoint()),
        ("settings", settings(first.model_dir, ".*bias.*")),
    ):
        second = made(tf, warm=warm)
        values = second.evaluate(arrays(tf))
        second.train(arrays(tf), steps=1)
        path = os.path.join(second.model_dir, "model.ckpt-0")
        begun = tf.train.load_variable(path, "out/kernel")
        found[name] = [rounded(values), bool(np.all(begun == kernel))]
    found["none"] = tried(settings, "")
    found["number"] = tried(lambda: made(tf, warm=3))
    found["default"] = describe(settings("a"))
    return found


@case
def arguments(tf, module):
    make = tf.estimator.Estimator

    def no_features(labels):
        pass

    def more(features, other):
        pass

    class Other(tf.estimator.Estimator):
        def train(self):
            pass

    estimator = made(tf)
    config = tf.estimator.RunConfig("a")

    def plain_model(features, labels):
        pass

    def tried_plain(call):
        return tried(call).split("<")[0]

    return {
        "no model": tried(make, None),
        "features": tried_plain(lambda: make(no_features)),
        "more": tried_plain(lambda: make(more)),
        "params": tried_plain(lambda: make(plain_model, params={})),
        "override": tried_plain(lambda: Other(model(tf))),
        "config": tried(make, model(tf), config=3),
        "folders": tried(make, model(tf), "b", config),
        "folder": make(model(tf), "a", config).model_dir,
        "both": tried(estimator.train, None, steps=1, max_steps=1),
        "steps": tried(estimator.train, None, steps=0),
        "max_steps": tried(estimator.train, None, max_steps=-1),
        "eval steps": tried(estimator.evaluate, None, steps=0),
        "hooks": tried(estimator.train, None, hooks=[1]),
        "listeners": tried(estimator.train, None, saving_listeners=[1]),
        "value": tried(estimator.get_variable_value, "a")[:60],
        "keys": tried(lambda: list(estimator.predict(arrays(tf), ["z"])))[:60],
        "three": tried(estimator.train, lambda: (1, 2, 3)),
        "spec": tried(make(plain_model, tempfile.mkdtemp()).train, arrays(tf)),
        "no labels": tried(make(lambda features: 1, tempfile.mkdtemp()).train, arrays(tf)),
        "no steps": logged(tf, lambda: estimator.train(lambda: empty(tf), steps=1))[-2:],
    }


def empty(tf):
    return tf.data.Dataset.from_tensor_slices(({"x": X[:0]}, Y[:0])).batch(8)


@case
def specs(tf, module):
    spec, modes = tf.estimator.EstimatorSpec, tf.estimator.ModeKeys
    with tf.Graph().as_default():
        other = tf.constant(1.0, name="other")
    one, two = tf.constant(1.0, name="one"), tf.constant([1.0, 2.0])
    full = spec(modes.EVAL, loss=tf.constant([[1.0]], name="l"))
    variable = tf.get_variable("v", [])
    predicted = spec(modes.PREDICT, predictions={"a": one})
    return {
        "modes": [modes.TRAIN, modes.EVAL, modes.PREDICT],
        "fields": [[k, type(v).__name__] for k, v in full._asdict().items()],
        "loss": full.loss.name,
        "exported": [[k, type(v).__name__] for k, v in predicted.export_outputs.items()],
        "variable": spec(modes.TRAIN, loss=one, train_op=variable).train_op.name,
        "replaced": full._replace(predictions=one).predictions.name,
        "no loss": tried(spec, modes.EVAL),
        "no train_op": tried(spec, modes.TRAIN, loss=one),
        "no predictions": tried(spec, modes.PREDICT),
        "loss of two": tried(spec, modes.EVAL, loss=two),
        "loss of others": tried(spec, modes.EVAL, loss=other),
        "number": tried(spec, modes.EVAL, loss=1.0),
        "train_op": tried(spec, modes.TRAIN, loss=one, train_op=1),
        "other train_op": tried(spec, modes.TRAIN, loss=one, train_op=other),
        "predictions": tried(spec, modes.PREDICT, predictions={"a": 1}),
        "other predictions": tried(spec, modes.PREDICT, predictions={"a": other}),
        "metrics": tried(spec, modes.EVAL, loss=one, eval_metric_ops=[1]),
        "metric": tried(spec, modes.EVAL, loss=one, eval_metric_ops={"a": one}),
        "other metric": tried(spec, modes.EVAL, loss=one, eval_metric_ops={"a": (one, other)}),
        "hook": tried(spec, modes.EVAL, loss=one, evaluation_hooks=[1]),
        "scaffold": tried(spec, modes.EVAL, loss=one, scaffold=1),
        "outputs": tried(spec, modes.PREDICT, predictions=one, export_outputs={"a": 1}),
        "mode": tried(full._replace, mode=modes.TRAIN),
    }


@case
def run_configs(tf, module):
    config = tf.estimator.RunConfig
    found = {}
    for name, value in (
        ("model_dir", ""),
        ("save_summary_steps", -1),
        ("save_checkpoints_steps", -1),
        ("session_config", 1),
        ("keep_checkpoint_max", -1),
        ("keep_checkpoint_every_n_hours", 0),
        ("log_step_count_steps", 0),
        ("tf_random_seed", 1.5),
        ("session_creation_timeout_secs", 0),
        ("device_fn", lambda x: x),
        ("protocol", "http"),
    ):
        found[name] = tried(lambda n=name, v=value: config(**{n: v}))
    default = config()
    names = [k for k in vars(default) if k != "_cluster_spec"]
    found["default"] = [[k, describe(getattr(default, k))] for k in names]
    found["both"] = tried(lambda: config(save_checkpoints_steps=1, save_checkpoints_secs=1))
    steps = default.replace(save_checkpoints_steps=3)
    found["replaced"] = [steps.save_checkpoints_steps, steps.save_checkpoints_secs]
    found["both replaced"] = tried(
        lambda: default.replace(save_checkpoints_steps=1, save_checkpoints_secs=1)
    )
    found["replace"] = tried(lambda: default.replace(master="a"))
    return found


CLUSTER = '{"cluster": {%s}, "task": {%s}}'
CHIEF = '"chief": ["a:1"], "ps": ["b:1", "b:2"], "worker": ["c:1", "c:2"]'
TOLD = (
    '{"model_dir": "told"}',
    '{"model_dir": ""}',
    '{"task": {"type": "ps"}}',
    '{"task": {"index": 1}}',
    '{"service": 1}',
    '{"session_master": "m", "eval_session_master": "e"}',
    CLUSTER % (CHIEF, '"type": "worker", "index": 1'),
    CLUSTER % (CHIEF, '"type": "chief", "index": 0'),
    CLUSTER % (CHIEF, '"type": "ps", "index": 1'),
    CLUSTER % (CHIEF, '"type": "evaluator", "index": 0'),
    CLUSTER % (CHIEF, '"type": "worker", "index": 2'),
    CLUSTER % (CHIEF, '"type": "worker", "index": -1'),
    CLUSTER % (CHIEF, '"type": "other", "index": 0'),
    CLUSTER % (CHIEF, '"index": 0'),
    CLUSTER % (CHIEF, '"type": "ps"'),
    CLUSTER % ('"worker": ["c:1"]', '"type": "worker", "index": 0'),
    CLUSTER % ('"chief": ["c:1"]', '"type": "chief", "index": 0'),
    CLUSTER % ('"chief": ["c:1", "c:2"]', '"type": "chief", "index": 0'),
    CLUSTER % ('"master": ["a:1"], "worker": ["c:1"]', '"type": "worker", "index": 0'),
    CLUSTER % ('"master": ["a:1"], "worker": ["c:1"]', '"type": "evaluator", "index": 0'),
    CLUSTER % ('"master": ["a:1"], "chief": ["c:1"]', '"type": "chief", "index": 0'),
)


@case
def clusters(tf, module):
    found = {}
    for told in TOLD:
        os.environ["TF_CONFIG"] = told
        try:
            config = tf.estimator.RunConfig()
            names = "task_type task_id global_id_in_cluster master evaluation_master is_chief"
            names += " num_ps_replicas num_worker_replicas model_dir service"
            values = [str(getattr(config, name)) for name in names.split()]
            filters = config.session_config and list(config.session_config.device_filters)
            found[told] = [*values, config.cluster_spec.as_dict(), filters]
        except Exception:
            found[told] = tried(tf.estimator.RunConfig)
        finally:
            del os.environ["TF_CONFIG"]
    return found


def batches(tf, input_fn):
    """All that an input function gives, or its error."""
    with tf.Graph().as_default() as graph:
        made = input_fn()
        runners = len(tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS))
        found = []
        with tf.train.MonitoredSession() as session:
            while not session.should_stop():
                found.append(describe(session.run(made)))
        return [runners, len(graph.get_operations()), found]


@case
def numpy_input(tf, module):
    numpy_input_fn = tf.estimator.inputs.numpy_input_fn
    x, y = np.arange(5), np.arange(10).reshape(5, 2)
    named = {"b": x, "a": y}

    def give(*arguments, **more):
        more.setdefault("shuffle", False)
        return lambda: batches(tf, numpy_input_fn(*arguments, **more))

    def kept(*arguments):
        return sorted(np.concatenate(numbers(tf, numpy_input_fn(*arguments))).tolist())

    return {
        "array": tried(give(x, None, 2)),
        "targets": tried(give(x, y, 3)),
        "names": tried(give(named, {"c": x}, 3, 2)),
        "key": tried(give({"__target_key__": x}, y, 5)),
        "shuffled": kept(x, None, 2, 3, True),
        "shuffle": tried(numpy_input_fn, x),
        "empty": tried(give({})),
        "empty array": tried(give(x[:0])),
        "list": tried(give([1])),
        "empty targets": tried(give(x, {})),
        "twice": tried(give(named, {"a": x})),
        "lengths": tried(give(named, x[:3])),
    }


def numbers(tf, input_fn):
    with tf.Graph().as_default():
        made, found = input_fn(), []
        with tf.train.MonitoredSession() as session:
            while not session.should_stop():
                found.append(session.run(made))
        return found


@case
def pandas_input(tf, module):
    pandas_input_fn = tf.estimator.inputs.pandas_input_fn
    index = [10, 11, 12, 13]
    x = pd.DataFrame({"a": range(4), "b": [0.5, 1.5, 2.5, 3.5], "c": list("wxyz")}, index=index)
    y = pd.Series([1.0, 2.0, 3.0, 4.0], index=index)

    def give(*arguments, **more):
        return tried(lambda: batches(tf, pandas_input_fn(*arguments, **more)))

    return {
        "features": give(x, None, 3, 1, False),
        "target": give(x, y, 3, 1, False, None),
        "targets": give(x, pd.DataFrame({"r": y, "q": y * 2}), 4, 1, False),
        "shuffle": give(x, y, 4, 1),
        "taken": give(x, y, 4, 1, False, target_column="a")[:90],
        "number": give(x, y, 4, 1, False, target_column=3),
        "index": give(x, pd.Series([1.0, 2.0, 3.0, 4.0]), 4, 1, False),
    }


@case
def feeding(tf, module):
    functions = module("python.estimator.inputs.queues.feeding_functions")

    def rows(*arguments):
        names = "batch_indices_start batch_size epoch_end array_length current_epoch total_epochs"
        return functions._get_integer_indices_for_next_batch(
            **dict(zip(names.split(), arguments))  # noqa: B905 - Python 3.7
        )

    def generator():
        for i in range(3):
            yield {"a": np.arange(i + 1), "b": np.array(i)}

    def generated(**more):
        def input_fn():
            queue = functions._enqueue_data(generator, 10, num_epochs=1, enqueue_size=6, **more)
            return queue.dequeue()

        return lambda: batches(tf, input_fn)

    ordered = collections.OrderedDict(a=X[:3], b=Y[:2])
    return {
        "rows": [tried(rows, 0, 4, 5, 6, 0, e) for e in (None, 1, 2)],
        "end": [tried(rows, 4, 9, 5, 6, 0, e) for e in (None, 1, 2)],
        "over": tried(rows, 4, 9, 5, 6, 2, 2),
        "padded": tried(generated(pad_value=9))[:2],
        "ragged": tried(generated())[:20],
        "pad array": tried(functions._enqueue_data, X, 3, pad_value=1),
        "pad shuffled": tried(functions._enqueue_data, generator, 3, shuffle=True, pad_value=1),
        "number": tried(functions._enqueue_data, 3, 3),
        "array": tried(batches, tf, lambda: functions._enqueue_data(X, 9, num_epochs=1).dequeue()),
        "lengths": tried(functions._enqueue_data, ordered, 3),
        "holes": tried(functions._pad_if_needed, [np.array([1, 2]), np.array([3])], 7),
        "shapes": tried(functions._pad_if_needed, [np.zeros((2, 1)), np.zeros((1, 2))]),
        "deep": tried(functions._pad_if_needed, [np.ones((2, 1)), np.ones((2, 3))], 5),
        "threads": logged(
            tf, lambda: functions._enqueue_data(X, 9, True, num_threads=2, num_epochs=1)
        ),
    }
