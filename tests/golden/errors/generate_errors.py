"""Writes errors.json: class and message of the error in each case. Run under TensorFlow 1.15.5."""

import json
import os
import sys

import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from cases import CASES  # noqa: E402

found = {}
for name, case in CASES.items():
    with tf.Graph().as_default(), tf.Session() as session:
        tf.constant(7.0, name="usable")
        try:
            case(tf, session)
        except Exception as error:
            message = getattr(error, "message", None) or str(error)
            found[name] = {"class": type(error).__name__, "line": message.split("\n")[0]}
        else:
            sys.exit("%s raised nothing" % name)  # noqa: UP031 - Python 3.7
with open(os.path.join(HERE, "errors.json"), "w") as out:
    json.dump(found, out, indent=1, sort_keys=True)
    out.write("\n")
