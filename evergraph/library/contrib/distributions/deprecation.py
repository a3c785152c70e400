"""What constructing one of these distributions logs, once for each class."""

from evergraph.base.deprecation import deprecated

moved = deprecated(
    "2018-10-01",
    "The TensorFlow Distributions library has moved to TensorFlow Probability "
    "(https://github.com/tensorflow/probability). You should update all references to use "
    "`tfp.distributions` instead of `tf.contrib.distributions`.",
)
