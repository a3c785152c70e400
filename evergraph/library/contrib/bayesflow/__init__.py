"""Expectations by draws: `tf.contrib.bayesflow`."""
