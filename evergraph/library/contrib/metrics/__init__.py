"""More metrics, and the earlier names of those of `tf.metrics`: `tf.contrib.metrics`."""
