"""Writes eager.json: what the programs of `eager_programs.py` give under TensorFlow 1.15.

python tests/golden/keras/generate_eager.py
"""

import json
import os

import eager_programs
import tensorflow as tf
from generate_fits import plain

tf.enable_eager_execution()

if __name__ == "__main__":
    found = {p.__name__: eager_programs.outcome(tf, p) for p in eager_programs.PROGRAMS}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "eager.json")
    with open(path, "w") as f:
        json.dump(found, f, indent=1, sort_keys=True, default=plain)
        f.write("\n")
    os._exit(0)  # threads of generators may still wait
