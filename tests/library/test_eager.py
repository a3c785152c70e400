"""Eager execution: what TensorFlow 1.15 gives where ops are executed at once."""

import gc
import importlib
import json
import lzma
import re
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
from evergraph.api import list_ops
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
    with tf.Graph().as_default(), context.eager_mode():  # whose collections are empty
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


def test_graph_mode_has_the_graph_around_it() -> None:
    with tf.Graph().as_default() as graph:
        with context.eager_mode(), context.graph_mode():
            assert tf.get_default_graph() is graph
    tf.reset_default_graph()
    with context.eager_mode():
        with context.graph_mode():
            first = tf.get_default_graph()
        with context.graph_mode():
            assert tf.get_default_graph() is first
    assert tf.get_default_graph() is first


def test_init_scope_leaves_functions_for_eager_execution() -> None:
    function = tf.Graph()
    function._building_function = True
    with context.eager_mode(), context.graph_mode(), function.as_default():
        with tf.init_scope():
            assert tf.executing_eagerly()
        assert tf.get_default_graph() is function
    with tf.Graph().as_default(), context.eager_mode():
        with tf.Graph().as_default() as inner, tf.init_scope():
            assert tf.get_default_graph() is inner
        with tf.init_scope():
            assert tf.executing_eagerly()


def test_tensors_of_graphs_are_no_inputs_of_eager_ops() -> None:
    message = 'An op outside of the function building code is being passed\na "Graph" tensor'
    with context.eager_mode():
        with tf.Graph().as_default():
            leaked = tf.constant(2.0, name="cc")
        for use in (
            lambda: tf.add(leaked, leaked),
            lambda: leaked + 1.0,
            lambda: tf.stack([leaked, 1.0]),
            lambda: tf.cast(leaked, tf.int32),
            lambda: tf.Variable(leaked),
        ):
            with pytest.raises(TypeError, match=message):
                use()


def test_name_scopes_of_the_context() -> None:
    with context.eager_mode(), tf.name_scope("a"):
        with tf.name_scope("b"):
            assert context.context().scope_name == "a/b/"
        assert context.context().scope_name == "a/"
        with tf.Graph().as_default(), tf.name_scope("c"):
            assert context.context().scope_name == ""


def test_control_dependencies_call_what_is_pending() -> None:
    calls: list[int] = []
    with context.eager_mode(), tf.control_dependencies([tf.constant(1), lambda: calls.append(1)]):
        assert calls == [1]


def test_types_are_told_by_tensors() -> None:
    with context.eager_mode():
        assert tf.pow(2, tf.constant(2.0)).numpy() == 4
        assert tf.maximum(0, tf.constant([-1.5, 2.5])).numpy().tolist() == [0, 2.5]
        one = tf.constant(1)
        with pytest.raises(tf.errors.InvalidArgumentError) as raised:
            one + tf.constant(1.0)
        assert raised.value.message == (
            "cannot compute AddV2 as input #1(zero-based) was expected to be a int32 tensor but "
            "is a float tensor [Op:AddV2] name: add/"
        )
        with pytest.raises(tf.errors.InvalidArgumentError) as raised:
            tf.add_n([one, tf.constant(True)])
        assert raised.value.message == (
            "cannot compute AddN as input #1(zero-based) was expected to be a int32 tensor but "
            "is a bool tensor [Op:AddN]"
        )
        with pytest.raises(TypeError, match="Cannot convert 2.0 to EagerTensor of dtype int32"):
            tf.equal(1, 2.0)
        with pytest.raises(tf.errors.NotFoundError, match="Could not find valid device for node"):
            tf.sin(1)


def test_gradients_within_functions() -> None:
    with context.eager_mode():
        x = tf.constant([1.0, 2.0])
        v = tf.Variable([3.0, 4.0])
        with tf.GradientTape(persistent=True) as outer:
            outer.watch(x)

        @tf.function
        def by_each():
            with outer:
                y = tf.reduce_sum(x * x * v)
            return outer.gradient(y, x), outer.gradient(y, [v])[0]

        @tf.function
        def through_a_function():
            with tf.GradientTape(persistent=True) as tape:
                tape.watch(x)
                y = tf.contrib.eager.defun(lambda: tf.reduce_sum(x * x * v))()
            return tape.gradient(y, x), tape.gradient(y, v)

        @tf.function
        def unwatched():
            with tf.GradientTape() as tape:
                y = tf.reduce_sum(x * x * v)
            return tape.gradient(y, x)

        for f in (by_each, through_a_function):
            assert [g.numpy().tolist() for g in f()] == [[6, 16], [1, 4]]
        assert unwatched() is None


def test_steps_of_training_within_functions() -> None:
    with context.eager_mode():
        model = tf.keras.Sequential(
            [
                tf.keras.layers.Dense(3, activation="tanh", kernel_initializer="ones"),
                tf.keras.layers.BatchNormalization(),
                tf.keras.layers.Dense(1, kernel_initializer="ones"),
            ]
        )
        optimizer = tf.keras.optimizers.Adam(0.1)

        @tf.function
        def step(x):  # makes the variables at its first call
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((model(x, training=True) - 1) ** 2)
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            return loss

        batch = tf.constant([[1.0, 3.0], [0.0, 0.2]])
        losses = [step(batch).numpy() for _ in range(3)]
        np.testing.assert_allclose(losses, [9.94437, 6.2526236, 3.7957063], rtol=1e-5)


def test_functions_without_results() -> None:
    with context.eager_mode():
        assert tf.function(lambda: None)() is None
        assert tf.contrib.eager.defun(lambda: None)() is None
        assert tf.function(lambda: ([], None, ()))() == ([], None, ())


def test_ragged_tensors_have_values() -> None:
    with context.eager_mode():
        ragged = tf.ragged.constant([[1, 2], [], [3]])
        assert ragged.to_list() == [[1, 2], [], [3]]
        assert str(ragged) == repr(ragged) == "<tf.RaggedTensor [[1, 2], [], [3]]>"
        assert [row.numpy().tolist() for row in ragged] == [[1, 2], [], [3]]
        with pytest.raises(IndexError, match="Row key 3 out of bounds"):
            ragged[3]
        deep = tf.ragged.constant([[[1, 2], []], [[3]]])
        assert (deep * 2).to_list() == [[[2, 4], []], [[6]]]


def test_python_functions_are_called_at_once() -> None:
    with context.eager_mode():
        x = tf.constant([1.0])
        assert tf.py_func(lambda: None, [], []) is None
        assert tf.py_func(lambda x: x + 1, [x], [tf.float32]).numpy() == 2
        assert tf.py_func(lambda x: x.astype(int), [x], tf.float32).dtype == tf.int64
        assert [y.numpy() for y in tf.py_func(lambda x: [x, (x, 2)], [x], [])] == [1, 1, 2]
        with pytest.raises(ZeroDivisionError):
            tf.numpy_function(lambda x: 1 / 0, [x], tf.float32)
        assert tf.contrib.eager.py_func(lambda x: None, [x], []) == []
        assert tf.py_function(lambda x: x + 1, [x], [tf.float32])[0].numpy() == 2


def test_errors_tell_the_name_that_was_asked_for() -> None:
    with context.eager_mode():
        with pytest.raises(tf.errors.InvalidArgumentError) as raised:
            tf.constant([1, 2, 3])[3]
        assert raised.value.message == (
            "slice index 3 of dimension 0 out of bounds. [Op:StridedSlice] name: strided_slice/"
        )
        with pytest.raises(tf.errors.InvalidArgumentError) as raised:
            tf.gather(tf.constant([1, 2, 3]), 3)
        assert raised.value.message == "indices = 3 is not in [0, 3) [Op:GatherV2]"


def test_variables_updated_in_parts() -> None:
    with context.eager_mode():
        v = tf.Variable([0, 1, 2, 3])
        for updates in ([0, 1, 2], [[0, 1, 2]]):
            shape = "[3]" if len(updates) == 3 else "[1,3]"
            with pytest.raises(tf.errors.InvalidArgumentError) as raised:
                tf.scatter_add(v, [0, 1], updates)
            assert raised.value.message == (
                f"shape of indices ([2]) is not compatible with the shape of updates ({shape}) "
                "[Op:ResourceScatterAdd]"
            )
        tf.scatter_update(v, [0, 1], [[7, 8]])  # as many: the shape does not matter
        assert v.numpy().tolist() == [7, 8, 2, 3]
        w = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
        with tf.GradientTape(persistent=True) as tape:
            whole = tf.reduce_sum(tf.gather_nd(w, [[1], [1]]))
            part = tf.reduce_sum(tf.gather_nd(w, [[1, 1]]))
        assert tape.gradient(whole, w).values.numpy().tolist() == [[1, 1], [1, 1]]
        assert tape.gradient(part, w).numpy().tolist() == [[0, 0], [0, 1]]


def test_sparse_tensors_are_written_with_their_tensors() -> None:
    with context.eager_mode():
        assert str(tf.SparseTensor([[0, 1]], [5], [2, 2])) == (
            "SparseTensor(indices=tf.Tensor([[0 1]], shape=(1, 2), dtype=int64), "
            "values=tf.Tensor([5], shape=(1,), dtype=int32), "
            "dense_shape=tf.Tensor([2 2], shape=(2,), dtype=int64))"
        )


def test_checkpoint_managers_count(tmp_path: Path) -> None:
    with context.eager_mode():
        v = tf.Variable(1.0)
        checkpoint = tf.train.Checkpoint(v=v)
        manager = tf.train.CheckpointManager(checkpoint, str(tmp_path), max_to_keep=2)
        paths = [manager.save() for _ in range(3)]
        assert paths[0] == str(tmp_path / "ckpt-1")
        assert manager.checkpoints == paths[1:]
        step = tf.Variable(7)
        assert manager.save(checkpoint_number=step) == str(tmp_path / "ckpt-7")
        v.assign(5.0)
        checkpoint.restore(manager.latest_checkpoint)
        assert v.numpy() == 1


def test_scopes_of_variables_begin_anew_with_the_default_graph() -> None:
    def name() -> str:
        with tf.variable_scope(None, "layer"):
            return tf.get_variable("w", [1]).name

    with context.eager_mode():
        tf.reset_default_graph()
        assert [name(), name()] == ["layer/w:0", "layer_1/w:0"]
        tf.reset_default_graph()
        assert name() == "layer/w:0"


def test_lists_in_variables() -> None:
    with context.eager_mode():
        held = list_ops.tensor_list_from_tensor(tf.constant([1.0, 2.0]), element_shape=[])
        new = list_ops.tensor_list_from_tensor(tf.constant([3.0, 4.0]), element_shape=[])
        v = tf.get_variable("lists", initializer=[held] * 3, use_resource=True)
        updated = tf.scatter_update(v, [1], [new])
        stacked = [list_ops.tensor_list_stack(t, tf.float32) for t in tf.unstack(updated)]
        assert [t.numpy().tolist() for t in stacked] == [[1, 2], [3, 4], [1, 2]]


@pytest.mark.parametrize(
    ("value", "dtype", "kind", "message"),
    [
        (None, None, ValueError, "Attempt to convert a value (None) with an unsupported type"),
        (None, tf.int32, ValueError, "Attempt to convert a value (None) with an unsupported type"),
        ([{}], None, ValueError, "Attempt to convert a value ({}) with an unsupported type"),
        ([1, None], None, ValueError, "Can't convert Python sequence with mixed types to Tensor."),
        ([1, [2]], None, ValueError, "Can't convert Python sequence with mixed types to Tensor."),
        ([1, "a"], None, ValueError, "Can't convert Python sequence with mixed types to Tensor."),
        ([[1], [2, 3]], None, ValueError, "Can't convert non-rectangular Python sequence to"),
        (2**70, None, ValueError, "Can't convert Python sequence with out-of-range integer to"),
        ([1, 2.5], tf.int32, TypeError, "Cannot convert [1, 2.5] to EagerTensor of dtype int32"),
        ("a", tf.float32, TypeError, "Cannot convert 'a' to EagerTensor of dtype float"),
        (1, tf.bool, TypeError, "Cannot convert 1 to EagerTensor of dtype bool"),
        (np.array([None]), None, ValueError, "Failed to convert a NumPy array to a Tensor (Unsup"),
    ],
)
def test_values_that_make_no_tensor(value: Any, dtype: Any, kind: Any, message: str) -> None:
    with context.eager_mode():
        with pytest.raises(kind, match=re.escape(message)):
            tf.constant(value, dtype)
        assert tf.constant(range(3)).numpy().tolist() == [0, 1, 2]


def test_loops_keep_the_structure_of_their_variables() -> None:
    with context.eager_mode():
        start = [tf.constant(0), tf.constant(2.0)]
        different = "The two structures don't have the same nested structure"
        with pytest.raises(ValueError, match=different):
            tf.while_loop(lambda i, *x: i < 10, lambda i, *x: (i, i, *x), start)
        with pytest.raises(ValueError, match=different):
            tf.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, [x]), start)
        with pytest.raises(TypeError, match="Cannot iterate over a scalar tensor"):
            tf.while_loop(lambda i, x: i < 3, lambda i, x: i, start)
        found = tf.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x), start)
        assert [t.numpy() for t in found] == [3, 2]


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
