"""Graphs in files."""

import os
from typing import Any

from google.protobuf import text_format

from evergraph.base.export import export
from evergraph.base.platform import file_io
from evergraph.graph.graph import Graph


@export("train.write_graph", "io.write_graph")
def write_graph(graph_or_graph_def: Any, logdir: str, name: str, as_text: bool = True) -> str:
    """Writes a graph to the file `name` in `logdir`, which is made. Stands for
    `tf.train.write_graph`.

    Args:
      graph_or_graph_def: a Graph or a GraphDef.
      logdir: a folder.
      name: the file's name.
      as_text: whether as text; else binary.

    Returns:
      The file's path.
    """
    graph_def = graph_or_graph_def
    if isinstance(graph_or_graph_def, Graph):
        graph_def = graph_or_graph_def.as_graph_def()
    if not file_io.file_exists(logdir) and not logdir.startswith("gs:"):
        file_io.recursive_create_dir(logdir)
    path = os.path.join(logdir, name)
    if as_text:
        file_io.atomic_write_string_to_file(path, text_format.MessageToString(graph_def))
    else:
        file_io.atomic_write_string_to_file(path, graph_def.SerializeToString())
    return path
