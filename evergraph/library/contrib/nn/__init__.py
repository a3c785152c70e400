"""Dropout for SELU, losses with earlier argument orders, sampled losses: `tf.contrib.nn`."""
