"""What graph-only code asks of `tensorflow.python.eager`."""
