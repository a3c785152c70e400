"""Writes events.json.xz: the events that TensorFlow's programs write, file by file. Run under
TensorFlow 1.15.5.

python tests/golden/events/generate_events.py
"""

import base64
import glob
import json
import lzma
import os
import tempfile

from events_program import PROGRAMS

HERE = os.path.dirname(os.path.abspath(__file__))

if __name__ == "__main__":
    import tensorflow as tf

    found = {}
    for program in PROGRAMS:
        # A folder of one name, as it is part of the graph.
        os.chdir(tempfile.mkdtemp())
        program(tf, "logs")
        (path,) = glob.glob("logs/events*")
        with open(path, "rb") as f:
            found[program.__name__] = base64.b64encode(f.read()).decode()
    with lzma.open(os.path.join(HERE, "events.json.xz"), "wb") as f:
        f.write(json.dumps(found, sort_keys=True).encode())
