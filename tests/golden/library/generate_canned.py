"""Writes canned.json.xz: what TensorFlow 1.15's ready-made estimators build and give.

python3.7 tests/golden/library/generate_canned.py
"""

import json
import lzma
import os
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import canned_models
import tensorflow as tf

if __name__ == "__main__":
    tf.logging.set_verbosity(tf.logging.ERROR)
    golden = {}
    for name in canned_models.models(tf):
        golden[name] = canned_models.results(tf, name, tempfile.mkdtemp())
        for mode in ("train", "eval", "infer"):
            golden[name][mode] = canned_models.graph(tf, name, mode)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "canned.json.xz")
    with lzma.open(path, "wt") as out:
        json.dump(golden, out, sort_keys=True)
