"""Shared libraries with ops, kernels or file systems: they need TensorFlow's C++ runtime, and so
cannot be used here."""

import ctypes
import errno
import os
from typing import Any, NoReturn

from evergraph.base.compat import as_str
from evergraph.base.deprecation import deprecated
from evergraph.base.errors import NotFoundError
from evergraph.base.export import export
from evergraph.base.platform import file_io


def _load(path: Any) -> NoReturn:
    if not isinstance(path, (str, bytes)):
        raise TypeError("in method 'TF_LoadLibrary', argument 1 of type 'char const *'")
    path = as_str(path)
    try:
        ctypes.CDLL(path)
        complaint = f"{path}: undefined symbol: TensorFlow's C++ runtime"
    except OSError as error:
        complaint = str(error)
    found = NotFoundError(None, None, complaint)
    found.add_note(
        "Ops that were compiled for TensorFlow cannot be loaded. An op of this library can be "
        "written with tf.py_func, or out of other ops."
    )
    raise found


@export("load_op_library")
def load_op_library(library_filename: str) -> Any:
    """Raises: ops that were compiled for TensorFlow cannot be loaded. Stands for
    `tf.load_op_library`.

    Args:
      library_filename: the path of a shared library.

    Raises:
      NotFoundError: always; what the system's loader says of the library, as TensorFlow does, or
        that TensorFlow's runtime is not there.
    """
    _load(library_filename)


@export("load_file_system_library")
@deprecated(date=None, instructions="Use `tf.load_library` instead.")
def load_file_system_library(library_filename: str) -> None:
    """Raises, as `load_op_library`. Stands for `tf.load_file_system_library`."""
    _load(library_filename)


def _is_shared_object(filename: str) -> bool:
    """Whether a file's name is that of a shared library on Linux."""
    _, _, version = filename.rpartition(".so.")
    return filename.endswith(".so") or (".so." in filename and version[:1].isdecimal())


@export("load_library")
def load_library(library_location: str) -> None:
    """Nothing for a folder without shared libraries; else raises, as `load_op_library`. Stands for
    `tf.load_library`.

    Args:
      library_location: the path of a shared library, or of a folder.

    Raises:
      OSError: there is no such file.
      NotFoundError: there is one; see `load_op_library`.
    """
    if not file_io.file_exists(library_location):
        raise OSError(
            errno.ENOENT,
            "The file or folder to load kernel libraries from does not exist.",
            library_location,
        )
    if not file_io.is_directory(library_location):
        _load(library_location)
    for name in file_io.list_directory(library_location):
        if _is_shared_object(name):
            _load(os.path.join(library_location, name))
