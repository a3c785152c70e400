"""The notes' programs run unmodified: TensorFlow's graph, node for node, and TensorFlow's output.

They lie outside the project, beside the golden graphs; without them these tests are skipped. The
runner there prepares a working folder, runs a program under evergraph, and dumps the graph when
the program makes its first session and at its end.
"""

import functools
import json
import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest
from graphs.compare import assert_same_graph

ROOT = Path(__file__).resolve().parents[2]
# Those that the core is to run.
PROGRAMS = """
    01_bazel_hello 02_gpu_test 03_gpu_matmul 04_hello_world 05_tensor 06_graph 07_graph_device
    08_session 09_placeholder 10_variables 11_matmul 12_clip_greater_where 13_expand_dims 14_slice
    15_transpose 16_sequence_loss 17_linear_three_layers 18_softmax_numpy 19_cross_entropy
    20_exponential_decay 21_regularizers 22_moving_average 23_variable_scope 24_custom_loss
    25_five_layers_l2 26_mnist_softmax 27_mnist_moving_average 28_saver 29_freeze 30_meta_graph
    33_convolution_numpy 47_rnn_numpy 48_lstm_structure 49_lstm_mnist 50_ptb_reader 51_ptb_lstm
    55_sin_lstm 57_group_control
""".split()
# Their training is cut short: the graph is the same, the output is not looked at. Loops that build
# the graph must not be: 35 steps of the language model.
SHORTENED = {"27_mnist_moving_average": "3", "49_lstm_mnist": "28", "51_ptb_lstm": "35"}
# More steps than any program does.
ALL_STEPS = "1000000000"


@functools.cache
def checker(path: Path) -> ModuleType:
    """The script that compares output, as a module."""
    loader = SourceFileLoader("seed_check", str(path))
    module = module_from_spec(spec_from_loader("seed_check", loader))
    loader.exec_module(module)
    return module


def run(shared: Path, name: str, dump: Path) -> list[str]:
    """The lines that the program prints. Fails with its traceback where it does not end well."""
    record = json.loads((shared / "seed" / "expected" / "manifest.json").read_text())[name]
    program = shared / "seed" / record["program"]
    environment = {
        "EVERGRAPH_PYTHON": sys.executable,
        "PYTHONPATH": str(ROOT),
        "EVERGRAPH_DUMP_GRAPH": str(dump),
        "EVERGRAPH_MAX_STEPS": ALL_STEPS,
        **record["env"],
    }
    if name in SHORTENED:
        environment["EVERGRAPH_MAX_STEPS"] = SHORTENED[name]
    result = subprocess.run(
        [str(shared / "oracle" / "run"), "evergraph", str(program)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert result.returncode == record["exit"], result.stderr[-3000:]
    return checker(shared / "seed" / "check").lines(result.stdout)


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str, shared: Path, tmp_path: Path) -> None:
    printed = run(shared, name, tmp_path / name)
    check = checker(shared / "seed" / "check")
    # One of several files has a graph for each: NAME-FILE.pb.
    for golden in (shared / "golden" / "graphs").glob(f"{name}[.-]*"):
        assert_same_graph(tmp_path / golden.name, golden)
    if name not in SHORTENED:
        expected = shared / "seed" / "expected"
        varying = json.loads((expected / "manifest.json").read_text())[name].get("varying", [])
        wanted = check.lines((expected / f"{name}.txt").read_text())
        found = check.differences(wanted, printed, varying)
        if found and varying and all("(varying)" in line for line in found):
            # Numbers drawn without a seed are compared by their size. The first loss of five
            # layers of normal weights is now and then a hundred times what it is mostly.
            again = run(shared, name, tmp_path / f"{name}-again")
            found = check.differences(wanted, again, varying)
        assert not found, "\n".join(found)
