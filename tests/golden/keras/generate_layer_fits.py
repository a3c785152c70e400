"""Writes layer_fits.json: what the models of `layer_programs.py` give under TensorFlow 1.15.

python tests/golden/keras/generate_layer_fits.py
"""

import json
import os

import layer_programs
import tensorflow as tf

tf.logging.set_verbosity("FATAL")

if __name__ == "__main__":
    found = {name: layer_programs.outcome(tf, name) for name in layer_programs.PROGRAMS}
    found["of_generator"] = layer_programs.of_generator(tf)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "layer_fits.json")
    with open(path, "w") as f:
        json.dump(found, f, indent=1, sort_keys=True)
        f.write("\n")
