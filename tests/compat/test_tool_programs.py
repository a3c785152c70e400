"""TensorFlow's programs for graphs, run as modules and from within."""

import subprocess
import sys
from pathlib import Path

import pytest

import evergraph as tf
from evergraph.library.tools import import_pb_to_tensorboard, optimize_for_inference


def run(*arguments: str) -> str:
    command = [sys.executable, "-m", "evergraph", "run", "-m", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_programs_for_a_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [2], name="x")
        tf.identity(tf.identity(x * 2, name="between"), name="y")
        tf.negative(x, name="z")
        tf.train.write_graph(graph, str(tmp_path), "g.pb", as_text=False)
    names = ["--input_node_names=x", "--output_node_names=y"]
    files = [f"--input_graph={tmp_path}/g.pb", f"--output_graph={tmp_path}/out.pb"]
    told = run("tensorflow.python.tools.strip_unused", *files, *names, "--input_binary")
    assert told == "5 ops in the final graph.\n"

    line = ["", f"--input={tmp_path}/out.pb", f"--output={tmp_path}/best.pb"]
    monkeypatch.setattr(sys, "argv", [*line, "--input_names=x", "--output_names=y", "rest"])
    optimize_for_inference.FLAGS, rest = optimize_for_inference.parse_args()
    assert rest == ["rest"] and optimize_for_inference.main(rest) == 0
    best = tf.GraphDef.FromString((tmp_path / "best.pb").read_bytes())
    assert [node.name for node in best.node] == ["x", "mul/y", "mul", "y"]

    logs = tmp_path / "logs"
    import_pb_to_tensorboard.import_to_tensorboard(str(tmp_path / "best.pb"), str(logs))
    (events,) = logs.iterdir()
    graphs = [e.graph_def for e in tf.train.summary_iterator(str(events)) if e.graph_def]
    shown = tf.GraphDef.FromString(graphs[0])
    assert [node.name for node in shown.node][-1] == "import/y"
