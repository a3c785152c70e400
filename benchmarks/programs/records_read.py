"""Reading 1 GB of TFRecords of 10 kB each, 128 at a time.

RECORDS_MB in the environment makes it another size.
"""

import os
import tempfile

import tensorflow as tf
import timing

SIZE = 10000
COUNT = int(os.environ.get("RECORDS_MB", 1000)) * 1000000 // SIZE


def read(path):
    """Takes the file to its end."""
    with tf.Graph().as_default():
        dataset = tf.data.TFRecordDataset(path).batch(128)
        batch = dataset.make_one_shot_iterator().get_next()
        with tf.Session() as session:
            step = session.make_callable(batch.op)
            try:
                while True:
                    step()
            except tf.errors.OutOfRangeError:
                pass


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "data.tfrecord")
    record = os.urandom(SIZE)
    with tf.python_io.TFRecordWriter(path) as writer:
        for _ in range(COUNT):
            writer.write(record)
    timing.measure(lambda: read(path), warm_up=1, seconds=4.0)
