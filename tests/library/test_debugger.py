"""The debugger tells what TensorFlow's tells."""

from pathlib import Path

import pytest
from behaviour import Behaviour

import evergraph as tf
from evergraph.library import debug

debugger = Behaviour("debugger")


@pytest.mark.parametrize("name", debugger.names)
def test_like_tensorflow(name: str) -> None:
    debugger.check(name)


def test_run_until_a_filter_finds_something(monkeypatch: pytest.MonkeyPatch) -> None:
    x = tf.placeholder(tf.float32, name="x")
    y = tf.log(x)
    asked = iter(["run -f has_inf_or_nan", "exit"])
    with tf.Session() as plain:
        sess = debug.LocalCLIDebugWrapperSession(plain)
        monkeypatch.setattr("builtins.input", lambda prompt: next(asked))
        assert sess.run(y, {x: 1.0}) == 0.0  # asks before, and goes on
        assert sess.run(y, {x: 0.0}) == -float("inf")  # asks after
        with pytest.raises(SystemExit):
            sess.run(y, {x: 1.0})


def test_servers_are_refused(tmp_path: Path) -> None:
    options = tf.RunOptions()
    debug.add_debug_tensor_watch(options, "x", debug_urls="grpc://localhost:1")
    x = tf.constant(1.0, name="x")
    with tf.Session() as sess, pytest.raises(tf.errors.UnimplementedError, match="grpc"):
        sess.run(x, options=options)
