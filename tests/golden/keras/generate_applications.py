"""Writes applications.json: what TensorFlow 1.15's models of tf.keras.applications are like.

Run with the Python that has TensorFlow 1.15: generate_applications.py [NAME ...]; only the models
named are made anew.
"""

import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import application_facts  # noqa: E402
import tensorflow as tf  # noqa: E402

PATH = os.path.join(HERE, "applications.json")
KINDS = (("whole", application_facts.MODELS), ("variants", application_facts.VARIANTS))

if __name__ == "__main__":
    found = {"whole": {}, "variants": {}}
    if os.path.exists(PATH):
        with open(PATH) as f:
            found = json.load(f)
    for kind, models in KINDS:
        for name, arguments in models.items():
            if not sys.argv[1:] or name in sys.argv[1:]:
                found[kind][name] = application_facts.of_model(tf, name, arguments)
    with open(PATH, "w") as f:
        json.dump(found, f, indent=1, sort_keys=True)
        f.write("\n")
