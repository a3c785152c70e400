"""Makes graph_differences.json: how TensorFlow 1.15 words the differences between two graphs."""

import json
import os

import tensorflow as tf
from google.protobuf import text_format

BASE = """
node {
  name: "a" op: "Const"
  attr { key: "dtype" value { type: DT_INT32 } }
  attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape { } int_val: 3 } } }
}
node {
  name: "b" op: "Identity" input: "a" input: "^a"
  attr { key: "T" value { type: DT_INT32 } } device: "/cpu:0"
}
"""
CHANGES = {
    "node": ('name: "b"', 'name: "c"'),
    "op": ('"Identity"', '"Abs"'),
    "device": ("cpu:0", "gpu:0"),
    "number of inputs": ('input: "^a"', 'input: "^a" input: "^c"'),
    "input": ('input: "a" ', 'input: "a:1" '),
    "control input": ('"^a"', '"^c"'),
    "no control input": ('input: "^a"', ""),
    "value": ("int_val: 3", "int_val: 4"),
    "type": ("DT_INT32 } } device", "DT_FLOAT } } device"),
    "no attr": ('attr { key: "T" value { type: DT_INT32 } }', ""),
    "new attr": ("device:", 'attr { key: "X" value { i: 5 } } device:'),
    "private attr": ("device:", 'attr { key: "_X" value { i: 5 } } device:'),
}
EXTRA = """
node {
  name: "z" op: "NoOp" device: "/d" input: "q" input: "^r"
  attr { key: "s" value { s: "ab" } }
  attr { key: "l" value { list { i: 1 i: 2 } } }
  attr { key: "sh" value { shape { dim { size: 2 } dim { size: -1 } } } }
  attr { key: "f" value { f: 1.5 } }
  attr { key: "b" value { b: true } }
  attr { key: "un" value { shape { unknown_rank: true } } }
}
"""


def difference(actual, expected):
    try:
        tf.test.assert_equal_graph_def(
            text_format.Parse(actual, tf.GraphDef()), text_format.Parse(expected, tf.GraphDef())
        )
    except AssertionError as error:
        return str(error)
    return ""


def differences():
    others = {name: BASE.replace(*change) for name, change in CHANGES.items()}
    others["extra node"] = BASE + EXTRA
    return {name: [difference(x, BASE), difference(BASE, x)] for name, x in others.items()}


if __name__ == "__main__":
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "graph_differences.json")
    with open(path, "w") as file:
        json.dump(differences(), file, indent=1)
