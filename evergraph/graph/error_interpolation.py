"""Error messages with tags of the form `{{node NAME}}`, told where the nodes were made."""

import os
import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from evergraph.graph.operation import Operation
from evergraph.proto.protobuf.graph_debug_info_pb2 import GraphDebugInfo

_NAME_REGEX = r"[A-Za-z0-9_.][A-Za-z0-9_.\-/]*?"
_INTERPOLATION_PATTERN = re.compile(r"\{\{(" + _NAME_REGEX + ") (" + _NAME_REGEX + r")\}\}")

# Files of the library, which are passed over when the line of a node is looked for.
_BAD_FILE_SUBSTRINGS = [
    os.path.join(package, part)
    for package in ("tensorflow", "tensorflow_estimator")
    for part in ("python", "contrib")
] + ["<embedded"]


class _ParseTag(NamedTuple):
    """A tag `{{type name}}`."""

    type: str
    name: str


def parse_message(message: str) -> tuple[list[str], list[_ParseTag]]:
    """Splits a message at its tags.

    Returns the texts between them, one more than there are tags, and the tags:
    "a{{node X}}b" gives (["a", "b"], [_ParseTag("node", "X")]).
    """
    first, *rest = _INTERPOLATION_PATTERN.split(message)
    tags = [_ParseTag(*pair) for pair in zip(rest[::3], rest[1::3], strict=True)]
    return [first, *rest[2::3]], tags


# --------------------------------------------------------------------------- blocks
def _places(heading: str, places: Iterable[tuple[Any, Any]], block: str, prefix: str) -> str:
    lines = [
        f"{prefix}  with tf.{block}({what}): <{place.filename}:{place.lineno}>"
        for what, place in places
    ]
    return "\n".join([prefix + heading, *lines])


def _compute_device_summary_from_list(
    name: str, device_assignment_list: Sequence[Any], prefix: str = ""
) -> str:
    """The `device` blocks that a node was made in, a line each, after a heading."""
    if not device_assignment_list:
        return f"{prefix}No device assignments were active during op '{name}' creation."
    heading = f"Device assignments active during op '{name}' creation:"
    return _places(heading, ((at.obj, at) for at in device_assignment_list), "device", prefix)


def _compute_device_assignment_summary_from_op(op: Operation, prefix: str = "") -> str:
    return _compute_device_summary_from_list(op.name, op._device_assignments, prefix)


def _compute_colocation_summary_from_dict(
    name: str, colocation_dict: dict[str, Any], prefix: str = ""
) -> str:
    """The `colocate_with` blocks that a node was made in, a line each, after a heading."""
    if not colocation_dict:
        return f"{prefix}No node-device colocations were active during op '{name}' creation."
    heading = f"Node-device colocations active during op '{name}' creation:"
    return _places(heading, colocation_dict.items(), "colocate_with", prefix)


def _compute_colocation_summary_from_op(op: Operation, prefix: str = "") -> str:
    return _compute_colocation_summary_from_dict(op.name, op._colocation_dict, prefix)


# --------------------------------------------------------------------------- lines
def _find_index_of_defining_frame_for_op(op: Any) -> int:
    """Which line of a node's traceback is the innermost outside of the library; 0 if none is."""
    files = [frame[0] for frame in op.traceback]
    for index in reversed(range(len(files))):
        if not any(bad in files[index] for bad in _BAD_FILE_SUBSTRINGS):
            return index
    return 0


def _get_defining_frame_from_op(op: Any) -> Any:
    """The line of a node's traceback that made it, as far as the program is concerned."""
    return op.traceback[_find_index_of_defining_frame_for_op(op)]


def _compute_useful_frames(op: Any, num: int) -> Any:
    """At most `num` lines of a node's traceback, up to two beyond the one that made it."""
    end = min(_find_index_of_defining_frame_for_op(op) + 3, len(op.traceback))
    return op.traceback[max(end - num, 0) : end]


def create_graph_debug_info_def(operations: Iterable[tuple[str, Any]]) -> GraphDebugInfo:
    """Where nodes were made, as a message. `operations` are pairs (name of function, node)."""
    info = GraphDebugInfo()
    traces = {func + op.name: _compute_useful_frames(op, 10) for func, op in operations}
    info.files.extend({frame[0] for frames in traces.values() for frame in frames})
    numbers = {name: number for number, name in enumerate(info.files)}
    for name, frames in traces.items():
        trace = info.traces[name]
        for frame in reversed(frames):
            trace.file_line_cols.add(file_index=numbers[frame[0]], line=frame[1])
    return info


def compute_field_dict(op: Any, strip_file_prefix: str = "") -> dict[str, Any]:
    """What can be told of a node: "file", "line", "defined_at", "colocations", "devices" and
    "devs_and_colocs". `strip_file_prefix` is taken off the file's name."""
    filename, line = _get_defining_frame_from_op(op)[:2]
    filename = filename.removeprefix(strip_file_prefix)
    colocations = _compute_colocation_summary_from_op(op)
    devices = _compute_device_assignment_summary_from_op(op)
    return {
        "file": filename,
        "line": line,
        "defined_at": f" (defined at {filename}:{line})",
        "colocations": colocations,
        "devices": devices,
        "devs_and_colocs": f"{colocations}\n{devices}",
    }


def traceback_files_common_prefix(all_ops: Iterable[Sequence[Any] | None]) -> str:
    """The folder that all files of the nodes' tracebacks are in."""
    files = {
        frame[0]
        for ops in all_ops
        for op in ops or ()
        for frame in op.traceback
        if "<embedded" not in frame[0]
    }
    return os.path.split(os.path.commonprefix(sorted(files)))[0]


# --------------------------------------------------------------------------- messages
def _sources_for_node(node: Operation, graph: Any) -> list[Operation]:
    """The nodes that a node has inputs from, each once."""
    return list(dict.fromkeys([*(t.op for t in node.inputs), *node.control_inputs]))


def _build_error_message(
    op: Operation, input_ops: Sequence[Operation], common_prefix: str
) -> tuple[str, str]:
    """What stands for a node, and what is said of its inputs (empty if nothing new)."""
    place = compute_field_dict(op, common_prefix)["defined_at"]
    places, sources = {place}, []
    for source in input_ops:
        made = compute_field_dict(source, common_prefix)["defined_at"]
        if made not in places:
            places.add(made)
            sources.append(f" {source.name}{made}")
    end = ""
    if sources:
        end = f"\nInput Source operations connected to node {op.name}:\n" + "\t\n".join(sources)
    return f"node {op.name}{place} ", end


def interpolate(error_message: str, graph: Any) -> str:
    """A message with `{{node NAME}}` and the like written out for the nodes of `graph`.

    Tags of nodes that the graph does not have stay as they are.
    """
    texts, tags = parse_message(error_message)
    tagged: list[list[Operation] | None] = []
    for tag in tags:
        try:
            op = graph.get_operation_by_name(tag.name)
        except KeyError:
            tagged.append(None)
        else:
            tagged.append([op, *_sources_for_node(op, graph)])
    prefix = traceback_files_common_prefix(tagged)
    said, of_sources, of_places = [], [], []
    for tag, ops in zip(tags, tagged, strict=True):
        text = f"{{{{{tag.type} {tag.name}}}}}"
        if tag.type == "function_node":
            text = ""
        elif ops and tag.type == "node":
            text, end = _build_error_message(ops[0], ops[1:], prefix)
            of_sources += [end] if end else []
        elif ops and tag.type == "colocation_node":
            fields = compute_field_dict(ops[0], prefix)
            name, made, devices = ops[0].name, fields["defined_at"], fields["devices"]
            text = f"node {name}{made} placed on device {devices} "
            of_places.append(fields["devs_and_colocs"])
        said.append(text)
    if of_sources:
        said.append("\n\nErrors may have originated from an input operation.")
        said.append("\n".join(of_sources))
    if of_places:
        said.append("Additional information about colocations:")
        said.append("\n".join(of_places))
    return "".join(part for pair in zip_longest(texts, said, fillvalue="") for part in pair)
