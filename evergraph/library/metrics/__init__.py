"""Measures over many batches: `tf.metrics`. Each is a value and an operation that updates it."""
