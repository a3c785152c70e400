"""Training with scaled losses: `tf.contrib.mixed_precision`."""
