"""tf.contrib.framework: argument scopes, and helpers for variables, tensors and graphs."""
