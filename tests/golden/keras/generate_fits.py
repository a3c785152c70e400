"""Writes fits.json.xz: what the programs give under TensorFlow 1.15; of those named, or all.

python tests/golden/keras/generate_fits.py [PROGRAM ...]
"""

import json
import lzma
import os
import sys

import fit_programs
import numpy as np
import output_programs
import tensorflow as tf

tf.logging.set_verbosity("FATAL")


def plain(value):
    return value.item() if isinstance(value, np.generic) else str(value)


if __name__ == "__main__":
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fits.json.xz")
    with lzma.open(path, "rt") as f:
        found = json.load(f)
    for program in fit_programs.PROGRAMS + output_programs.PROGRAMS:
        if program.__name__ in (sys.argv[1:] or program.__name__):
            found[program.__name__] = fit_programs.outcome(tf, program)
    with lzma.open(path, "wt") as f:
        json.dump(found, f, indent=1, sort_keys=True, default=plain)
        f.write("\n")
    os._exit(0)  # threads of generators may still wait
