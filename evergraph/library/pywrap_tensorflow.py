"""Functions of TensorFlow's C library that programs call by their private names."""

from typing import Any

from evergraph.base import dtypes
from evergraph.base.errors import NotFoundError
from evergraph.base.platform import file_io
from evergraph.formats.checkpoint_reader import CheckpointReader as CheckpointReader
from evergraph.library.train.checkpoint_utils import NewCheckpointReader as NewCheckpointReader

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
