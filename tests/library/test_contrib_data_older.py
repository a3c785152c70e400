"""Datasets as programs of TensorFlow 1.2 to 1.4 use them, from `tf.contrib.data`."""

import evergraph as tf


def elements(dataset):
    """All elements of a dataset, by an iterator of the time."""
    iterator = dataset.make_one_shot_iterator()
    assert isinstance(iterator, tf.contrib.data.Iterator)
    following = iterator.get_next()
    found = []
    with tf.Session() as session:
        while True:
            try:
                found.append(session.run(following))
            except tf.errors.OutOfRangeError:
                return found


def test_map_takes_the_earlier_arguments():
    dataset = tf.contrib.data.Dataset.range(5).filter(lambda x: x > 0)
    dataset = dataset.map(lambda x: x * 2, num_threads=2, output_buffer_size=10)
    dataset = dataset.map(lambda x: x + 1).shuffle(10, seed=1).batch(2).repeat(2).skip(1)
    assert isinstance(dataset, tf.contrib.data.Dataset)
    parts = [part.tolist() for part in elements(dataset)]
    assert [len(part) for part in parts] == [2, 2, 2]
    assert sorted(parts[1] + parts[2]) == [3, 5, 7, 9]


def test_methods_that_became_functions():
    dataset = tf.contrib.data.Dataset.from_tensor_slices([[1, 2], [3, 4]]).unbatch()
    assert elements(dataset) == [1, 2, 3, 4]
    assert elements(dataset.enumerate(start=5).take(1)) == [(5, 1)]
    windows = dataset.group_by_window(
        lambda x: tf.cast(x % 2, tf.int64), lambda _, w: w.batch(2), 2
    )
    assert [window.tolist() for window in elements(windows)] == [[1, 3], [2, 4]]
    checked = dataset.map(lambda x: tf.check_numerics(1.0 / tf.cast(x - 2, tf.float32), ""))
    assert elements(checked.ignore_errors()) == [-1.0, 1.0, 0.5]
    sparse = dataset.map(lambda x: tf.fill([x], x)).dense_to_sparse_batch(2, [4])
    assert elements(sparse)[0].values.tolist() == [1, 2, 2]


def test_files(tmp_path):
    lines, records, blocks = (str(tmp_path / name) for name in ("lines", "records", "blocks"))
    (tmp_path / "lines").write_text("a\nb\n")
    (tmp_path / "blocks").write_bytes(b"habcdf")
    with tf.python_io.TFRecordWriter(records) as writer:
        writer.write(b"record")
    data = tf.contrib.data
    assert elements(data.TextLineDataset(lines).map(lambda x: x + "!", 2)) == [b"a!", b"b!"]
    assert elements(data.TFRecordDataset([records]).repeat(2)) == [b"record"] * 2
    assert elements(data.FixedLengthRecordDataset(blocks, 2, 1, 1)) == [b"ab", b"cd"]
    assert isinstance(data.TextLineDataset(lines), data.Dataset)
