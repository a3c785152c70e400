"""What constructing a distribution logs, once for each class."""

from evergraph.base.deprecation import deprecated

moved = deprecated(
    "2019-01-01",
    "The TensorFlow Distributions library has moved to TensorFlow Probability "
    "(https://github.com/tensorflow/probability). You should update all references to use "
    "`tfp.distributions` instead of `tf.distributions`.",
)
