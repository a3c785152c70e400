"""Writes forest_estimators.json.xz: what TensorFlow 1.15's estimators of random forests give.

python3.7 tests/golden/library/generate_forest_estimators.py
"""

import json
import lzma
import os
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import forest_estimators as models
import tensorflow as tf
from tensorflow.contrib.tensor_forest.client import random_forest
from tensorflow.contrib.tensor_forest.python import tensor_forest

if __name__ == "__main__":
    tf.logging.set_verbosity(tf.logging.ERROR)
    golden = {}
    for name in models.models(tf, tensor_forest, random_forest):
        modules = (tf, tensor_forest, random_forest, name)
        golden[name] = models.results(*modules, folder=tempfile.mkdtemp())
        for mode in ("train", "eval", "infer"):
            golden[name][mode] = models.graph(*modules, mode=mode)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "forest_estimators.json.xz")
    with lzma.open(path, "wt") as out:
        json.dump(golden, out, sort_keys=True)
