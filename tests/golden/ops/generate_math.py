"""Writes math.npz and math_errors.json: what TensorFlow 1.15 answers to math_cases.py.

    python3.7 tests/golden/ops/generate_math.py

Cases that TensorFlow has no CPU kernel for are left out.
"""

import json
import os
import warnings

warnings.filterwarnings("ignore")
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from math_cases import cases  # noqa: E402
from tensorflow.core.framework import op_def_pb2  # noqa: E402
from tensorflow.python import pywrap_tensorflow  # noqa: E402
from tensorflow.python.framework import op_def_library  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
NO_KERNEL = ("No OpKernel", "XLA", "ConstantR0WithType", "expected element type", "no CPU kernel")


OPS = op_def_pb2.OpList()
OPS.ParseFromString(pywrap_tensorflow.TF_GetBuffer(pywrap_tensorflow.TF_GetAllOpList()))
DEFINITIONS = {op.name: op for op in OPS.op}
LIBRARY = op_def_library.OpDefLibrary()
LIBRARY.add_op_list(OPS)


def placeholder(value, feeds):
    value = np.asarray(value)
    # Of unknown shape: what is wrong is found at run time.
    tensor = tf.placeholder(tf.as_dtype(value.dtype), shape=None)
    feeds[tensor] = value
    return tensor


def run(case):
    op_def = DEFINITIONS[case.op]
    with tf.Graph().as_default(), tf.device("/cpu:0"):
        feeds, keywords = {}, dict(case.attrs)
        for attr in op_def.attr:
            if attr.type in ("bool", "float") and attr.HasField("default_value"):
                default = attr.default_value
                keywords.setdefault(attr.name, default.b if attr.type == "bool" else default.f)
        for arg, value in zip(op_def.input_arg, case.inputs):  # noqa: B905
            if isinstance(value, list):
                keywords[arg.name] = [placeholder(v, feeds) for v in value]
            else:
                keywords[arg.name] = placeholder(value, feeds)
        output = LIBRARY.apply_op(case.op, **keywords)
        config = tf.ConfigProto(log_device_placement=False)
        config.graph_options.rewrite_options.disable_meta_optimizer = True
        with tf.Session(config=config) as session:
            return session.run(output, feeds)


def main():
    arrays, errors = {}, {}
    for case in cases():
        try:
            arrays[case.key] = run(case)
        except (TypeError, tf.errors.OpError, ValueError) as error:
            text = str(error).split("\n")[0]
            if any(word in str(error) for word in NO_KERNEL) or isinstance(error, TypeError):
                print("left out", case.key, text[:150])
                continue
            errors[case.key] = [type(error).__name__, text]
    texts = {k: v for k, v in arrays.items() if v.dtype == object}
    for key, value in texts.items():
        arrays[key] = value.astype("S")
    np.savez_compressed(os.path.join(HERE, "math.npz"), **arrays)
    with open(os.path.join(HERE, "math_errors.json"), "w") as f:
        json.dump(errors, f, indent=1, sort_keys=True)
    print(len(arrays), "values,", len(errors), "errors")


if __name__ == "__main__":
    main()
