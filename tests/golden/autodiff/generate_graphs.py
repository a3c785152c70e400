"""Write NAME.pb.xz for each program: its GraphDef with shapes; and complaints.json. Under
TensorFlow."""

import json
import lzma
import os

import tensorflow as tf
from programs import PROGRAMS

HERE = os.path.dirname(os.path.abspath(__file__))

complaints = {}
contexts = {}
for name, program in sorted(PROGRAMS.items()):
    with tf.Graph().as_default() as graph:
        complaints[name] = program(tf)
        data = graph.as_graph_def(add_shapes=True).SerializeToString(deterministic=True)
        contexts[name] = [
            context.to_proto().SerializeToString(deterministic=True).hex()
            for context in graph.get_collection("cond_context")
        ]
    with open(os.path.join(HERE, name + ".pb.xz"), "wb") as out:
        out.write(lzma.compress(data, preset=9))
with open(os.path.join(HERE, "outcomes.json"), "w") as out:
    json.dump({"complaints": complaints, "contexts": contexts}, out, indent=0, sort_keys=True)
    out.write("\n")
