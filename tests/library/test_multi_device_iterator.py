"""Iterators for several devices against TensorFlow."""

import importlib
import json
import sys
from pathlib import Path

import pytest

import evergraph as tf
from evergraph.library.data import multi_device_iterator_ops
from evergraph.library.eager import context

HERE = Path(__file__).resolve().parents[1] / "golden" / "library"
sys.path.insert(0, str(HERE))
program = importlib.import_module("device_iterator_program").program
sys.path.remove(str(HERE))


def test_elements_go_to_devices_in_turn() -> None:
    found = json.loads(json.dumps(program(tf, multi_device_iterator_ops)))
    golden = json.loads((HERE / "device_iterator.json").read_text())
    for key, value in golden.items():
        assert found[key] == value, key


def test_ops_where_they_run_at_once() -> None:
    kinds = {"output_types": [tf.int64], "output_shapes": [[]]}
    ops = tf.raw_ops
    with context.eager_mode():
        handle, deleter = ops.AnonymousMultiDeviceIterator(devices=["/cpu:0"] * 2, **kinds)
        dataset = tf.data.Dataset.range(5)._variant_tensor

        def begin() -> tf.Tensor:
            return ops.MultiDeviceIteratorInit(
                dataset=dataset, multi_device_iterator=handle, max_buffer_size=1
            )

        def take(shard: int, number: tf.Tensor) -> int:
            (value,) = ops.MultiDeviceIteratorGetNextFromShard(
                multi_device_iterator=again, shard_num=shard, incarnation_id=number, **kinds
            )
            return int(value)

        number = begin()
        name = ops.MultiDeviceIteratorToStringHandle(multi_device_iterator=handle)
        again = ops.MultiDeviceIteratorFromStringHandle(string_handle=name, **kinds)
        assert [take(i, number) for i in (0, 0, 1, 0, 1)] == [0, 2, 1, 4, 3]
        with pytest.raises(tf.errors.OutOfRangeError):
            take(1, number)
        later = begin()
        with pytest.raises(tf.errors.InvalidArgumentError, match="Invalid incarnation id"):
            take(0, number)
        assert take(1, later) == 1
        ops.DeleteMultiDeviceIterator(multi_device_iterator=handle, iterators=[], deleter=deleter)
