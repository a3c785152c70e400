"""Event files written by nodes of a graph."""

from typing import Any

from evergraph.api import array_ops
from evergraph.base import dtypes
from evergraph.base.platform import gfile
from evergraph.graph.constant import constant
from evergraph.graph.defaults import name_scope
from evergraph.library import summary_ops_v2


class EventFileWriterV2:
    """Writes Event messages through a session, to the file of a `tf.contrib.summary` writer.

    Nodes for that are added to the session's graph. Writers of one folder in one session share
    their file. Stands for
    `tensorflow.python.summary.writer.event_file_writer_v2.EventFileWriterV2`.

    Args:
      session: the session that holds the writer.
      logdir: the folder, made if need be.
      max_queue: how many events may wait.
      flush_secs: how often the file is written to the disk.
      filename_suffix: last part of the file's name.
    """

    def __init__(
        self,
        session: Any,
        logdir: str,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str | None = "",
    ) -> None:
        self._session = session
        self._logdir = logdir
        self._closed = False
        if not gfile.IsDirectory(logdir):
            gfile.MakeDirs(logdir)
        with session.graph.as_default():
            with name_scope("filewriter"):
                writer = summary_ops_v2.create_file_writer(
                    logdir=logdir,
                    max_queue=max_queue,
                    flush_millis=flush_secs * 1000,
                    filename_suffix=filename_suffix,
                )
                with summary_ops_v2.always_record_summaries(), writer.as_default():
                    self._event_placeholder = array_ops.placeholder_with_default(
                        constant("unused", dtypes.string), shape=[]
                    )
                    self._add_event_op = summary_ops_v2.import_event(self._event_placeholder)
                self._init_op = writer.init()
                self._flush_op = writer.flush()
                self._close_op = writer.close()
            session.run(self._init_op)

    def get_logdir(self) -> str:
        """The folder."""
        return self._logdir

    def reopen(self) -> None:
        """Starts a new file after `close`; nothing if it was not closed."""
        if self._closed:
            self._closed = False
            self._session.run(self._init_op)

    def add_event(self, event: Any) -> None:
        """Adds an Event, unless the writer is closed."""
        if not self._closed:
            self._session.run(
                self._add_event_op, {self._event_placeholder: event.SerializeToString()}
            )

    def flush(self) -> None:
        """Writes to the disk what was added so far."""
        self._session.run(self._flush_op)

    def close(self) -> None:
        """Flushes and closes the file."""
        if not self._closed:
            self.flush()
            self._session.run(self._close_op)
            self._closed = True
