"""Names of message types in `Any` messages: TensorFlow's in files, ours in memory.

Our messages have TensorFlow's fields but a package name of their own.
"""

from typing import Any

_OURS = "type.googleapis.com/evergraph."
_TENSORFLOW = "type.googleapis.com/tensorflow."


def to_file_text(text: str) -> str:
    """A message's text as TensorFlow would write it."""
    return text.replace(_OURS, _TENSORFLOW)


def from_file_text(text: str) -> str:
    """A message's text of a file as our messages are written."""
    return text.replace(_TENSORFLOW, _OURS)


def to_file(meta_graph_def: Any) -> Any:
    """A copy of a MetaGraphDef with TensorFlow's names; itself where there are none."""
    if not _any_messages(meta_graph_def):
        return meta_graph_def
    copied = type(meta_graph_def)()
    copied.CopyFrom(meta_graph_def)
    for message in _any_messages(copied):
        message.type_url = message.type_url.replace(_OURS, _TENSORFLOW)
    return copied


def from_file(meta_graph_def: Any) -> None:
    """Puts our names into a MetaGraphDef that was read."""
    for message in _any_messages(meta_graph_def):
        message.type_url = message.type_url.replace(_TENSORFLOW, _OURS)


def _any_messages(meta_graph_def: Any) -> list[Any]:
    return [
        message
        for key in meta_graph_def.collection_def
        for message in meta_graph_def.collection_def[key].any_list.value
    ]
