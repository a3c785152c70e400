"""Nodes that make summaries: `tf.summary`."""

from collections.abc import Iterable, Sequence
from typing import Any

from google.protobuf import json_format

from evergraph.base import compat, dtypes
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import get_collection, name_scope
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.summary_op_util import clean_tag, collect, summary_scope
from evergraph.proto.framework.summary_pb2 import SummaryDescription, SummaryMetadata


@export("summary.scalar")
def scalar(name: str, tensor: Any, collections: Any = None, family: str | None = None) -> Tensor:
    """A Summary message with one number, as a string scalar. Stands for `tf.summary.scalar`.

    Args:
      name: the node's name, and the tag in TensorBoard.
      tensor: a real number.
      collections: collections for the node; default: SUMMARIES.
      family: put before the tag.
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        result = apply_op("ScalarSummary", tag, tensor, name=scope)
        collect(result, collections, [GraphKeys.SUMMARIES])
    return result


@export("summary.image")
def image(
    name: str,
    tensor: Any,
    max_outputs: int = 3,
    collections: Any = None,
    family: str | None = None,
) -> Tensor:
    """A Summary message with images, as a string scalar. Stands for `tf.summary.image`.

    Args:
      name: the node's name; tags are `name/image`, or `name/image/0`, ... where there may be more.
      tensor: [batch, height, width, channels] with 1, 3 or 4 channels. uint8 stays as it is, other
        numbers are scaled image by image: the largest becomes 255, and where there are negative
        numbers 0 becomes 128.
      max_outputs: how many images of the batch at most.
      collections: collections for the node; default: SUMMARIES.
      family: put before the tags.
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        result = apply_op("ImageSummary", tag, tensor, max_images=max_outputs, name=scope)
        collect(result, collections, [GraphKeys.SUMMARIES])
    return result


@export("summary.histogram")
def histogram(name: str, values: Any, collections: Any = None, family: str | None = None) -> Tensor:
    """A Summary message with a histogram of numbers, as a string scalar. Stands for
    `tf.summary.histogram`.

    Args:
      name: the node's name, and the tag.
      values: real numbers of any shape; a run fails where one is not finite.
      collections: collections for the node; default: SUMMARIES.
      family: put before the tag.
    """
    with summary_scope(name, family, "HistogramSummary", [values]) as (tag, scope):
        result = apply_op("HistogramSummary", tag, values, name=scope)
        collect(result, collections, [GraphKeys.SUMMARIES])
    return result


@export("summary.audio")
def audio(
    name: str,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int = 3,
    collections: Any = None,
    family: str | None = None,
) -> Tensor:
    """A Summary message with sounds, as a string scalar. Stands for `tf.summary.audio`.

    Args:
      name: the node's name; tags are `name/audio`, or `name/audio/0`, ... where there may be more.
      tensor: [batch, frames] or [batch, frames, channels] of float32, between -1 and 1.
      sample_rate: frames a second.
      max_outputs: how many sounds of the batch at most.
      collections: collections for the node; default: SUMMARIES.
      family: put before the tags.
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        rate = convert_to_tensor(sample_rate, dtypes.float32, name="sample_rate")
        result = apply_op("AudioSummaryV2", tag, tensor, rate, max_outputs=max_outputs, name=scope)
        collect(result, collections, [GraphKeys.SUMMARIES])
    return result


@export("summary.text")
def text(name: str, tensor: Any, collections: Any = None) -> Tensor:
    """A Summary message with text that TensorBoard reads as Markdown. Stands for `tf.summary.text`.

    Args:
      name: the node's name, and the tag.
      tensor: strings; of rank 1 and 2 they are shown as a table.
      collections: collections for the node; default: SUMMARIES.

    Raises:
      ValueError: `tensor` does not hold strings.
    """
    if tensor.dtype != dtypes.string:
        raise ValueError(f"Expected tensor {tensor.name} to have dtype string, got {tensor.dtype}")
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text"))
    return tensor_summary(name, tensor, collections=collections, summary_metadata=metadata)


@export("summary.tensor_summary")
def tensor_summary(
    name: str,
    tensor: Any,
    summary_description: str | None = None,
    collections: Any = None,
    summary_metadata: Any = None,
    family: str | None = None,
    display_name: str | None = None,
) -> Tensor:
    """A Summary message with a whole tensor, as a string scalar. Stands for
    `tf.summary.tensor_summary`.

    Args:
      name: the node's name, and the tag.
      tensor: of any type and shape.
      summary_description: a text about it, in Markdown.
      collections: collections for the node; default: SUMMARIES.
      summary_metadata: a SummaryMetadata message, which tells TensorBoard what to do with it;
        description and name are written into it.
      family: put before the tag.
      display_name: how TensorBoard is to call it.
    """
    metadata = SummaryMetadata() if summary_metadata is None else summary_metadata
    if summary_description is not None:
        metadata.summary_description = summary_description
    if display_name is not None:
        metadata.display_name = display_name
    serialized = metadata.SerializeToString()
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        result = apply_op("TensorSummaryV2", tag, tensor, serialized, name=scope)
        collect(result, collections, [GraphKeys.SUMMARIES])
    return result


@export("summary.merge")
def merge(
    inputs: Sequence[Any], collections: Iterable[Any] | None = None, name: str | None = None
) -> Tensor:
    """One Summary message out of several; a run fails where two have the same tag. Stands for
    `tf.summary.merge`.

    Args:
      inputs: string tensors, each with Summary messages.
      collections: collections for the node; default: none.
      name: the node's name.
    """
    name = clean_tag(name)
    with name_scope(name, "Merge", inputs):
        result = apply_op("MergeSummary", inputs, name=name)
        collect(result, collections, [])
    return result


@export("summary.merge_all")
def merge_all(
    key: Any = GraphKeys.SUMMARIES, scope: str | None = None, name: str | None = None
) -> Tensor | None:
    """All summaries of the default graph as one message; None if there are none. Stands for
    `tf.summary.merge_all`.

    Args:
      key: the collection that holds them.
      scope: takes only those whose names begin so (`re.match`).
      name: the node's name.
    """
    summaries = get_collection(key, scope=scope)
    return merge(summaries, name=name) if summaries else None


@export("summary.get_summary_description")
def get_summary_description(node_def: Any) -> SummaryDescription:
    """What a TensorSummary node says of itself, as a message. Stands for
    `tf.summary.get_summary_description`.

    Raises:
      ValueError: the node is of another type.
    """
    if node_def.op != "TensorSummary":
        raise ValueError(f"Can't get_summary_description on {node_def.op}")
    description = SummaryDescription()
    json_format.Parse(compat.as_str_any(node_def.attr["description"].s), description)
    return description
