"""What arrays, lists and optionals hold stays as it is, whatever is done with results."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import evergraph as tf
from evergraph.api import list_ops


def from_array(x: Any) -> Any:
    return tf.TensorArray(tf.float32, 1).write(0, x).read(0)


def from_rows(x: Any) -> Any:
    return tf.TensorArray(tf.float32, 1).unstack(tf.expand_dims(x, 0)).read(0)


def from_list(x: Any) -> Any:
    handle = list_ops.tensor_list_set_item(list_ops.tensor_list_reserve([2], 1, tf.float32), 0, x)
    return list_ops.tensor_list_get_item(handle, 0, tf.float32)


def popped(x: Any) -> Any:
    handle = list_ops.empty_tensor_list([2], tf.float32)
    handle = tf.raw_ops.TensorListPushBack(input_handle=handle, tensor=x)
    return list_ops.tensor_list_pop_back(handle, tf.float32)[1]


def from_optional(x: Any) -> Any:
    optional = tf.raw_ops.OptionalFromValue(components=[x])
    return tf.raw_ops.OptionalGetValue(
        optional=optional, output_types=[tf.float32], output_shapes=[[2]]
    )[0]


def from_stack(x: Any) -> Any:
    handle = tf.raw_ops.StackV2(max_size=1, elem_type=tf.float32)
    with tf.control_dependencies([tf.raw_ops.StackPushV2(handle=handle, elem=x)]):
        return tf.raw_ops.StackPopV2(handle=handle, elem_type=tf.float32)


WAYS = [from_array, from_rows, from_list, popped, from_optional, from_stack]


@pytest.mark.parametrize("way", WAYS)
def test_a_result_is_the_users_own(way: Callable[[Any], Any]) -> None:
    ones = np.ones(2, np.float32)
    with tf.Graph().as_default(), tf.Session() as session:
        fed = tf.placeholder(tf.float32, [2])
        variable = tf.Variable(ones)
        session.run(variable.initializer)
        for source in (fed, tf.constant(ones), variable):
            result = session.run(way(source), {fed: ones})
            result[:] = 7
            np.testing.assert_array_equal(session.run(source, {fed: ones}), [1, 1])
        np.testing.assert_array_equal(ones, [1, 1])


@pytest.mark.parametrize("way", WAYS)
def test_an_element_does_not_see_an_update(way: Callable[[Any], Any]) -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        variable = tf.get_variable("v", initializer=[1.0, 2.0], use_resource=True)
        session.run(variable.initializer)
        before = variable.read_value()
        with tf.control_dependencies([before]):
            update = variable.assign_add([10.0, 10.0])
        held = way(before)
        with tf.control_dependencies([update]):
            held = held + 0.0
        np.testing.assert_array_equal(session.run(held), [1, 2])
