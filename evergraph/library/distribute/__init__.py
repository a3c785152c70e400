"""Strategies of `tf.distribute`: who trains where."""
