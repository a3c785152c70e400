"""Event files written by a thread of their own."""

import os
import queue
import threading
import time
import weakref
from typing import Any

from evergraph.base.platform import gfile
from evergraph.formats.events import EventsWriter


class EventFileWriter:
    """Writes Event messages to a file, in the background. Stands for
    `tensorflow.python.summary.writer.event_file_writer.EventFileWriter`.

    Args:
      logdir: the folder, made if need be.
      max_queue: how many events may wait before `add_event` does.
      flush_secs: how often the file is written to the disk.
      filename_suffix: last part of the file's name.
    """

    def __init__(
        self,
        logdir: Any,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str | None = None,
    ) -> None:
        self._logdir = str(logdir)
        if not gfile.IsDirectory(self._logdir):
            gfile.MakeDirs(self._logdir)
        self._event_queue: queue.Queue[Any] = queue.Queue(max_queue)
        self._ev_writer = EventsWriter(os.path.join(self._logdir, "events"), filename_suffix or "")
        self._flush_secs = flush_secs
        if filename_suffix:
            self._ev_writer.open()
        self._start()

    def _start(self) -> None:
        self._closed = False
        self._worker = _EventLoggerThread(self._event_queue, self._ev_writer, self._flush_secs)
        self._worker.start()
        # A program that ends without closing its writers loses nothing.
        self._at_exit = weakref.finalize(self, self._worker.finish)

    def get_logdir(self) -> str:
        """The folder."""
        return self._logdir

    def reopen(self) -> None:
        """Starts a new file after `close`; nothing if it was not closed."""
        if self._closed:
            self._start()

    def add_event(self, event: Any) -> None:
        """Adds an Event, unless the writer is closed. The event must not be changed afterwards."""
        if not self._closed:
            self._event_queue.put(event)

    def flush(self) -> None:
        """Writes to the disk what was added so far."""
        self._event_queue.join()
        self._ev_writer.flush()

    def close(self) -> None:
        """Flushes and closes the file."""
        if not self._closed:
            self._event_queue.put(None)
        self.flush()
        self._worker.join()
        self._at_exit.detach()
        self._ev_writer.close()
        self._closed = True


class _EventLoggerThread(threading.Thread):
    """Takes events from a queue and writes them, until it finds None."""

    def __init__(self, events: "queue.Queue[Any]", writer: EventsWriter, flush_secs: float) -> None:
        super().__init__(daemon=True)
        self._events = events
        self._writer = writer
        self._flush_secs = flush_secs

    def run(self) -> None:
        next_flush = 0.0  # the first event is to be seen at once
        while True:
            event = self._events.get()
            try:
                if event is None:
                    return
                self._writer.write(event.SerializeToString())
                now = time.time()
                if now > next_flush:
                    self._writer.flush()
                    next_flush = now + self._flush_secs
            finally:
                self._events.task_done()

    def finish(self) -> None:
        """Has everything written, where this process has the thread."""
        if self.is_alive():
            self._events.join()
            self._writer.flush()
