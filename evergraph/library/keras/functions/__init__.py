"""The functions of tf.keras.backend, thin over those of TensorFlow."""
