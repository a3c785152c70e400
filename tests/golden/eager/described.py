"""Values as JSON, the same under both libraries."""

import re

import numpy as np


def described(value):
    if isinstance(value, (list, tuple)):
        return [described(v) for v in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return re.sub(r"id=\d+", "id=N", value)
    if hasattr(value, "indices") and hasattr(value, "dense_shape"):
        return described([value.indices, value.values])
    if hasattr(value, "read_value"):
        value = value.read_value()
    array = value.numpy() if hasattr(value, "numpy") else value
    array = np.asarray(array, object if isinstance(array, bytes) else None)
    values = [
        v.decode("latin-1") if isinstance(v, bytes) else v for v in array.reshape(-1).tolist()
    ]
    return {"dtype": array.dtype.name, "shape": list(array.shape), "values": values}
