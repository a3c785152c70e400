"""Reading, decoding and resizing a JPEG, one a run, as transfer learning does."""

import itertools
import shutil
import tempfile

import jpegs
import tensorflow as tf
import timing

folder = tempfile.mkdtemp()
try:
    paths = itertools.cycle(jpegs.write(folder))
    path = tf.placeholder(tf.string, [])
    image = tf.image.decode_jpeg(tf.read_file(path), channels=3)
    image = tf.image.convert_image_dtype(image, tf.float32)
    image = tf.image.resize_images(image, [299, 299])
    with tf.Session() as session:
        timing.measure(
            lambda: session.run(image, {path: next(paths)}), seconds=4.0, batch=jpegs.COUNT
        )
finally:
    shutil.rmtree(folder)
