"""Eager execution: what TensorFlow 1.15 gives where ops are executed at once."""

import gc
import importlib
import json
import lzma
import subprocess
import sys
import time
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from behaviour import module

import evergraph as tf
from evergraph.library.eager import context

HERE = Path(__file__).resolve().parents[1] / "golden" / "eager"
sys.path.insert(0, str(HERE))
CASES = importlib.import_module("eager_cases").CASES
described = importlib.import_module("described").described
sys.path.remove(str(HERE))
GOLDEN = json.loads(lzma.decompress((HERE / "eager_cases.json.xz").read_bytes()))


def compare(found: Any, expected: Any, where: str) -> None:
    if isinstance(expected, list):
        assert isinstance(found, list) and len(found) == len(expected), (where, found, expected)
        for i, (a, b) in enumerate(zip(found, expected, strict=True)):
            compare(a, b, f"{where}[{i}]")
    elif isinstance(expected, dict):
        assert isinstance(found, dict), (where, found)
        assert found["dtype"] == expected["dtype"], where
        assert found["shape"] == expected["shape"], where
        if expected["dtype"].startswith("float"):
            np.testing.assert_allclose(
                found["values"], expected["values"], 1e-5, 1e-6, err_msg=where
            )
        else:
            assert found["values"] == expected["values"], where
    else:
        assert found == expected, where


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    with context.eager_mode():
        tf.set_random_seed(7)
        found = described(CASES[name](tf))
    compare(json.loads(json.dumps(found)), GOLDEN[name], name)


PROGRAM = """
import evergraph as tf
tf.enable_eager_execution()
import threading
found = []
thread = threading.Thread(target=lambda: found.append(int(tf.constant(2))))
thread.start()
thread.join()
print(tf.executing_eagerly(), (tf.constant([1, 2]) + 1).numpy().tolist(), found)
with tf.Graph().as_default(), tf.Session() as session:
    print(tf.executing_eagerly(), session.run(tf.constant(3)))
"""


def test_a_program_enables_it_for_all_threads() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.stdout == "True [2, 3] [2]\nFalse 3\n", done.stderr


def test_it_is_enabled_at_the_start_or_not_at_all() -> None:
    with pytest.raises(TypeError, match="config must be a tf.ConfigProto"):
        tf.enable_eager_execution(config=3)
    with pytest.raises(ValueError, match="device_policy must be one of"):
        tf.enable_eager_execution(device_policy=7)
    tf.constant(1)
    with pytest.raises(ValueError, match="must be called at program startup"):
        tf.enable_eager_execution()
    assert not tf.executing_eagerly()


def test_blocks_of_modes() -> None:
    assert not tf.executing_eagerly()
    with context.eager_mode():
        assert tf.executing_eagerly() and context.in_eager_mode()
        with context.graph_mode():
            assert not tf.executing_eagerly()
            assert tf.constant(1).graph is tf.get_default_graph()
        assert tf.executing_eagerly()
    assert not tf.executing_eagerly()


def test_what_was_computed_is_not_kept() -> None:
    with context.eager_mode():
        x = tf.constant([1.0])
        first = weakref.ref(x)
        x = x * 2.0
        tf.constant(0)
        assert first() is None
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * x
            z = y + 1.0
        between = weakref.ref(y)
        del y
        assert between() is not None
        tape.gradient(z, x)
        del z
        tf.constant(0)
        assert between() is None
        assert not x.op.inputs and not x.consumers()


def test_variables_live_as_long_as_they_are_held() -> None:
    with context.eager_mode():
        variable = tf.Variable(1.0)
        state = variable.graph.state
        key = variable.handle.op.get_attr("shared_name").decode()
        assert key in state.variables
        gc.collect()
        before = len(state.variables)
        del variable
        gc.collect()
        assert len(state.variables) == before - 1 and key not in state.variables


def test_an_iterator_ends_its_pipeline() -> None:
    closed = []

    def generate() -> Any:
        try:
            yield from range(100)
        finally:
            closed.append(True)

    with context.eager_mode():
        iterator = iter(tf.data.Dataset.from_generator(generate, tf.int64).prefetch(2))
        assert next(iterator).numpy() == 0
        del iterator
        gc.collect()
        # The thread that reads ahead closes it when it is next asked to.
        ends = time.monotonic() + 10
        while not closed and time.monotonic() < ends:
            time.sleep(0.01)
    assert closed == [True]


def test_values_cannot_be_changed_through_arrays() -> None:
    with context.eager_mode():
        x = tf.constant([1.0, 2.0])
        array = x.numpy()
        array[0] = 5.0
        assert x.numpy().tolist() == [1.0, 2.0]
        variable = tf.Variable([1.0])
        value = variable.read_value()
        variable.assign_add([1.0])
        assert value.numpy() == [1.0] and variable.numpy() == [2.0]


def test_private_names_lead_here() -> None:
    ops = module("python.framework.ops")
    with context.eager_mode():
        assert isinstance(tf.constant(1), ops.EagerTensor)
    assert not isinstance(tf.constant(1), ops.EagerTensor)
    assert module("python.eager.backprop").GradientTape is tf.GradientTape
    assert module("contrib.eager.python.tfe").Iterator is tf.contrib.eager.Iterator
    assert module("python.ops.script_ops").eager_py_func is tf.py_function
