"""Writes a graph's file where TensorBoard shows it.

`python -m evergraph.library.tools.import_pb_to_tensorboard --model_dir=graph.pb --log_dir=logs`
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from evergraph.base.platform import app
from evergraph.graph.graph import Graph
from evergraph.graph.portable import import_graph_def
from evergraph.library.summary.writer import FileWriter
from evergraph.library.tools.strip_unused_lib import read_graph

FLAGS: Any = None


def import_to_tensorboard(model_dir: str, log_dir: str) -> None:
    """Writes a graph to an event file.

    Args:
      model_dir: the file of a GraphDef.
      log_dir: the folder that TensorBoard reads.
    """
    with Graph().as_default() as graph:
        import_graph_def(read_graph(model_dir, binary=True))
        writer = FileWriter(log_dir)
        writer.add_graph(graph)
        writer.close()
    print(f"Model Imported. Visualize by running: tensorboard --logdir={log_dir}")


def main(unused_args: Sequence[str]) -> None:
    """Does what the flags say."""
    import_to_tensorboard(FLAGS.model_dir, FLAGS.log_dir)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model_dir", required=True, help="File of a GraphDef.")
    parser.add_argument("--log_dir", required=True, help="Folder that TensorBoard reads.")
    return parser


if __name__ == "__main__":
    FLAGS, _rest = _parser().parse_known_args()
    app.run(main=main, argv=[sys.argv[0], *_rest])
