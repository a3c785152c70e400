"""Objectives minimized under constraints: `tf.contrib.constrained_optimization`."""
