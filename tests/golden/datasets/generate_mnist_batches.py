"""Makes mnist_batches.json: what TensorFlow 1.15's read_data_sets hands out from the sample.

Run with TensorFlow 1.15.5, Python 3.7.
"""

import hashlib
import json
import os

import numpy as np
import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLE = os.path.join(HERE, "../../../evergraph/library/datasets/sample")

CASES = {
    "seed": (dict(seed=7), None, [100, 2500, 3000, 100]),
    "one_hot": (dict(seed=3, one_hot=True, validation_size=500), None, [64] * 3),
    "graph seed": (dict(), 11, [50, 6000, 50]),
    "both seeds": (dict(seed=5), 11, [50]),
    "uint8": (dict(seed=1, dtype=tf.uint8, reshape=False), None, [10, 10]),
    "seeded later": (dict(), None, [100, 4950, 100]),
}


def digest(array):
    array = np.asarray(array)
    sha = hashlib.sha1(np.ascontiguousarray(array).tobytes()).hexdigest()
    return [list(array.shape), str(array.dtype), sha]


def observe(options, graph_seed, sizes, read):
    if graph_seed is not None:
        tf.set_random_seed(graph_seed)
    sets = read(SAMPLE, **options)
    if not options and graph_seed is None:
        np.random.seed(42)
    seen = [[digest(s.images), digest(s.labels), s.num_examples] for s in sets]
    for size in sizes:
        images, labels = sets.train.next_batch(size)
        seen.append([digest(images), digest(labels), sets.train.epochs_completed])
    images, labels = sets.test.next_batch(30, shuffle=False)
    seen.append([digest(images), digest(labels), sets.test.epochs_completed])
    return seen


if __name__ == "__main__":
    found = {}
    for name, (options, graph_seed, sizes) in CASES.items():
        with tf.Graph().as_default():
            found[name] = observe(options, graph_seed, sizes, input_data.read_data_sets)
    with open(os.path.join(HERE, "mnist_batches.json"), "w") as file:
        json.dump(found, file, indent=1)
