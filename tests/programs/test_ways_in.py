"""`evergraph run` runs a program as Python does: its arguments, its paths, its errors."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = [sys.executable, "-W", "ignore"]
EVERGRAPH = [*PYTHON, "-m", "evergraph", "run"]

FAILING = """\
import sys
def inner():
    raise KeyError("gone")
def outer():
    try:
        inner()
    except KeyError as error:
        raise ValueError("really\\ngone") from error
print("before", flush=True)
outer()
"""

# What a program can do to end itself; each must look the same under Python and evergraph.
ENDINGS = {
    "chained": FAILING,
    "syntax": "x = 1\ny = = 2\n",
    "exit with a status": "import sys\nsys.exit(3)\n",
    "exit with a text": "raise SystemExit('that was it')\n",
    "exit hooks": "import atexit\natexit.register(print, 'last')\nraise RuntimeError('x')\n",
    "own hook": "import sys\nsys.excepthook = lambda t, v, b: print('hook', t, b.tb_lineno)\n1/0\n",
    "recursion": "import sys\nsys.setrecursionlimit(90)\ndef f(): f()\nf()\n",
    "end of file": "input()\n",
    "group": "raise ExceptionGroup('g', [ValueError(1)])\n",
    "interrupt": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nimport time; time.sleep(9)\n",  # noqa: E501
}

SURROUNDINGS = """\
import os, pickle, sys
import __main__
class Thing: pass
print(sys.argv, sys.path[0] == os.path.dirname(os.path.realpath(__file__)), __name__, __file__)
print(__main__.Thing is Thing, pickle.loads(pickle.dumps(Thing())).__class__ is Thing, __doc__)
print(__package__, __spec__, sorted(n for n in globals() if not n.startswith('__')))
import neighbour
"""


def run(command, folder, *args, stdin=""):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*command, *args],
        cwd=folder,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        # As a shell starts it, however this process was started.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


@pytest.mark.parametrize("name", ENDINGS)
def test_ends_as_under_python(name, tmp_path):
    (tmp_path / "prog.py").write_text(ENDINGS[name])
    expected = run(PYTHON, tmp_path, "prog.py")
    found = run(EVERGRAPH, tmp_path, "prog.py")
    # How deep a recursion gets is counted from the bottom, where our own frames are.
    counts = r"repeated \d+ more"
    assert re.sub(counts, "", found.stderr) == re.sub(counts, "", expected.stderr)
    assert (found.stdout, found.returncode) == (expected.stdout, expected.returncode)
    if name == "interrupt":
        assert found.returncode == -signal.SIGINT


def test_surroundings(tmp_path):
    folder = tmp_path / "sub"
    folder.mkdir()
    (folder / "prog.py").write_text(SURROUNDINGS)
    (folder / "neighbour.py").write_text("print('neighbour')\n")
    args = ["sub/prog.py", "--flag", "-x", "--no-shims", "--", "-m", "rest"]
    expected, found = run(PYTHON, tmp_path, *args), run(EVERGRAPH, tmp_path, *args)
    assert expected.returncode == 0
    assert (found.stdout, found.stderr) == (expected.stdout, expected.stderr)


def test_folder_module_and_standard_input(tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "part.py").write_text("VALUE = 5\n")
    (package / "__main__.py").write_text(
        "import sys\nfrom package.part import VALUE\nprint(VALUE, sys.argv[1:], __package__)\n1/0\n"
    )
    (package / "alone.py").write_text("from .part import VALUE\nprint(VALUE, __spec__.name)\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/__main__.py").write_text(
        "import sys\nprint(sys.argv, sys.path[0], repr(__package__), __file__)\n"
    )
    found = run(EVERGRAPH, tmp_path, "-m", "package", "a", "-b")
    assert found.stdout == "5 ['a', '-b'] package\n"
    assert found.stderr.count("File ") == 1 and "__main__.py" in found.stderr
    assert run(EVERGRAPH, tmp_path, "-m", "package.alone").stdout == "5 package.alone\n"
    expected, found = run(PYTHON, tmp_path, "folder", "x"), run(EVERGRAPH, tmp_path, "folder", "x")
    assert found.stdout == expected.stdout
    source = "import sys\nprint(sys.argv, sys.path[0])\n"
    expected = run(PYTHON, tmp_path, "-", "x", stdin=source)
    assert run(EVERGRAPH, tmp_path, "-", "x", stdin=source).stdout == expected.stdout


def test_what_is_not_there(tmp_path):
    found = run(EVERGRAPH, tmp_path, "gone.py")
    assert found.returncode == 2
    assert re.fullmatch(r"evergraph: can't open file '.*gone.py': \[Errno 2\] .*\n", found.stderr)
    found = run(EVERGRAPH, tmp_path, "-m", "gone.module")
    assert (found.returncode, found.stderr) == (1, "evergraph: No module named gone.module\n")
    found = run(EVERGRAPH, tmp_path)
    assert found.returncode == 2 and "Missing argument 'PROGRAM'" in found.stderr


def test_python_2_is_recognised(tmp_path):
    (tmp_path / "prog.py").write_text('print "hello"\n')
    found = run(EVERGRAPH, tmp_path, "prog.py")
    assert found.returncode == 1
    assert "SyntaxError: Missing parentheses" in found.stderr
    assert found.stderr.rstrip().splitlines()[-2].startswith("This looks like Python 2.")


def test_tensorflow_is_evergraph(tmp_path):
    (tmp_path / "prog.py").write_text(
        "import tensorflow as tf\n"
        "import evergraph\n"
        "import tensorflow_core\n"
        "from tensorflow.python.framework import dtypes, errors, ops\n"
        "from tensorflow.core.framework import graph_pb2\n"
        "import tensorflow.contrib.layers\n"
        "print(tf.__version__, tensorflow_core is tf)\n"
        "print(tf.float32 is evergraph.float32 is dtypes.float32, ops.Graph is tf.Graph)\n"
        "print(tf.GraphDef is graph_pb2.GraphDef)\n"
    )
    found = run(EVERGRAPH, tmp_path, "prog.py")
    assert found.stdout == "1.15.5 True\nTrue True\nTrue\n", found.stderr


def test_mnist_is_read_where_it_is(tmp_path):
    run([*PYTHON, "-m", "evergraph"], tmp_path, "datasets", "mnist", "--sample", "MNIST_data")
    (tmp_path / "prog.py").write_text(
        "from tensorflow.examples.tutorials.mnist import input_data\n"
        "mnist = input_data.read_data_sets('MNIST_data', one_hot=True)\n"
        "xs, ys = mnist.train.next_batch(100)\n"
        "print(xs.shape, ys.shape, mnist.validation.num_examples)\n"
    )
    found = run(EVERGRAPH, tmp_path, "prog.py")
    assert found.stdout.splitlines()[-1] == "(100, 784) (100, 10) 5000", found.stderr
    assert found.stdout.startswith("Extracting MNIST_data/train-images-idx3-ubyte.gz\n")


def test_the_demo_learns(tmp_path):
    run([*PYTHON, "-m", "evergraph"], tmp_path, "datasets", "mnist", "--sample", "data")
    example = str(ROOT / "examples/mnist_moving_average.py")
    found = run(EVERGRAPH, tmp_path, example, "--data_dir=data", "--steps=150")
    right = re.search(r"([\d.]+)% of the 2000 test digits are right", found.stdout)
    assert right and float(right[1]) > 85, found.stdout + found.stderr
