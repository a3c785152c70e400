"""tf.contrib.lookup."""
