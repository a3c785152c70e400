"""tf.contrib.distribute: earlier strategies."""
