"""Training and evaluation in a few calls, and hyperparameters: `tf.contrib.training`."""
