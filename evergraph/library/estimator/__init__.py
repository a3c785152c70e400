"""Models that are trained, evaluated and asked from functions: `tf.estimator`."""
