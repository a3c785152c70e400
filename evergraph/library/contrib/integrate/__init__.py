"""Initial value problems solved: `tf.contrib.integrate`."""
