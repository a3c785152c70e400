"""Layers and cells know their parts by TensorFlow's names."""

import pytest
from behaviour import Behaviour

import evergraph as tf
from evergraph.base.trackable import Trackable


def names(part: Trackable) -> list[str]:
    return [reference.name for reference in part._checkpoint_dependencies]


def test_layers() -> None:
    with tf.Graph().as_default():
        layer = tf.layers.Dense(3)
        assert names(layer) == []
        layer(tf.zeros([1, 2]))
        assert names(layer) == ["kernel", "bias"]
        assert layer._lookup_dependency("bias") is layer.bias
        assert layer._lookup_dependency("scale") is None


def test_cells() -> None:
    with tf.Graph().as_default():
        inner = tf.nn.rnn_cell.DropoutWrapper(tf.nn.rnn_cell.GRUCell(2))
        cell = tf.nn.rnn_cell.MultiRNNCell([inner, tf.nn.rnn_cell.BasicRNNCell(2)])
    assert names(cell) == ["cell-0", "cell-1"]
    assert cell._lookup_dependency("cell-0") is inner
    assert names(inner) == ["cell"]


def test_a_name_is_one_part() -> None:
    whole = Trackable()
    first, second = Trackable(), Trackable()
    assert whole._track_trackable(first, "part") is first
    whole._track_trackable(first, "part")
    with pytest.raises(ValueError, match=r"with name='part', but a Trackable with this name is"):
        whole._track_trackable(second, "part")
    whole._track_trackable(second, "part", overwrite=True)
    assert whole._lookup_dependency("part") is second
    assert names(whole) == ["part"]


def test_wrapped_lists_and_dicts_need_no_functions_of_their_own() -> None:
    """As TensorFlow's data_structures_test asks."""
    with tf.Graph().as_default():
        root = tf.Module()
        root.listed, root.mapped = [tf.constant(1.0)], {"x": tf.constant(2.0)}
        first = tf.function(lambda values: values[0] + 1.0)
        second = tf.function(lambda values: values["x"] + 1.0)
        plain, wrapped = [tf.constant(3.0)], root.listed
        assert type(wrapped) is not list
        assert first.get_concrete_function(plain) is first.get_concrete_function(wrapped)
        plain, wrapped = {"x": tf.constant(3.0)}, root.mapped
        assert type(wrapped) is not dict
        assert second.get_concrete_function(plain) is second.get_concrete_function(wrapped)


CASES = Behaviour("trackable")


@pytest.mark.parametrize("name", CASES.names)
def test_checkpoints_of_objects(name: str) -> None:
    CASES.check(name)
