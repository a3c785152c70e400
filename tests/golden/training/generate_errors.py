"""Writes errors.json: what TensorFlow 1.15 says to the calls in `error_cases.py`.

python tests/golden/training/generate_errors.py
"""

import json
import os

import error_cases
import tensorflow as tf

tf.logging.set_verbosity("FATAL")

if __name__ == "__main__":
    found = {case: error_cases.outcome(tf, case) for case in error_cases.CASES}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "errors.json")
    with open(path, "w") as f:
        json.dump(found, f, indent=1, sort_keys=True)
        f.write("\n")
