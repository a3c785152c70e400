"""Writes base.json.xz: what TensorFlow 1.15 gives for the expressions of cases.py.

Run with a Python that has TensorFlow 1.15: python tests/golden/base/generate_base.py
"""

import json
import lzma
import os
import pathlib

import cases
from tensorflow.python.compat import compat as forward
from tensorflow.python.framework import dtypes, errors, tensor_shape, tensor_spec, type_spec
from tensorflow.python.util import compat, nest

NAMESPACE = {
    "compat": compat,
    "dtypes": dtypes,
    "errors": errors,
    "forward": forward,
    "nest": nest,
    "pathlib": pathlib,
    "s3": tensor_shape.Dimension(3),
    "spec": tensor_spec,
    "ts": tensor_shape,
    "types": type_spec,
}

if __name__ == "__main__":
    outcomes = {
        area: {expression: cases.outcome(expression, NAMESPACE) for expression in expressions}
        for area, expressions in cases.cases().items()
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "base.json.xz")
    with lzma.open(path, "wt") as file:
        json.dump(outcomes, file, sort_keys=True)
