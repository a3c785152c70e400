"""One writer for each folder: `tf.summary.FileWriterCache`."""

import threading
from typing import ClassVar

from evergraph.base.export import export
from evergraph.graph.graph import get_default_graph
from evergraph.library.summary.writer import FileWriter


@export("summary.FileWriterCache", "train.SummaryWriterCache")
class FileWriterCache:
    """Writers by folder. Stands for `tf.summary.FileWriterCache`."""

    _cache: ClassVar[dict[str, FileWriter]] = {}
    _lock = threading.RLock()

    @staticmethod
    def clear() -> None:
        """Closes and forgets all writers."""
        with FileWriterCache._lock:
            for writer in FileWriterCache._cache.values():
                writer.close()
            FileWriterCache._cache = {}

    @staticmethod
    def get(logdir: str) -> FileWriter:
        """The writer of a folder; a new one begins with the default graph."""
        with FileWriterCache._lock:
            if logdir not in FileWriterCache._cache:
                FileWriterCache._cache[logdir] = FileWriter(logdir, graph=get_default_graph())
            return FileWriterCache._cache[logdir]
