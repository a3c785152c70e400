"""Heads whose metrics and optimizers are Keras's: `tf.estimator.Head`."""
