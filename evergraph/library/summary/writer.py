"""Summaries, graphs and logs for TensorBoard: `tf.summary.FileWriter`."""

import os
import time
import warnings
from types import TracebackType
from typing import Any

from evergraph.base.export import export
from evergraph.base.platform import gfile, logging
from evergraph.graph.graph import Graph
from evergraph.library import meta_graph
from evergraph.library.summary import plugin_asset
from evergraph.library.summary.event_file_writer import EventFileWriter
from evergraph.library.summary.event_file_writer_v2 import EventFileWriterV2
from evergraph.proto.framework.graph_pb2 import GraphDef
from evergraph.proto.framework.summary_pb2 import Summary
from evergraph.proto.protobuf.meta_graph_pb2 import MetaGraphDef
from evergraph.proto.util.event_pb2 import Event, TaggedRunMetadata


class SummaryToEventTransformer:
    """Makes events of summaries and the like, and gives them to a writer. Stands for
    `tensorflow.python.summary.writer.writer.SummaryToEventTransformer`.

    Args:
      event_writer: has `add_event` and `get_logdir`.
      graph: a Graph, written at once.
      graph_def: a GraphDef in its place.
    """

    def __init__(self, event_writer: Any, graph: Any = None, graph_def: Any = None) -> None:
        self.event_writer = event_writer
        self._session_run_tags: set[str] = set()
        self._seen_summary_tags: set[str] = set()
        if graph is not None or graph_def is not None:
            self.add_graph(graph=graph, graph_def=graph_def)
            as_def = graph.as_graph_def(add_shapes=True) if isinstance(graph, Graph) else graph
            self.add_meta_graph(meta_graph.create_meta_graph_def(graph_def=graph_def or as_def))

    def add_summary(self, summary: Any, global_step: Any = None) -> None:
        """Adds a Summary.

        What a tag's metadata say is only written the first time.

        Args:
          summary: a Summary message, or one as bytes: what a run of a summary node gives.
          global_step: the step to show it at.
        """
        if isinstance(summary, bytes):
            summary = Summary.FromString(summary)
        for value in summary.value:
            if value.tag in self._seen_summary_tags:
                value.ClearField("metadata")
            else:
                self._seen_summary_tags.add(value.tag)
        self._add_event(Event(summary=summary), global_step)

    def add_session_log(self, session_log: Any, global_step: Any = None) -> None:
        """Adds a SessionLog message: that training starts, stops or saves."""
        self._add_event(Event(session_log=session_log), global_step)

    def add_graph(self, graph: Any, global_step: Any = None, graph_def: Any = None) -> None:
        """Adds a graph, with the shapes of its tensors.

        Args:
          graph: a Graph, or a GraphDef as older programs pass it.
          global_step: the step to show it at.
          graph_def: an older name of `graph`.

        Raises:
          ValueError: both are given.
          TypeError: it is neither Graph nor GraphDef.
        """
        if graph is not None and graph_def is not None:
            raise ValueError("Please pass only graph, or graph_def (deprecated), but not both.")
        given = graph_def if graph is None else graph
        if isinstance(given, Graph):
            if graph is None:
                logging.warning(
                    "When passing a `Graph` object, please use the `graph` named argument instead "
                    "of `graph_def`."
                )
            proto = given.as_graph_def(add_shapes=True)
            self._write_plugin_assets(given)
        elif isinstance(given, GraphDef):
            logging.warning(
                "Passing a `GraphDef` to the SummaryWriter is deprecated. Pass a `Graph` object "
                "instead, such as `sess.graph`."
            )
            proto = given
        else:
            raise TypeError(
                "The passed graph must be an instance of `Graph` or the deprecated `GraphDef`"
            )
        self._add_event(Event(graph_def=proto.SerializeToString()), global_step)

    def _write_plugin_assets(self, graph: Graph) -> None:
        for asset in plugin_asset.get_all_plugin_assets(graph):
            folder = os.path.join(self.event_writer.get_logdir(), "plugins", asset.plugin_name)
            gfile.MakeDirs(folder)
            for name, content in asset.assets().items():
                with gfile.Open(os.path.join(folder, name), "w") as file:
                    file.write(content)

    def add_meta_graph(self, meta_graph_def: Any, global_step: Any = None) -> None:
        """Adds a MetaGraphDef. Raises TypeError if it is something else."""
        if not isinstance(meta_graph_def, MetaGraphDef):
            raise TypeError(
                f"meta_graph_def must be type MetaGraphDef, saw type: {type(meta_graph_def)}"
            )
        self._add_event(Event(meta_graph_def=meta_graph_def.SerializeToString()), global_step)

    def add_run_metadata(self, run_metadata: Any, tag: str, global_step: Any = None) -> None:
        """Adds what a run took in time and memory: a RunMetadata message.

        Args:
          run_metadata: the message.
          tag: TensorBoard's name for the run.
          global_step: the step to show it at.

        Raises:
          ValueError: the tag was used before.
        """
        if tag in self._session_run_tags:
            raise ValueError("The provided tag was already used for this event type")
        self._session_run_tags.add(tag)
        tagged = TaggedRunMetadata(tag=tag, run_metadata=run_metadata.SerializeToString())
        self._add_event(Event(tagged_run_metadata=tagged), global_step)

    def _add_event(self, event: Any, step: Any) -> None:
        event.wall_time = time.time()
        if step is not None:
            event.step = int(step)
        self.event_writer.add_event(event)


@export("summary.FileWriter", "train.SummaryWriter")
class FileWriter(SummaryToEventTransformer):
    """Writes summaries and events to a file in the background, for TensorBoard. Stands for
    `tf.summary.FileWriter`.

    Args:
      logdir: the folder.
      graph: a Graph to begin with.
      max_queue: how many events may wait before adding one does.
      flush_secs: how often the file is written to the disk.
      graph_def: an older name of `graph`.
      filename_suffix: last part of the file's name.
      session: a session, whose graph gets nodes that write in place of the thread.
    """

    def __init__(
        self,
        logdir: Any,
        graph: Any = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        graph_def: Any = None,
        filename_suffix: str | None = None,
        session: Any = None,
    ) -> None:
        self._closed = False
        writer = (
            EventFileWriter(logdir, max_queue, flush_secs, filename_suffix)
            if session is None
            else EventFileWriterV2(session, logdir, max_queue, flush_secs, filename_suffix)
        )
        super().__init__(writer, graph, graph_def)

    def __enter__(self) -> "FileWriter":
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def get_logdir(self) -> Any:
        """The folder."""
        return self.event_writer.get_logdir()

    def _warn_if_event_writer_is_closed(self) -> None:
        if self._closed:
            warnings.warn(
                "Attempting to use a closed FileWriter. The operation will be a noop unless the "
                "FileWriter is explicitly reopened.",
                stacklevel=3,
            )

    def _add_event(self, event: Any, step: Any) -> None:
        self._warn_if_event_writer_is_closed()
        super()._add_event(event, step)

    def add_event(self, event: Any) -> None:
        """Adds an Event message."""
        self._warn_if_event_writer_is_closed()
        self.event_writer.add_event(event)

    def flush(self) -> None:
        """Writes to the disk what was added so far."""
        self._warn_if_event_writer_is_closed()
        self.event_writer.flush()

    def close(self) -> None:
        """Flushes and closes the file."""
        self.event_writer.close()
        self._closed = True

    def reopen(self) -> None:
        """Starts a new file after `close`; nothing if it was not closed."""
        self.event_writer.reopen()
        self._closed = False
