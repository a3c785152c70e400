"""Lookup tables: tf.lookup and what tf.contrib.lookup has of it."""
