"""tf.contrib.receptive_field: which pixels a feature of a convolutional network sees."""
