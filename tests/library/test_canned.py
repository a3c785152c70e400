"""Ready-made estimators build TensorFlow's graphs, and train to its values."""

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
import canned_models  # noqa: E402

WANTED: dict[str, Any] = json.loads(lzma.open(GOLDEN / "canned.json.xz").read())


@pytest.fixture(autouse=True)
def _no_writers_left():
    yield
    tf.summary.FileWriterCache.clear()


@pytest.mark.parametrize("mode", ["train", "eval", "infer"])
@pytest.mark.parametrize("name", WANTED)
def test_graphs(name: str, mode: str) -> None:
    assert canned_models.graph(tf, name, mode) == WANTED[name][mode]


def _close(found: Any, wanted: Any) -> None:
    assert sorted(found) == sorted(wanted)
    for key, value in wanted.items():
        if isinstance(value, list) and value and isinstance(value[0], str):
            assert found[key] == value
        else:
            np.testing.assert_allclose(found[key], value, rtol=2e-4, atol=2e-5, err_msg=key)


@pytest.mark.parametrize("name", WANTED)
def test_training(name: str, tmp_path: Path) -> None:
    found = canned_models.results(tf, name, str(tmp_path))
    for part in ("variables", "metrics", "predictions"):
        _close(found[part], WANTED[name][part])


def test_dense_features_are_written_down_and_read_again() -> None:
    column = tf.feature_column
    numbers = column.numeric_column("x", shape=[3])
    categories = column.categorical_column_with_identity("z", 4)
    columns = [
        column.bucketized_column(numbers, [0.5, 1.5]),
        column.embedding_column(categories, 2, initializer=tf.zeros_initializer()),
        column.indicator_column(column.categorical_column_with_vocabulary_list("v", ["p", "q"])),
        numbers,
    ]
    config = tf.keras.layers.DenseFeatures(columns, name="wide").get_config()
    # As TensorFlow 1.15 writes them.
    found = {c["class_name"]: c["config"] for c in config["feature_columns"]}
    number = {
        "key": "x",
        "shape": (3,),
        "default_value": None,
        "dtype": "float32",
        "normalizer_fn": None,
    }
    assert found["NumericColumn"] == number
    assert found["BucketizedColumn"] == {
        "source_column": {"class_name": "NumericColumn", "config": number},
        "boundaries": (0.5, 1.5),
    }
    assert found["EmbeddingColumn"]["categorical_column"] == {
        "class_name": "IdentityCategoricalColumn",
        "config": {"key": "z", "number_buckets": 4, "default_value": None},
    }
    again = tf.keras.layers.DenseFeatures.from_config(config)
    assert (again.name, again.get_config()) == ("wide", config)
    features = {"x": tf.ones([2, 3]), "z": tf.constant([1, 2]), "v": tf.constant(["p", "q"])}
    assert again(features).shape.as_list() == [2, 3 * 3 + 2 + 2 + 3]


def test_bad_arguments() -> None:
    numbers = [tf.feature_column.numeric_column("x")]
    with pytest.raises(ValueError, match="n_classes must be > 2: 1"):
        tf.estimator.LinearClassifier(numbers, n_classes=1)
    with pytest.raises(ValueError, match="Invalid label_dimension 0"):
        tf.estimator.DNNRegressor([2], numbers, label_dimension=0)
    with pytest.raises(ValueError, match="Invalid loss_reduction: none"):
        tf.estimator.BaselineRegressor(loss_reduction=tf.losses.Reduction.NONE)
    with pytest.raises(ValueError, match="Either linear_feature_columns or dnn_feature_columns"):
        tf.estimator.DNNLinearCombinedRegressor()
    with pytest.raises(ValueError, match="Unsupported optimizer name: Sgd. Supported names are"):
        estimator = tf.estimator.LinearRegressor(numbers, optimizer="Sgd")
        estimator.train(lambda: ({"x": tf.ones([2, 1])}, tf.ones([2])), steps=1)
    with pytest.raises(ValueError, match="Mismatched label shape. Expected labels dimension=1"):
        estimator = tf.estimator.LinearRegressor(numbers)
        estimator.train(lambda: ({"x": tf.ones([2, 1])}, tf.ones([2, 3])), steps=1)
    with pytest.raises(ValueError, match="features should be a dictionary"):
        estimator.train(lambda: (tf.ones([2, 1]), tf.ones([2])), steps=1)
