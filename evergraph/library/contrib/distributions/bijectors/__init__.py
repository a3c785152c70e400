"""Bijectors: `tf.contrib.distributions.bijectors`."""
