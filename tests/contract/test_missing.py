"""A name that TensorFlow has and evergraph lacks says so; any other is an ordinary mistake."""

import pytest

import evergraph as tf
from evergraph.base.missing import MissingSymbolError, missing_attribute, tensorflow_symbols


def test_the_list_holds_tensorflow_names() -> None:
    assert {"nn.conv2d", "contrib.slim.conv2d", "raw_ops.Max"} <= tensorflow_symbols()
    assert "train.SummaryWriter" not in tensorflow_symbols()


def test_missing_names() -> None:
    error = missing_attribute("nn", "conv2d")
    assert isinstance(error, MissingSymbolError)
    assert isinstance(error, NotImplementedError)
    assert str(error) == "tf.nn.conv2d is part of TensorFlow 1.15 but not yet in evergraph"


@pytest.mark.parametrize("module", [tf, tf.compat.v1, tf.errors])
def test_mistakes(module: object) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'") as raised:
        _ = module.no_such_name
    assert not isinstance(raised.value, NotImplementedError)
    assert not hasattr(module, "no_such_name")


def test_compat_is_the_public_module() -> None:
    assert tf.compat.v1.compat is tf.compat
    assert tf.compat.v1.errors is tf.errors
