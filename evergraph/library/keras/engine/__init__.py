"""tf.keras's layers in general."""
