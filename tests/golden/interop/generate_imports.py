"""Write imports.json: what TensorFlow makes of import_cases. Run under TensorFlow."""

import json
import os

import tensorflow as tf
from import_cases import run
from tensorflow.core.framework import graph_pb2, op_def_pb2

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "imports.json"), "w") as out:
    json.dump(run(tf, graph_pb2, op_def_pb2), out, indent=0, sort_keys=True)
    out.write("\n")
