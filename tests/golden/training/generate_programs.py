"""Writes graphs.zip and programs.json: the graphs and results of `programs.py` under TensorFlow
1.15.

python tests/golden/training/generate_programs.py
"""

import json
import os
import zipfile

import numpy as np
import programs
import tensorflow as tf

tf.logging.set_verbosity("ERROR")
HERE = os.path.dirname(os.path.abspath(__file__))


def plain(value):
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    array = np.asarray(value)
    return {"dtype": array.dtype.name, "value": plain(array.tolist())}


def main():
    results = {}
    with zipfile.ZipFile(os.path.join(HERE, "graphs.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        for program in programs.PROGRAMS:
            graph_def, values = programs.run(tf, program)
            name = program.__name__
            entry = zipfile.ZipInfo(name + ".pb", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, graph_def.SerializeToString())
            results[name] = plain(values)
    with open(os.path.join(HERE, "programs.json"), "w") as f:
        json.dump(results, f, sort_keys=True)
        f.write("\n")


if __name__ == "__main__":
    main()
