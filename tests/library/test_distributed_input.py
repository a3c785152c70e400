"""Input of replicas against TensorFlow's: nodes of iterators, and of estimators that use them."""

from pathlib import Path
from typing import Any

import evergraph as tf

ITERATOR = (
    "Const MultiDeviceIterator MultiDeviceIteratorInit/max_buffer_size MultiDeviceIteratorInit "
    "MultiDeviceIteratorToStringHandle GeneratorDataset GeneratorDataset_1 buffer_size "
    "PrefetchDataset IteratorV2 MakeIterator IteratorToStringHandle group_deps IteratorGetNext "
    "group_deps_1"
).split()
BEFORE = (
    "start stop step RangeDataset MapDataset batch_size drop_remainder BatchDatasetV2 "
    "optimizations OptimizeDataset ModelDataset"
).split()


def batches(*_: object) -> tf.data.Dataset:
    return tf.data.Dataset.range(10).map(lambda x: (tf.to_float(x), x)).batch(4)


def test_one_device_takes_from_a_multi_device_iterator() -> None:
    with tf.Graph().as_default() as graph:
        strategy = tf.distribute.OneDeviceStrategy("/cpu:0")
        with strategy.scope():
            iterator = strategy.make_input_fn_iterator(batches)
            element = iterator.get_next()
            begin = iterator.initialize()
        assert [op.name for op in graph.get_operations()] == BEFORE + ITERATOR
        assert iterator.output_types == (tf.float32, tf.int64)
        with tf.Session() as session:
            for _ in range(2):
                session.run(begin)
                assert session.run(element)[1].tolist() == [0, 1, 2, 3]


def test_replicas_take_turns() -> None:
    with tf.Graph().as_default():
        strategy = tf.distribute.MirroredStrategy(["/cpu:0", "/gpu:0"])
        with strategy.scope():
            iterator = strategy.make_input_fn_iterator(batches)
            _, numbers = iterator.get_next()
            elements = strategy.experimental_local_results(numbers)
        with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as session:
            session.run(iterator.initialize())
            found = session.run(elements)
    assert [x.tolist() for x in found] == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_estimators_make_their_input_before_the_global_step(tmp_path: Path) -> None:
    graphs = []

    def model_fn(features: Any, labels: Any, mode: str) -> tf.estimator.EstimatorSpec:
        graphs.append(tf.get_default_graph())
        loss = tf.reduce_sum(features * tf.get_variable("w", [], initializer=tf.zeros_initializer))
        return tf.estimator.EstimatorSpec(
            mode, loss=loss, train_op=tf.assign_add(tf.train.get_global_step(), 1)
        )

    config = tf.estimator.RunConfig(
        str(tmp_path), train_distribute=tf.distribute.OneDeviceStrategy("/cpu:0")
    )
    tf.estimator.Estimator(model_fn, config=config).train(batches, steps=2)
    names = [op.name for op in graphs[0].get_operations()]
    start = names.index("global_step/Initializer/zeros")
    assert names[:start] == BEFORE + ITERATOR[:-2]
    assert names.index("IteratorGetNext") > start
