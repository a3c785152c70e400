"""What TensorFlow 1.15.5 answers to bad input: error class and first line. Writes bad_input.json.

Run with the interpreter of TensorFlow 1.15.5: `python generate_bad_input.py`.
"""

import json
import os

import bad_input_cases
import numpy as np
import tensorflow as tf
from tensorflow.core.framework import graph_pb2

if __name__ == "__main__":
    found = {}
    for name, case in sorted(bad_input_cases.CASES.items()):
        with tf.Graph().as_default():
            try:
                case(tf, np, graph_pb2)
            except Exception as error:
                first = (str(error).strip().splitlines() or [""])[0]
                found[name] = [type(error).__name__, first]
            else:
                found[name] = None
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "bad_input.json"), "w") as f:
        json.dump(found, f, indent=1, sort_keys=True)
