"""Parsing batches of 128 Examples of 10 features: numbers, texts, lists of both."""

import numpy as np
import tensorflow as tf
import timing

RNG = np.random.RandomState(0)


def number(*values):
    return tf.train.Feature(int64_list=tf.train.Int64List(value=[int(v) for v in values]))


def real(*values):
    return tf.train.Feature(float_list=tf.train.FloatList(value=[float(v) for v in values]))


def text(*values):
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))


def example(i):
    features = {
        "image": text(RNG.bytes(100)),
        "name": text(b"name%d" % i),
        "label": number(RNG.randint(1000)),
        "height": number(28),
        "width": number(28),
        "ids": number(*RNG.randint(100000, size=8)),
        "weights": real(*RNG.rand(16)),
        "score": real(RNG.rand()),
        "tags": number(*RNG.randint(100000, size=RNG.randint(5))),
        "words": text(*[b"word%d" % j for j in range(RNG.randint(4))]),
    }
    message = tf.train.Example(features=tf.train.Features(feature=features))
    return message.SerializeToString()


FEATURES = {
    "image": tf.FixedLenFeature([], tf.string),
    "name": tf.FixedLenFeature([], tf.string),
    "label": tf.FixedLenFeature([], tf.int64),
    "height": tf.FixedLenFeature([], tf.int64),
    "width": tf.FixedLenFeature([], tf.int64),
    "ids": tf.FixedLenFeature([8], tf.int64),
    "weights": tf.FixedLenFeature([16], tf.float32),
    "score": tf.FixedLenFeature([], tf.float32),
    "tags": tf.VarLenFeature(tf.int64),
    "words": tf.VarLenFeature(tf.string),
}

serialized = tf.placeholder(tf.string, [None])
batch = np.array([example(i) for i in range(128)], object)
parsed = tf.parse_example(serialized, FEATURES)
with tf.Session() as session:
    timing.measure(lambda: session.run(parsed, {serialized: batch}))
