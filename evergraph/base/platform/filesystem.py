"""Where files live: the local disk through `os`, everything with a scheme through fsspec.

All functions raise the errors of TensorFlow, with its messages.
"""

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, Protocol

from evergraph.base import errors
from evergraph.base.lazy_loader import LazyLoader

# Imported when a path with a scheme is first used: most programs have none.
fsspec: Any = LazyLoader("fsspec", globals(), "fsspec")

_ERRNO_NAMES = {
    errors.InvalidArgumentError: "EINVAL ENAMETOOLONG E2BIG EDESTADDRREQ EDOM EFAULT EILSEQ "
    "ENOPROTOOPT ENOSTR ENOTSOCK ENOTTY EPROTOTYPE ESPIPE",
    errors.DeadlineExceededError: "ETIMEDOUT ETIME",
    errors.NotFoundError: "ENODEV ENOENT ENXIO ESRCH",
    errors.AlreadyExistsError: "EEXIST EADDRNOTAVAIL EALREADY",
    errors.PermissionDeniedError: "EPERM EACCES EROFS",
    errors.FailedPreconditionError: "ENOTEMPTY EISDIR ENOTDIR EADDRINUSE EBADF EBUSY ECHILD "
    "EISCONN ENOTBLK ENOTCONN EPIPE ESHUTDOWN ETXTBSY",
    errors.ResourceExhaustedError: "ENOSPC EDQUOT EMFILE EMLINK ENFILE ENOBUFS ENODATA ENOMEM "
    "ENOSR EUSERS",
    errors.OutOfRangeError: "EFBIG EOVERFLOW ERANGE",
    errors.UnimplementedError: "ENOSYS ENOTSUP EAFNOSUPPORT EPFNOSUPPORT EPROTONOSUPPORT "
    "ESOCKTNOSUPPORT EXDEV",
    errors.UnavailableError: "EAGAIN ECONNREFUSED ECONNABORTED ECONNRESET EINTR EHOSTDOWN "
    "EHOSTUNREACH ENETDOWN ENETRESET ENETUNREACH ENOLCK ENOLINK ENONET",
    errors.AbortedError: "EDEADLK ESTALE",
    errors.CancelledError: "ECANCELED",
}
_ERRNO_TO_ERROR: dict[int | None, Any] = {
    getattr(errno, name): error
    for error, names in _ERRNO_NAMES.items()
    for name in names.split()
    if hasattr(errno, name)
}


@contextlib.contextmanager
def translate_errors(path: str) -> Iterator[None]:
    """Turn what the operating system raises about `path` into TensorFlow's errors."""
    try:
        yield
    except OSError as error:
        number = error.errno
        if number is None:
            # fsspec raises FileNotFoundError("path") and the like.
            number = next((n for cls, n in _CLASS_TO_ERRNO.items() if isinstance(error, cls)), None)
        cls = _ERRNO_TO_ERROR.get(number, errors.UnknownError)
        text = os.strerror(number) if number is not None else str(error)
        raise cls(None, None, f"{path}; {text}") from None


_CLASS_TO_ERRNO = {
    FileNotFoundError: errno.ENOENT,
    FileExistsError: errno.EEXIST,
    IsADirectoryError: errno.EISDIR,
    NotADirectoryError: errno.ENOTDIR,
    PermissionError: errno.EACCES,
}


@dataclass(frozen=True)
class FileStatistics:
    """Facts about a file.

    Attributes:
        length: bytes.
        mtime_nsec: when it was last changed, in nanoseconds since 1970.
        is_directory: whether it is a directory.
    """

    length: int
    mtime_nsec: int
    is_directory: bool


class FileSystem(Protocol):
    """What a place for files can do. Paths are whole, errors those of Python."""

    def open(self, path: str, mode: str) -> IO[bytes]: ...

    def exists(self, path: str) -> bool: ...

    def isdir(self, path: str) -> bool: ...

    def listdir(self, path: str) -> list[str]: ...

    def mkdir(self, path: str) -> None: ...

    def makedirs(self, path: str) -> None: ...

    def remove(self, path: str) -> None: ...

    def rmtree(self, path: str) -> None: ...

    def rename(self, src: str, dst: str) -> None: ...

    def stat(self, path: str) -> FileStatistics: ...


class _Local:
    """The disk. `file://` in front of a path is allowed."""

    @staticmethod
    def _plain(path: str) -> str:
        return path.removeprefix("file://")

    def open(self, path: str, mode: str) -> IO[bytes]:
        return open(self._plain(path), mode, buffering=1 << 17)

    def exists(self, path: str) -> bool:
        return os.path.exists(self._plain(path))

    def isdir(self, path: str) -> bool:
        return os.path.isdir(self._plain(path))

    def listdir(self, path: str) -> list[str]:
        return os.listdir(self._plain(path))

    def mkdir(self, path: str) -> None:
        os.mkdir(self._plain(path))

    def makedirs(self, path: str) -> None:
        os.makedirs(self._plain(path), exist_ok=True)

    def remove(self, path: str) -> None:
        os.remove(self._plain(path))

    def rmtree(self, path: str) -> None:
        shutil.rmtree(self._plain(path))

    def rename(self, src: str, dst: str) -> None:
        os.replace(self._plain(src), self._plain(dst))

    def stat(self, path: str) -> FileStatistics:
        result = os.stat(self._plain(path))
        is_directory = os.path.isdir(self._plain(path))
        return FileStatistics(result.st_size, result.st_mtime_ns, is_directory)


class _Remote:
    """A file system of fsspec."""

    def __init__(self, filesystem: Any) -> None:
        self._fs = filesystem

    def open(self, path: str, mode: str) -> IO[bytes]:
        file: IO[bytes] = self._fs.open(path, mode)
        return file

    def exists(self, path: str) -> bool:
        return bool(self._fs.exists(path))

    def isdir(self, path: str) -> bool:
        return bool(self._fs.isdir(path))

    def listdir(self, path: str) -> list[str]:
        own = self._fs._strip_protocol(path).rstrip("/")
        names = [name.rstrip("/") for name in self._fs.ls(path, detail=False)]
        # Object stores list a directory's own marker among its contents.
        return [name.rsplit("/", 1)[-1] for name in names if name != own]

    def mkdir(self, path: str) -> None:
        self._fs.mkdir(path, create_parents=False)

    def makedirs(self, path: str) -> None:
        self._fs.makedirs(path, exist_ok=True)

    def remove(self, path: str) -> None:
        self._fs.rm_file(path)

    def rmtree(self, path: str) -> None:
        self._fs.rm(path, recursive=True)

    def rename(self, src: str, dst: str) -> None:
        self._fs.mv(src, dst, recursive=self._fs.isdir(src))

    def stat(self, path: str) -> FileStatistics:
        info = self._fs.info(path)
        try:
            nanoseconds = int(self._fs.modified(path).timestamp() * 1e9)
        except (NotImplementedError, FileNotFoundError):
            nanoseconds = 0
        return FileStatistics(info.get("size") or 0, nanoseconds, info["type"] == "directory")


_LOCAL = _Local()


def filesystem_of(path: str) -> FileSystem:
    """The file system for a path.

    Raises:
        UnimplementedError: when nothing installed knows the scheme.
    """
    scheme, separator, _ = path.partition("://")
    if not separator or scheme == "file":
        return _LOCAL
    try:
        return _Remote(fsspec.core.url_to_fs(path)[0])
    except (ImportError, ValueError) as error:
        failure = errors.UnimplementedError(
            None, None, f"File system scheme '{scheme}' not implemented (file: '{path}')"
        )
        failure.add_note(str(error))
        raise failure from None
