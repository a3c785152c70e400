"""CheckpointInputPipelineHook: training that stops and goes on; what it prints lies beside it.

Run with the Python that has TensorFlow 1.15.
"""

import os
import tempfile

import tensorflow as tf

tf.logging.set_verbosity(tf.logging.ERROR)
seen = []


def input_fn():
    return tf.data.Dataset.range(100).map(lambda x: tf.cast(x, tf.float32)).shuffle(10, seed=7)


def model_fn(features, labels, mode, config):
    weight = tf.get_variable("weight", [], initializer=tf.zeros_initializer())
    noted = tf.py_func(lambda x: seen.append(int(x)), [features], [])
    with tf.control_dependencies([noted]):
        train = tf.group(weight.assign_add(features), tf.train.get_global_step().assign_add(1))
    return tf.estimator.EstimatorSpec(mode, loss=weight, train_op=train)


folder = tempfile.mkdtemp()
config = tf.estimator.RunConfig(folder, save_checkpoints_steps=2, tf_random_seed=1)
for steps in (3, 4):
    estimator = tf.estimator.Estimator(model_fn, config=config)
    hook = tf.data.experimental.CheckpointInputPipelineHook(estimator)
    print(isinstance(hook, tf.train.CheckpointSaverHook))
    estimator.train(input_fn, [hook], steps=steps)
    print(len(seen), sorted(seen) == sorted(set(seen)), max(seen) < 10 + len(seen))
    print([name for name in sorted(os.listdir(folder)) if name.endswith("index")])
    state = tf.train.get_checkpoint_state(folder, "checkpoint_input")
    print([os.path.basename(p) for p in state.all_model_checkpoint_paths])
    names = tf.train.list_variables(tf.train.latest_checkpoint(folder, "checkpoint_input"))
    print(names)
