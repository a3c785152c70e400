"""Functions of TensorFlow's C library that programs call by their private names."""

from typing import Any

from evergraph.base import dtypes
from evergraph.base.compat import as_bytes
from evergraph.base.errors import NotFoundError
from evergraph.base.export import export_constant
from evergraph.base.platform import file_io
from evergraph.formats import events
from evergraph.formats.checkpoint_reader import CheckpointReader as CheckpointReader
from evergraph.graph.graph import Graph
from evergraph.graph.static_value import evaluate
from evergraph.graph.tensor import Tensor
from evergraph.library.train.checkpoint_utils import NewCheckpointReader as NewCheckpointReader

for _name in ("NewCheckpointReader", "CheckpointReader", "EventsWriter", "TF_bfloat16_type"):
    export_constant(__name__, _name, f"pywrap_tensorflow.{_name}")

CopyFile = file_io.copy_v2
CreateDir = file_io.create_dir_v2
DeleteFile = file_io.delete_file_v2
DeleteRecursively = file_io.delete_recursively_v2
GetChildren = file_io.list_directory_v2
GetMatchingFiles = file_io.get_matching_files_v2
ReadFileToString = file_io.read_file_to_string
RecursivelyCreateDir = file_io.recursive_create_dir_v2
RenameFile = file_io.rename_v2
WriteStringToFile = file_io.write_string_to_file


def FileExists(filename: str) -> None:
    """Raise NotFoundError when there is no such file."""
    if not file_io.file_exists_v2(filename):
        raise NotFoundError(None, None, f"{filename} not found")


def TF_bfloat16_type() -> Any:
    """The numpy scalar type of bfloat16."""
    return dtypes.bfloat16.as_numpy_dtype


def TF_TryEvaluateConstant_wrapper(graph: Graph, output: Tensor) -> Any:
    """The value of a tensor that depends on constants alone, or None.

    `graph` and `output` are a graph's `_c_graph` and what a tensor's `_as_tf_output` gives.
    """
    return evaluate(output)


class EventsWriter:
    """An event file. Stands for `tensorflow.python.pywrap_tensorflow.EventsWriter`.

    Args:
      file_prefix: folder and first part of the name.
    """

    def __init__(self, file_prefix: Any) -> None:
        self._writer = events.EventsWriter(file_prefix)

    def InitWithSuffix(self, suffix: Any) -> None:
        """Opens the file, under a name that ends so."""
        self._writer = events.EventsWriter(self._writer.prefix, suffix)
        self._writer.open()

    def FileName(self) -> bytes:
        """The file's path."""
        return as_bytes(self._writer.path())

    def WriteEvent(self, event: Any) -> None:
        """Adds an Event message."""
        self._writer.write(event.SerializeToString())

    def Flush(self) -> None:
        """Writes what is waiting to the disk."""
        self._writer.flush()

    def Close(self) -> None:
        """Flushes and closes the file."""
        self._writer.close()
