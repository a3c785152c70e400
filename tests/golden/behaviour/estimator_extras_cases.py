"""What is made of Estimators: more metrics, hooks that stop, predictors."""

import os
import tempfile

import numpy as np
from estimator_cases import X, Y, rounded
from monitored_cases import logged, nodes
from outcomes import Cases, describe, tried

CASES = Cases()
case = CASES.case


def estimator(tf, folder=None, **config):
    columns = [tf.feature_column.numeric_column("x", shape=[2])]
    return tf.estimator.LinearRegressor(
        columns,
        folder or tempfile.mkdtemp(),
        optimizer=tf.train.GradientDescentOptimizer(0.01),
        config=tf.estimator.RunConfig(tf_random_seed=1, **config),
    )


def arrays(tf, epochs=1, **more):
    features = {"x": X, **more}
    return tf.estimator.inputs.numpy_input_fn(features, Y, 4, epochs, shuffle=False)


@case
def add_metrics(tf, module):
    plain = estimator(tf)
    plain.train(arrays(tf), steps=2)
    seen = []

    def more(features, labels, predictions, config):
        seen.append([sorted(features), sorted(predictions), config.tf_random_seed])
        error = tf.metrics.mean_absolute_error(labels, predictions["predictions"][:, 0])
        return {"error": error, "average_loss": error}

    found = {}
    for label, add in (
        ("core", tf.estimator.add_metrics),
        ("contrib", tf.contrib.estimator.add_metrics),
    ):
        extended = add(plain, more)
        found[label] = [
            rounded(extended.evaluate(arrays(tf))),
            extended.model_dir == plain.model_dir,
            rounded(list(extended.predict(arrays(tf)))[:2]),
        ]
        found[label + " wrong"] = tried(add, plain, lambda labels, weights: {})[:40]
    found["seen"] = seen
    return found


@case
def forward_features(tf, module):
    plain = estimator(tf)
    plain.train(arrays(tf), steps=2)
    forward = tf.contrib.estimator.forward_features
    ids = np.arange(20) + 100

    def sparse():
        feature = tf.SparseTensor([[0, 1], [1, 0]], ["p", "q"], [4, 2])
        return {"x": tf.constant(X[:4]), "s": feature}

    def first(extended, input_fn=None):
        given = input_fn or arrays(tf, id=ids)
        one = next(iter(extended.predict(given)))
        return {
            name: describe(np.round(v, 4) if v.dtype != object else v)
            for name, v in sorted(one.items())
        }

    def serving():
        fed = {"x": tf.placeholder(tf.float32, [None, 2]), "id": tf.placeholder(tf.int64, [None])}
        return tf.estimator.export.ServingInputReceiver(fed, fed)

    extended = forward(plain, "id")
    path = extended.export_saved_model(tempfile.mkdtemp(), serving).decode()
    signatures = tf.contrib.predictor.from_saved_model(path, "predict")
    return {
        "all": first(forward(plain)),
        "one": first(extended),
        "list": first(forward(plain, ["id"])),
        "sparse": first(forward(plain, ["s"], {"s": "none"}), sparse),
        "kind": tried(forward, plain, 3),
        "kinds": tried(forward, plain, ["id", 3]),
        "unknown": tried(first, forward(plain, "other")),
        "sparse kept": tried(first, forward(plain, "s"), sparse),
        "not sparse": tried(first, forward(plain, "id", {"id": 3})),
        "twice": tried(first, forward(extended, "id")),
        "exported": sorted(signatures.fetch_tensors),
    }


@case
def clip_gradients(tf, module):
    v = tf.get_variable("v", initializer=[3.0, 4.0])
    inner = tf.train.MomentumOptimizer(1.0, 0.5)
    opt = tf.contrib.estimator.clip_gradients_by_norm(inner, 1.0)
    train_op = opt.minimize(tf.reduce_sum(v * v) / 2)
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    sess.run(train_op)
    return {
        "nodes": nodes(tf.get_default_graph()),
        "name": [opt.get_name(), opt.get_slot_names(), opt.get_slot(v, "momentum").name],
        "value": rounded(sess.run(v)),
    }


@case
def parse_specs(tf, module):
    column = tf.feature_column
    columns = [
        column.numeric_column("x", [2]),
        column.embedding_column(column.categorical_column_with_identity("z", 4), 2),
    ]

    def shown(function, *args, **kwargs):
        try:
            return sorted(map(str, function(columns, *args, **kwargs).items()))
        except Exception as error:
            return "%s: %s" % (type(error).__name__, error)  # noqa: UP031

    found = {}
    for name in ("classifier", "regressor"):
        function = getattr(tf.estimator, name + "_parse_example_spec")
        found[name] = [
            shown(function, "y"),
            shown(function, label_key="y", label_dtype=tf.string, label_default="a"),
            shown(function, "y", weight_column="w"),
            shown(function, "y", weight_column=column.numeric_column("w", dtype=tf.int64)),
            shown(function, "x"),
            shown(function, "y", weight_column="x"),
            shown(function, "y", weight_column=3),
        ]
    found["wide"] = shown(tf.estimator.regressor_parse_example_spec, "y", label_dimension=3)
    return found


@case
def early_stopping(tf, module):
    folder = tempfile.mkdtemp()
    trained = estimator(tf, folder)
    writer = tf.summary.FileWriter(trained.eval_dir())
    losses = (9.0, 5.0, 3.0, 4.0, 3.5, 2.0)
    for step, value in enumerate(losses):
        summary = tf.Summary(value=[tf.Summary.Value(tag="loss", simple_value=value)])
        writer.add_summary(summary, 10 * step)
    writer.close()
    experimental = tf.estimator.experimental
    found = {}

    def steps(make, *args, **kwargs):
        with tf.Graph().as_default():
            step = tf.train.get_or_create_global_step()
            counted = tf.assign_add(step, 1)
            hook = make(trained, *args, **kwargs)
            count = []

            def run():
                with tf.train.MonitoredSession(hooks=[hook]) as sess:
                    while not sess.should_stop() and len(count) < 5:
                        count.append(int(sess.run(counted)))

            lines = logged(tf, run)
            variables = sorted(v.name for v in tf.global_variables())
            return [count[-1], [n for n in lines if "top" in n or "metric" in n], variables]

    often = {"run_every_secs": None, "run_every_steps": 2}
    for label, hook, args, more in (
        ("higher", "stop_if_higher_hook", ("loss", 4.5), {}),
        ("higher later", "stop_if_higher_hook", ("loss", 4.5), {"min_steps": 20}),
        ("lower", "stop_if_lower_hook", ("loss", 4.5), {}),
        ("lower not", "stop_if_lower_hook", ("loss", 0.5), {}),
        ("decrease", "stop_if_no_decrease_hook", ("loss", 20), {}),
        ("decrease longer", "stop_if_no_decrease_hook", ("loss", 30), {}),
        ("increase", "stop_if_no_increase_hook", ("loss", 30), {"min_steps": 10}),
        ("elsewhere", "stop_if_lower_hook", ("loss", 4.5), {"eval_dir": folder + "/none"}),
        ("function", "make_early_stopping_hook", (lambda: True,), {}),
        ("no function", "make_early_stopping_hook", (3,), {}),
    ):
        found[label] = tried(lambda: steps(getattr(experimental, hook), *args, **more, **often))  # noqa: B023
    found["both"] = tried(experimental.make_early_stopping_hook, trained, print, 1, 2)
    found["kind"] = tried(experimental.make_early_stopping_hook, 3, print)
    last = experimental.make_stop_at_checkpoint_step_hook(trained, 3)
    found["last"] = [type(last).__name__, steps(lambda _: last)[0]]
    return found


@case
def in_memory(tf, module):
    trained = estimator(tf, save_checkpoints_steps=100, log_step_count_steps=None)
    hook_class = tf.estimator.experimental.InMemoryEvaluatorHook
    hook = hook_class(trained, arrays(tf), every_n_iter=3, name="seen")
    log = logged(tf, lambda: trained.train(arrays(tf, None), [hook], steps=5), trained.model_dir)
    found = {"log": [n.split(": ")[0] for n in log if "Saving" in n or "Evaluation" in n]}
    folder = trained.eval_dir("seen")
    found["values"] = [
        [event.step, value.tag, round(value.simple_value, 4)]
        for name in sorted(os.listdir(folder))
        for event in tf.train.summary_iterator(os.path.join(folder, name))
        for value in event.summary.value
    ]
    found["every"] = tried(hook_class, trained, arrays(tf), every_n_iter=0)
    found["steps"] = tried(hook_class, trained, arrays(tf), steps=0)
    return found


@case
def predictors(tf, module):
    trained = estimator(tf)
    trained.train(arrays(tf), steps=3)

    def serving():
        fed = tf.placeholder(tf.float32, [None, 2], "fed")
        return tf.estimator.export.ServingInputReceiver({"x": fed}, {"given": fed})

    make, graph = tf.contrib.predictor.from_estimator, tf.Graph()
    predictor = make(trained, serving, "predict")
    found = {
        "shown": [str(predictor.feed_tensors), str(predictor.fetch_tensors)],
        "value": rounded(predictor({"given": X[:3]})),
        "default": tried(make, trained, serving),
        "graph": make(trained, serving, "predict", graph).graph is graph,
        "unknown": tried(make, trained, serving, "other")[:40],
        "names": tried(predictor, {"x": 3}),
    }
    earlier = tf.contrib.learn.LinearRegressor(
        [tf.contrib.layers.real_valued_column("x", 2)],
        tempfile.mkdtemp(),
        optimizer=tf.train.GradientDescentOptimizer(0.01),
    )
    earlier.fit(input_fn=lambda: ({"x": tf.constant(X)}, tf.constant(Y)), steps=2)

    def prediction():
        fed = tf.placeholder(tf.float32, [None, 2], "fed")
        return tf.contrib.learn.InputFnOps({"x": fed}, None, {"given": fed})

    old = tf.contrib.predictor.from_contrib_estimator(earlier, prediction)
    found["earlier"] = [
        str(old.feed_tensors),
        str(old.fetch_tensors),
        rounded(old({"given": X[:3]})),
    ]
    found["mixed up"] = tried(make, earlier, serving)
    found["mixed down"] = tried(tf.contrib.predictor.from_contrib_estimator, trained, prediction)
    return found


@case
def exports(tf, module):
    trained = estimator(tf)
    trained.train(arrays(tf), steps=2)
    contrib = tf.contrib.estimator

    def dataset(n):
        given = ({"x": X[:n]}, Y[:n])
        return tf.data.Dataset.from_tensor_slices(given).batch(2)

    receiver = contrib.build_supervised_input_receiver_fn_from_input_fn(dataset, n=8)
    with tf.Graph().as_default():
        made = receiver()
        found = {"receiver": [str(made.features), str(made.labels), str(made.receiver_tensors)]}
    base = tempfile.mkdtemp()
    path = contrib.export_saved_model_for_mode(trained, base, receiver, mode="eval")
    more = contrib.export_all_saved_models(
        trained, tempfile.mkdtemp(), {"train": receiver, "eval": receiver}
    )
    for label, folder in (("one", path), ("all", more)):
        saved = module("python.saved_model.loader_impl").parse_saved_model(folder)
        found[label] = [
            [
                sorted(g.meta_info_def.tags),
                [
                    [key, s.method_name, sorted(s.inputs), sorted(s.outputs)]
                    for key, s in sorted(g.signature_def.items())
                ],
            ]
            for g in saved.meta_graphs
        ]
    return found


@case
def logit_functions(tf, module):
    columns = [tf.feature_column.numeric_column("x", shape=[2])]
    experimental, contrib = tf.estimator.experimental, tf.contrib.estimator
    found = {
        "same": [
            contrib.dnn_logit_fn_builder is experimental.dnn_logit_fn_builder,
            contrib.linear_logit_fn_builder is experimental.linear_logit_fn_builder,
        ]
    }
    for units in (1, 3):
        with tf.Graph().as_default() as graph:
            logits = experimental.linear_logit_fn_builder(units, columns)
            found["linear %d" % units] = [  # noqa: UP031
                logits({"x": tf.constant(X)}).shape.as_list(),
                nodes(graph),
            ]
    with tf.Graph().as_default() as graph:
        make = experimental.dnn_logit_fn_builder(2, [3], columns, tf.nn.relu, None, None, False)
        called = experimental.call_logit_fn(make, {"x": tf.constant(X)}, "train", {}, None)
        found["dnn"] = [called.shape.as_list(), nodes(graph)]
    return found


@case
def distributed(tf, module):
    """Estimators under the strategies that one device can have."""
    d, seen, found = tf.distribute, [], {}

    def dataset():
        return tf.data.Dataset.from_tensor_slices(({"x": X}, Y)).repeat(3).batch(4)

    def plain():
        return dataset()

    def told(input_context=None):
        c = input_context
        seen.append(c and [c.num_input_pipelines, c.input_pipeline_id, c.num_replicas_in_sync])
        return dataset()

    def tensors():
        return dataset().make_one_shot_iterator().get_next()

    def model_fn(features, labels, mode):
        context = d.get_replica_context()
        seen.append(
            [mode, d.has_strategy(), d.in_cross_replica_context(), context.num_replicas_in_sync]
        )
        y = tf.layers.dense(features["x"], 1, kernel_initializer=tf.ones_initializer())[:, 0]
        if mode == "infer":
            return tf.estimator.EstimatorSpec(mode, predictions={"y": y})
        loss = tf.losses.mean_squared_error(labels, y)
        step = tf.train.get_global_step()
        train_op = tf.train.MomentumOptimizer(0.1, 0.5).minimize(loss, step)
        metrics = {"error": tf.metrics.mean_absolute_error(labels, y)}
        return tf.estimator.EstimatorSpec(
            mode, loss=loss, train_op=train_op, eval_metric_ops=metrics
        )

    for label, make, input_fn, evaluates in (
        ("mirrored", lambda: d.MirroredStrategy(["/cpu:0"]), plain, True),
        ("one", lambda: d.OneDeviceStrategy("/cpu:0"), told, True),
        ("training", lambda: tf.contrib.distribute.MirroredStrategy(num_gpus=0), told, False),
        ("tensors", lambda: d.MirroredStrategy(["/cpu:0"]), tensors, True),
    ):
        strategy = make()
        config = tf.estimator.RunConfig(
            train_distribute=strategy, eval_distribute=strategy if evaluates else None
        )
        trained = tf.estimator.Estimator(model_fn, tempfile.mkdtemp(), config)
        if input_fn is tensors:
            found[label] = tried(trained.train, input_fn, steps=5)
            continue
        del seen[:]
        trained.train(input_fn, steps=5)
        found[label] = [
            [[n, rounded(trained.get_variable_value(n))] for n in trained.get_variable_names()],
            rounded(trained.evaluate(input_fn)),
            rounded(list(trained.predict(arrays(tf)))[:3]),
            list(seen),
        ]
    return found
