"""tf.contrib.kernel_methods.KernelLinearClassifier; what it prints is kernel_program.txt.

Run with the Python that has TensorFlow 1.15: python kernel_program.py > kernel_program.txt
"""

import itertools
import tempfile

import numpy as np
import tensorflow as tf

tf.logging.set_verbosity(tf.logging.ERROR)
K = tf.contrib.kernel_methods
R = np.random.RandomState(0)
X = R.rand(40, 2).astype(np.float32)
Y = ((X[:, 0] - 0.5) ** 2 + (X[:, 1] - 0.5) ** 2 > 0.1).astype(np.int32)[:, None]
c = tf.contrib.layers.real_valued_column("x", dimension=2)
other = tf.contrib.layers.real_valued_column("z")


def f():
    features = {"x": tf.constant(X), "z": tf.constant(X[:, :1]), "w": tf.constant(X[:, 1:])}
    return features, tf.constant(Y)


for kw in (
    dict(),
    dict(n_classes=3, optimizer=tf.train.GradientDescentOptimizer(0.5), weight_column_name="w"),
):
    m = [
        K.RandomFourierFeatureMapper(2, 10, 0.5, name="rffm"),
        K.RandomFourierFeatureMapper(2, 5, 1.0, seed=3, name="rffm2"),
    ]
    k = K.KernelLinearClassifier(
        feature_columns=[other],
        kernel_mappers={c: m},
        model_dir=tempfile.mkdtemp(),
        config=tf.contrib.learn.RunConfig(tf_random_seed=1),
        **kw,
    )
    k.fit(input_fn=f, steps=20)
    e = k.evaluate(input_fn=f, steps=1)
    print(sorted((a, round(float(b), 3)) for a, b in e.items()))
    print(k.get_variable_names())
    print(
        [int(p) for p in itertools.islice(k.predict_classes(input_fn=f), 6)],
        [np.round(p, 3).tolist() for p in itertools.islice(k.predict_proba(input_fn=f), 2)],
    )
for kw in (dict(), dict(kernel_mappers={c: [3]}), dict(feature_columns=[other], n_classes=1)):
    try:
        K.KernelLinearClassifier(**kw)
    except Exception as e:
        print(type(e).__name__, e)
