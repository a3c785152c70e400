"""The notes' model on digits from a TFRecord file, by queues that shuffle."""

import contextlib
import os
import shutil
import tempfile

import mlp
import numpy as np
import tensorflow as tf

RECORDS = 12000
LEAST = 10000


def feature(value):
    if isinstance(value, bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
    return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))


def write(path):
    random = np.random.RandomState(1)
    with tf.python_io.TFRecordWriter(path) as writer:
        for _ in range(RECORDS):
            image = random.randint(256, size=mlp.LAYERS[0]).astype(np.uint8).tobytes()
            features = {
                "image_raw": feature(image),
                "label": feature(int(random.randint(mlp.LAYERS[2]))),
                "pixels": feature(mlp.LAYERS[0]),
            }
            example = tf.train.Example(features=tf.train.Features(feature=features))
            writer.write(example.SerializeToString())


def pipeline(path):
    files = tf.train.string_input_producer([path], shuffle=True)
    _, record = tf.TFRecordReader().read(files)
    parsed = tf.parse_single_example(
        record,
        features={
            "image_raw": tf.FixedLenFeature([], tf.string),
            "label": tf.FixedLenFeature([], tf.int64),
            "pixels": tf.FixedLenFeature([], tf.int64),
        },
    )
    image = tf.decode_raw(parsed["image_raw"], tf.uint8)
    image.set_shape([mlp.LAYERS[0]])
    image = tf.cast(image, tf.float32) * (1.0 / 255)
    label = tf.cast(parsed["label"], tf.int32)
    capacity = LEAST + 3 * mlp.BATCH
    return tf.train.shuffle_batch(
        [image, label], mlp.BATCH, capacity=capacity, min_after_dequeue=LEAST
    )


@contextlib.contextmanager
def training():
    """Gives the session, the operation that trains, and the tensors of images and labels."""
    folder = tempfile.mkdtemp()
    try:
        path = os.path.join(folder, "digits.tfrecords")
        write(path)
        images, labels = pipeline(path)
        _, _, train = mlp.build(images, tf.one_hot(labels, mlp.LAYERS[2]))
        with tf.Session() as session:
            session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
            coord = tf.train.Coordinator()
            threads = tf.train.start_queue_runners(sess=session, coord=coord)
            yield session, train, images, labels
            coord.request_stop()
            coord.join(threads)
    finally:
        shutil.rmtree(folder)
