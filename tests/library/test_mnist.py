"""MNIST: what is read and handed out is what TensorFlow's read_data_sets gave."""

import functools
import gzip
import http.server
import importlib.util
import json
import shutil
import threading
import zlib
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import evergraph as tf
from evergraph.cli.main import evergraph as command
from evergraph.library.datasets import fetch, mnist, mnist_files
from evergraph.library.datasets import mnist_model as model

GOLDEN = Path(__file__).parents[1] / "golden/datasets"
SAMPLE = Path(mnist.__file__).parent / "sample"


@pytest.fixture
def no_network(monkeypatch):
    monkeypatch.setattr(mnist_files, "MIRRORS", ("http://127.0.0.1:1/",))


@pytest.fixture
def mirror(tmp_path):
    """A mirror that has the sample's files; gives its URL."""
    handler = functools.partial(QuietHandler, directory=str(SAMPLE))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def generator():
    """The script that made the golden file, without its import of TensorFlow."""
    source = (GOLDEN / "generate_mnist_batches.py").read_text()
    source = source.replace("import tensorflow as tf", "import evergraph as tf")
    source = source.replace("from tensorflow.examples.tutorials.mnist import input_data", "")
    spec = importlib.util.spec_from_loader("generate_mnist_batches", None)
    module = importlib.util.module_from_spec(spec)
    module.__file__ = str(GOLDEN / "generate_mnist_batches.py")
    exec(source, vars(module))
    return module


@pytest.mark.parametrize("case", json.loads((GOLDEN / "mnist_batches.json").read_text()))
def test_batches_are_tensorflows(case, capsys):
    expected = json.loads((GOLDEN / "mnist_batches.json").read_text())[case]
    made = generator()
    options, graph_seed, sizes = made.CASES[case]
    with tf.Graph().as_default():
        found = made.observe(options, graph_seed, sizes, mnist.read_data_sets)
    assert json.loads(json.dumps(found)) == expected
    names = [line.rpartition("/")[2] for line in capsys.readouterr().out.splitlines()]
    assert names == list(mnist_files.NAMES)


def test_sample_fits_the_defaults():
    sets = mnist.read_data_sets(str(SAMPLE), one_hot=True)
    assert [s.num_examples for s in sets] == [5000, 5000, 2000]
    assert sets.train.images.shape == (5000, 784) and sets.train.labels.shape == (5000, 10)
    assert np.bincount(sets.test.labels.argmax(1).astype(int)).min() > 150


def test_fake_data():
    sets = mnist.read_data_sets("nowhere", fake_data=True, one_hot=True)
    assert sets.train.num_examples == 10000
    images, labels = sets.train.next_batch(3, fake_data=True)
    assert (len(images), len(images[0]), labels[0]) == (3, 784, [1] + [0] * 9)


def test_bad_input(tmp_path):
    with pytest.raises(ValueError, match="between 0 and 10000. Received: 10001."):
        mnist.read_data_sets(str(SAMPLE), validation_size=10001)
    with pytest.raises(TypeError, match="Invalid image dtype tf.int32, expected uint8 or float32"):
        mnist.read_data_sets(str(SAMPLE), dtype=tf.int32)
    with open(SAMPLE / "t10k-labels-idx1-ubyte.gz", "rb") as file:
        with pytest.raises(ValueError, match="Invalid magic number 2049 in MNIST image file"):
            mnist.extract_images(file)


def test_missing_files_say_what_helps(tmp_path, no_network):
    shutil.copy(SAMPLE / mnist_files.NAMES[0], tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        mnist.read_data_sets(str(tmp_path))
    text = str(caught.value)
    assert f"evergraph datasets mnist {tmp_path}" in text
    assert all(name in text for name in mnist_files.NAMES[1:])
    assert mnist_files.NAMES[0] not in text


def test_download_from_the_users_own_source(tmp_path, mirror, capsys):
    sets = mnist.read_data_sets(str(tmp_path / "new"), source_url=mirror)
    assert sets.test.num_examples == 2000
    lines = capsys.readouterr().out.splitlines()
    size = (SAMPLE / mnist_files.NAMES[0]).stat().st_size
    assert lines[0] == f"Successfully downloaded {mnist_files.NAMES[0]} {size} bytes."
    assert lines[1].startswith("Extracting ")


def test_download_is_checked(tmp_path, mirror, monkeypatch):
    monkeypatch.setattr(mnist_files, "MIRRORS", (mirror,))
    with pytest.raises(FileNotFoundError, match="wrong checksum"):
        mnist_files.download_if_missing(mnist_files.NAMES[0], str(tmp_path))
    assert mnist_files.missing(str(tmp_path)) == list(mnist_files.NAMES)
    assert not mnist_files.is_right(mnist_files.NAMES[0], b"no gzip")


def test_download_that_is_cut(mirror, monkeypatch):
    monkeypatch.setattr(QuietHandler, "copyfile", lambda self, src, dst: dst.write(src.read(100)))
    with pytest.raises(OSError, match="gave 100 of"):
        fetch.fetch(mirror + mnist_files.NAMES[0])


def test_command_writes_the_sample_without_network(tmp_path, no_network):
    folder = tmp_path / "data"
    done = CliRunner().invoke(command, ["datasets", "mnist", str(folder)])
    assert done.exit_code == 0 and "No mirror of MNIST answers" in done.output
    assert "Wrote a sample" in done.output
    assert gzip.open(folder / mnist_files.NAMES[3]).read()[4:8] == (2000).to_bytes(4, "big")
    again = CliRunner().invoke(command, ["datasets", "mnist", str(folder)])
    assert "has all four files" in again.output


def test_command_downloads(tmp_path, mirror, monkeypatch):
    monkeypatch.setattr(mnist_files, "MIRRORS", (mirror,))
    monkeypatch.setattr(mnist_files, "is_right", lambda name, data: True)
    done = CliRunner().invoke(command, ["datasets", "mnist", str(tmp_path)])
    assert done.exit_code == 0 and done.output.count("Successfully downloaded") == 4
    assert not mnist_files.missing(str(tmp_path))


def test_command_mixes_no_sample_with_other_files(tmp_path, no_network):
    shutil.copy(SAMPLE / mnist_files.NAMES[0], tmp_path)
    done = CliRunner().invoke(command, ["datasets", "mnist", "--sample", str(tmp_path)])
    assert done.exit_code == 1 and "give an empty folder" in done.output


def test_network_of_the_tutorials() -> None:
    with tf.Graph().as_default() as graph, tf.Session() as session:
        tf.set_random_seed(3)
        images = tf.placeholder(tf.float32, [4, model.IMAGE_PIXELS])
        labels = tf.placeholder(tf.int32, [4])
        logits = model.inference(images, 16, 8)
        loss = model.loss(logits, labels)
        train, good = model.training(loss, 0.1), model.evaluation(logits, labels)
        names = "\n".join(f"{op.name} {op.type}" for op in graph.get_operations())
        assert zlib.crc32(names.encode()) == 2640575206
        feed = {images: np.linspace(0, 1, 4 * 784).reshape(4, 784), labels: [1, 2, 3, 4]}
        session.run(tf.global_variables_initializer())
        found = [session.run([loss, train, good], feed)[::2] for _ in range(4)]
    assert [x for _, x in found] == [0, 1, 1, 1]
    assert [x for x, _ in found] == pytest.approx(
        [2.4138992, 2.2159896, 1.9773744, 1.7063984], rel=1e-5
    )
