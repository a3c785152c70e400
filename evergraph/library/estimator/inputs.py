"""Input functions for data in memory: `tf.estimator.inputs`."""

from evergraph.library.estimator.numpy_io import numpy_input_fn
from evergraph.library.estimator.pandas_io import pandas_input_fn

__all__ = ["numpy_input_fn", "pandas_input_fn"]
