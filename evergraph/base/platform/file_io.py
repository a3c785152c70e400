"""Files, as `tf.gfile` and `tf.io.gfile` know them: local paths and everything fsspec can open."""

import binascii
import contextlib
import fnmatch
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import IO, Any

from evergraph.base import compat, errors
from evergraph.base.deprecation import deprecated_args
from evergraph.base.export import export
from evergraph.base.platform.filesystem import (
    FileStatistics,
    filesystem_of,
    translate_errors,
)

_DEFAULT_BLOCK_SIZE = 16 * 1024 * 1024

PathLike = str | bytes | os.PathLike[str]


def _text(path: Any) -> str:
    return compat.as_text(compat.path_to_str(path))


class FileIO:
    """A file that is opened at its first read or write.

    Args:
        name: the path.
        mode: "r", "w", "a", "r+", "w+" or "a+", with "b" to read bytes and not text. "r+" empties
            the file at the first write, as in TensorFlow.

    Raises:
        InvalidArgumentError: for any other mode.
    """

    _read_buf: IO[bytes] | None = None
    _writable_file: IO[bytes] | None = None

    def __init__(self, name: PathLike, mode: str) -> None:
        self.__name = name
        self.__mode = mode
        self._binary_mode = "b" in mode
        mode = mode.replace("b", "")
        if mode not in ("r", "w", "a", "r+", "w+", "a+"):
            raise errors.InvalidArgumentError(
                None, None, "mode is not 'r' or 'w' or 'a' or 'r+' or 'w+' or 'a+'"
            )
        self._read_check_passed = mode in ("r", "r+", "a+", "w+")
        self._write_check_passed = mode != "r"

    @property
    def name(self) -> PathLike:
        """The path."""
        return self.__name

    @property
    def mode(self) -> str:
        """The mode, as given."""
        return self.__mode

    def _reader(self) -> IO[bytes]:
        if self._read_buf is None:
            if not self._read_check_passed:
                raise errors.PermissionDeniedError(None, None, "File isn't open for reading")
            self._read_buf = _open(_text(self.__name), "rb")
        return self._read_buf

    def _writer(self) -> IO[bytes]:
        if self._writable_file is None:
            if not self._write_check_passed:
                raise errors.PermissionDeniedError(None, None, "File isn't open for writing")
            mode = "ab" if "a" in self.__mode else "wb"
            self._writable_file = _open(_text(self.__name), mode)
        return self._writable_file

    def _prepare_value(self, value: bytes) -> Any:
        return value if self._binary_mode else value.decode("utf-8")

    def size(self) -> int:
        """Bytes in the file."""
        return stat_v2(self.__name).length

    def write(self, file_content: str | bytes) -> None:
        """Append text, which is encoded in UTF-8, or bytes."""
        writer = self._writer()
        data = compat.as_bytes(file_content)
        with translate_errors(_text(self.__name)):
            writer.write(data)

    def read(self, n: int = -1) -> Any:
        """The next `n` bytes, or all, as bytes or, without "b" in the mode, as text."""
        reader = self._reader()
        with translate_errors(_text(self.__name)):
            return self._prepare_value(reader.read(n))

    @deprecated_args(None, "position is deprecated in favor of the offset argument.", "position")
    def seek(self, offset: int | None = None, whence: int = 0, position: int | None = None) -> None:
        """Go to a place in the file for reading.

        Args:
            offset: bytes from the start (`whence` 0), from here (1) or from the end (2).
            whence: see `offset`.
            position: an old name of `offset`.

        Raises:
            TypeError: unless exactly one of `offset` and `position` is given.
            InvalidArgumentError: for a place before the start or another `whence`.
            OutOfRangeError: for a place after the end.
        """
        reader = self._reader()
        if offset is None and position is None:
            raise TypeError("seek(): offset argument required")
        if offset is not None and position is not None:
            raise TypeError("seek(): offset and position may not be set simultaneously.")
        place = offset if offset is not None else position
        assert place is not None
        if whence == 1:
            place += self.tell()
        elif whence == 2:
            place += self.size()
        elif whence != 0:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Invalid whence argument: {whence}. Valid values are 0, 1, or 2.",
            )
        if place < 0:
            message = f"Seeking to a negative position: {place}"
            raise errors.InvalidArgumentError(None, None, message)
        if place > self.size():
            raise errors.OutOfRangeError(None, None, "reached end of file")
        reader.seek(place)

    def readline(self) -> Any:
        """The next line with its end, empty at the end of the file."""
        reader = self._reader()
        with translate_errors(_text(self.__name)):
            return self._prepare_value(reader.readline())

    def readlines(self) -> list[Any]:
        """All lines from here on."""
        return list(self)

    def tell(self) -> int:
        """Where the next read starts; where the next write goes if the file is only written."""
        return (self._reader() if self._read_check_passed else self._writer()).tell()

    def __enter__(self) -> "FileIO":
        return self

    def __exit__(
        self,
        unused_type: type[BaseException] | None,
        unused_value: BaseException | None,
        unused_traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def next(self) -> Any:
        """The next line. Raises StopIteration at the end."""
        return self.__next__()

    def flush(self) -> None:
        """Hand what was written to the operating system."""
        if self._writable_file is not None:
            with translate_errors(_text(self.__name)):
                self._writable_file.flush()

    def close(self) -> None:
        """Flush and close; a later read or write opens the file anew."""
        reader, self._read_buf = self._read_buf, None
        writer, self._writable_file = self._writable_file, None
        if reader is not None:
            reader.close()
        if writer is not None:
            with translate_errors(_text(self.__name)):
                writer.close()

    def __del__(self) -> None:
        # Programs write FileIO(name, "w").write(text) and rely on this.
        with contextlib.suppress(Exception):
            self.close()

    def seekable(self) -> bool:
        """True."""
        return True


def _open(path: str, mode: str) -> IO[bytes]:
    filesystem = filesystem_of(path)
    with translate_errors(path):
        return filesystem.open(path, mode)


@export("io.gfile.exists")
def file_exists_v2(path: PathLike) -> bool:
    """Whether there is a file or directory at `path`."""
    text = _text(path)
    return filesystem_of(text).exists(text)


@export("gfile.Exists")
def file_exists(filename: PathLike) -> bool:
    """Whether there is a file or directory at `filename`."""
    return file_exists_v2(filename)


@export("io.gfile.remove")
def delete_file_v2(path: PathLike) -> None:
    """Delete a file. Raises NotFoundError when there is none."""
    text = _text(path)
    filesystem = filesystem_of(text)
    with translate_errors(text):
        filesystem.remove(text)


@export("gfile.Remove")
def delete_file(filename: PathLike) -> None:
    """Delete a file. Raises NotFoundError when there is none."""
    delete_file_v2(filename)


def read_file_to_string(filename: PathLike, binary_mode: bool = False) -> Any:
    """All of a file, as text or, with `binary_mode`, as bytes."""
    with FileIO(filename, "rb" if binary_mode else "r") as file:
        return file.read()


def write_string_to_file(filename: PathLike, file_content: str | bytes) -> None:
    """Make a file of this content, in place of what was there."""
    with FileIO(filename, "w") as file:
        file.write(file_content)


def atomic_write_string_to_file(
    filename: str, contents: str | bytes, overwrite: bool = True
) -> None:
    """As `write_string_to_file`, but nobody sees the file before it is complete.

    Raises:
        AlreadyExistsError: when the file exists and `overwrite` is False.
    """
    temporary = f"{filename}.tmp{uuid.uuid4().hex}"
    write_string_to_file(temporary, contents)
    try:
        rename_v2(temporary, filename, overwrite)
    except errors.OpError:
        delete_file_v2(temporary)
        raise


_WILDCARDS = re.compile(r"[*?\[\\]")


def _join(folder: str, name: str) -> str:
    return name if not folder else folder + name if folder.endswith("/") else f"{folder}/{name}"


def _glob(pattern: str) -> list[str]:
    """The paths that match one pattern, in the order of their folders, as TensorFlow gives them."""
    filesystem = filesystem_of(pattern)
    found = _WILDCARDS.search(pattern)
    fixed = pattern[: found.start()] if found else pattern
    head, slash, _ = fixed.rpartition("/")
    if not slash:
        # TensorFlow gives relative matches a "./".
        pattern, head = "./" + pattern, "."
    root = head or "/"
    parts = pattern[len(head) + 1 :].split("/")
    if not filesystem.isdir(root):
        raise errors.NotFoundError(None, None, f"{root}; No such file or directory")
    paths = [root]
    for part in parts:
        matches = []
        for folder in paths:
            with contextlib.suppress(OSError):
                names = filesystem.listdir(folder) if filesystem.isdir(folder) else []
                matches += [
                    _join(folder, name) for name in names if fnmatch.fnmatchcase(name, part)
                ]
        paths = matches
    return paths


@export("io.gfile.glob")
def get_matching_files_v2(pattern: str | Iterable[str]) -> list[str]:
    """The files and directories that match a pattern with *, ? and [], or any of several.

    Raises:
        NotFoundError: when the directory before the first wildcard does not exist.
    """
    patterns = [pattern] if isinstance(pattern, (str, bytes, os.PathLike)) else pattern
    return [path for one in patterns for path in _glob(_text(one))]


@export("gfile.Glob")
def get_matching_files(filename: str | Iterable[str]) -> list[str]:
    """The files and directories that match a pattern with *, ? and [], or any of several.

    Raises:
        NotFoundError: when the directory before the first wildcard does not exist.
    """
    return get_matching_files_v2(filename)


@export("io.gfile.mkdir")
def create_dir_v2(path: PathLike) -> None:
    """Make a directory; nothing happens when it exists. NotFoundError without its parent."""
    text = _text(path)
    if not text:  # the folder of a bare name
        return
    filesystem = filesystem_of(text)
    with translate_errors(text), contextlib.suppress(FileExistsError):
        filesystem.mkdir(text)


@export("gfile.MkDir")
def create_dir(dirname: PathLike) -> None:
    """Make a directory; nothing happens when it exists. NotFoundError without its parent."""
    create_dir_v2(dirname)


@export("io.gfile.makedirs")
def recursive_create_dir_v2(path: PathLike) -> None:
    """Make a directory and its parents; nothing happens when it exists."""
    text = _text(path)
    filesystem = filesystem_of(text)
    if text and not filesystem.exists(text):
        with translate_errors(text):
            filesystem.makedirs(text)


@export("gfile.MakeDirs")
def recursive_create_dir(dirname: PathLike) -> None:
    """Make a directory and its parents; nothing happens when it exists."""
    recursive_create_dir_v2(dirname)


def _refuse_existing(path: str, overwrite: bool) -> None:
    if not overwrite and file_exists_v2(path):
        raise errors.AlreadyExistsError(None, None, "file already exists")


@export("io.gfile.copy")
def copy_v2(src: PathLike, dst: PathLike, overwrite: bool = False) -> None:
    """Copy a file, also between file systems.

    Raises:
        AlreadyExistsError: when `dst` exists and `overwrite` is False.
        NotFoundError: when there is no `src`.
    """
    source, target = _text(src), _text(dst)
    _refuse_existing(target, overwrite)
    with _open(source, "rb") as reader, _open(target, "wb") as writer, translate_errors(target):
        shutil.copyfileobj(reader, writer, 1 << 20)


@export("gfile.Copy")
def copy(oldpath: PathLike, newpath: PathLike, overwrite: bool = False) -> None:
    """Copy a file, also between file systems.

    Raises:
        AlreadyExistsError: when `newpath` exists and `overwrite` is False.
        NotFoundError: when there is no `oldpath`.
    """
    copy_v2(oldpath, newpath, overwrite)


@export("io.gfile.rename")
def rename_v2(src: PathLike, dst: PathLike, overwrite: bool = False) -> None:
    """Move a file or directory within a file system.

    Raises:
        AlreadyExistsError: when `dst` exists and `overwrite` is False.
        NotFoundError: when there is no `src`.
        UnimplementedError: when `dst` is in another file system.
    """
    source, target = _text(src), _text(dst)
    _refuse_existing(target, overwrite)
    filesystem = filesystem_of(source)
    if type(filesystem) is not type(filesystem_of(target)):
        message = f"Renaming {source} to {target} not implemented"
        raise errors.UnimplementedError(None, None, message)
    with translate_errors(source):
        filesystem.rename(source, target)


@export("gfile.Rename")
def rename(oldname: PathLike, newname: PathLike, overwrite: bool = False) -> None:
    """Move a file or directory within a file system.

    Raises:
        AlreadyExistsError: when `newname` exists and `overwrite` is False.
        NotFoundError: when there is no `oldname`.
    """
    rename_v2(oldname, newname, overwrite)


@export("io.gfile.rmtree")
def delete_recursively_v2(path: PathLike) -> None:
    """Delete a directory and all in it. Raises NotFoundError when there is none."""
    text = _text(path)
    filesystem = filesystem_of(text)
    if not filesystem.exists(text):
        raise errors.NotFoundError(None, None, f"{text} not found")
    with translate_errors(text):
        filesystem.rmtree(text)


@export("gfile.DeleteRecursively")
def delete_recursively(dirname: PathLike) -> None:
    """Delete a directory and all in it. Raises NotFoundError when there is none."""
    delete_recursively_v2(dirname)


@export("io.gfile.isdir")
def is_directory_v2(path: PathLike) -> bool:
    """Whether `path` is a directory."""
    text = _text(path)
    return filesystem_of(text).isdir(text)


@export("gfile.IsDirectory")
def is_directory(dirname: PathLike) -> bool:
    """Whether `dirname` is a directory."""
    return is_directory_v2(dirname)


@export("io.gfile.listdir")
def list_directory_v2(path: PathLike) -> list[str]:
    """The names in a directory, in no particular order. NotFoundError when there is none."""
    text = _text(path)
    filesystem = filesystem_of(text)
    if not filesystem.isdir(text):
        raise errors.NotFoundError(None, None, f"Could not find directory {text}")
    with translate_errors(text):
        return filesystem.listdir(text)


@export("gfile.ListDirectory")
def list_directory(dirname: PathLike) -> list[str]:
    """The names in a directory, in no particular order. NotFoundError when there is none."""
    return list_directory_v2(dirname)


@export("io.gfile.walk")
def walk_v2(
    top: PathLike, topdown: bool = True, onerror: Callable[[errors.OpError], Any] | None = None
) -> Iterator[tuple[str, list[str], list[str]]]:
    """Walk a tree of directories.

    Args:
        top: where to start.
        topdown: whether a directory comes before those in it.
        onerror: called with the error when a directory cannot be listed; otherwise left out.

    Yields:
        (directory, names of the directories in it, names of the files in it).
    """
    folder = _text(top)
    try:
        names = list_directory_v2(folder)
    except errors.OpError as error:
        if onerror is not None:
            onerror(error)
        return
    subdirs: list[str] = []
    files: list[str] = []
    for name in names:
        (subdirs if is_directory_v2(_join(folder, name)) else files).append(name)
    if topdown:
        yield folder, subdirs, files
    for name in subdirs:
        yield from walk_v2(_join(folder, name), topdown, onerror)
    if not topdown:
        yield folder, subdirs, files


@export("gfile.Walk")
def walk(top: PathLike, in_order: bool = True) -> Iterator[tuple[str, list[str], list[str]]]:
    """Walk a tree of directories; with `in_order` a directory comes before those in it.

    Yields:
        (directory, names of the directories in it, names of the files in it).
    """
    return walk_v2(top, in_order)


@export("io.gfile.stat")
def stat_v2(path: PathLike) -> FileStatistics:
    """Length, time of the last change and kind of a file. NotFoundError when there is none."""
    text = _text(path)
    filesystem = filesystem_of(text)
    with translate_errors(text):
        return filesystem.stat(text)


@export("gfile.Stat")
def stat(filename: PathLike) -> FileStatistics:
    """Length, time of the last change and kind of a file. NotFoundError when there is none."""
    return stat_v2(filename)


def filecmp(filename_a: PathLike, filename_b: PathLike) -> bool:
    """Whether two files have the same content, by length and checksum."""
    if stat_v2(filename_a).length != stat_v2(filename_b).length:
        return False
    return file_crc32(filename_a) == file_crc32(filename_b)


def file_crc32(filename: PathLike, block_size: int = _DEFAULT_BLOCK_SIZE) -> str:
    """The CRC-32 of a file in hexadecimal; `block_size` bytes are read at once, -1 for all."""
    crc = 0
    with FileIO(filename, "rb") as file:
        while chunk := file.read(block_size):
            crc = binascii.crc32(chunk, crc)
    return hex(crc & 0xFFFFFFFF)
