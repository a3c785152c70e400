"""Writes sdca.json: what TensorFlow 1.15 makes of sdca_programs.py. Run with its Python."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import tensorflow as tf  # noqa: E402
from sdca_programs import PROGRAMS  # noqa: E402

with open(os.path.join(HERE, "sdca.json"), "w") as file:
    json.dump({name: program(tf) for name, program in PROGRAMS.items()}, file, indent=0)
