"""Functions of TensorFlow's private modules, by those names, that evergraph has under others."""

from typing import Any

from evergraph.api import joining
from evergraph.library.metrics.parts import read_across_replicas


def _aggregate_variable(v: Any, collections: Any) -> Any:
    """What a metric's variable is over all replicas; put into collections, if there are any."""
    return read_across_replicas(collections, v)


_tensor_shape_tensor_conversion_function = joining._shape_conversion
