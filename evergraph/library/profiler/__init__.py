"""What graphs cost: `tf.profiler`."""
