"""`tf.linalg.LinearOperator` and its kinds."""

from evergraph.library.linalg import functions as functions
