"""Writes kmeans.json.xz: what TensorFlow 1.15's k-means builds and gives.

python3.7 tests/golden/library/generate_kmeans.py
"""

import json
import lzma
import os
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import kmeans_models
import tensorflow as tf

if __name__ == "__main__":
    tf.logging.set_verbosity(tf.logging.ERROR)
    golden = {"models": {}, "programs": {}}
    for name in kmeans_models.models(tf):
        golden["models"][name] = {}
        if name in kmeans_models.CERTAIN:
            golden["models"][name] = kmeans_models.results(tf, name, tempfile.mkdtemp())
        for mode in ("train", "eval", "infer"):
            golden["models"][name][mode] = kmeans_models.graph(tf, name, mode)
    for name, more in kmeans_models.PROGRAMS.items():
        golden["programs"][name] = kmeans_models.program(tf, **more)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "kmeans.json.xz")
    with lzma.open(path, "wt") as out:
        json.dump(golden, out, sort_keys=True)
