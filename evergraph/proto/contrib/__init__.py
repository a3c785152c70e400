"""Messages of tf.contrib modules."""
