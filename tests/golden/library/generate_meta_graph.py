"""Writes meta_graph.npz: MetaGraphDefs that TensorFlow 1.15 exports of meta_graph_program.py.

python3.7 tests/golden/library/generate_meta_graph.py
"""

import os
import warnings

warnings.filterwarnings("ignore")
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from meta_graph_program import EXPORTS, build  # noqa: E402
from tensorflow.python.framework import meta_graph  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
found = {}
for name, keywords in EXPORTS.items():
    with tf.Graph().as_default():
        build(tf)
        exported, _ = meta_graph.export_scoped_meta_graph(**keywords)
        found[name] = np.frombuffer(exported.SerializeToString(), np.uint8)
    if name == "scope":
        continue
    with tf.Graph().as_default():
        meta_graph.import_scoped_meta_graph(exported, import_scope="again")
        again, _ = meta_graph.export_scoped_meta_graph()
        found[name + "_again"] = np.frombuffer(again.SerializeToString(), np.uint8)
np.savez_compressed(os.path.join(HERE, "meta_graph.npz"), **found)
print({name: len(data) for name, data in found.items()})
