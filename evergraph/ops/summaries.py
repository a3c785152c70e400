"""Summaries as messages: of numbers, histograms, images, sounds, tensors; merged."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from evergraph.graph.registry import op
from evergraph.graph.tensor_proto import make_ndarray
from evergraph.kernels import summary_values
from evergraph.kernels.host import invalid
from evergraph.ops.complaints import shape_text
from evergraph.proto.framework.summary_pb2 import Summary

scalar_summary_op = op("ScalarSummary(tags: string, values: T) -> summary: string", "T: realnumber")
histogram_summary_op = op(
    "HistogramSummary(tag: string, values: T) -> summary: string",
    "T: realnumber = float32",
)
image_summary_op = op(
    "ImageSummary(tag: string, tensor: T) -> summary: string",
    "max_images: int >= 1 = 3; T: uint8 | float32 | float16 | float64 = float32; bad_color: "
    "tensor = {dtype: DT_UINT8 tensor_shape { dim { size: 4 } } int_val: 255 int_val: 0 int_val: "
    "0 int_val: 255}",
)
audio_summary_op = op(
    "AudioSummary(tag: string, tensor: float32) -> summary: string",
    "sample_rate: float; max_outputs: int >= 1 = 3",
    deprecated=(15, "Use AudioSummaryV2."),
)
audio_summary_v2_op = op(
    "AudioSummaryV2(tag: string, tensor: float32, sample_rate: float32) -> summary: string",
    "max_outputs: int >= 1 = 3",
)
tensor_summary_op = op(
    "TensorSummary(tensor: T) -> summary: string",
    "T: type; description: string = ''; labels: list(string) = []; display_name: string = ''",
)
tensor_summary_v2_op = op(
    "TensorSummaryV2(tag: string, tensor: T, "
    "serialized_summary_metadata: string) -> summary: string",
    "T: type",
)
merge_summary_op = op("MergeSummary(inputs: N * string) -> summary: string", "N: int >= 1")

for _entry in (
    *(scalar_summary_op, histogram_summary_op, image_summary_op, audio_summary_op),
    *(audio_summary_v2_op, tensor_summary_op, tensor_summary_v2_op, merge_summary_op),
):
    _entry.shape(lambda node: ())
    _entry.not_differentiable()


def _is_one(array: Any) -> bool:
    return array.ndim == 0 or array.shape == (1,)


def _one_tag(tag: Any, complaint: str) -> str:
    """A tag; a vector of one element stands for a scalar, as in the oldest programs."""
    tag = np.asarray(tag, object)
    if not _is_one(tag):
        raise invalid(complaint)
    return str(tag.reshape(-1)[0].decode())


def _message(values: Iterable[Summary.Value]) -> np.ndarray:
    return np.array(Summary(value=values).SerializeToString(), dtype=object)


@scalar_summary_op.numpy
def scalar_summary(tags: Any, values: Any) -> np.ndarray:
    tags, values = np.asarray(tags, object), np.asarray(values)
    if tags.shape != values.shape and not (_is_one(tags) and _is_one(values)):
        only = f" (tag '{tags.reshape(-1)[0].decode()}')" if tags.size == 1 else ""
        raise invalid(
            f"tags and values not the same shape: {shape_text(tags)} != {shape_text(values)}{only}"
        )
    pairs = zip(tags.reshape(-1), values.reshape(-1), strict=True)
    return _message(Summary.Value(tag=t.decode(), simple_value=float(v)) for t, v in pairs)


@histogram_summary_op.numpy
def histogram_summary(tag: Any, values: Any, *, node: Any) -> np.ndarray:
    tag = _one_tag(tag, "tags must be scalar")
    return _message([Summary.Value(tag=tag, histo=summary_values.histogram(values, node.name))])


@image_summary_op.numpy
def image_summary(tag: Any, tensor: Any, *, max_images: int, bad_color: Any) -> np.ndarray:
    tag, color = _one_tag(tag, "Tags must be a scalar"), make_ndarray(bad_color)
    return _message(summary_values.images(tag, np.asarray(tensor), max_images, color))


@audio_summary_op.numpy
def audio_summary(tag: Any, tensor: Any, *, sample_rate: float, max_outputs: int) -> np.ndarray:
    return audio_summary_v2(tag, tensor, np.float32(sample_rate), max_outputs=max_outputs)


@audio_summary_v2_op.numpy
def audio_summary_v2(tag: Any, tensor: Any, sample_rate: Any, *, max_outputs: int) -> np.ndarray:
    tag, rate = _one_tag(tag, "Tag must be a scalar"), np.asarray(sample_rate).reshape(-1)[0]
    return _message(summary_values.sounds(tag, np.asarray(tensor), rate, max_outputs))


@tensor_summary_op.numpy
def tensor_summary(tensor: Any, *, node: Any) -> np.ndarray:
    message = summary_values.tensor_message(tensor)
    return _message([Summary.Value(node_name=node.name, tensor=message)])


@tensor_summary_v2_op.numpy
def tensor_summary_v2(tag: Any, tensor: Any, serialized_summary_metadata: Any) -> np.ndarray:
    value = Summary.Value(
        tag=_one_tag(tag, "tag must be scalar"), tensor=summary_values.tensor_message(tensor)
    )
    metadata = np.asarray(serialized_summary_metadata, object).item()
    # Set even where it is empty, as a plugin may ask whether there is one.
    value.metadata.SetInParent()
    value.metadata.MergeFromString(metadata)
    return _message([value])


@merge_summary_op.numpy
def merge_summary(inputs: Any) -> np.ndarray:
    merged, tags = Summary(), set()
    for text in np.concatenate([np.asarray(i, object).reshape(-1) for i in inputs]):
        try:
            values = Summary.FromString(text).value
        except DecodeError:
            raise invalid("Could not parse one of the summary inputs") from None
        for value in values:
            if value.tag and value.tag in tags:
                raise invalid(f"Duplicate tag {value.tag} found in summary inputs")
            tags.add(value.tag)
            merged.value.append(value)
    return _message(merged.value)
