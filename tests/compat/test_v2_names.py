"""`tf.compat.v2` has TensorFlow 1.15's names of version 2."""

import importlib

import pytest

import evergraph as tf
from evergraph.base import tf_inspect
from evergraph.base.missing import MissingSymbolError
from evergraph.compat import v2


def test_most_names_are_there() -> None:
    found = missing = 0
    for name in v2.places():
        if name.startswith(("raw_ops.", "keras.", "estimator.")):
            continue
        try:
            v2.resolve(name)
            found += 1
        except MissingSymbolError:
            missing += 1
    assert found > 1000 and missing < 60


def test_functions_of_version_2() -> None:
    tf2 = importlib.import_module("evergraph.tf.compat.v2")
    assert tf.compat.v2 is tf2
    with tf.Graph().as_default(), tf.Session() as sess:
        tf2.random.set_seed(1)
        x = tf2.constant([[1.0, 2.0], [3.0, 5.0]])
        fetched = [
            tf2.reduce_sum(x, axis=1, keepdims=True),
            tf2.math.argmax(x),
            tf2.cond(tf2.reduce_all(x > 0), lambda: x[0], lambda: x[1]),
            tf2.convert_to_tensor(1, dtype_hint=tf.float32),
            tf2.nn.space_to_depth(tf2.reshape(x, [1, 2, 2, 1]), 2),
            tf2.case([(x[0, 0] > 5, lambda: 1)], default=lambda: 2),
        ]
        values = [value.tolist() for value in sess.run(fetched)]
    assert values == [[[3.0], [8.0]], [1, 1], [1.0, 2.0], 1.0, [[[[1.0, 2.0, 3.0, 5.0]]]], 2]
    assert tf2.Variable(1.0).dtype == tf.float32  # a resource: no reference
    assert tf2.compat.v1.Session is tf.Session
    assert tf2.errors.OK == 0 and tf2.newaxis is None


def test_names_that_version_2_does_not_have() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Session'"):
        tf.compat.v2.Session  # noqa: B018
    with pytest.raises(NotImplementedError, match=r"tf\.compat\.v2\.lite"):
        tf.compat.v2.lite.TFLiteConverter  # noqa: B018


@pytest.mark.parametrize("name", ["all", "any", "logsumexp", "max", "mean", "min", "prod", "sum"])
def test_reductions_have_the_arguments_of_version_2(name: str) -> None:
    for function in (getattr(tf.compat.v2, f"reduce_{name}"), v2.resolve(f"math.reduce_{name}")):
        spec = tf_inspect.getfullargspec(function)
        assert spec[:4] == (["input_tensor", "axis", "keepdims", "name"], None, None) + (
            (None, False, None),
        )
        assert spec.annotations == {}  # as programs have that compare it with their own


def test_modules_that_stand_in_two_places() -> None:
    assert tf.compat.v2.keras.initializers.Initializer is tf.compat.v2.initializers.Initializer
    assert tf.compat.v2.losses.Huber is tf.compat.v2.keras.losses.Huber
