"""Queue runners that take many records at once give what single runs give."""

import threading

import numpy as np
import pytest
import torch

import evergraph as tf
from evergraph.kernels.one_thread import on_one_thread
from evergraph.library.train import batched_enqueue as module
from evergraph.library.train.batched_enqueue import batched_enqueue


def _example(i, length=6):
    image = (np.arange(i, i + length) % 256).astype(np.uint8).tobytes()
    features = {
        "image": tf.train.Feature(bytes_list=tf.train.BytesList(value=[image])),
        "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[i])),
    }
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


def _write(path, records):
    with tf.python_io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record)


def _records(path):
    names = tf.train.string_input_producer([str(path)], num_epochs=1, shuffle=False)
    return tf.TFRecordReader().read(names)


def _components(value):
    """What a program makes of a record: an image as floats, and its label."""
    parsed = tf.parse_single_example(
        value,
        features={
            "image": tf.FixedLenFeature([], tf.string),
            "label": tf.FixedLenFeature([], tf.int64),
        },
    )
    image = tf.decode_raw(parsed["image"], tf.uint8)
    image.set_shape([6])
    image = tf.reshape(tf.cast(image, tf.float32), [2, 3]) * (1.0 / 255) - 0.5
    return image, tf.cast(parsed["label"], tf.int32)


def _elements(session, enqueue, queue, run):
    """What is in the queue after all runs, and the error that ended them."""
    threads = tf.train.start_queue_runners(session, coord := tf.train.Coordinator())
    with pytest.raises(tf.errors.OpError) as caught:
        while True:
            run()
    found = session.run(queue.dequeue_many(session.run(queue.size())))
    coord.request_stop()
    coord.join(threads)
    return found, caught.value


def _both(path, make=_components, shapes=((2, 3), ())):
    """The elements and errors of batched and of single runs."""
    outcomes = []
    for single in (False, True):
        with tf.Graph().as_default(), tf.Session() as session:
            _, value = _records(path)
            components = make(value)
            queue = tf.FIFOQueue(1000, [c.dtype for c in components], shapes)
            enqueue = queue.enqueue(components)
            session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
            run = session.make_callable(enqueue) if single else batched_enqueue(session, enqueue)
            assert run is not None
            outcomes.append(_elements(session, enqueue, queue, run))
    return outcomes


def _assert_same(outcomes):
    (ours, error), (wanted, other) = outcomes
    for a, b in zip(ours, wanted, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
    assert type(error) is type(other)
    return ours, error


def test_elements_and_their_order(tmp_path):
    _write(tmp_path / "a", [_example(i) for i in range(150)])
    (images, labels), error = _assert_same(_both(tmp_path / "a"))
    assert isinstance(error, tf.errors.OutOfRangeError)
    assert images.shape == (150, 2, 3) and list(labels) == list(range(150))


def test_one_that_is_not_like_the_others(tmp_path):
    records = [_example(i) for i in range(150)]
    records[100] = _example(100, length=5)
    _write(tmp_path / "a", records)
    (_, labels), error = _assert_same(_both(tmp_path / "a"))
    assert list(labels) == list(range(100))
    assert isinstance(error, tf.errors.InvalidArgumentError)


def test_damage_comes_after_the_good_ones(tmp_path):
    _write(tmp_path / "a", [_example(i) for i in range(100)])
    whole = (tmp_path / "a").read_bytes()
    (tmp_path / "a").write_bytes(whole[:-7])
    (_, labels), error = _assert_same(_both(tmp_path / "a"))
    assert list(labels) == list(range(99)) and isinstance(error, tf.errors.DataLossError)


def test_arithmetic_of_two(tmp_path):
    _write(tmp_path / "a", [_example(i) for i in range(40)])

    def make(value):
        image, label = _components(value)
        weights = tf.constant([1.0, 2.0, 4.0])
        return [tf.squeeze(tf.expand_dims(tf.abs(image + image * weights), 0), [0])]

    _assert_same(_both(tmp_path / "a", make, [(2, 3)]))


def test_numbers_and_strings_of_records_as_they_are(tmp_path):
    """A layout that changes, big-endian numbers, strings, numbers of several bytes."""
    features = {"name": tf.FixedLenFeature([2], tf.string), "size": tf.FixedLenFeature([], "int64")}

    def record(i):
        names = [b"%03d" % i, b"x" * (1 + i // 60)]
        values = {
            "name": tf.train.Feature(bytes_list=tf.train.BytesList(value=names)),
            "size": tf.train.Feature(int64_list=tf.train.Int64List(value=[i * 40])),
            "bytes": tf.train.Feature(
                bytes_list=tf.train.BytesList(value=[np.int16([i, -i]).tobytes()])
            ),
            "rest": tf.train.Feature(float_list=tf.train.FloatList(value=[i, i / 3])),
        }
        return tf.train.Example(features=tf.train.Features(feature=values)).SerializeToString()

    def make(value):
        more = {"bytes": tf.FixedLenFeature([], "string"), "rest": tf.FixedLenFeature([2], "float")}
        parsed = tf.parse_single_example(value, {**features, **more})
        little = tf.decode_raw(parsed["bytes"], tf.int16)
        big = tf.decode_raw(parsed["bytes"], tf.int16, little_endian=False)
        both = tf.reshape(little, [2]), tf.reshape(big, [2])
        return [parsed["name"], parsed["size"], parsed["rest"], *both]

    _write(tmp_path / "a", [record(i) for i in range(130)])
    found, _ = _assert_same(_both(tmp_path / "a", make, [(2,), (), (2,), (2,), (2,)]))
    assert list(found[1]) == [i * 40 for i in range(130)]
    np.testing.assert_array_equal(found[3][7], [7, -7])
    np.testing.assert_array_equal(found[4][7], [7 << 8, -1537])


def test_numbers_of_whole_records(tmp_path):
    numbers = np.arange(400, dtype=np.float32).reshape(100, 4)
    _write(tmp_path / "a", [row.tobytes() for row in numbers])

    def make(value):
        return [tf.reshape(tf.decode_raw(value, tf.float32), [2, 2]) - 1]

    found, _ = _assert_same(_both(tmp_path / "a", make, [(2, 2)]))
    np.testing.assert_array_equal(found.reshape(100, 4), numbers - 1)


def test_a_default_for_a_missing_feature(tmp_path):
    _write(tmp_path / "a", [_example(i) for i in range(40)])

    def make(value):
        feature = tf.FixedLenFeature([3], tf.int64, default_value=[1, 2, 3])
        return [tf.parse_single_example(value, {"none": feature})["none"]]

    found, _ = _assert_same(_both(tmp_path / "a", make, [(3,)]))
    np.testing.assert_array_equal(found, [[1, 2, 3]] * 40)


@pytest.mark.parametrize(
    "finish",
    [
        lambda x: tf.reshape(tf.cast(x, tf.float64) * (1.0 / 255), [2, 3]),
        lambda x: (tf.cast(tf.cast(x, tf.int32) + 1, tf.float32) - [1.0, 2, 3, 4, 5, 6]) / 3,
        lambda x: tf.cast(tf.reshape(x, [3, 2, 1]), tf.float32),
        lambda x: tf.identity(-tf.cast(x, tf.float16)),
    ],
)
def test_floats_that_are_made_when_they_are_taken(tmp_path, monkeypatch, finish):
    made = []
    plain = module._Finishing.later
    monkeypatch.setattr(
        module._Finishing, "later", lambda *args: made.append(plain(*args)) or made[-1]
    )
    _write(tmp_path / "a", [_example(i) for i in range(150)])

    def make(value):
        image = tf.decode_raw(
            tf.parse_single_example(value, {"image": tf.FixedLenFeature([], tf.string)})["image"],
            tf.uint8,
        )
        image.set_shape([6])
        return [finish(image)]

    with tf.Graph().as_default():
        shape = make(tf.placeholder(tf.string, []))[0].shape.as_list()
    _assert_same(_both(tmp_path / "a", make, [shape]))
    assert made and all(m.values.dtype == np.uint8 for m in made)


def test_floats_of_another_shape_than_was_said(tmp_path):
    _write(tmp_path / "a", [_example(i) for i in range(50)])

    def make(value):
        image = tf.cast(tf.decode_raw(value, tf.uint8), tf.float32)
        image.set_shape([3])
        return [image]

    found, error = _assert_same(_both(tmp_path / "a", make, [[3]]))
    assert isinstance(error, tf.errors.InvalidArgumentError) and not len(found)


@pytest.mark.parametrize("reader", ["TextLineReader", "TFRecordReader"])
def test_records_that_come_alone_are_collected(tmp_path, reader):
    lines = [b"%d" % 10**i for i in range(100)]
    if reader == "TextLineReader":
        (tmp_path / "a").write_bytes(b"\n".join(lines))
    else:
        _write(tmp_path / "a", lines)
    with tf.Graph().as_default(), tf.Session() as session:
        names = tf.train.string_input_producer([str(tmp_path / "a")], 1, shuffle=False)
        key, value = getattr(tf, reader)().read(names)
        queue = tf.FIFOQueue(1000, [tf.string, tf.string], [[], []])
        run = batched_enqueue(session, queue.enqueue([key, value]))
        session.run(tf.local_variables_initializer())
        threads = tf.train.start_queue_runners(session, coord := tf.train.Coordinator())
        run()
        keys, found = session.run(queue.dequeue_many(session.run(queue.size())))
        coord.request_stop()
        coord.join(threads)
    assert list(found) == lines[:64]
    offsets = np.cumsum([0, *(len(line) + 16 for line in lines)])
    numbers = range(1, 65) if reader == "TextLineReader" else offsets[:64]
    assert list(keys) == [b"%s:%d" % (str(tmp_path / "a").encode(), n) for n in numbers]


def _is_batched(components, capacity=100):
    queue = tf.FIFOQueue(capacity, [c.dtype for c in components])
    with tf.Session() as session:
        return batched_enqueue(session, queue.enqueue(components)) is not None


@pytest.mark.parametrize(
    "change",
    [
        lambda image, label: [image + tf.random_uniform([2, 3])],
        lambda image, label: [image + tf.ones([4, 2, 3])],
        lambda image, label: [tf.transpose(image)],
        lambda image, label: [image * tf.cast(label, tf.float32)],
        lambda image, label: [tf.Variable(tf.zeros([2, 3])) + image],
        lambda image, label: [tf.constant(1.0)],
    ],
)
def test_what_is_not_known_stays(tmp_path, change):
    with tf.Graph().as_default():
        _, value = _records(tmp_path / "a")
        assert _is_batched(_components(value))
        assert not _is_batched(_components(value), capacity=20)
        assert not _is_batched(change(*_components(value)))


def test_a_pipeline_uses_it(tmp_path, monkeypatch):
    _write(tmp_path / "a", [_example(i) for i in range(300)])
    calls = []
    plain = module.BatchedEnqueue.__call__
    monkeypatch.setattr(
        module.BatchedEnqueue, "__call__", lambda self: calls.append(1) or plain(self)
    )
    with tf.Graph().as_default(), tf.Session() as session:
        _, value = _records(tmp_path / "a")
        batch = tf.train.shuffle_batch(_components(value), 50, 200, 50, num_threads=2)
        session.run(tf.local_variables_initializer())
        threads = tf.train.start_queue_runners(session, coord := tf.train.Coordinator())
        labels = np.concatenate([session.run(batch)[1] for _ in range(6)])
        coord.request_stop()
        coord.join(threads)
    assert sorted(labels) == list(range(300)) and calls


def test_the_background_keeps_to_one_thread():
    before, seen = torch.get_num_threads(), []
    torch.set_num_threads(2)
    try:
        with on_one_thread():
            seen.append(torch.get_num_threads())
            other = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
            other.start()
            other.join()
        assert seen == [1, 2] and torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_errors_of_reading_tell_the_readers_node(tmp_path):
    _write(tmp_path / "a", [_example(i) for i in range(3)])
    whole = (tmp_path / "a").read_bytes()
    (tmp_path / "a").write_bytes(whole[:-7])
    (_, _), error = _assert_same(_both(tmp_path / "a"))
    assert error.op is not None and error.op.type == "ReaderReadV2"
    assert "[[node ReaderReadV2 (defined at" in error.message
