"""What TensorBoard's plugins are told: `tf.contrib.tensorboard`."""
