"""tf.contrib.tensor_forest: random forests."""
