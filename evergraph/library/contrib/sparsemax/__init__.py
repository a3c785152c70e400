"""Probabilities many of which are zero: `tf.contrib.sparsemax`."""
