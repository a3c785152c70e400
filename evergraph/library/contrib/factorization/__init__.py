"""tf.contrib.factorization: clusters by k-means."""
