"""Writes math_graphs.npz: the GraphDefs that TensorFlow 1.15 makes of math_graphs.py.

python3.7 tests/golden/graphs/generate_math_graphs.py
"""

import os
import warnings

warnings.filterwarnings("ignore")
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from math_graphs import NAMES, build  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
found = {}
for name in NAMES:
    with tf.Graph().as_default() as graph:
        build(name, tf)
        data = graph.as_graph_def().SerializeToString()
        found[name] = np.frombuffer(data, np.uint8)
np.savez_compressed(os.path.join(HERE, "math_graphs.npz"), **found)
print({name: len(data) for name, data in found.items()})
