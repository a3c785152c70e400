"""`tf.contrib.data`: what `tf.data.experimental` has not, or with other arguments."""
