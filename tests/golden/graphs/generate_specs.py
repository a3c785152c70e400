"""Writes specs.json: what TensorFlow 1.15 gives for the expressions of spec_cases.py.

Run with a Python that has TensorFlow 1.15: python tests/golden/graphs/generate_specs.py
"""

import json
import os

import spec_cases
import tensorflow as tf
from tensorflow.python.framework import type_spec
from tensorflow.python.util import nest

if __name__ == "__main__":
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "specs.json")
    with open(path, "w") as file:
        json.dump(spec_cases.outcomes(tf.compat.v1, nest, type_spec), file, indent=1)
        file.write("\n")
