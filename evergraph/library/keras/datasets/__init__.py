"""Data sets, downloaded once and checked: `tf.keras.datasets`."""
