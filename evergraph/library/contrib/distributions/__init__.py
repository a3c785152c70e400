"""The distributions of `tf.contrib.distributions` that `tf.distributions` has not."""
