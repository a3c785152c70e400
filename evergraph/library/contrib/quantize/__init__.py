"""Graphs that compute as their quantized form will: `tf.contrib.quantize`."""
