"""AutoGraph: graphs are TensorFlow's; on tensors, functions give what they give on numbers."""

from collections.abc import Callable
from typing import Any

import pytest
from ops import case_runner

import evergraph as tf

CASES, GOLDEN = case_runner.load("autograph_cases")


@pytest.mark.parametrize("name", CASES)
def test_graphs(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


def early(x: Any) -> Any:
    if x > 4:
        if x > 6:
            return x * 2
        x = x + 1
    elif x < -2:
        return -x
    return x - 1


def breaks(x: Any) -> Any:
    i = 0
    total = 0
    while i < 20:
        i += 1
        if i > x:
            break
        if i % 3 < 1:
            continue
        total += i
    return total + i * 100


def inner_loops(x: Any) -> Any:
    total = 0
    i = 0
    while i < x:
        j = 0
        while True and j < 9:
            if j > i:
                break
            j += 1
            if j * i > 12:
                total -= 1
                continue
            total += j
        i += 1
    return total


def with_else(x: Any) -> Any:
    i = 0
    found = -1
    while i < 6:
        if i * i > x:
            found = i
            break
        i += 1
    else:
        found = 100
    return found


def collatz(x: Any) -> Any:
    steps = 0
    while x > 1:
        x = x // 2 if x % 2 < 1 else 3 * x + 1
        steps += 1
    return steps


def logic(x: Any) -> Any:
    small = -3 < x < 3
    if (small and not x > 1) or x > 7:
        return 1
    return 0


def sides(x: Any) -> Any:
    def inner(y: Any) -> Any:
        if y > 2:
            return y
        return 0

    pick = lambda z: inner(z) + x  # noqa: E731
    return pick(x) + (inner(5) if x > 0 else inner(1))


class Counter:
    def __init__(self) -> None:
        self.step = 2

    def count(self, x: Any) -> Any:
        i = 0
        while i < x:
            i += self.step
        return i


def through_a_method(x: Any) -> Any:
    return Counter().count(x)


def defaults(x: Any, *more: Any, by: int = 3, **rest: Any) -> Any:
    y = x
    if x > by:
        y = by
    return y + len(more) + len(rest)


@pytest.mark.parametrize(
    "function",
    [
        early,
        breaks,
        inner_loops,
        with_else,
        collatz,
        logic,
        sides,
        through_a_method,
        defaults,
    ],
)
def test_as_on_numbers(function: Callable[..., Any]) -> None:
    x = tf.placeholder(tf.int32, [])
    y = tf.autograph.to_graph(function)(x)
    z = tf.function(function)(x)
    with tf.Session() as sess:
        for value in (-5, -2, 0, 1, 2, 5, 6, 7, 9):
            expected = function(value)
            assert sess.run([y, z], {x: value}) == [expected, expected], value


def test_elements_of_tensors_and_datasets() -> None:
    @tf.function
    def summed(values: Any) -> Any:
        total = 0.0
        for value in values:
            if value < 0:
                continue
            if value > 100:
                break
            total += value
        return total

    @tf.function
    def of_dataset(n: Any) -> Any:
        total = tf.constant(0, tf.int64)
        for value in tf.data.Dataset.range(n):
            total += value
        return total

    values = tf.constant([1.0, -2.0, 3.0, 200.0, 5.0])
    with tf.Session() as sess:
        assert sess.run([summed(values), of_dataset(5)]) == [4.0, 10]


def test_effects_of_the_branch_taken_happen() -> None:
    v = tf.Variable(1.0, use_resource=True)

    @tf.function
    def step(x: Any) -> Any:
        if x > 0:
            v.assign_add(x)
        else:
            v.assign(0.0)
        return v.read_value()

    x = tf.placeholder(tf.float32, [])
    y = step(x)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert [sess.run(y, {x: value}) for value in (2.0, 3.0, -1.0)] == [3.0, 6.0, 0.0]


def test_a_value_in_one_branch_only() -> None:
    def half(x: Any) -> Any:
        if x > 0:
            y = x
        return y

    with pytest.raises(UnboundLocalError, match="'y' referenced before assignment"):
        tf.autograph.to_graph(half)(tf.constant(1)) + 1


def test_what_is_left_alone() -> None:
    @tf.autograph.experimental.do_not_convert
    def plain(x: Any) -> Any:
        return 1 if x > 0 else 2

    with pytest.raises(TypeError, match="as a Python `bool` is not allowed"):
        tf.function(plain)(tf.constant(1))
    with pytest.raises(TypeError, match="as a Python `bool` is not allowed"):
        tf.function(early, autograph=False)(tf.constant(1))
    made = tf.autograph.to_graph(lambda x: early(x), recursive=False)
    with pytest.raises(TypeError, match="as a Python `bool` is not allowed"):
        made(tf.constant(1))


def test_errors_are_at_the_programs_lines() -> None:
    def wrong(x: Any) -> Any:
        y = x
        if x > 0:
            y = undefined_name(x)  # noqa: F821
        return y

    with pytest.raises(NameError) as caught:
        tf.autograph.to_graph(wrong)(tf.constant(1))
    assert caught.traceback[-1].path.name == "test_autograph.py"
    assert "undefined_name(x)" in str(caught.traceback[-1].statement)


def test_code() -> None:
    code = tf.autograph.to_code(collatz)
    assert code.startswith("def tf__collatz(x):\n  ") and "ag__.while_stmt(" in code
    with pytest.raises(NotImplementedError):
        tf.autograph.to_code(int)


def test_functions_of_datasets() -> None:
    def tenfold(x: Any) -> Any:
        return x * 10 if x > 1 else -x

    def remainder(x: Any) -> Any:
        while x > 5:
            x = x - 5
        return x

    def between(x: Any) -> Any:
        return x > 1 and x < 3

    numbers = tf.data.Dataset.range(8)
    cases = {
        "map": (numbers.map(tenfold), [0, -1, 20, 30, 40, 50, 60, 70]),
        "while": (numbers.map(remainder), [0, 1, 2, 3, 4, 5, 1, 2]),
        "filter": (numbers.filter(between), [2]),
        "flat_map": (
            numbers.flat_map(lambda x: tf.data.Dataset.from_tensors(tenfold(x))),
            [0, -1, 20, 30, 40, 50, 60, 70],
        ),
    }
    with tf.Session() as session:
        for dataset, expected in cases.values():
            element = tf.compat.v1.data.make_one_shot_iterator(dataset).get_next()
            assert [session.run(element) for _ in expected] == expected
        total = numbers.reduce(tf.constant(0, tf.int64), lambda s, x: s + tenfold(x))
        assert session.run(total) == 269


class Signed(tf.keras.layers.Layer):
    def call(self, x: Any) -> Any:
        y = -x
        if tf.reduce_sum(x) > 0:
            y = x * 2
        return y


class Repeated(tf.keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.inner = Signed()

    def call(self, x: Any) -> Any:
        i = 0
        while i < 3 and tf.reduce_sum(x) < 100.0:
            x = self.inner(x)
            i += 1
        return x


def test_layers_of_programs() -> None:
    x = tf.placeholder(tf.float32, [None, 2])
    signed, repeated = Signed()(x), Repeated()(x)
    branching = tf.keras.layers.Lambda(lambda x: x if tf.reduce_sum(x) > 0 else -x)
    with pytest.raises(TypeError, match="You are attempting to use Python control flow in a layer"):
        branching(x)
    with tf.Session() as session:
        assert session.run(signed, {x: [[1, 2]]}).tolist() == [[2, 4]]
        assert session.run(signed, {x: [[-1, -2]]}).tolist() == [[1, 2]]
        assert session.run(repeated, {x: [[1, 2]]}).tolist() == [[8, 16]]
