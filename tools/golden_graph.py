"""Write the GraphDef that a TensorFlow 1 program builds, under any interpreter that has one.

    $ORACLE_PYTHON tools/golden_graph.py program.py tests/golden/graphs/program.pb

runs the program under TensorFlow 1.15.5 and writes its default graph when it ends;
`python -m evergraph run tools/golden_graph.py ...` does the same under evergraph, and
`python tests/graphs/compare.py OURS.pb GOLDEN.pb` compares the two.
"""

import runpy
import sys

import tensorflow as tf


def main() -> None:
    program, target = sys.argv[1:3]
    sys.argv = [program]
    runpy.run_path(program, run_name="__main__")
    graph = tf.get_default_graph().as_graph_def()
    with open(target, "wb") as out:
        out.write(graph.SerializeToString(deterministic=True))
    print("%s: %d nodes" % (target, len(graph.node)))  # noqa: UP031 - runs on Python 3.7 too


main()
