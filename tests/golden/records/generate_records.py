"""Writes the files of records that TensorFlow 1.15 makes, and outcomes.json: what it reads of
damaged ones.

Run with the Python that has TensorFlow 1.15.
"""

import json
import os
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import record_files  # noqa: E402

outcomes = {}
for kind, name in record_files.NAMES.items():
    record_files.write_records(tf, os.path.join(HERE, name + ".tfrecord"), kind)
with open(os.path.join(HERE, "plain.tfrecord"), "rb") as f:
    plain = f.read()
with tempfile.TemporaryDirectory() as folder:
    for name, kind in record_files.write(folder, plain).items():
        outcomes[name] = record_files.outcome(tf, os.path.join(folder, name), kind)
        print(name, outcomes[name])
with open(os.path.join(HERE, "outcomes.json"), "w") as f:
    json.dump(outcomes, f, indent=1, sort_keys=True)
