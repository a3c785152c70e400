"""Writes NAME_cases.json.xz: what TensorFlow 1.15 makes of the cases in NAME_cases.py.

Run with the Python that has TensorFlow 1.15: python generate_cases.py array_cases ...
"""

import base64
import importlib
import json
import lzma
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)


def described(value):
    """An array as JSON."""
    value = np.asarray(value)
    flat = value.reshape(-1)
    if value.dtype == object or value.dtype.kind in "SU":
        flat = [v.decode("latin-1") if isinstance(v, bytes) else v for v in flat]
        dtype = "object"
    elif value.dtype.kind == "c":
        flat = [[float(v.real), float(v.imag)] for v in flat]
        dtype = value.dtype.name
    else:
        flat = flat.tolist()
        dtype = value.dtype.name
    return {"dtype": dtype, "shape": list(value.shape), "values": flat}


def failed(error):
    return {"type": type(error).__name__, "message": getattr(error, "message", None) or str(error)}


def flattened(result):
    found = []
    for r in result:
        if isinstance(r, tf.IndexedSlices):
            found += [r.values, r.indices, r.dense_shape]
        elif isinstance(r, tf.SparseTensor):
            found += [r.indices, r.values, r.dense_shape]
        else:
            found.append(r)
    return found


def contexts_of(graph):
    """The messages of the outermost conds and loops."""
    return [
        context.to_proto().SerializeToString(deterministic=True).hex()
        for collection in ("while_context", "cond_context")
        for context in graph.get_collection(collection)
    ]


def run_case(function):
    record = {}
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1)
        try:
            result = function(tf)
            feed = {}
            if isinstance(result, tuple):
                result, feed = result
            result = flattened(result)
        except Exception as error:
            record["build_error"] = failed(error)
            return record
        record["shapes"] = [
            None
            if t is None or isinstance(t, tf.Operation) or t.shape.ndims is None
            else t.shape.as_list()
            for t in result
        ]
        contexts = contexts_of(graph)
        if contexts:
            record["contexts"] = contexts
        record["graph"] = base64.b64encode(graph.as_graph_def().SerializeToString()).decode()
        if feed is None:
            return record
        with tf.Session() as session:
            try:
                session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
                values = session.run([t for t in result if t is not None], feed)
                record["values"] = [None if v is None else described(v) for v in values]
            except Exception as error:
                record["run_error"] = failed(error)
    return record


def main(name):
    cases = importlib.import_module(name).CASES
    records = {case: run_case(function) for case, function in cases.items()}
    text = json.dumps(records, sort_keys=True, separators=(",", ":"))
    with lzma.open(os.path.join(HERE, name + ".json.xz"), "wb") as f:
        f.write(text.encode())
    for case, record in records.items():
        error = record.get("build_error") or record.get("run_error")
        if error:
            print(case, "|", error["type"], "|", error["message"].split("\n")[0][:300])


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        main(argument)
