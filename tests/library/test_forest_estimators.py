"""Estimators of random forests build TensorFlow's graphs, and give what its do."""

import json
import lzma
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evergraph as tf
from evergraph.library.contrib.tensor_forest import eval_metrics, random_forest, tensor_forest

GOLDEN = Path(__file__).parents[1] / "golden" / "library"
sys.path.insert(0, str(GOLDEN))
import forest_estimators as models  # noqa: E402

WANTED: dict[str, Any] = json.loads(lzma.open(GOLDEN / "forest_estimators.json.xz").read())
MODULES = (tf, tensor_forest, random_forest)


@pytest.fixture(autouse=True)
def _no_writers_left():
    yield
    tf.summary.FileWriterCache.clear()


@pytest.mark.parametrize("mode", ["train", "eval", "infer"])
@pytest.mark.parametrize("name", WANTED)
def test_graphs(name: str, mode: str) -> None:
    assert models.graph(*MODULES, name, mode) == WANTED[name][mode]


@pytest.mark.parametrize("name", WANTED)
def test_training(name: str, tmp_path: Path) -> None:
    found = models.results(*MODULES, name, str(tmp_path))
    wanted = WANTED[name]
    rows = [(found["metrics"], wanted["metrics"])]
    rows += zip(found["predictions"], wanted["predictions"], strict=True)
    for ours, theirs in rows:
        assert sorted(ours) == sorted(theirs)
        for key, value in theirs.items():
            if isinstance(value, list) and value and isinstance(value[0], str):
                assert ours[key] == value
            else:
                np.testing.assert_allclose(ours[key], value, rtol=1e-4, atol=1e-5, err_msg=key)


def test_metrics_by_name() -> None:
    probabilities = tf.constant([[0.2, 0.8], [0.7, 0.3], [0.4, 0.6]])
    labels = tf.constant([[1], [0], [0]])
    names = ["auc", "classification_log_loss", "precision_at_thresholds", "sigmoid_entropy"]
    found = [eval_metrics.get_metric(name)(probabilities, labels) for name in names]
    accuracy = eval_metrics.get_metric("accuracy")(tf.constant([1, 0, 1]), labels[:, 0])
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        updates = session.run([metric[1] for metric in [*found, accuracy]])
    assert updates[0] == pytest.approx(1.0) and updates[4] == pytest.approx(2 / 3)
    logs = -np.log([0.8, 0.8, 0.7, 0.7, 0.4, 0.4])
    assert updates[1] == pytest.approx(logs.mean(), rel=1e-4)
    assert updates[2].shape == (100,)
    assert eval_metrics.get_prediction_key("r2") == "scores"


def test_estimators_have_a_short_path_too() -> None:
    forests = tf.contrib.tensor_forest
    for name in ("TensorForestEstimator", "CoreTensorForestEstimator", "get_model_fn"):
        assert getattr(forests.random_forest, name) is getattr(forests.client.random_forest, name)
    short = forests.eval_metrics.get_metric("accuracy")
    assert short is forests.client.eval_metrics.get_metric("accuracy")
