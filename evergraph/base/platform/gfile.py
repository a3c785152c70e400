"""`tf.gfile`: the file classes, and the functions of `file_io` under their older names."""

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export, export_constant
from evergraph.base.platform.file_io import FileIO, PathLike
from evergraph.base.platform.file_io import copy as Copy
from evergraph.base.platform.file_io import create_dir as MkDir
from evergraph.base.platform.file_io import delete_file as Remove
from evergraph.base.platform.file_io import delete_recursively as DeleteRecursively
from evergraph.base.platform.file_io import file_exists as Exists
from evergraph.base.platform.file_io import get_matching_files as Glob
from evergraph.base.platform.file_io import is_directory as IsDirectory
from evergraph.base.platform.file_io import list_directory as ListDirectory
from evergraph.base.platform.file_io import recursive_create_dir as MakeDirs
from evergraph.base.platform.file_io import rename as Rename
from evergraph.base.platform.file_io import stat as Stat
from evergraph.base.platform.file_io import walk as Walk

__all__ = [
    "Copy",
    "DeleteRecursively",
    "Exists",
    "FastGFile",
    "GFile",
    "Glob",
    "IsDirectory",
    "ListDirectory",
    "MakeDirs",
    "MkDir",
    "Open",
    "Remove",
    "Rename",
    "Stat",
    "Walk",
]


@export("gfile.GFile", "io.gfile.GFile")
class GFile(FileIO):
    """A file, local or of any file system that fsspec knows, opened at the first read or write.

    `mode` is "r", "w", "a", "r+", "w+" or "a+"; with "b" reading gives bytes, otherwise text.
    Stands for `tf.gfile.GFile`.

    Raises:
        InvalidArgumentError: for any other mode.
        NotFoundError: when a file that does not exist is read.
    """

    def __init__(self, name: PathLike, mode: str = "r") -> None:
        super().__init__(name=name, mode=mode)


@export("gfile.FastGFile")
class FastGFile(FileIO):
    """The same as `GFile`. Deprecated."""

    @deprecated(None, "Use tf.gfile.GFile.")
    def __init__(self, name: PathLike, mode: str = "r") -> None:
        super().__init__(name=name, mode=mode)


Open = GFile
export_constant(__name__, "Open", "gfile.Open")
