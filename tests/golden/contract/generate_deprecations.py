"""Writes op_deprecations.json: {op type: [version, explanation]}; run under TensorFlow 1.15.5."""

import json
import os

from tensorflow.core.framework import op_def_pb2
from tensorflow.python import pywrap_tensorflow

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "op_deprecations.json")


def main():
    ops = op_def_pb2.OpList()
    ops.ParseFromString(pywrap_tensorflow.TF_GetBuffer(pywrap_tensorflow.TF_GetAllOpList()))
    found = {
        op.name: [op.deprecation.version, op.deprecation.explanation]
        for op in ops.op
        if op.HasField("deprecation")
    }
    with open(OUT, "w") as out:
        json.dump(found, out, indent=1, sort_keys=True)
        out.write("\n")


main()
