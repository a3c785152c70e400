"""Which tensors a run tells of: watches in RunOptions."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any


def _listed(texts: Any) -> list[str]:
    return [texts] if isinstance(texts, str) else list(texts or ())


def add_debug_tensor_watch(
    run_options: Any,
    node_name: str,
    output_slot: int = 0,
    debug_ops: Any = "DebugIdentity",
    debug_urls: Any = None,
    tolerate_debug_op_creation_failures: bool = False,
    global_step: int = -1,
) -> None:
    """Adds a watch of one tensor.

    Args:
      run_options: the RunOptions to add it to.
      node_name: the node that gives the tensor.
      output_slot: which of its outputs.
      debug_ops: what to tell: "DebugIdentity" (the value), "DebugNanCount",
        "DebugNumericSummary", attrs in brackets ("DebugNumericSummary(lower_bound=-9;...)"), or a
        list of these.
      debug_urls: "file:///folder" or a list of such.
      tolerate_debug_op_creation_failures: whether debug ops that do not take the tensor's type are
        left out.
      global_step: a number to keep with what is told.
    """
    run_options.debug_options.global_step = global_step
    run_options.debug_options.debug_tensor_watch_opts.add(
        node_name=node_name,
        output_slot=output_slot,
        debug_ops=_listed(debug_ops),
        debug_urls=_listed(debug_urls),
        tolerate_debug_op_creation_failures=tolerate_debug_op_creation_failures,
    )


def _chosen(
    graph: Any, patterns: Sequence[str | None], keeps: Callable[[list[bool]], bool]
) -> Iterator[tuple[str, int]]:
    """The tensors of a graph that patterns of node names, op types and element types choose;
    `keeps` is given which of the patterns match, of those that there are."""
    compiled = [re.compile(pattern) if pattern else None for pattern in patterns]
    for op in graph.get_operations():
        for slot, tensor in enumerate(op.outputs):
            texts = (op.name, op.type, tensor.dtype.name)
            found = [
                bool(pattern.match(text))
                for pattern, text in zip(compiled, texts, strict=True)
                if pattern is not None
            ]
            if keeps(found):
                yield op.name, slot


def watch_graph(
    run_options: Any,
    graph: Any,
    debug_ops: Any = "DebugIdentity",
    debug_urls: Any = None,
    node_name_regex_whitelist: str | None = None,
    op_type_regex_whitelist: str | None = None,
    tensor_dtype_regex_whitelist: str | None = None,
    tolerate_debug_op_creation_failures: bool = False,
    global_step: int = -1,
    reset_disk_byte_usage: bool = False,
) -> None:
    """Adds watches of a graph's tensors: of those that all given patterns match, or of all.

    Args:
      run_options: the RunOptions to add them to.
      graph: a Graph.
      debug_ops, debug_urls, tolerate_debug_op_creation_failures, global_step: as for
        `add_debug_tensor_watch`.
      node_name_regex_whitelist: how names of nodes begin.
      op_type_regex_whitelist: how op types begin.
      tensor_dtype_regex_whitelist: how names of element types begin.
      reset_disk_byte_usage: whether to count the bytes written from 0 again.

    Raises:
      ValueError: there are no debug ops, or no URLs.
    """
    for name, value in (("debug_ops", debug_ops), ("debug_urls", debug_urls)):
        if not value:
            raise ValueError(f"{name} must not be empty or None.")
    patterns = (node_name_regex_whitelist, op_type_regex_whitelist, tensor_dtype_regex_whitelist)
    tensors = list(_chosen(graph, patterns, all))
    if not any(patterns):
        tensors.append(("*", -1))  # what a run adds by itself, too
    for name, slot in tensors:
        add_debug_tensor_watch(
            run_options,
            name,
            slot,
            debug_ops,
            debug_urls,
            tolerate_debug_op_creation_failures,
            global_step,
        )
    run_options.debug_options.reset_disk_byte_usage = reset_disk_byte_usage


def watch_graph_with_blacklists(
    run_options: Any,
    graph: Any,
    debug_ops: Any = "DebugIdentity",
    debug_urls: Any = None,
    node_name_regex_blacklist: str | None = None,
    op_type_regex_blacklist: str | None = None,
    tensor_dtype_regex_blacklist: str | None = None,
    tolerate_debug_op_creation_failures: bool = False,
    global_step: int = -1,
    reset_disk_byte_usage: bool = False,
) -> None:
    """As `watch_graph`, of the tensors that no given pattern matches."""
    patterns = (node_name_regex_blacklist, op_type_regex_blacklist, tensor_dtype_regex_blacklist)
    for name, slot in _chosen(graph, patterns, lambda found: not any(found)):
        add_debug_tensor_watch(
            run_options,
            name,
            slot,
            debug_ops,
            debug_urls,
            tolerate_debug_op_creation_failures,
            global_step,
        )
    run_options.debug_options.reset_disk_byte_usage = reset_disk_byte_usage
