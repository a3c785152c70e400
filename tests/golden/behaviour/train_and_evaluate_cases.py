"""Training with evaluations and exports in between."""

import json
import os
import tempfile

from estimator_cases import arrays, made, rounded
from estimator_export_cases import fed
from monitored_cases import logged
from outcomes import Cases, tried

CASES = Cases()
case = CASES.case
VARYING = (
    " at 20",
    "already exists",
    "onfig",
    "loss = ",
    "global_step",
    "It seems",
    "Restoring",
    "written",
    "Loss",
)


def plain(log):
    return [n for n in log if not any(v in n for v in VARYING)]


def exporters(tf):
    return [
        tf.estimator.FinalExporter("final", fed(tf)),
        tf.estimator.LatestExporter("latest", fed(tf), exports_to_keep=1),
        tf.estimator.BestExporter("best", fed(tf)),
    ]


def exported(folder):
    base = os.path.join(folder, "export")
    return {n: len(os.listdir(os.path.join(base, n))) for n in sorted(os.listdir(base))}


@case
def life(tf, module):
    folder = tempfile.mkdtemp()
    estimator = made(tf, folder, save_checkpoints_steps=2)
    train = tf.estimator.TrainSpec(arrays(tf, epochs=None), max_steps=5)
    check = tf.estimator.EvalSpec(arrays(tf, 8), throttle_secs=0, exporters=exporters(tf))
    found = []

    def work():
        found.append(tf.estimator.train_and_evaluate(estimator, train, check))

    log = logged(tf, work, folder)
    metrics, exports = found[0]
    again = tf.estimator.train_and_evaluate(estimator, train, check)
    return {
        "log": plain(log),
        "metrics": str(rounded(metrics)),
        "exports": [e is not None for e in exports],
        "folders": exported(folder),
        "again": str(again),
    }


@case
def throttled(tf, module):
    folder = tempfile.mkdtemp()
    estimator = made(tf, folder, save_checkpoints_steps=2)
    train = tf.estimator.TrainSpec(arrays(tf, epochs=None), max_steps=7)
    check = tf.estimator.EvalSpec(arrays(tf, 8), steps=1, name="some", throttle_secs=1000)
    log = logged(tf, lambda: tf.estimator.train_and_evaluate(estimator, train, check), folder)
    return {"log": plain(log), "files": sorted(n for n in os.listdir(folder) if "ev" in n[:4])[:1]}


def one_task(tf, folder):
    estimator = made(tf, folder)
    train = tf.estimator.TrainSpec(arrays(tf, epochs=None), max_steps=3)
    check = tf.estimator.EvalSpec(
        arrays(tf, 8), exporters=exporters(tf)[:1], throttle_secs=0, start_delay_secs=0
    )
    return logged(tf, lambda: tf.estimator.train_and_evaluate(estimator, train, check), folder)


@case
def as_tasks(tf, module):
    folder = tempfile.mkdtemp()
    found = {}
    for task in ("chief", "evaluator"):
        cluster = {"chief": ["localhost:2222"]}
        told = {"cluster": cluster, "task": {"type": task, "index": 0}}
        os.environ["TF_CONFIG"] = json.dumps(told)
        try:
            lines = one_task(tf, folder)
        finally:
            del os.environ["TF_CONFIG"]
        found[task] = [n for n in plain(lines) if "TF_CONFIG" not in n]
    found["folders"] = exported(folder)
    return found


@case
def best(tf, module):
    """Earlier evaluations count, told by event files."""
    folder = tempfile.mkdtemp()
    estimator = made(tf, folder)
    estimator.train(arrays(tf, epochs=None), steps=2)
    estimator.evaluate(arrays(tf, 8))
    path = estimator.latest_checkpoint()
    exporter = tf.estimator.BestExporter("best", fed(tf), exports_to_keep=1)
    base = os.path.join(folder, "export", "best")
    results = [{"loss": 100.0}, {"loss": -1.0}, {"loss": 0.0}]
    return {
        "exported": [
            exporter.export(estimator, base, path, result, False) is not None for result in results
        ],
        "folders": exported(folder),
        "no loss": tried(exporter.export, estimator, base, path, {"other": 1.0}, False),
    }


@case
def bad_arguments(tf, module):
    spec, check = tf.estimator.TrainSpec, tf.estimator.EvalSpec
    data = arrays(tf)
    final = tf.estimator.FinalExporter
    run = tf.estimator.train_and_evaluate
    return {
        "no function": tried(spec, 3),
        "steps": tried(spec, data, 0),
        "hooks": tried(spec, data, 1, [3]),
        "evaluation": tried(check, 3),
        "evaluation's steps": tried(check, data, 0),
        "no steps": check(data, None).steps,
        "name": tried(check, data, name=3),
        "delay": tried(check, data, start_delay_secs=-1),
        "throttle": tried(check, data, throttle_secs=-1),
        "exporter": tried(check, data, exporters=3),
        "exporters": tried(check, data, exporters=[3]),
        "no exporter's name": tried(check, data, exporters=final("", fed(tf))),
        "an exporter's name": tried(check, data, exporters=final(3, fed(tf))),
        "same names": tried(check, data, exporters=[final("a", fed(tf)), final("a", fed(tf))]),
        "keep": tried(tf.estimator.LatestExporter, "a", fed(tf), exports_to_keep=0),
        "keep the best": tried(tf.estimator.BestExporter, "a", exports_to_keep=0),
        "no comparison": tried(tf.estimator.BestExporter, "a", compare_fn=None),
        "estimator": tried(run, 3, spec(data), check(data)).split(" Got")[0],
        "training": tried(run, made(tf), 3, check(data)).split(" Got")[0],
        "evaluating": tried(run, made(tf), spec(data), 3).split(" Got")[0],
    }
