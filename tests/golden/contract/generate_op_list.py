"""Writes op_list.pb.xz, TensorFlow's OpDefs, and op_deprecations.json, [version, explanation] by
op.

Run it under TensorFlow 1.15.5.
"""

import json
import lzma
import os

from tensorflow.core.framework import op_def_pb2
from tensorflow.python import pywrap_tensorflow

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    ops = op_def_pb2.OpList()
    ops.ParseFromString(pywrap_tensorflow.TF_GetBuffer(pywrap_tensorflow.TF_GetAllOpList()))
    for op in ops.op:  # their documentation is no part of what they mean
        for part in [op] + list(op.input_arg) + list(op.output_arg) + list(op.attr):
            part.ClearField("description")
        op.ClearField("summary")
    with open(os.path.join(HERE, "op_list.pb.xz"), "wb") as out:
        out.write(lzma.compress(ops.SerializeToString(), preset=9 | lzma.PRESET_EXTREME))
    found = {
        op.name: [op.deprecation.version, op.deprecation.explanation]
        for op in ops.op
        if op.HasField("deprecation")
    }
    with open(os.path.join(HERE, "op_deprecations.json"), "w") as out:
        json.dump(found, out, indent=1, sort_keys=True)
        out.write("\n")


main()
