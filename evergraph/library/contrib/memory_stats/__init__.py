"""The memory of devices: `tf.contrib.memory_stats`."""
