"""Writes <name>.json for each <name>_cases.py, or <name>.json.xz where it is large: what TensorFlow
does. Run under TensorFlow 1.15.5.

python tests/golden/behaviour/generate_behaviour.py [NAME ...]
"""

import glob
import importlib
import json
import lzma
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import outcomes  # noqa: E402
import tensorflow as tf  # noqa: E402

# What these give is large: nodes of many graphs.
PACKED = (
    "column_layers",
    "constrained_optimization",
    "contrib_learn",
    "debugger",
    "estimator_rnn",
    "graph_tools",
    "graph_editor",
    "heads",
    "keras_metrics",
    "layer_columns",
    "layer_lookups",
    "learn_canned",
    "profiler",
    "sequence_columns",
)


def module(path):
    return importlib.import_module("tensorflow." + path)


if __name__ == "__main__":
    wanted = [a for a in sys.argv[1:] if not a.startswith("-")]
    for path in sorted(glob.glob(os.path.join(HERE, "*_cases.py"))):
        name = os.path.basename(path)[: -len("_cases.py")]
        if wanted and name not in wanted:
            continue
        cases = importlib.import_module(name + "_cases").CASES
        text = json.dumps(outcomes.run(cases, tf, module), indent=0, sort_keys=True) + "\n"
        written = os.path.join(HERE, name + ".json")
        if name in PACKED:
            with lzma.open(written + ".xz", "wt", preset=9) as out:
                out.write(text)
        else:
            with open(written, "w") as out:
                out.write(text)
