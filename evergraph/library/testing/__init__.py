"""Testing: `tf.test`, and the helpers that TensorFlow's own tests use."""
