"""Estimators of boosted trees build TensorFlow's graphs, and grow its trees."""

import json
import lzma
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf.json_format import MessageToDict

import evergraph as tf
from evergraph.api.variable_store import resource_default
from evergraph.proto.kernels.boosted_trees.boosted_trees_pb2 import TreeEnsemble

GOLDEN = Path(__file__).parents[1] / "golden" / "library"
sys.path.insert(0, str(GOLDEN))
import boosted_models  # noqa: E402

WANTED: dict[str, Any] = json.loads(lzma.open(GOLDEN / "boosted.json.xz").read())


@pytest.fixture(autouse=True)
def _as_before():
    """The estimators make resource variables the default."""
    before = resource_default.on
    yield
    resource_default.on = before
    tf.summary.FileWriterCache.clear()


@pytest.mark.parametrize("mode", ["train", "eval", "infer"])
@pytest.mark.parametrize("name", WANTED)
def test_graphs(name: str, mode: str) -> None:
    assert boosted_models.graph(tf, name, mode) == WANTED[name][mode]


def _close(found: Any, wanted: Any, where: str) -> None:
    if isinstance(wanted, dict):
        assert sorted(found) == sorted(wanted), where
        for key in wanted:
            _close(found[key], wanted[key], f"{where}/{key}")
    elif isinstance(wanted, list) and any(isinstance(v, list | dict | str) for v in wanted):
        assert len(found) == len(wanted), where
        for i, (one, other) in enumerate(zip(found, wanted, strict=True)):
            _close(one, other, f"{where}/{i}")
    elif where.endswith("_serialized"):
        trees = (MessageToDict(TreeEnsemble.FromString(bytes.fromhex(t))) for t in (found, wanted))
        _close(*trees, where.removesuffix("_serialized"))
    elif isinstance(wanted, str | bool):
        assert found == wanted, where
    else:
        # Gains are differences of larger numbers.
        rtol = 1e-5 if where.startswith(("losses", "more losses")) else 1e-4
        np.testing.assert_allclose(found, wanted, rtol=rtol, atol=1e-6, err_msg=where)


@pytest.mark.parametrize("name", WANTED)
def test_training(name: str, tmp_path: Path) -> None:
    found = json.loads(json.dumps(boosted_models.results(tf, name, str(tmp_path))))
    for part in found:
        _close(found[part], WANTED[name][part], part)


@pytest.mark.parametrize("name", ["classes of numbers", "numbers in memory"])
def test_goes_on_from_tensorflows_checkpoint(name: str, tmp_path: Path) -> None:
    with tarfile.open(GOLDEN / "boosted.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    folder = str(tmp_path / name.replace(" ", "_"))
    make, labels, batch = boosted_models.models(tf, folder)[name]
    hook = boosted_models.losses_hook(tf)
    make().train(boosted_models.input_fn(tf, labels, batch), steps=6, hooks=[hook])
    _close(hook.losses, WANTED[name]["more losses"], "losses")


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_in_memory_functions(kind: str, tmp_path: Path) -> None:
    name = f"{'classes' if kind == 'classifier' else 'numbers'} in memory"
    _, labels, _ = boosted_models.models(tf)[name]
    column = tf.feature_column
    y = column.numeric_column("y")
    x = column.numeric_column("x", shape=[2])
    z = column.indicator_column(column.categorical_column_with_identity("z", 3))
    limits = column.bucketized_column(y, [-1.0, 0.0, 0.5, 1.5])
    columns = [x, z] if kind == "classifier" else [x, limits]
    hook = boosted_models.losses_hook(tf)
    train = getattr(tf.contrib.estimator, f"boosted_trees_{kind}_train_in_memory")
    estimator = train(
        lambda: tf.data.Dataset.from_tensors((boosted_models.FEATURES, labels)),
        columns,
        model_dir=str(tmp_path),
        n_trees=3,
        max_depth=2,
        quantile_sketch_epsilon=0.02,
        center_bias=kind == "classifier",
        train_hooks=[hook],
    )
    # The losses are those of the estimator, until there are enough trees.
    assert len(hook.losses) < len(WANTED[name]["losses"])
    _close(hook.losses, WANTED[name]["losses"][: len(hook.losses)], "losses")
    found = estimator.evaluate(lambda: (boosted_models.FEATURES, labels), steps=1)
    assert found["global_step"] >= 6


def test_bad_arguments() -> None:
    column = tf.feature_column
    x = column.numeric_column("x")
    classifier, regressor = tf.estimator.BoostedTreesClassifier, tf.estimator.BoostedTreesRegressor
    with pytest.raises(ValueError, match="For now pruning is not supported with multi class"):
        classifier([x], 1, n_classes=3)
    with pytest.raises(ValueError, match="n_classes given as 3"):
        classifier([x], 1, n_classes=3, pruning_mode=None)
    with pytest.raises(ValueError, match="label_dimension given as 2"):
        regressor([x], 1, label_dimension=2, pruning_mode=None)
    categories = column.categorical_column_with_identity("z", 3)
    with pytest.raises(ValueError, match="CategoricalColumn must be wrapped by IndicatorColumn"):
        classifier([categories], 1)
    features = {"x": np.ones((4, 1), np.float32)}

    def data() -> Any:
        return features, np.ones((4, 1), np.float32)

    with pytest.raises(ValueError, match="Tree complexity have no effect unless pruning"):
        regressor([x], 1, tree_complexity=0.5).train(data, steps=1)
    with pytest.raises(ValueError, match="For pruning, tree_complexity must be positive"):
        regressor([x], 1, pruning_mode="pre").train(data, steps=1)
    with pytest.raises(AssertionError, match="n_batches_per_layer should be set as 1"):
        regressor([x], 2, train_in_memory=True).train(data, steps=1)
    with pytest.raises(ValueError, match="center_bias must be enabled"):
        next(regressor([x], 1).experimental_predict_with_explanations(data))
