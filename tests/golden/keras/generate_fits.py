"""Writes fits.json: what the programs of `fit_programs.py` give under TensorFlow 1.15.

python tests/golden/keras/generate_fits.py
"""

import json
import os

import fit_programs
import numpy as np
import tensorflow as tf

tf.logging.set_verbosity("FATAL")


def plain(value):
    return value.item() if isinstance(value, np.generic) else str(value)


if __name__ == "__main__":
    found = {p.__name__: fit_programs.outcome(tf, p) for p in fit_programs.PROGRAMS}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fits.json")
    with open(path, "w") as f:
        json.dump(found, f, indent=1, sort_keys=True, default=plain)
        f.write("\n")
