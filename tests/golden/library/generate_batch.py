"""Writes batch.json: what TensorFlow 1.15 makes of batch_program.py. Run with its Python."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import tensorflow as tf  # noqa: E402
from batch_program import program  # noqa: E402

with open(os.path.join(HERE, "batch.json"), "w") as file:
    json.dump(program(tf), file, indent=0)
