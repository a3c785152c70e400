"""Files that are there whole or not at all."""

import contextlib
import uuid
from collections.abc import Iterator
from typing import IO

from evergraph.base.platform.filesystem import filesystem_of, translate_errors


class AtomicFile:
    """A file that is written under a temporary name until `publish`.

    What was there under its own name stays until then. Errors are those of the file system, as
    TensorFlow's.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._temporary = f"{path}.tempstate{uuid.uuid4().int >> 64}"
        self._filesystem = filesystem_of(path)
        with translate_errors(self._temporary):
            self._file: IO[bytes] = self._filesystem.open(self._temporary, "wb")

    @contextlib.contextmanager
    def writing(self) -> Iterator[IO[bytes]]:
        """The open file."""
        with translate_errors(self._temporary):
            yield self._file

    def close(self) -> None:
        """Ends writing; the file is complete, but has its temporary name still."""
        with translate_errors(self._temporary):
            self._file.close()

    def publish(self) -> None:
        """Gives the file its name."""
        self.close()
        with translate_errors(self.path):
            self._filesystem.rename(self._temporary, self.path)

    def discard(self) -> None:
        """Deletes what was written, if it has no name yet."""
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self._filesystem.remove(self._temporary)
