"""Event folders written here, seen by the real TensorBoard through its HTTP interface."""

import io
import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf import text_format
from PIL import Image

import evergraph as tf

STEPS = [0, 1, 2]
RANDOM = np.random.RandomState(0)
WEIGHTS = RANDOM.normal(size=[4, 3]).astype(np.float32)
PICTURES = RANDOM.randint(0, 256, [2, 5, 7, 3]).astype(np.uint8)
SOUND = np.linspace(-1, 1, 400, dtype=np.float32).reshape(1, 400, 1)
VECTORS = [[1.0, 2.0], [3.0, 4.5]]


def write(folder: str) -> Any:
    """Writes one of everything; gives the graph."""
    with tf.Graph().as_default() as graph, tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, 4], name="x")
        with tf.name_scope("hidden"):
            weights = tf.Variable(WEIGHTS, name="weights")
            units = tf.nn.relu(x @ weights, name="units")
        total = tf.reduce_sum(units, name="total")
        tf.summary.scalar("loss", total)
        tf.summary.histogram("distribution", weights)
        tf.summary.image("picture", tf.constant(PICTURES))
        tf.summary.audio("sound", tf.constant(SOUND), 8000)
        tf.summary.text("note", tf.constant("some **bold** text"))
        merged = tf.summary.merge_all()
        session.run(tf.global_variables_initializer())
        with tf.summary.FileWriter(folder, graph) as writer:
            for step in STEPS:
                metadata = tf.RunMetadata()
                summary = session.run(
                    merged,
                    {x: np.full([1, 4], step, np.float32)},
                    tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE),
                    metadata,
                )
                writer.add_summary(summary, step)
            writer.add_run_metadata(metadata, "traced", 2)
            lines = ("\t".join(map(str, vector)) for vector in VECTORS)
            (Path(folder) / "vectors.tsv").write_text("\n".join(lines) + "\n")
            (Path(folder) / "labels.tsv").write_text("one\ntwo\n")
            projector = tf.contrib.tensorboard.plugins.projector
            config = projector.ProjectorConfig()
            config.embeddings.add(
                tensor_name=weights.name, tensor_path="vectors.tsv", metadata_path="labels.tsv"
            )
            projector.visualize_embeddings(writer, config)
    return graph


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Any]:
    folder = str(tmp_path_factory.mktemp("logs"))
    return folder, write(folder)


@pytest.fixture(scope="module")
def ask(logs: tuple[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """What TensorBoard answers, as bytes: `ask("scalars/tags", run=".")`."""
    printed = tmp_path_factory.mktemp("printed") / "log"
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", logs[0], "--port", "0"]
    with printed.open("wb") as log:
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--load_fast", "false"], stdout=log, stderr=log
        )
    try:
        address = awaited(
            lambda: re.search(r"http://127\.0\.0\.1:\d+", printed.read_text()), server, printed
        ).group()

        def asked(path: str, **query: str) -> bytes:
            where = f"{address}/data/plugin/{path}?{urllib.parse.urlencode(query)}"
            with urllib.request.urlopen(where, timeout=20) as answer:
                return answer.read()

        def loaded() -> bool:
            return json.loads(asked("text/tags")) != {} and b"." in asked("projector/runs")

        awaited(loaded, server, printed)
        yield asked
    finally:
        server.kill()
        server.wait()


def awaited(condition: Callable[[], Any], server: Any, printed: Path) -> Any:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"TensorBoard did not come up:\n{printed.read_text()}")


def test_graph(ask: Any, logs: tuple[str, Any]) -> None:
    shown = tf.GraphDef()
    text_format.Parse(ask("graphs/graph", run=".", conceptual="false").decode(), shown)
    # TensorBoard may reorder the attrs, and leaves out of them what is large.
    written = logs[1].as_graph_def(add_shapes=True)
    assert [(n.name, n.op, list(n.input)) for n in shown.node] == [
        (n.name, n.op, list(n.input)) for n in written.node
    ]
    found = {n.name: n.attr["_output_shapes"] for n in shown.node}
    assert found == {n.name: n.attr["_output_shapes"] for n in written.node}
    assert {"hidden/weights/read", "hidden/units", "total"} <= set(found)


def test_traced_run(ask: Any) -> None:
    assert json.loads(ask("graphs/info"))["."]["tags"]["traced"]["profile"]
    shown = tf.RunMetadata()
    text_format.Parse(ask("graphs/run_metadata", run=".", tag="traced").decode(), shown)
    (device,) = shown.step_stats.dev_stats
    assert {"hidden/units", "total"} <= {node.node_name for node in device.node_stats}


def test_scalars(ask: Any) -> None:
    points = json.loads(ask("scalars/scalars", run=".", tag="loss"))
    sums = [np.maximum(WEIGHTS.sum(0) * step, 0).sum() for step in STEPS]
    assert [step for _, step, _ in points] == STEPS
    assert [value for _, _, value in points] == pytest.approx(sums, rel=1e-5)


def test_histograms(ask: Any) -> None:
    shown = json.loads(ask("histograms/histograms", run=".", tag="distribution"))
    assert [step for _, step, _ in shown] == STEPS
    for _, _, buckets in shown:
        for left, right, count in buckets:
            # TensorBoard ends the outer buckets at the least and the greatest value.
            below = right > WEIGHTS if right < WEIGHTS.max() else True
            assert ((left <= WEIGHTS) & below).sum() == count
        assert sum(count for *_, count in buckets) == WEIGHTS.size
    compressed = json.loads(ask("distributions/distributions", run=".", tag="distribution"))
    (lowest, *_, highest) = compressed[0][2]
    assert (lowest[1], highest[1]) == pytest.approx((WEIGHTS.min(), WEIGHTS.max()))


@pytest.mark.parametrize("number", [0, 1])
def test_images(ask: Any, number: int) -> None:
    query = {"run": ".", "tag": f"picture/image/{number}", "sample": "0"}
    shown = json.loads(ask("images/images", **query))
    assert [image["step"] for image in shown] == STEPS
    key = shown[0]["query"].removeprefix("blob_key=")
    image = Image.open(io.BytesIO(ask("images/individualImage", blob_key=key)))
    assert image.size == (7, 5)
    np.testing.assert_array_equal(np.asarray(image), PICTURES[number])


def test_audio(ask: Any) -> None:
    query = {"run": ".", "tag": "sound/audio/0", "sample": "0"}
    first, *_ = json.loads(ask("audio/audio", **query))
    key = first["query"].split("blob_key=")[1].split("&")[0]
    content = ask("audio/individualAudio", blob_key=key, content_type="audio/wav")
    with wave.open(io.BytesIO(content)) as sound:
        assert (sound.getframerate(), sound.getnframes(), sound.getnchannels()) == (8000, 400, 1)


def test_text(ask: Any) -> None:
    shown = json.loads(ask("text/text", run=".", tag="note"))
    assert [text["step"] for text in shown] == STEPS
    assert shown[0]["text"] == "<p>some <strong>bold</strong> text</p>"


def test_projector(ask: Any) -> None:
    info = json.loads(ask("projector/info", run="."))
    (embedding,) = info["embeddings"]
    assert embedding["tensorName"] == "hidden/weights"
    assert embedding["tensorShape"] == [2, 2]
    vectors = ask("projector/tensor", run=".", name="hidden/weights")
    assert np.frombuffer(vectors, np.float32).reshape(2, 2).tolist() == VECTORS
    assert ask("projector/metadata", run=".", name="hidden/weights") == b"one\ntwo\n"


def test_what_was_not_written_is_not_there(ask: Any) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        ask("scalars/scalars", run=".", tag="accuracy")
