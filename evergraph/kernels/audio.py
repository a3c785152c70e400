"""Spectra of sound: short windows of samples by frequency, and mel-frequency cepstra of these."""

import functools

import numpy as np

from evergraph.kernels.host import invalid

# Where the energy of a band is less, its logarithm is that of this.
_FLOOR = 1e-12


def fft_length(window: int) -> int:
    """The first power of two that is not less."""
    return 1 << max(window - 1, 0).bit_length()


def spectrogram(samples: np.ndarray, window: int, stride: int, squared: bool) -> np.ndarray:
    """Magnitudes [channels, windows, frequencies] of samples [time, channels].

    Windows have the shape of a period of Hann's; none is cut off at the end.

    Raises:
      InvalidArgumentError: a window has fewer than two samples, or the next one begins no later.
    """
    if window < 2 or stride < 1:
        raise invalid(
            f"Spectrogram initialization failed for window size {window} and stride {stride}"
        )
    time, channels = samples.shape
    size = fft_length(window)
    height = 1 + (time - window) // stride if time >= window else 0
    # TensorFlow's windows go on from one channel to the next, as if these came one after the other;
    # a window is of the channel that it ends in.
    stream = samples.T.reshape(-1)
    ends = np.arange(window, stream.size + 1, stride)
    counts = np.bincount((ends - 1) // max(time, 1), minlength=channels)
    for count in counts:
        if count != height:
            raise invalid(
                f"Spectrogram size calculation failed: Expected height {height} but got {count}"
            )
    if not ends.size:
        return np.zeros((channels, height, 1 + size // 2), np.float32)
    shape = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    views = np.lib.stride_tricks.sliding_window_view(stream, window)[::stride]
    spectrum = np.fft.rfft(views.astype(np.float64) * shape, size)
    energy = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    found = energy if squared else np.sqrt(energy)
    return found.reshape(channels, height, -1)


def _mel(frequency: np.ndarray | float) -> np.ndarray:
    return np.asarray(1127.0 * np.log1p(np.asarray(frequency) / 700.0))


@functools.lru_cache(maxsize=8)
def _bands(bins: int, rate: int, lower: float, upper: float, count: int) -> np.ndarray | None:
    """What each frequency [bins] gives to each band [count]: triangles in the mel scale, each of
    which ends in the middle of the next. None where the spectrum ends below `upper`."""
    low, high = float(_mel(lower)), float(_mel(upper))
    centers = low + (high - low) / (count + 1) * np.arange(1, count + 2)
    step = 0.5 * rate / (bins - 1)
    first, last = int(1.5 + lower / step), int(upper / step)
    if last >= bins:
        return None
    used = np.arange(first, last + 1)
    mel = _mel(used * step)
    left = np.minimum(np.searchsorted(centers, mel, side="left"), count) - 1
    begin = np.where(left >= 0, centers[np.maximum(left, 0)], low)
    weights = (centers[left + 1] - mel) / (centers[left + 1] - begin)
    found = np.zeros((bins, count))
    for bin_, band, weight in zip(used, left, weights, strict=True):
        if band >= 0:
            found[bin_, band] += weight
        if band + 1 < count:
            found[bin_, band + 1] += 1 - weight
    return found


def mfcc(
    spectrum: np.ndarray, rate: int, lower: float, upper: float, bands: int, count: int
) -> np.ndarray:
    """The first `count` cepstral coefficients of squared magnitudes [channels, windows, bins].

    Args:
      rate: samples a second.
      lower, upper: the frequencies that the bands lie between.
      bands: their number.

    Raises:
      InvalidArgumentError: these do not fit together.
    """
    channels, windows, bins = spectrum.shape
    fits = bands >= 1 and rate > 0 and bins >= 2 and 0 <= lower < upper and 1 <= count <= bands
    if not fits:
        raise invalid(f"Mfcc initialization failed for channel count {bins} and sample rate {rate}")
    weights = _bands(bins, rate, lower, upper, bands)
    if weights is None:
        return np.zeros((channels, windows, count), np.float32)
    energy = np.sqrt(spectrum.astype(np.float64)) @ weights
    angles = np.pi / bands * np.outer(np.arange(bands) + 0.5, np.arange(count))
    cosines = np.sqrt(2.0 / bands) * np.cos(angles)
    return (np.log(np.maximum(energy, _FLOOR)) @ cosines).astype(np.float32)
