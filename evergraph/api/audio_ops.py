"""Sound in WAV files, and its spectra."""

from typing import Any

from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.tensor import Tensor


@export("audio.decode_wav")
def decode_wav(
    contents: Any,
    desired_channels: int = -1,
    desired_samples: int = -1,
    name: str | None = None,
) -> Any:
    """The samples of a WAV file of 16 bits a sample. Stands for `tf.audio.decode_wav`.

    Args:
      contents: scalar string tensor, the file.
      desired_channels: the number of channels; further ones are as the last that is there.
        -1: those of the file.
      desired_samples: the number of samples a channel; further ones are zero. -1: all.
      name: the node's name.

    Returns:
      `audio`, float32 [samples, channels] between -1 and 1, and `sample_rate`, a scalar int32.

    Raises:
      InvalidArgumentError: (when run) it is no such file.
    """
    return apply_op(
        "DecodeWav",
        contents,
        desired_channels=desired_channels,
        desired_samples=desired_samples,
        name=name,
    )


@export("audio.encode_wav")
def encode_wav(audio: Any, sample_rate: Any, name: str | None = None) -> Tensor:
    """A WAV file of 16 bits a sample, a scalar string tensor. Stands for `tf.audio.encode_wav`.

    Args:
      audio: float32 [samples, channels]; what is not between -1 and 1 is cut off.
      sample_rate: scalar int32, samples a second.
      name: the node's name.
    """
    found: Tensor = apply_op("EncodeWav", audio, sample_rate, name=name)
    return found


def audio_spectrogram(
    input: Any,
    window_size: int,
    stride: int,
    magnitude_squared: bool = False,
    name: str | None = None,
) -> Tensor:
    """The magnitudes of short windows of sound by frequency, float32 [channels, windows,
    frequencies].

    Args:
      input: float32 [samples, channels].
      window_size: samples in a window; it is filled up to a power of two.
      stride: samples from the begin of a window to that of the next.
      magnitude_squared: whether magnitudes are squared.
      name: the node's name.
    """
    found: Tensor = apply_op(
        "AudioSpectrogram",
        input,
        window_size=window_size,
        stride=stride,
        magnitude_squared=magnitude_squared,
        name=name,
    )
    return found


def mfcc(
    spectrogram: Any,
    sample_rate: Any,
    upper_frequency_limit: float = 4000,
    lower_frequency_limit: float = 20,
    filterbank_channel_count: int = 40,
    dct_coefficient_count: int = 13,
    name: str | None = None,
) -> Tensor:
    """Mel-frequency cepstral coefficients, float32 [channels, windows, coefficients].

    Args:
      spectrogram: float32 [channels, windows, frequencies], squared magnitudes.
      sample_rate: scalar int32, samples a second.
      upper_frequency_limit, lower_frequency_limit: what bands lie between.
      filterbank_channel_count: the number of bands.
      dct_coefficient_count: the number of coefficients.
      name: the node's name.
    """
    found: Tensor = apply_op(
        "Mfcc",
        spectrogram,
        sample_rate,
        upper_frequency_limit=upper_frequency_limit,
        lower_frequency_limit=lower_frequency_limit,
        filterbank_channel_count=filterbank_channel_count,
        dct_coefficient_count=dct_coefficient_count,
        name=name,
    )
    return found
