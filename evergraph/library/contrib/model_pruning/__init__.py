"""Weights that are made zero while a model is trained: `tf.contrib.model_pruning`."""
