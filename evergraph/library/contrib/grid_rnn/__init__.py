"""Grids of recurrent cells: `tf.contrib.grid_rnn`."""
