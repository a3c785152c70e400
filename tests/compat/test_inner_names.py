"""Functions and classes within TensorFlow that programs use; expected values are TensorFlow's."""

import collections
from typing import Any

import pytest
from behaviour import module

import evergraph as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def names(items: Any) -> list[str]:
    return sorted(item.name for item in items)


def test_backward_walks() -> None:
    selector = module("python.ops.op_selector")
    walk = selector.get_backward_walk_ops
    a = tf.placeholder(tf.float32, [2], name="a")
    b = tf.identity(a, "b")
    c = tf.add(b, a, "c")
    with tf.control_dependencies([c]):
        d = tf.floor(tf.negative(b, "n"), "d")
    assert names(walk([d])) == ["a", "b", "d", "n"]
    assert names(walk(d.op, control_inputs=True)) == ["a", "b", "c", "d", "n"]
    assert names(walk([d], inclusive=False)) == ["a", "b", "n"]
    assert names(walk(c, stop_at_ts=[b])) == ["a", "c"]
    assert names(walk([c.op], within_ops=[c.op, b.op])) == ["b", "c"]
    assert names(walk([c.op], within_ops_fn=lambda op: op.name != "b")) == ["a", "c"]
    assert walk([]) == []
    with pytest.raises(TypeError, match="Expected a type in"):
        walk(["x"])
    called = tf.py_func(lambda x: x, [c], tf.float32, name="py")
    largest = tf.cast(tf.argmax(c, name="arg"), tf.float32, name="h")
    assert names(walk([tf.identity(called, "q")], only_differentiable=True)) == ["py", "q"]
    found = names(walk([largest], only_differentiable=True))
    assert found == ["a", "arg", "arg/dimension", "b", "c", "h"]
    found = names(walk([d], only_differentiable=True, control_inputs=True))
    assert found == ["a", "b", "d", "n"]
    assert [selector.is_differentiable(x.op) for x in (a, b, called)] == [False, True, False]


def test_fetches_of_sessions() -> None:
    session = module("python.client.session")
    pair = collections.namedtuple("pair", "x y")
    a = tf.placeholder(tf.float32, [2], name="a")
    b, c = tf.identity(a, "b"), tf.square(a, "c")
    graph = tf.get_default_graph()
    handler = session._FetchHandler(graph, {"k": [a, c], "o": pair(c.op, b)}, {a: [1.0, 2.0]})
    assert [t.name for t in handler.fetches()] == ["c:0", "b:0"]
    assert [op.name for op in handler.targets()] == ["c"]
    expected = {"k": [[1.0, 2.0], "C"], "o": pair(None, "B")}
    assert handler.build_results(None, ["C", "B"]) == expected
    with pytest.raises(AssertionError):
        handler.build_results(None, ["C"])
    with pytest.raises(TypeError, match="Fetch argument None has invalid type"):
        session._FetchHandler(graph, None, {})
    with pytest.raises(ValueError, match="Fetch argument 'zz:0' cannot be interpreted"):
        session._FetchHandler(graph, "zz:0", {})
    mapper = session._FetchMapper.for_fetch([a, (c, a)])
    assert [t.name for t in mapper.unique_fetches()] == ["a:0", "c:0"]
    assert mapper.build_results([1, 2]) == [1, (2, 1)]


def test_small_functions() -> None:
    sizes = module("python.framework.tensor_util").TensorShapeProtoToList
    assert sizes(tf.TensorShape([2, None]).as_proto()) == [2, -1]
    check = module("python.ops.init_ops")._assert_float_dtype
    assert check(tf.float16) == tf.float16
    with pytest.raises(ValueError, match="Expected floating point type, got <dtype: 'int32'>."):
        check(tf.int32)
