"""Writes NAME_cases.json.xz: what TensorFlow 1.15 makes of the datasets in NAME_cases.py.

Run with the Python that has TensorFlow 1.15: python generate_datasets.py dataset_cases ...
"""

import base64
import importlib
import json
import lzma
import os
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "ops")]

described, failed = (
    getattr(importlib.import_module("generate_cases"), name) for name in ("described", "failed")
)

# As many elements are taken at most.
MOST = 20


def iterate(tf, dataset):
    """The tensors of the next element, and what begins the iterator."""
    try:
        iterator = tf.data.make_one_shot_iterator(dataset)
        return iterator.get_next(), []
    except ValueError as error:
        if "Failed to create a one-shot iterator" not in str(error):
            raise
    iterator = tf.data.make_initializable_iterator(dataset)
    return iterator.get_next(), [iterator.initializer]


def run_case(build):
    record = {}
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1)
        try:
            dataset = build(tf)
            record["repr"] = repr(dataset)
            element, begin = iterate(tf, dataset)
        except Exception as error:
            record["build_error"] = failed(error)
            return record
        tensors = tf.nest.flatten(element, expand_composites=True)
        record["graph"] = base64.b64encode(graph.as_graph_def().SerializeToString()).decode()
        record["elements"] = []
        with tf.Session() as session:
            try:
                session.run(tf.global_variables_initializer())
                session.run(begin)
                for _ in range(MOST):
                    record["elements"].append([described(v) for v in session.run(tensors)])
            except Exception as error:
                record["run_error"] = failed(error)
    return record


def main(name):
    cases = importlib.import_module(name).CASES
    # Cases write files where they are run.
    os.chdir(tempfile.mkdtemp())
    records = {case: run_case(build) for case, build in cases.items()}
    text = json.dumps(records, sort_keys=True, separators=(",", ":"))
    with lzma.open(os.path.join(HERE, name + ".json.xz"), "wb") as f:
        f.write(text.encode())
    for case, record in records.items():
        error = record.get("build_error") or record.get("run_error")
        if error and error["type"] != "OutOfRangeError":
            print(case, "|", error["type"], "|", error["message"].split("\n")[0][:300])


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        main(argument)
