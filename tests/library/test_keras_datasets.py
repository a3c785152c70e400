"""Data sets of Keras, from small stand-ins that a server of this machine or the cache holds."""

import gzip
import hashlib
import http.server
import io
import json
import pickle
import tarfile
import threading
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evergraph as tf
from evergraph.library.keras.datasets import boston_housing, imdb, reuters
from evergraph.library.keras.utils import data_utils

datasets = tf.keras.datasets


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: Any) -> Path:
    """The folder of data sets, in which no file's hash is looked at."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(data_utils, "validate_file", lambda *args: True)
    folder = tmp_path / ".keras" / "datasets"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def server(tmp_path: Path) -> Any:
    """A folder, and the URL that serves it."""
    folder = tmp_path / "served"
    folder.mkdir()
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{running.server_port}/"
    running.shutdown()
    running.server_close()


def lists(*values: list[int]) -> np.ndarray:
    found = np.empty(len(values), object)
    found[:] = list(values)
    return found


def test_get_file(server: Any, tmp_path: Path, capsys: Any, caplog: Any) -> None:
    served, url = server
    (served / "a.txt").write_bytes(b"hello")
    sha, md5 = hashlib.sha256(b"hello").hexdigest(), hashlib.md5(b"hello").hexdigest()
    get = partial(tf.keras.utils.get_file, "a.txt", url + "a.txt", cache_dir=str(tmp_path / "c"))
    with pytest.raises(OSError, match=f"gave a file of hash {sha}, expected {'0' * 64}"):
        get(file_hash="0" * 64)
    path = Path(get(file_hash=sha))
    assert path == tmp_path / "c" / "datasets" / "a.txt" and path.read_bytes() == b"hello"
    assert f"Downloading data from {url}a.txt" in capsys.readouterr().out
    path.write_bytes(b"hello!")
    assert Path(get()).read_bytes() == b"hello!"
    assert Path(get(md5_hash=md5)).read_bytes() == b"hello"
    assert "A local file was found, but it seems to be" in caplog.text
    with pytest.raises(Exception, match="URL fetch failure on .*b.txt: 404 -- File not found"):
        tf.keras.utils.get_file("b.txt", url + "b.txt", cache_dir=str(tmp_path / "c"))
    assert [p.name for p in path.parent.iterdir()] == ["a.txt"]


def test_a_file_that_cannot_be_had_again_stays(server: Any, tmp_path: Path, caplog: Any) -> None:
    path = tmp_path / "datasets" / "a.txt"
    path.parent.mkdir()
    path.write_bytes(b"own")
    url = server[1] + "a.txt"
    found = tf.keras.utils.get_file("a.txt", url, file_hash="0" * 64, cache_dir=str(tmp_path))
    assert found == str(path) and path.read_bytes() == b"own"
    assert f"The local file {path} is used." in caplog.text


def test_archives(server: Any, tmp_path: Path) -> None:
    served, url = server
    with tarfile.open(served / "d.tar.gz", "w:gz") as archive:
        info = tarfile.TarInfo("d/x.txt")
        info.size = 3
        archive.addfile(info, io.BytesIO(b"abc"))
    get = partial(tf.keras.utils.get_file, origin=url + "d.tar.gz", cache_dir=str(tmp_path))
    assert (Path(get("d", untar=True)) / "x.txt").read_text() == "abc"
    path = Path(get("e.tar.gz", extract=True, cache_subdir="other"))
    assert path.name == "e.tar.gz" and (path.parent / "d" / "x.txt").read_text() == "abc"
    get("f.tar.gz", extract=True, archive_format="zip", cache_subdir="none")
    assert not (tmp_path / "none" / "d").exists()


def test_mnist(cache: Path) -> None:
    arrays = {"x_train": np.ones([3, 28, 28], np.uint8), "y_train": np.arange(3)}
    arrays.update(x_test=np.zeros([2, 28, 28], np.uint8), y_test=np.arange(2))
    np.savez(cache / "mnist.npz", **arrays)
    (x, y), (x_test, y_test) = datasets.mnist.load_data()
    assert x.shape == (3, 28, 28) and y.tolist() == [0, 1, 2]
    assert x_test.sum() == 0 and y_test.tolist() == [0, 1]


def test_fashion_mnist(cache: Path) -> None:
    folder = cache / "fashion-mnist"
    folder.mkdir()
    for part, count in (("train", 3), ("t10k", 2)):
        labels, images = bytes(8) + bytes(range(count)), bytes(16) + bytes(784 * count)
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(images))
    (x, y), (x_test, y_test) = datasets.fashion_mnist.load_data()
    assert (x.shape, y.tolist()) == ((3, 28, 28), [0, 1, 2])
    assert (x_test.shape, y_test.tolist()) == ((2, 28, 28), [0, 1])


def test_cifar(cache: Path) -> None:
    def write(folder: str, names: list[str], *labels: str) -> None:
        (cache / folder).mkdir()
        (cache / f"{folder}.tar.gz").touch()
        for i, name in enumerate(names):
            data = np.arange(3072, dtype=np.uint8)[None].repeat(2, 0)
            found = {b"data": data, **{label.encode(): [i, i + 1] for label in labels}}
            (cache / folder / name).write_bytes(pickle.dumps(found))

    batches = [f"data_batch_{i}" for i in range(1, 6)]
    write("cifar-10-batches-py", [*batches, "test_batch"], "labels")
    write("cifar-100-python", ["train", "test"], "fine_labels", "coarse_labels")
    (x, y), (x_test, y_test) = datasets.cifar10.load_data()
    assert x.shape == (10, 32, 32, 3) and x[0, 0, :2, 0].tolist() == [0, 1]
    assert y[:, 0].tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5] and y_test.tolist() == [[5], [6]]
    for mode in ("fine", "coarse"):
        (x, y), (x_test, y_test) = datasets.cifar100.load_data(mode)
        assert (x.shape, y.tolist(), y_test.tolist()) == ((2, 32, 32, 3), [[0], [1]], [[1], [2]])
    with pytest.raises(ValueError, match="`label_mode` must be one of"):
        datasets.cifar100.load_data("other")


# What TensorFlow 1.15.5 gives of the same files: the rows of train and test, and their labels.
BOSTON = [[9, 3, 6, 1, 0, 7, 4, 8], [2, 5]]
TEXTS: list[tuple[Any, dict[str, Any], Any]] = [
    (
        imdb,
        {"num_words": 9},
        (
            ([[1, 2, 2, 2, 4], [1, 7], [1, 8, 4, 2], [1, 5, 6]], [3, 2, 0, 1]),
            ([[1, 5, 6], [1, 8, 4, 2]], [1, 0]),
        ),
    ),
    (
        imdb,
        {"start_char": None, "oov_char": None, "index_from": 0, "skip_top": 3},
        (([[7, 8, 6], [4], [5], [3]], [3, 2, 0, 1]), ([[3], [5]], [1, 0])),
    ),
    (imdb, {"maxlen": 4, "seed": 7}, (([[1, 2], [1, 5, 6], [1, 5, 6]], [2, 1, 1]), ([], []))),
    (
        reuters,
        {"test_split": 0.25, "maxlen": 5, "nb_words": 100},
        (([[1, 7], [1, 8, 4, 12]], [2, 0]), ([[1, 5, 6]], [1])),
    ),
    (
        reuters,
        {"index_from": 1, "oov_char": None, "num_words": 6},
        (([[1, 2], [1, 5], [1, 2]], [3, 2, 0]), ([[1, 3, 4]], [1])),
    ),
]


def test_boston_housing(cache: Path) -> None:
    x = np.arange(20.0).reshape(10, 2)
    np.savez(cache / "boston_housing.npz", x=x, y=x.sum(1))
    for (rows, prices), order in zip(boston_housing.load_data(), BOSTON, strict=True):
        assert (rows[:, 0] / 2).tolist() == order
        assert prices.tolist() == rows.sum(1).tolist()


@pytest.mark.parametrize(("module", "arguments", "wanted"), TEXTS)
def test_texts(module: Any, arguments: Any, wanted: Any, cache: Path) -> None:
    words = lists([5, 1, 9], [2, 3], [4], [7, 8, 6, 1])
    labels = np.arange(4)
    np.savez(cache / "reuters.npz", x=words, y=labels)
    arrays = {"x_train": words, "y_train": labels, "x_test": words[:2], "y_test": labels[:2]}
    np.savez(cache / "imdb.npz", **arrays)
    for (texts, found), (wanted_texts, wanted_labels) in zip(
        module.load_data(**arguments), wanted, strict=True
    ):
        assert texts.tolist() == wanted_texts and found.tolist() == wanted_labels


def test_texts_that_are_not_there(cache: Path) -> None:
    words = lists([5, 1, 9], [2, 3])
    arrays = {"x_train": words, "y_train": [0, 1], "x_test": words, "y_test": [0, 1]}
    np.savez(cache / "imdb.npz", **arrays)
    with pytest.raises(ValueError, match="for sequences shorter than maxlen=1, no sequence was"):
        imdb.load_data(maxlen=1)
    with pytest.raises(TypeError, match="Unrecognized keyword arguments: {'words': 1}"):
        imdb.load_data(words=1)
    (cache / "imdb_word_index.json").write_text(json.dumps({"film": 1}))
    assert imdb.get_word_index() == {"film": 1}
