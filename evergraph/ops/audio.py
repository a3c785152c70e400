"""Sound: DecodeWav, EncodeWav, AudioSpectrogram, Mfcc."""

from typing import Any

import numpy as np

from evergraph.graph.registry import ShapeError, op
from evergraph.kernels import audio, wav
from evergraph.kernels.host import invalid
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

decode_wav_op = op(
    "DecodeWav(contents: string) -> audio: float32, sample_rate: int32",
    "desired_channels: int = -1; desired_samples: int = -1",
)
encode_wav_op = op("EncodeWav(audio: float32, sample_rate: int32) -> contents: string")
spectrogram_op = op(
    "AudioSpectrogram(input: float32) -> spectrogram: float32",
    "window_size: int; stride: int; magnitude_squared: bool = false",
)
mfcc_op = op(
    "Mfcc(spectrogram: float32, sample_rate: int32) -> output: float32",
    "upper_frequency_limit: float = 4000.0; lower_frequency_limit: float = 20.0; "
    "filterbank_channel_count: int = 40; dct_coefficient_count: int = 13",
)


@decode_wav_op.shape
def decode_wav_shape(node: Any) -> list[Dims]:
    shape_rules.with_rank(node.inputs[0].dims, 0)
    sizes = []
    for name in ("channels", "samples"):
        size = node.attr(f"desired_{name}")
        if size < -1:
            raise ShapeError(f"{name} must be non-negative, got {size}")
        sizes.append(None if size == -1 else size)
    return [(sizes[1], sizes[0]), ()]


@decode_wav_op.numpy
def decode_wav(contents: Any, *, desired_channels: int, desired_samples: int) -> Any:
    array = np.asarray(contents, object)
    if array.ndim:
        raise invalid(f"contents must be scalar, got shape {list(array.shape)}")
    samples, rate = wav.decode_wav(array.item())
    count, channels = samples.shape
    if desired_samples != -1:
        samples = samples[:desired_samples]
        samples = np.pad(samples, ((0, desired_samples - len(samples)), (0, 0)))
    if desired_channels != -1:
        # What is not there is as the last one that is.
        samples = samples[:, np.minimum(np.arange(desired_channels), channels - 1)]
    return np.ascontiguousarray(samples), np.int32(rate)


@encode_wav_op.shape
def encode_wav_shape(node: Any) -> Dims:
    shape_rules.with_rank(node.inputs[0].dims, 2)
    shape_rules.with_rank(node.inputs[1].dims, 0)
    return ()


@encode_wav_op.numpy
def encode_wav(samples: Any, sample_rate: Any) -> Any:
    samples = np.asarray(samples)
    rate = int(sample_rate)
    frames, channels = samples.shape
    if not samples.size and (frames == 0 or channels == 0):
        raise invalid("audio is null")
    if rate <= 0:
        # TensorFlow reads the number without its sign.
        raise invalid(f"sample_rate must be in (0, 2^32), got: {rate % 2**64}")
    if channels > 0xFFFF:
        raise invalid(f"num_channels must be in (0, 2^16), got: {channels}")
    return np.array(wav.encode_wav(samples, rate), object)


@spectrogram_op.shape
def spectrogram_shape(node: Any) -> Dims:
    time, channels = shape_rules.with_rank(node.inputs[0].dims, 2)
    window, stride = node.attr("window_size"), node.attr("stride")
    windows = None
    if time is not None:
        windows = 1 + (time - window) // stride if time >= window and stride else 0
    return (channels, windows, 1 + audio.fft_length(window) // 2)


@spectrogram_op.numpy
def spectrogram(
    samples: Any, *, window_size: int, stride: int, magnitude_squared: bool
) -> np.ndarray:
    return audio.spectrogram(np.asarray(samples), window_size, stride, magnitude_squared)


@mfcc_op.shape
def mfcc_shape(node: Any) -> Dims:
    channels, windows, _ = shape_rules.with_rank(node.inputs[0].dims, 3)
    shape_rules.with_rank(node.inputs[1].dims, 0)
    return (channels, windows, node.attr("dct_coefficient_count"))


@mfcc_op.numpy
def mfcc(
    spectrum: Any,
    sample_rate: Any,
    *,
    upper_frequency_limit: float,
    lower_frequency_limit: float,
    filterbank_channel_count: int,
    dct_coefficient_count: int,
) -> np.ndarray:
    return audio.mfcc(
        np.asarray(spectrum),
        int(sample_rate),
        # TensorFlow keeps these in single precision.
        float(np.float32(lower_frequency_limit)),
        float(np.float32(upper_frequency_limit)),
        filterbank_channel_count,
        dct_coefficient_count,
    )
