"""Writes device_iterator.json: what TensorFlow 1.15 makes of device_iterator_program.py. Run with
its Python."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import tensorflow as tf  # noqa: E402
from device_iterator_program import program  # noqa: E402
from tensorflow.python.data.ops import multi_device_iterator_ops  # noqa: E402

with open(os.path.join(HERE, "device_iterator.json"), "w") as file:
    json.dump(program(tf, multi_device_iterator_ops), file, indent=0)
