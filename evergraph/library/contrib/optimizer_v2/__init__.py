"""tf.contrib.optimizer_v2: optimizers whose settings may be functions, with a state a graph."""
