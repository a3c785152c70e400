"""How much the process grows over 1,000 steps of the notes' model, after a warm-up."""

import gc
import itertools
import os

import mlp
import tensorflow as tf
import timing


def resident_megabytes():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


x, labels, train = mlp.build()
data = itertools.cycle(mlp.batches())
with tf.Session() as session:
    session.run(tf.global_variables_initializer())

    def steps(count):
        for images, targets in itertools.islice(data, count):
            session.run(train, {x: images, labels: targets})

    steps(200)
    gc.collect()
    before = resident_megabytes()
    steps(1000)
    gc.collect()
    timing.report([resident_megabytes() - before], unit="MB")
