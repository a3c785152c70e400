"""From nothing to the first training step: building, a session, initialization, one step."""

import mlp
import tensorflow as tf
import timing

images, targets = mlp.batches(1)[0]
start = timing.now()
x, labels, train = mlp.build()
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    session.run(train, {x: images, labels: targets})
    timing.report([(timing.now() - start) * 1e3])
