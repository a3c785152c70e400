"""The debugger: what tensors held in a run. Stands for `tensorflow.python.debug`."""

from evergraph.library.debug.debug_data import (
    DebugDumpDir,
    DebugTensorDatum,
    has_inf_or_nan,
    load_tensor_from_event,
    load_tensor_from_event_file,
)
from evergraph.library.debug.debug_graphs import reconstruct_non_debug_graph_def
from evergraph.library.debug.debug_utils import (
    add_debug_tensor_watch,
    watch_graph,
    watch_graph_with_blacklists,
)
from evergraph.library.debug.dumping_wrapper import DumpingDebugWrapperSession
from evergraph.library.debug.framework import WatchOptions
from evergraph.library.debug.hooks import DumpingDebugHook, LocalCLIDebugHook
from evergraph.library.debug.local_cli_wrapper import LocalCLIDebugWrapperSession

__all__ = [
    "DebugDumpDir",
    "DebugTensorDatum",
    "DumpingDebugHook",
    "DumpingDebugWrapperSession",
    "LocalCLIDebugHook",
    "LocalCLIDebugWrapperSession",
    "WatchOptions",
    "add_debug_tensor_watch",
    "has_inf_or_nan",
    "load_tensor_from_event",
    "load_tensor_from_event_file",
    "reconstruct_non_debug_graph_def",
    "watch_graph",
    "watch_graph_with_blacklists",
]
