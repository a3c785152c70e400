"""Nodes that tf.random functions and initializers build, and what they draw, twice in a row.

Run it under TensorFlow 1.15. The expressions are the test's programs, too.
"""

import json
import os

import numpy as np
import tensorflow as tf

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "random_programs.json")
EXPRESSIONS = [
    "tf.random_normal([3], 2.0, 3.0, seed=7)",
    "tf.random_normal([2, 3], dtype=tf.float64)",
    "tf.random.normal((2, tf.Dimension(2)), mean=[1.0, 2.0], name='n')",
    "tf.random_normal([], seed=1)",
    "tf.random_normal(tf.TensorShape([2, 2]), stddev=0.5, seed=1)",
    "tf.random_normal(tf.constant([2], tf.int64), dtype=tf.float16, seed=1)",
    "tf.truncated_normal([3, 2], stddev=0.1)",
    "tf.random_uniform([4])",
    "tf.random_uniform([4], -1.0, 3.0, seed=7)",
    "tf.random_uniform([4], -5, 100, tf.int32, seed=7, name='u')",
    "tf.random_uniform([4], maxval=10, dtype=tf.int64)",
    "tf.random_uniform([2], dtype=tf.bfloat16, seed=3)",
    "tf.random_shuffle(tf.range(7), seed=2)",
    "tf.random_shuffle([['a', 'b'], ['c', 'd'], ['e', 'f']], seed=5)",
    "tf.random_crop(tf.reshape(tf.range(36), [6, 6]), [3, 4], seed=7)",
    "tf.multinomial(tf.log([[0.1, 0.9], [0.5, 0.5]]), 5)",
    "tf.random.categorical(tf.log([[0.1, 0.9], [0.5, 0.5]]), 5, dtype=tf.int32, seed=4)",
    "tf.random_gamma([3], [0.5, 2.5], seed=1)",
    "tf.random_gamma([2, 2], [[0.5], [2.5]], [1.0, 2.0], tf.float64)",
    "tf.random_poisson([0.7, 4.5, 30.0], [3], seed=1)",
    "tf.random_poisson(4.0, [2, 2], tf.int32)",
    "tf.random.stateless_uniform([3], [2, 3])",
    "tf.random.stateless_uniform([3], [2, 3], 0, 50, tf.int32)",
    "tf.random.stateless_normal([3], seed=[2, 3], mean=1.0, dtype=tf.float64, name='s')",
    "tf.random.stateless_truncated_normal([3], tf.constant([2, 3], tf.int64), stddev=2.0)",
    "tf.random.stateless_multinomial(tf.log([[0.1, 0.9]]), 4, [2, 3])",
    "tf.random.stateless_categorical(tf.log([[0.1, 0.9]]), 4, [2, 3], dtype=tf.int32)",
    "tf.contrib.stateless.stateless_random_normal([2], [1, 1])",
    "tf.gradients(tf.random_gamma([4], tf.constant([0.5, 2.5]), 2.0, seed=1), "
    "tf.get_default_graph().get_tensor_by_name('Const:0'))[0]",
    "tf.zeros_initializer()([2, 3])",
    "tf.ones_initializer(dtype=tf.int32)([2], dtype=tf.float64)",
    "tf.constant_initializer([1, 2, 3])([2, 2])",
    "tf.constant_initializer(5)([2])",
    "tf.random_uniform_initializer(-0.05, 0.05, seed=42)([3, 5])",
    "tf.random_uniform_initializer(0, 9, dtype=tf.int32)([3])",
    "tf.random_normal_initializer(1.0, 2.0, seed=42)([3], tf.float64)",
    "tf.truncated_normal_initializer(stddev=0.1)([3, 3])",
    "tf.uniform_unit_scaling_initializer(factor=1.15, seed=42)([3, 3, 2, 4])",
    "tf.variance_scaling_initializer(seed=42)([3, 3, 2, 4])",
    "tf.variance_scaling_initializer(2.0, 'fan_out', 'untruncated_normal', seed=42)([3, 5])",
    "tf.variance_scaling_initializer(1.0, 'fan_avg', 'uniform')([7])",
    "tf.variance_scaling_initializer(distribution='normal', seed=1)([])",
    "tf.glorot_uniform_initializer(seed=42)([3, 5])",
    "tf.glorot_normal_initializer()([3, 5])",
    "tf.initializers.he_normal(seed=42)([3, 5])",
    "tf.initializers.he_uniform(seed=42)([3, 5])",
    "tf.initializers.lecun_normal(seed=42)([3, 5])",
    "tf.initializers.lecun_uniform()([3, 5])",
    "tf.initializers.identity(gain=2.0)([3, 5])",
    "tf.initializers.identity()([3, 3])",
    "tf.eye(2, 3, [2], tf.int32)",
    "tf.eye(tf.constant(3))",
    "tf.eye(tf.constant(3), 2, tf.constant([2]))",
    "tf.orthogonal_initializer(seed=42)([5, 3])",
    "tf.orthogonal_initializer(2.0)([3, 2, 8])",
    "tf.contrib.framework.convolutional_delta_orthogonal(seed=3)([3, 3, 2, 4])",
    "tf.contrib.framework.convolutional_delta_orthogonal(2.0, seed=3)([3, 2, 4])",
    "tf.contrib.framework.convolutional_orthogonal_1d(seed=3)([3, 2, 3])",
    "tf.contrib.framework.convolutional_orthogonal_2d(2.0, seed=3)([3, 3, 2, 3])",
    "tf.contrib.framework.convolutional_orthogonal_3d()([2, 2, 2, 2, 2])",
    "tf.contrib.layers.xavier_initializer(seed=42)([3, 3, 2, 4])",
    "tf.contrib.layers.xavier_initializer(False)([7])",
    "tf.contrib.layers.variance_scaling_initializer(seed=42)([3, 5])",
    "tf.keras.initializers.RandomNormal(seed=1)([3])",
    "tf.keras.initializers.get('random_uniform')([3])",
    "tf.keras.initializers.get({'class_name': 'TruncatedNormal', 'config': {'seed': 2}})([3])",
]
FAILING = [
    "tf.random_uniform([3], dtype=tf.int32)",
    "tf.random_uniform([3], dtype=tf.string)",
    "tf.random.stateless_uniform([3], [1, 2], dtype=tf.int64)",
    "tf.constant_initializer(object())",
    "tf.constant_initializer([1, 2], verify_shape=True)([3])",
    "tf.constant_initializer([1, 2, 3])([2])",
    "tf.random_normal_initializer(dtype=tf.int32)",
    "tf.variance_scaling_initializer(scale=0.0)",
    "tf.variance_scaling_initializer(mode='fan')",
    "tf.variance_scaling_initializer(distribution='even')",
    "tf.orthogonal_initializer()([3])",
    "tf.initializers.identity()([3])",
    "tf.eye(2.0)",
    "tf.contrib.framework.convolutional_delta_orthogonal()([3, 3])",
    "tf.contrib.framework.convolutional_delta_orthogonal()([3, 4, 2])",
    "tf.contrib.framework.convolutional_orthogonal_2d()([3, 2, 2, 4])",
    "tf.contrib.framework.convolutional_orthogonal_1d()([3, 2, 2, 4])",
    "tf.contrib.layers.xavier_initializer(dtype=tf.int32)",
    "tf.contrib.layers.variance_scaling_initializer(mode='FAN')",
    "tf.keras.initializers.get('none such')",
    "tf.keras.initializers.get(3)",
]
CONFIGS = [
    "tf.zeros_initializer()",
    "tf.ones_initializer()",
    "tf.constant_initializer(3)",
    "tf.random_uniform_initializer(1, 2)",
    "tf.random_normal_initializer(seed=1)",
    "tf.truncated_normal_initializer()",
    "tf.uniform_unit_scaling_initializer()",
    "tf.variance_scaling_initializer()",
    "tf.glorot_uniform_initializer(3, tf.float64)",
    "tf.glorot_normal_initializer()",
    "tf.orthogonal_initializer()",
    "tf.initializers.identity()",
    "tf.initializers.he_normal()",
    "tf.contrib.framework.convolutional_orthogonal_2d()",
    "tf.keras.initializers.RandomUniform()",
]


def program(expression):
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(5)
        tensor = eval(expression)
        nodes = [[op.name, op.type, [i.name for i in op.inputs]] for op in graph.get_operations()]
        seeds = {
            op.name: [op.get_attr("seed"), op.get_attr("seed2")]
            for op in graph.get_operations()
            if "seed2" in op.node_def.attr
        }
        with tf.Session() as session:
            runs = [np.asarray(session.run(tensor)) for _ in range(2)]
    if runs[0].dtype == tf.bfloat16.as_numpy_dtype:
        runs = [run.astype(np.float32) for run in runs]
    if runs[0].dtype == object:
        runs = [run.astype(str) for run in runs]
    return {
        "expression": expression,
        "nodes": nodes,
        "seeds": seeds,
        "dtype": tensor.dtype.name,
        "shape": str(tensor.shape),
        "runs": [run.tolist() for run in runs],
    }


def failure(expression):
    with tf.Graph().as_default():
        try:
            eval(expression)
        except Exception as e:
            return {"expression": expression, "type": type(e).__name__, "message": str(e)}
    raise AssertionError(expression + " does not fail")


def main():
    golden = {
        "programs": [program(e) for e in EXPRESSIONS],
        "failures": [failure(e) for e in FAILING],
        "configs": [{"expression": e, "config": eval(e).get_config()} for e in CONFIGS],
    }
    with open(OUT, "w") as f:
        json.dump(golden, f, indent=1, sort_keys=True)
        f.write("\n")


if __name__ == "__main__":
    main()
