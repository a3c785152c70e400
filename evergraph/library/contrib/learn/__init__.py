"""Estimators as they were before `tf.estimator`: `tf.contrib.learn`."""
