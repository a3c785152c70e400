"""Short-time Fourier transforms and their inverse (Griffin & Lim 1984)."""

from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.api import array_ops, fft_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.signal import reconstruction_ops, shape_ops, window_ops


@export("signal.stft", "contrib.signal.stft")
def stft(
    signals: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: Any = window_ops.hann_window,
    pad_end: bool = False,
    name: str | None = None,
) -> Tensor:
    """The spectra of windowed frames: [..., samples] becomes [..., frames, fft_length // 2 + 1].
    Stands for `tf.signal.stft`.

    Args:
      signals: a float32 tensor of rank 1 or more.
      frame_length, frame_step: int scalars.
      fft_length: an int scalar; default: the power of two that is not below `frame_length`.
      window_fn: a function of a length and a dtype; None for no window.
      pad_end: see `tf.signal.frame`.
      name: the nodes' scope.

    Returns:
      A complex64 tensor.
    """
    with name_scope(name, "stft", [signals, frame_length, frame_step]):
        signals = convert_to_tensor(signals, name="signals")
        signals.shape.with_rank_at_least(1)
        length = _scalar(frame_length, "frame_length")
        hop = _scalar(frame_step, "frame_step")
        if fft_length is None:
            fft_length = _enclosing_power_of_two(length)
        else:
            fft_length = convert_to_tensor(fft_length, name="fft_length")
        frames = shape_ops.frame(signals, length, hop, pad_end=pad_end)
        if window_fn is not None:
            frames *= window_fn(length, dtype=frames.dtype)
        return fft_ops.rfft(frames, [fft_length])


@export("signal.inverse_stft_window_fn", "contrib.signal.inverse_stft_window_fn")
def inverse_stft_window_fn(
    frame_step: Any, forward_window_fn: Any = window_ops.hann_window, name: str | None = None
) -> Callable[..., Any]:
    """The window with which `tf.signal.inverse_stft` undoes `tf.signal.stft` exactly: a function
    of a length and a dtype. Stands for `tf.signal.inverse_stft_window_fn`.

    Args:
      frame_step: an int scalar.
      forward_window_fn: the window of the spectra.
      name: the nodes' scope.
    """
    with name_scope(name, "inverse_stft_window_fn", [forward_window_fn]):
        step = _scalar(frame_step, "frame_step")

    def window_fn(frame_length: Any, dtype: Any) -> Tensor:
        """The forward window over the sum of squares of all that overlap it."""
        with name_scope(name, "inverse_stft_window_fn", [forward_window_fn]):
            length = _scalar(frame_length, "frame_length")
            window = forward_window_fn(length, dtype=dtype)
            squares = math_ops.square(window)
            overlaps = -(-length // step)
            squares = array_ops.pad(squares, [(0, overlaps * step - length)])
            squares = array_ops.reshape(squares, [overlaps, step])
            total = math_ops.reduce_sum(squares, 0, keepdims=True)
            total = array_ops.tile(total, [overlaps, 1])
            total = array_ops.reshape(total, [overlaps * step])
            return window / total[:length]

    return window_fn


@export("signal.inverse_stft", "contrib.signal.inverse_stft")
def inverse_stft(
    stfts: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: Any = window_ops.hann_window,
    name: str | None = None,
) -> Tensor:
    """The signal of short-time spectra: [..., frames, fft_unique_bins] becomes [..., samples].
    Stands for `tf.signal.inverse_stft`.

    Args:
      stfts: complex64, of rank 2 or more.
      frame_length, frame_step, fft_length: see `tf.signal.stft`.
      window_fn: the window of the synthesis; see `tf.signal.inverse_stft_window_fn`.
      name: the nodes' scope.

    Returns:
      A float32 tensor.
    """
    with name_scope(name, "inverse_stft", [stfts]):
        stfts = convert_to_tensor(stfts, name="stfts")
        stfts.shape.with_rank_at_least(2)
        length = _scalar(frame_length, "frame_length")
        step = _scalar(frame_step, "frame_step")
        if fft_length is None:
            fft_length = _enclosing_power_of_two(length)
        else:
            fft_length = _scalar(fft_length, "fft_length")
        frames = _of_length(fft_ops.irfft(stfts, [fft_length]), length)
        if window_fn is not None:
            frames *= window_fn(length, dtype=stfts.dtype.real_dtype)
        return reconstruction_ops.overlap_and_add(frames, step)


def _of_length(frames: Tensor, length: Tensor) -> Tensor:
    """Frames cut, or filled up with zeros, to a length."""
    known, rank = constant_value(length), frames.shape.ndims
    found = None if rank is None else frames.shape.as_list()[-1]
    if known is None or found is None:
        frames = frames[..., :length]
        axes, shape = array_ops.rank(frames), array_ops.shape(frames)
        before = array_ops.zeros([axes - 1, 2], dtype=length.dtype)
        end = [[0, math_ops.maximum(0, length - shape[-1])]]
        frames = array_ops.pad(frames, array_ops.concat([before, end], 0))
    elif found > known:
        frames = frames[..., :known]
    elif found < known:
        frames = array_ops.pad(frames, [[0, 0]] * (rank - 1) + [[0, known - found]])
    if known is not None and frames.shape.ndims is not None:
        frames.set_shape([None] * (frames.shape.ndims - 1) + [known])
    return frames


def _scalar(value: Any, name: str) -> Tensor:
    number = convert_to_tensor(value, name=name)
    number.shape.assert_has_rank(0)
    return number


def _enclosing_power_of_two(value: Tensor) -> Tensor:
    """The power of two that is not below a number."""
    known = constant_value(value)
    if known is not None:
        return constant(int(2 ** np.ceil(np.log(known) / np.log(2.0))), value.dtype)
    exponent = math_ops.log(math_ops.cast(value, dtypes.float32)) / math_ops.log(2.0)
    return math_ops.cast(math_ops.pow(2.0, math_ops.ceil(exponent)), value.dtype)
