"""Protocol messages, wire-compatible with TensorFlow 1.15."""
