"""Writes eager_cases.json.xz: what the cases give under TensorFlow 1.15.

Run with the Python that has TensorFlow 1.15.
"""

import json
import lzma
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from described import described  # noqa: E402
from eager_cases import CASES  # noqa: E402

tf.enable_eager_execution()
found = {}
for name, function in CASES.items():
    tf.set_random_seed(7)
    found[name] = described(function(tf))
with lzma.open(os.path.join(HERE, "eager_cases.json.xz"), "wt") as file:
    json.dump(found, file, indent=0)
