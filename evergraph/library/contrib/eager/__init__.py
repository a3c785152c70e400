"""tf.contrib.eager: what it has beside the names that are elsewhere, too."""
