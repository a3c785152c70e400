"""Features whose products are kernels, nearly: `tf.contrib.kernel_methods`."""
