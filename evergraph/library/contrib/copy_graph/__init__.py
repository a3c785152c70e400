"""Nodes and variables copied to other graphs: `tf.contrib.copy_graph`."""
