"""Writes forest.json.xz: what TensorFlow 1.15's random forests build and give.

python3.7 tests/golden/library/generate_forest.py
"""

import json
import lzma
import os
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import forest_models
import tensorflow as tf
from tensorflow.contrib.tensor_forest.python import tensor_forest
from tensorflow.python.ops import resources

if __name__ == "__main__":
    tf.logging.set_verbosity(tf.logging.ERROR)
    golden = {}
    for name in forest_models.KINDS:
        golden[name] = {}
        if name not in forest_models.UNCERTAIN:
            golden[name] = forest_models.results(
                tf, tensor_forest, resources, name, tempfile.mkdtemp()
            )
        golden[name]["graph"] = forest_models.graph(tf, tensor_forest, name)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "forest.json.xz")
    with lzma.open(path, "wt") as out:
        json.dump(golden, out, sort_keys=True)
