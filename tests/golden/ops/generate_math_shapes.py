"""Writes math_shapes.json.xz: the static shapes and errors that TensorFlow 1.15 infers for
math_shape_cases.py.

python3.7 tests/golden/ops/generate_math_shapes.py
"""

import json
import lzma
import os
import warnings

warnings.filterwarnings("ignore")
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from generate_math import DEFINITIONS, LIBRARY  # noqa: E402
from math_shape_cases import cases  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))


def tensor(spec):
    if isinstance(spec, np.ndarray):
        return tf.constant(spec)
    return tf.placeholder(spec[0], spec[1])


def infer(op, inputs, attrs):
    op_def = DEFINITIONS[op]
    keywords = dict(attrs)
    for attr in op_def.attr:
        if attr.type in ("bool", "float") and attr.HasField("default_value"):
            default = attr.default_value
            keywords.setdefault(attr.name, default.b if attr.type == "bool" else default.f)
    for arg, spec in zip(op_def.input_arg, inputs):  # noqa: B905
        keywords[arg.name] = [tensor(s) for s in spec] if isinstance(spec, list) else tensor(spec)
    try:
        shape = LIBRARY.apply_op(op, **keywords).shape
    except (ValueError, TypeError) as error:
        return str(error)
    return None if shape.ndims is None else shape.as_list()


def main():
    found = []
    for op, inputs, attrs in cases():
        with tf.Graph().as_default():
            found.append(infer(op, inputs, attrs))
    with lzma.open(os.path.join(HERE, "math_shapes.json.xz"), "wt") as f:
        json.dump(found, f)
    print(len(found), "nodes,", sum(isinstance(x, str) for x in found), "errors")


if __name__ == "__main__":
    main()
