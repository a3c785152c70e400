"""JPEG files of smooth random pictures, as large as photographs on the web."""

import os

import numpy as np
import tensorflow as tf

COUNT = 128


def write(folder):
    """The paths of the files, written into a folder."""
    random = np.random.RandomState(1)
    coarse = tf.placeholder(tf.float32, [None, None, 3])
    size = tf.placeholder(tf.int32, [2])
    smooth = tf.image.resize_bicubic(coarse[None], size)[0]
    encoded = tf.image.encode_jpeg(tf.cast(tf.clip_by_value(smooth, 0, 255), tf.uint8), quality=90)
    paths = []
    with tf.Session() as session:
        for i in range(COUNT):
            rows, columns = random.randint(240, 340), random.randint(300, 500)
            picture = random.rand(rows // 6, columns // 6, 3) * 255
            paths.append(os.path.join(folder, f"{i:03d}.jpg"))
            with open(paths[-1], "wb") as file:
                file.write(session.run(encoded, {coarse: picture, size: [rows, columns]}))
    return paths
