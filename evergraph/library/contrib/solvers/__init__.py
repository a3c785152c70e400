"""Solvers of linear equations that only apply matrices: `tf.contrib.solvers`."""
