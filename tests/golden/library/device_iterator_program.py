"""Iterators for several devices. Both TensorFlow's Python and ours read this file."""

import numpy as np

DEVICES = ["/cpu:1", "/cpu:2"]


def plain(value):
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return np.asarray(value).tolist()


def tried(function, *args):
    try:
        return plain(function(*args))
    except Exception as error:
        return type(error).__name__


def program(tf, multi_device_iterator_ops):
    found = {}
    config = tf.ConfigProto(device_count={"CPU": 3})
    make = multi_device_iterator_ops.MultiDeviceIterator
    for size in (10, 7):
        with tf.Graph().as_default():
            iterator = make(tf.data.Dataset.range(size), DEVICES)
            both, one = iterator.get_next(), iterator.get_next(DEVICES[1])
            left = [o.has_value() for o in iterator.get_next_as_optional()]
            seen = found["range", size] = []
            with tf.Session(config=config) as session:
                for _ in range(2):
                    session.run(iterator.initializer)
                    seen.append([tried(session.run, both) for _ in range(4)])
                    seen.append(tried(session.run, one))
                session.run(iterator.initializer)
                seen.append([tried(session.run, left) for _ in range(6)])
    with tf.Graph().as_default():
        nested = tf.data.Dataset.range(8).map(lambda x: {"a": x, "b": (x * 2,)})
        iterator = make(nested, DEVICES, max_buffer_size=4)
        both = iterator.get_next()
        with tf.Session(config=config) as session:
            session.run(iterator.initializer)
            found["nested"] = [plain(session.run(both)) for _ in range(2)]
            found["spec"] = str(iterator.element_spec)
    with tf.Graph().as_default():
        wrong = tf.data.Dataset.range(6).map(
            lambda x: tf.debugging.check_numerics(1.0 / tf.cast(x - 2, tf.float32), "bad")
        )
        iterator = make(wrong, DEVICES)
        each = [iterator.get_next(device) for device in DEVICES]
        with tf.Session(config=config) as session:
            session.run(iterator.initializer)
            found["wrong"] = [tried(session.run, each[i % 2]) for i in range(8)]
    return {str(key): value for key, value in found.items()}
