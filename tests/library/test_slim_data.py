"""tf.contrib.slim's records as items, and others beside them, against TensorFlow."""

from pathlib import Path

import pytest
from ops import case_runner

import evergraph as tf

slim = tf.contrib.slim

CASES, GOLDEN = case_runner.load("slim_data_cases")


@pytest.mark.parametrize("name", CASES)
def test_slim_data(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


def test_items_of_files(tmp_path: Path) -> None:
    written = {}
    for i in range(3):
        path = tmp_path / f"part-{i}"
        with tf.python_io.TFRecordWriter(str(path)) as writer:
            for j in range(4):
                message = tf.train.Example()
                message.features.feature["a"].int64_list.value.extend([i, j])
                writer.write(message.SerializeToString())
                written[i, j] = 0
    with tf.Graph().as_default(), tf.Session() as session:
        decoder = slim.tfexample_decoder.TFExampleDecoder(
            {"a": tf.FixedLenFeature([2], tf.int64)}, {"a": slim.tfexample_decoder.Tensor("a")}
        )
        dataset = slim.dataset.Dataset(
            str(tmp_path / "part-*"), tf.TFRecordReader, decoder, 12, {"a": "file and record"}
        )
        provider = slim.dataset_data_provider.DatasetDataProvider(
            dataset, num_epochs=1, num_readers=2, common_queue_min=2, common_queue_capacity=20
        )
        queue = slim.prefetch_queue.prefetch_queue(provider.get(["a"]))
        item = queue.dequeue()
        session.run(tf.local_variables_initializer())
        with slim.queues.QueueRunners(session):
            for _ in range(12):
                written[tuple(session.run(item).tolist())] += 1
            with pytest.raises(tf.errors.OutOfRangeError):
                session.run(item)
    assert set(written.values()) == {1}


def test_files_of_patterns(tmp_path: Path) -> None:
    for name in ("a-1", "a-2", "b"):
        (tmp_path / name).touch()
    found = slim.parallel_reader.get_data_files([f"{tmp_path}/a-*", f"{tmp_path}/b"])
    assert sorted(found) == [f"{tmp_path}/{name}" for name in ("a-1", "a-2", "b")]
    with pytest.raises(ValueError, match="No data files found in"):
        slim.parallel_reader.get_data_files(f"{tmp_path}/c-?")
