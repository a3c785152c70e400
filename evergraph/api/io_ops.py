"""Files that a graph reads and writes whole: tf.io.read_file, write_file, matching_files."""

from typing import Any

from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


@export("io.read_file", "read_file")
def read_file(filename: Any, name: str | None = None) -> Tensor:
    """All bytes of a file, as a string scalar. Stands for `tf.io.read_file`.

    Args:
      filename: a string scalar. Whatever `tf.gfile` can open.
      name: the node's name.
    """
    return apply_op("ReadFile", filename, name=name)


@export("io.write_file", "write_file")
def write_file(filename: Any, contents: Any, name: str | None = None) -> Operation:
    """Makes a file of a string scalar, and the directories that it is in. Stands for
    `tf.io.write_file`."""
    return apply_op("WriteFile", filename, contents, name=name)


@export("io.matching_files", "matching_files")
def matching_files(pattern: Any, name: str | None = None) -> Tensor:
    """The files that match a pattern with *, ? and [], or any of a vector of patterns, sorted.
    Stands for `tf.io.matching_files`.

    Raises:
      NotFoundError: at run time, where the directory before the first wildcard does not exist.
    """
    return apply_op("MatchingFiles", pattern, name=name)
