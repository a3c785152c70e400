"""A batch of 32 decoded and resized JPEGs from tf.data: map, shuffle, repeat, batch, prefetch."""

import shutil
import tempfile

import jpegs
import tensorflow as tf
import timing

BATCH = 32


def decode(path):
    image = tf.image.decode_jpeg(tf.read_file(path), channels=3)
    image = tf.image.convert_image_dtype(image, tf.float32)
    return tf.image.resize_images(image, [128, 128])


folder = tempfile.mkdtemp()
try:
    files = tf.data.Dataset.from_tensor_slices(jpegs.write(folder))
    files = files.map(decode, num_parallel_calls=2).shuffle(100).repeat()
    batch = files.batch(BATCH).prefetch(1).make_one_shot_iterator().get_next()
    with tf.Session() as session:
        timing.measure(lambda: session.run(batch), seconds=6.0)
finally:
    shutil.rmtree(folder)
