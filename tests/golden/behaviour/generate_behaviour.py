"""Writes <name>.json for each <name>_cases.py: what TensorFlow does. Run under TensorFlow 1.15.5.

python tests/golden/behaviour/generate_behaviour.py [NAME ...]
"""

import glob
import importlib
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import outcomes  # noqa: E402
import tensorflow as tf  # noqa: E402


def module(path):
    return importlib.import_module("tensorflow." + path)


if __name__ == "__main__":
    wanted = [a for a in sys.argv[1:] if not a.startswith("-")]
    for path in sorted(glob.glob(os.path.join(HERE, "*_cases.py"))):
        name = os.path.basename(path)[: -len("_cases.py")]
        if wanted and name not in wanted:
            continue
        cases = importlib.import_module(name + "_cases").CASES
        with open(os.path.join(HERE, name + ".json"), "w") as out:
            json.dump(outcomes.run(cases, tf, module), out, indent=0, sort_keys=True)
            out.write("\n")
