"""Event files: what TensorBoard reads."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from typing import IO

from evergraph.base import compat, errors
from evergraph.base.platform import logging
from evergraph.base.platform.filesystem import filesystem_of, translate_errors
from evergraph.formats.framing import framed, read_frames
from evergraph.proto.util.event_pb2 import Event


class EventsWriter:
    """A file of Event messages, opened with the first of them.

    Its name is the prefix, the time, the machine and the suffix. What cannot be written is told in
    the log and left out: a full disk ends no training.

    Args:
      prefix: folder and first part of the name.
      suffix: last part of the name.
    """

    def __init__(self, prefix: str | bytes, suffix: str | bytes = "") -> None:
        self.prefix = compat.as_str(prefix)
        self._suffix = compat.as_str(suffix)
        self._path = ""
        self._file: IO[bytes] | None = None
        self._pending = 0

    def open(self) -> None:
        """Opens the file, unless it is open and still there."""
        if self._file is not None and self._exists():
            return
        seconds = int(time.time())
        self._path = (
            f"{self.prefix}.out.tfevents.{seconds:010d}.{socket.gethostname()}{self._suffix}"
        )
        with translate_errors(self._path):
            self._file = filesystem_of(self._path).open(self._path, "wb")
        self._pending = 0
        self.write(Event(wall_time=seconds, file_version="brain.Event:2").SerializeToString())
        self.flush()

    def path(self) -> str:
        """Where the file is; it is opened if there was none."""
        if not self._path:
            self.open()
        return self._path

    def write(self, event: bytes) -> None:
        """Adds a serialized Event."""
        try:
            if self._file is None:
                self.open()
            assert self._file is not None
            self._pending += 1
            with translate_errors(self._path):
                self._file.write(framed(event))
        except errors.OpError as error:
            logging.error("Failed to write an event: %s", error.message)

    def flush(self) -> bool:
        """Writes what is waiting to the disk; whether that went well."""
        if self._file is None or not self._pending:
            return True
        try:
            with translate_errors(self._path):
                self._file.flush()
                _synchronize(self._file)
            if not self._exists():
                raise errors.UnknownError(
                    None, None, f"The events file {self._path} has disappeared."
                )
        except errors.OpError as error:
            logging.error(
                "Failed to flush %d events to %s: %s", self._pending, self._path, error.message
            )
            return False
        self._pending = 0
        return True

    def close(self) -> None:
        """Flushes and closes the file; a later event goes to a new one."""
        self.flush()
        file, self._file = self._file, None
        self._pending = 0
        if file is not None:
            try:
                file.close()
            except OSError as error:
                logging.error("Failed to close %s: %s", self._path, error)

    def _exists(self) -> bool:
        return bool(filesystem_of(self._path).exists(self._path))


def _synchronize(file: IO[bytes]) -> None:
    """Makes the disk keep what was written, where the file is on one."""
    try:
        descriptor = file.fileno()
    except (AttributeError, OSError):
        return
    os.fsync(descriptor)


def read_events(path: str) -> Iterator[Event]:
    """The events of a file.

    Raises:
      NotFoundError: there is no such file.
      DataLossError: it was cut short, or damaged; after the events before that place.
    """
    with translate_errors(path):
        file = filesystem_of(path).open(path, "rb")
    with file:
        for record in read_frames(file):
            yield Event.FromString(record)


class QueuedEventsWriter:
    """An event file that is written some events at a time. Stands for TensorFlow's resource
    `SummaryWriterInterface`.

    Args:
      logdir: the folder, made if need be.
      max_queue: how many events wait until they are written.
      flush_millis: how long they wait at most, once another one comes.
      suffix: last part of the file's name.
    """

    def __init__(self, logdir: str, max_queue: int, flush_millis: int, suffix: str) -> None:
        filesystem = filesystem_of(logdir)
        if not filesystem.isdir(logdir):
            with translate_errors(logdir):
                filesystem.makedirs(logdir)
        self._max_queue = max_queue
        self._flush_seconds = flush_millis / 1000
        self._lock = threading.Lock()
        self._waiting: list[Event] = []
        self._writer = EventsWriter(os.path.join(logdir, "events"), suffix)
        self._writer.open()
        self._last_flush = time.monotonic()

    def write(self, event: Event) -> None:
        """Adds an event."""
        with self._lock:
            self._waiting.append(event)
            late = time.monotonic() - self._last_flush > self._flush_seconds
            if len(self._waiting) > self._max_queue or late:
                self._flush()

    def flush(self) -> None:
        """Writes what is waiting to the disk."""
        with self._lock:
            self._flush()

    def close(self) -> None:
        """Flushes and closes the file."""
        with self._lock:
            self._flush()
            self._writer.close()

    def _flush(self) -> None:
        for event in self._waiting:
            self._writer.write(event.SerializeToString())
        self._waiting.clear()
        self._writer.flush()
        self._last_flush = time.monotonic()
