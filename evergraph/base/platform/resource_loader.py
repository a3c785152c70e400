"""`tf.resource_loader`: files that lie beside the program."""

import os
import sys
from types import FrameType

from evergraph.base import tf_inspect
from evergraph.base.export import export


@export("resource_loader.load_resource")
def load_resource(path: str) -> bytes:
    """The contents of a file of this package; `path` is relative to the package's folder.

    Raises:
        OSError: when it cannot be read.
    """
    root = os.path.join(os.path.dirname(__file__), os.pardir, os.pardir)
    with open(os.path.abspath(os.path.join(root, path)), "rb") as file:
        return file.read()


def _folder_of(frame: FrameType) -> str:
    return os.path.dirname(tf_inspect.getfile(frame))


@export("resource_loader.get_data_files_path")
def get_data_files_path() -> str:
    """The folder of the calling file."""
    return _folder_of(sys._getframe(1))


@export("resource_loader.get_root_dir_with_all_resources")
def get_root_dir_with_all_resources() -> str:
    """The repository's folder inside Bazel's runfiles; elsewhere the folder of the calling file."""
    folder = script_folder = _folder_of(sys._getframe(1))
    parent = os.path.dirname(folder)
    while parent != folder:
        if ".runfiles" in os.path.basename(parent):
            return folder
        folder, parent = parent, os.path.dirname(parent)
    return script_folder


@export("resource_loader.get_path_to_datafile")
def get_path_to_datafile(path: str) -> str:
    """`path`, relative to the folder of the calling file, as a full path."""
    return os.path.join(_folder_of(sys._getframe(1)), path)


@export("resource_loader.readahead_file_path")
def readahead_file_path(path: str, readahead: str = "128M") -> str:
    """`path` as it is."""
    return path
