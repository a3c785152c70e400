"""Data sets that TensorFlow's tutorials read."""
