"""A session whose runs write what their tensors held."""

import os
import threading
import time
from typing import Any

from evergraph.base.platform import gfile
from evergraph.library.debug import dump_files, framework
from evergraph.proto.util import event_pb2


class DumpingDebugWrapperSession(framework.NonInteractiveDebugWrapperSession):
    """A session whose runs each write a folder `run_<microseconds>_<number>`.

    Args:
      sess: a Session or MonitoredSession.
      session_root: where these folders are made: a folder that is empty or not there.
      watch_fn: gives WatchOptions for a run's fetches and feeds; default: all is watched.
      thread_name_filter: how the names of threads begin whose runs are watched; default: all.
      pass_through_operrors: whether errors of runs are raised, and not what `run` gives.
      log_usage: not used.

    Raises:
      ValueError: `session_root` is a file, or a folder that is not empty.
    """

    def __init__(
        self,
        sess: Any,
        session_root: str,
        watch_fn: Any = None,
        thread_name_filter: str | None = None,
        pass_through_operrors: Any = None,
        log_usage: bool = True,
    ) -> None:
        super().__init__(sess, watch_fn, thread_name_filter, pass_through_operrors)
        session_root = os.path.expanduser(session_root)
        if not gfile.Exists(session_root):
            gfile.MakeDirs(session_root)
        elif not gfile.IsDirectory(session_root):
            raise ValueError(f"session_root path points to a file: {session_root}")
        elif gfile.ListDirectory(session_root):
            raise ValueError(f"session_root path points to a non-empty directory: {session_root}")
        self._session_root = session_root
        self._run_counter = 0
        self._run_counter_lock = threading.Lock()

    def prepare_run_debug_urls(self, fetches: Any, feed_dict: Any) -> list[str]:
        """Makes the folder of a run, notes fetches and feeds in it, and gives its URL."""
        with self._run_counter_lock:
            name = f"run_{time.time_ns() // 1000}_{self._run_counter}"
            self._run_counter += 1
        folder = os.path.join(self._session_root, name)
        gfile.MkDir(folder)
        fed = repr(feed_dict.keys()) if feed_dict else repr(feed_dict)
        for tag, text in (
            (dump_files.FETCHES_INFO_FILE_TAG, repr(fetches)),
            (dump_files.FEED_KEYS_INFO_FILE_TAG, fed),
        ):
            event = event_pb2.Event()
            event.log_message.message = text
            path = os.path.join(folder, dump_files.METADATA_FILE_PREFIX + tag)
            with gfile.Open(path, "wb") as file:
                file.write(event.SerializeToString())
        return ["file://" + folder]
