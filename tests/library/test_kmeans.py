"""Clusters by k-means, as estimators and as a plain graph, against TensorFlow."""

import json
import lzma
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evergraph as tf

GOLDEN = Path(__file__).parents[1] / "golden" / "library"
sys.path.insert(0, str(GOLDEN))
import kmeans_models  # noqa: E402

WANTED: dict[str, Any] = json.loads(lzma.open(GOLDEN / "kmeans.json.xz").read())
MODELS = WANTED["models"]


@pytest.fixture(autouse=True)
def _no_writers_left():
    yield
    tf.summary.FileWriterCache.clear()


@pytest.mark.parametrize("mode", ["train", "eval", "infer"])
@pytest.mark.parametrize("name", MODELS)
def test_graphs(name: str, mode: str) -> None:
    assert kmeans_models.graph(tf, name, mode) == MODELS[name][mode]


def _check(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    for key, value in found.items():
        if key == "names":
            assert value == wanted[key]
        else:
            np.testing.assert_allclose(value, wanted[key], rtol=1e-4, atol=1e-4, err_msg=key)


@pytest.mark.parametrize("name", kmeans_models.CERTAIN)
def test_estimators(name: str, tmp_path: Path) -> None:
    _check(kmeans_models.results(tf, name, str(tmp_path)), MODELS[name])


@pytest.mark.parametrize("name", WANTED["programs"])
def test_programs(name: str) -> None:
    more = kmeans_models.PROGRAMS[name]
    _check(kmeans_models.program(tf, **more), WANTED["programs"][name])


def _moved(centers: np.ndarray, counts: np.ndarray, nearest: np.ndarray, batch: np.ndarray) -> None:
    """Each center becomes the mean of all points that were ever near it."""
    for i in range(len(centers)):
        near = batch[nearest == i]
        if len(near):
            change = near.sum(0) - len(near) * centers[i]
            counts[i] += len(near)
            centers[i] += change / counts[i]


def _nearest(centers: np.ndarray, batch: np.ndarray) -> np.ndarray:
    found: np.ndarray = ((batch[:, None] - centers) ** 2).sum(2).argmin(1)
    return found


@pytest.mark.parametrize("steps", [1, 3])
def test_batches_move_centers(steps: int) -> None:
    with tf.Graph().as_default():
        _move_centers(steps)


def _move_centers(steps: int) -> None:
    points, start = kmeans_models.POINTS, kmeans_models.POINTS[5:9]
    batch = tf.placeholder(tf.float32, [None, 3])
    kmeans = tf.contrib.factorization.KMeans(
        batch,
        4,
        initial_clusters=start,
        use_mini_batch=True,
        mini_batch_steps_per_iteration=steps,
    )
    *_, begin, train = kmeans.training_graph()
    names = [v.op.name for v in tf.global_variables()]
    assert names[:2] == ["clusters", "initialized"]
    compared, moving = start.copy(), start.copy()
    counts = np.ones(4) if steps == 1 else np.zeros(4)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(begin, {batch: points[:1]})
        for i in range(6):
            part = points[i * 10 : i * 10 + 10]
            session.run(train, {batch: part})
            if steps == 1:
                _moved(moving, counts, _nearest(moving, part), part)
                compared = moving
            else:
                near = _nearest(compared, part)
                if i and i % steps == 0:
                    compared, counts = moving.copy(), np.zeros(4)
                _moved(moving, counts, near, part)
            found = session.run("clusters:0")
            np.testing.assert_allclose(found, compared, rtol=1e-4, err_msg=f"step {i}")


def test_bad_arguments() -> None:
    for make in (tf.estimator.experimental.KMeans, tf.contrib.factorization.KMeansClustering):
        with pytest.raises(ValueError, match="Unsupported initialization algorithm 'kmc2'"):
            make(3, initial_clusters="kmc2")
        with pytest.raises(ValueError, match="Unsupported distance metric 'hamming'"):
            make(3, distance_metric="hamming")
