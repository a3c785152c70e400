"""Nodes that make summaries, under the names they had before `tf.summary`: tags are any text, and
several nodes may share one."""

from typing import Any

from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import add_to_collection, get_collection, name_scope
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.summary_op_util import collect

_DATE = "2016-11-30"


def _instead(new: str, more: str = "") -> str:
    return (
        f"Please switch to tf.summary.{new}. Note that tf.summary.{new} uses the node name instead "
        "of the tag. This means that TensorFlow will automatically de-duplicate summary names "
        f"based on the scope they are created in.{more}"
    )


@export("contrib.deprecated.scalar_summary", "scalar_summary")
@deprecated(
    _DATE,
    _instead(
        "scalar",
        " Also, passing a tensor or list of tags to a scalar summary op is no longer supported.",
    ),
)
def scalar_summary(
    tags: Any, values: Any, collections: Any = None, name: str | None = None
) -> Tensor:
    """A Summary message with a number for each tag. Stands for
    `tf.contrib.deprecated.scalar_summary`."""
    with name_scope(name, "ScalarSummary", [tags, values]) as scope:
        result = apply_op("ScalarSummary", tags, values, name=scope)
        collect(result, collections, [GraphKeys.SUMMARIES])
    return result


@export("contrib.deprecated.histogram_summary", "histogram_summary")
@deprecated(_DATE, _instead("histogram"))
def histogram_summary(
    tag: Any, values: Any, collections: Any = None, name: str | None = None
) -> Tensor:
    """A Summary message with a histogram. Stands for `tf.contrib.deprecated.histogram_summary`."""
    with name_scope(name, "HistogramSummary", [tag, values]) as scope:
        result = apply_op("HistogramSummary", tag, values, name=scope)
        collect(result, collections, [GraphKeys.SUMMARIES])
    return result


@export("contrib.deprecated.image_summary", "image_summary")
@deprecated(_DATE, _instead("image", " Also, the max_images argument was renamed to max_outputs."))
def image_summary(
    tag: Any, tensor: Any, max_images: int = 3, collections: Any = None, name: str | None = None
) -> Tensor:
    """A Summary message with images, as those of `tf.summary.image`. Stands for
    `tf.contrib.deprecated.image_summary`."""
    with name_scope(name, "ImageSummary", [tag, tensor]) as scope:
        result = apply_op("ImageSummary", tag, tensor, max_images=max_images, name=scope)
        collect(result, collections, [GraphKeys.SUMMARIES])
    return result


@export("contrib.deprecated.audio_summary", "audio_summary")
@deprecated(_DATE, _instead("audio"))
def audio_summary(
    tag: Any,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int = 3,
    collections: Any = None,
    name: str | None = None,
) -> Tensor:
    """A Summary message with sounds, as those of `tf.summary.audio`. Stands for
    `tf.contrib.deprecated.audio_summary`."""
    with name_scope(name, "AudioSummary", [tag, tensor]) as scope:
        rate = convert_to_tensor(sample_rate, dtypes.float32, name="sample_rate")
        result = apply_op("AudioSummaryV2", tag, tensor, rate, max_outputs=max_outputs, name=scope)
        collect(result, collections, [GraphKeys.SUMMARIES])
    return result


@export("contrib.deprecated.merge_summary", "merge_summary")
@deprecated(_DATE, "Please switch to tf.summary.merge.")
def merge_summary(inputs: Any, collections: Any = None, name: str | None = None) -> Tensor:
    """One Summary message out of several. Stands for `tf.contrib.deprecated.merge_summary`."""
    with name_scope(name, "MergeSummary", inputs):
        result = apply_op("MergeSummary", inputs, name=name)
        collect(result, collections, [])
    return result


@export("contrib.deprecated.merge_all_summaries", "merge_all_summaries")
@deprecated(_DATE, "Please switch to tf.summary.merge_all.")
def merge_all_summaries(key: Any = GraphKeys.SUMMARIES) -> Tensor | None:
    """All summaries of the default graph as one message; None if there are none. Stands for
    `tf.contrib.deprecated.merge_all_summaries`."""
    summaries = get_collection(key)
    return merge_summary(summaries) if summaries else None


def get_summary_op() -> Tensor | None:
    """What the collection SUMMARY_OP holds; a merge of all summaries is put there if it is empty.
    None if there are no summaries. Stands for
    `tensorflow.python.ops.logging_ops.get_summary_op`."""
    for held in get_collection(GraphKeys.SUMMARY_OP):
        return held
    merged = merge_all_summaries()
    if merged is not None:
        add_to_collection(GraphKeys.SUMMARY_OP, merged)
    return merged
