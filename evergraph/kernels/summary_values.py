"""Values of Summary messages: histograms, images, sounds, tensors."""

import functools
import math
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from evergraph.base import dtypes
from evergraph.graph.tensor_proto import make_tensor_proto, shape_proto
from evergraph.kernels.host import invalid, text
from evergraph.kernels.png import encode_png
from evergraph.kernels.wav import encode_wav
from evergraph.proto.framework.summary_pb2 import HistogramProto, Summary
from evergraph.proto.framework.tensor_pb2 import TensorProto

_MOST = sys.float_info.max
# Below this an image counts as black.
_NOTHING = np.float32(1e-6)


@functools.cache
def bucket_limits() -> np.ndarray:
    """Where buckets end: from 1e-12 in steps of a tenth up to 1e20, and the same below zero."""
    limit, limits = 1e-12, []
    while limit < 1e20:
        limits.append(limit)
        limit *= 1.1
    limits.append(_MOST)
    return np.array([*(-x for x in reversed(limits)), 0.0, *limits])


# So many first bits of a number, its sign, exponent and the start of its fraction, say between
# which two limits it is, or which single one decides: limits are further apart.
_FIRST_BITS = np.uint64(17)
# The bits of -0.0, and of the least normal number.
_SIGN, _NORMAL = np.uint64(1 << 63), np.uint64(1 << 52)


@functools.cache
def _first_buckets() -> np.ndarray:
    """By its first bits the bucket of the least number that has them."""
    starts = np.arange(1 << int(_FIRST_BITS), dtype=np.uint64) << (np.uint64(64) - _FIRST_BITS)
    negative = starts >> np.uint64(63) > 0
    rest = (np.uint64(1) << (np.uint64(64) - _FIRST_BITS)) - np.uint64(1)
    starts[negative] |= rest  # of these the largest bits are the least number
    # Smaller numbers than the normal ones would be zeros in a run, which may be the first to ask.
    starts[negative & (starts << np.uint64(1) < _NORMAL << np.uint64(1))] = _SIGN | _NORMAL
    return bucket_limits().searchsorted(starts.view(np.float64), side="right")


def buckets(values: np.ndarray) -> np.ndarray:
    """The bucket of each of some finite float64 numbers: how many limits are not above it."""
    first = values.view(np.uint64) >> (np.uint64(64) - _FIRST_BITS)
    found = _first_buckets().take(first.view(np.int64))
    found += values >= bucket_limits().take(found, mode="clip")
    return found


class Histogram:
    """Counts numbers in buckets."""

    def __init__(self) -> None:
        self._counts = np.zeros(bucket_limits().size, np.int64)
        self._min, self._max = _MOST, -_MOST
        self._sum = self._sum_squares = 0.0

    def add(self, values: np.ndarray) -> None:
        """Counts finite float64 numbers."""
        if not values.size:
            return
        self._counts += np.bincount(buckets(values), minlength=self._counts.size)
        self._min = min(self._min, float(values.min()))
        self._max = max(self._max, float(values.max()))
        # One after the other: NumPy's sum rounds otherwise.
        self._sum = _added(self._sum, values)
        self._sum_squares = _added(self._sum_squares, values * values)

    def message(self) -> HistogramProto:
        """What was counted; runs of empty buckets are one."""
        counts = self._counts
        # The last of a run of empty buckets stands for the run.
        last_of_run = np.append((counts[:-1] > 0) | (counts[1:] > 0), True)
        return HistogramProto(
            min=self._min,
            max=self._max,
            num=counts.sum(),
            sum=self._sum,
            sum_squares=self._sum_squares,
            bucket_limit=bucket_limits()[last_of_run],
            bucket=counts[last_of_run].astype(np.float64),
        )


def _added(total: float, values: np.ndarray) -> float:
    return float(np.cumsum(np.append(total, values) if total else values)[-1])


def histogram(values: np.ndarray, node_name: str) -> HistogramProto:
    """The histogram of numbers; runs of empty buckets are one.

    Raises:
      InvalidArgumentError: a number is not finite.
    """
    flat = np.asarray(values).reshape(-1).astype(np.float64)
    finite = np.isfinite(flat)
    if not finite.all():
        kind = "Nan" if math.isnan(flat[np.argmin(finite)]) else "Infinity"
        raise invalid(f"{kind} in summary histogram for: {node_name}")
    counted = Histogram()
    counted.add(flat)
    return counted.message()


def _tag(base: str, kind: str, index: int, most: int) -> str:
    return f"{base}/{kind}/{index}" if most > 1 else f"{base}/{kind}"


def images(
    tag: str, tensor: np.ndarray, most: int, bad_color: np.ndarray
) -> Iterator[Summary.Value]:
    """The first `most` images of a batch, as PNG files. uint8 is taken as it is; other numbers are
    scaled, and what is not finite gets the bad colour."""
    shape = text(tensor.shape)
    if tensor.ndim != 4 or tensor.shape[3] not in (1, 3, 4):
        raise invalid(f"Tensor must be 4-D with last dim 1, 3, or 4, not {shape}")
    batch, height, width, depth = tensor.shape
    if height * width == 0:
        found = ", ".join(map(str, tensor.shape))
        raise invalid(f"input tensor must have non-zero dims. Found: [{found}].")
    if tensor.dtype != np.uint8 and bad_color.size < depth:
        raise invalid(
            f"expected depth <= bad_color.size, got depth = {depth}, bad_color.size = "
            f"{bad_color.size}"
        )
    for i in range(min(most, batch)):
        image = tensor[i] if tensor.dtype == np.uint8 else _visible(tensor[i], bad_color[:depth])
        yield Summary.Value(
            tag=_tag(tag, "image", i, most),
            image=Summary.Image(
                height=height,
                width=width,
                colorspace=depth,
                encoded_image_string=encode_png(image),
            ),
        )


def _visible(image: np.ndarray, bad_color: np.ndarray) -> np.ndarray:
    """Numbers as bytes: the largest becomes 255; where some are negative, 0 becomes 128."""
    finite = np.isfinite(image).all(-1)
    seen = image[finite].astype(np.float32)
    least = seen.min() if seen.size else np.float32(np.inf)
    largest = seen.max() if seen.size else np.float32(-np.inf)
    if least < 0:
        extent, top, offset = np.maximum(abs(least), abs(largest)), np.float32(127), 128
    else:
        extent, top, offset = largest, np.float32(255), 0
    scale = top / extent if extent >= _NOTHING else np.float32(0)
    scaled = image * image.dtype.type(scale) + image.dtype.type(offset)
    with np.errstate(invalid="ignore"):
        result = scaled.astype(np.int32).astype(np.uint8)
    result[~finite] = bad_color
    return result


def sounds(tag: str, tensor: np.ndarray, rate: float, most: int) -> Iterator[Summary.Value]:
    """The first `most` sounds of a batch, [batch, frames] or with channels, as WAV files."""
    if tensor.ndim not in (2, 3):
        raise invalid(f"Tensor must be 3-D or 2-D, got: {text(tensor.shape)}")
    if not rate > 0:
        raise invalid("sample_rate must be > 0")
    batch, frames = tensor.shape[:2]
    channels = 1 if tensor.ndim == 2 else tensor.shape[2]
    for i in range(min(most, batch)):
        if channels == 0 or channels > 0xFFFF:
            raise invalid(f"num_channels must be in (0, 2^16), got: {channels}")
        if frames == 0:
            raise invalid("num_frames must be positive.")
        samples = tensor[i].reshape(frames, channels)
        yield Summary.Value(
            tag=_tag(tag, "audio", i, most),
            audio=Summary.Audio(
                sample_rate=rate,
                num_channels=channels,
                length_frames=frames,
                content_type="audio/wav",
                encoded_audio_string=encode_wav(samples, max(round(float(rate)), 1)),
            ),
        )


def tensor_message(value: Any) -> TensorProto:
    """A tensor as bytes; strings one by one."""
    array = np.asarray(value)
    if array.dtype == object:
        return make_tensor_proto(array, dtypes.string)
    return TensorProto(
        dtype=dtypes.as_dtype(array.dtype).as_datatype_enum,
        tensor_shape=shape_proto(array.shape),
        tensor_content=array.tobytes(),
    )
