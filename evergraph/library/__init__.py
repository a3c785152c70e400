"""What TensorFlow 1.x builds on top of its ops, written in the public API alone."""
