"""Objects as what JSON can hold."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from evergraph.base.tensor_shape import Dimension, TensorShape


def get_json_type(obj: Any) -> Any:
    """`obj` as JSON's types; to be given to `json.dumps` as `default`.

    An object with `get_config` becomes its class name and configuration, a function its name.

    Raises:
        TypeError: when nothing is known about its type.
    """
    if hasattr(obj, "get_config"):
        return {"class_name": type(obj).__name__, "config": obj.get_config()}
    if type(obj).__module__ == np.__name__:
        return obj.tolist() if isinstance(obj, np.ndarray) else obj.item()
    if callable(obj):
        return obj.__name__
    if isinstance(obj, Dimension):
        return obj.value
    if isinstance(obj, TensorShape):
        return obj.as_list()
    if isinstance(obj, Mapping):
        return dict(obj)
    raise TypeError("Not JSON Serializable:", obj)
