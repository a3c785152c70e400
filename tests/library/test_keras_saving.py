"""Keras models in HDF5 files: those of TensorFlow are read, and the same is written."""

import json
import lzma
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import evergraph as tf

GOLDEN = Path(__file__).parents[1] / "golden" / "keras"
sys.path.insert(0, str(GOLDEN))

import saved_models  # noqa: E402

WANTED = json.loads((GOLDEN / "saved.json").read_text())
NAMES = [model.__name__ for model in saved_models.MODELS]


def golden_file(tmp_path: Path, name: str) -> str:
    path = tmp_path / f"{name}.h5"
    path.write_bytes(lzma.decompress((GOLDEN / f"{name}.h5.xz").read_bytes()))
    return str(path)


def contents(path: str) -> dict[str, Any]:
    """All attributes and datasets of a file by name; the configurations parsed."""
    found: dict[str, Any] = {}

    def visit(name: str, item: Any) -> None:
        for key, value in item.attrs.items():
            text = value.decode() if isinstance(value, bytes) else value
            is_json = isinstance(text, str) and text.startswith("{")
            found[f"{name}.{key}"] = json.loads(text) if is_json else np.asarray(value).tolist()
        if isinstance(item, h5py.Dataset):
            found[name] = (str(item.dtype), item[()].tolist())

    with h5py.File(path, "r") as file:
        visit("", file)
        file.visititems(visit)
    return found


@pytest.fixture(autouse=True)
def graph() -> Any:
    with tf.Graph().as_default(), tf.Session().as_default():
        yield


@pytest.mark.parametrize("name", NAMES)
def test_loaded(name: str, tmp_path: Path) -> None:
    make = getattr(saved_models, name)
    with tf.Graph().as_default():
        data = make(tf)[1]
    model = tf.keras.models.load_model(golden_file(tmp_path, name), saved_models.own_objects(tf))
    found, wanted = saved_models.used(model, data), WANTED[name]
    for key, value in found.items():
        if key == "names":
            assert value == wanted[key]
            continue
        pairs = [(value, wanted[key])]
        if isinstance(value, list):
            pairs = list(zip(value, wanted[key], strict=True))
        for a, b in pairs:
            np.testing.assert_allclose(a, b, rtol=2e-4, atol=1e-5, err_msg=key)
    text: list[str] = []
    model.summary(print_fn=text.append)
    assert text == wanted["summary"]


@pytest.mark.parametrize("name", NAMES)
def test_written_again(name: str, tmp_path: Path) -> None:
    path = golden_file(tmp_path, name)
    model = tf.keras.models.load_model(path, saved_models.own_objects(tf))
    again = str(tmp_path / "again.h5")
    model.save(again)
    assert contents(again) == contents(path)


def test_weights(tmp_path: Path) -> None:
    path = golden_file(tmp_path, "two")
    model = saved_models.two(tf)[0]
    model.load_weights(path)
    own = str(tmp_path / "weights.h5")
    model.save_weights(own)
    whole, alone = contents(path), contents(own)
    for key, value in whole.items():
        if key.startswith("model_weights/"):
            assert alone[key.removeprefix("model_weights/")] == value
    with h5py.File(path, "r") as file:
        kernel = file["model_weights/value/value/kernel:0"][()]
    other = tf.keras.Sequential([tf.keras.layers.Dense(1, name="value", input_shape=(4,))])
    other.load_weights(own, by_name=True)
    np.testing.assert_array_equal(other.get_weights()[0], kernel)
    with pytest.raises(ValueError, match="containing 3 layers into a model with 1 layers"):
        other.load_weights(own)
    wrong = tf.keras.Sequential([tf.keras.layers.Dense(2, name="value", input_shape=(4,))])
    with pytest.raises(ValueError, match=r"has shape \(4, 2\), but the saved weight has"):
        wrong.load_weights(own, by_name=True)


def test_formats(tmp_path: Path) -> None:
    model = saved_models.plain(tf)[0]
    with pytest.raises(ValueError, match='Unknown format "npz"'):
        model.save_weights(str(tmp_path / "a"), save_format="npz")
    with pytest.raises(ValueError, match="looks like an HDF5 file"):
        model.save_weights(str(tmp_path / "a.h5"), save_format="tf")
    model.save_weights(str(tmp_path / "named"), save_format="h5")
    model.load_weights(str(tmp_path / "named"))
    with pytest.raises(OSError, match="SavedModel file does not exist at"):
        tf.keras.models.load_model(str(tmp_path / "nothing"))
    with pytest.raises(ValueError, match="No model found in config file."):
        tf.keras.models.load_model(str(tmp_path / "named"))

    class Own(tf.keras.Model):
        def call(self, x: Any) -> Any:
            return x

    with pytest.raises(NotImplementedError, match="to be a Functional model or a Sequential"):
        Own().save(str(tmp_path / "own.h5"))


def test_checkpoints_of_models(tmp_path: Path) -> None:
    model, data = saved_models.texts(tf)
    path = str(tmp_path / "{epoch}-{loss:.2f}.h5")
    saver = tf.keras.callbacks.ModelCheckpoint(path)
    model.fit(*data, epochs=2, verbose=0, callbacks=[saver])
    last = next(tmp_path.glob("2-*.h5"))
    loaded = tf.keras.models.load_model(str(last))
    np.testing.assert_allclose(loaded.predict(data[0]), model.predict(data[0]), rtol=1e-5)


def test_rows_of_files(tmp_path: Path) -> None:
    path = str(tmp_path / "rows.h5")
    rows = np.arange(24.0).reshape(8, 3)
    with h5py.File(path, "w") as file:
        file["x"] = rows
    part = tf.keras.utils.HDF5Matrix(path, "x", 2, 7, normalizer=lambda a: a * 2)
    assert (len(part), part.shape, part.ndim, part.size) == (5, (5, 3), 2, 15)
    np.testing.assert_array_equal(part[1:3], rows[3:5] * 2)
    np.testing.assert_array_equal(part[[0, 4]], rows[[2, 6]] * 2)
    with pytest.raises(IndexError):
        part[5]
    model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(3,))])
    model.compile("sgd", "mse")
    model.fit(part, np.ones(5), batch_size=2, shuffle="batch", verbose=0)
