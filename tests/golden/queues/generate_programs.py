"""Writes NAME.json.xz: the graphs and outcomes of the programs in NAME.py under TensorFlow 1.15.

Run with the Python that has TensorFlow 1.15, and (for `programs`) with a folder on the path that
has the module tutorials.rnn.ptb.reader of the TensorFlow tutorials:
python generate_programs.py programs input_programs ...
"""

import base64
import importlib
import json
import lzma
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))


def plain(value):
    """A result as JSON."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    array = np.asarray(value, object if isinstance(value, bytes) else None)
    flat = [v.decode("latin-1") if isinstance(v, bytes) else v for v in array.reshape(-1).tolist()]
    return {"dtype": array.dtype.name, "shape": list(array.shape), "values": flat}


def main(name):
    records = {}
    for program in importlib.import_module(name).PROGRAMS:
        with tf.Graph().as_default() as graph:
            tf.set_random_seed(5)
            seen = plain(program(tf))
            text = base64.b64encode(graph.as_graph_def().SerializeToString()).decode()
        records[program.__name__] = {"seen": seen, "graph": text}
        print(program.__name__, seen)
    with lzma.open(os.path.join(HERE, name + ".json.xz"), "wb") as f:
        f.write(json.dumps(records, sort_keys=True, separators=(",", ":")).encode())


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        main(argument)
