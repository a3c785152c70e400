"""Event files and writers in tests: `tf.contrib.testing`."""
