"""Spectra on the mel scale (O'Shaughnessy 1987), as HTK and others have it."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.signal import shape_ops

# mel = 1127 ln(1 + hertz / 700)
_MEL_BREAK_FREQUENCY_HERTZ = 700.0
_MEL_HIGH_FREQUENCY_Q = 1127.0


def _mel_to_hertz(mel_values: Any, name: str | None = None) -> Tensor:
    with name_scope(name, "mel_to_hertz", [mel_values]):
        mel = convert_to_tensor(mel_values)
        return _MEL_BREAK_FREQUENCY_HERTZ * (math_ops.exp(mel / _MEL_HIGH_FREQUENCY_Q) - 1.0)


def _hertz_to_mel(frequencies_hertz: Any, name: str | None = None) -> Tensor:
    with name_scope(name, "hertz_to_mel", [frequencies_hertz]):
        hertz = convert_to_tensor(frequencies_hertz)
        return _MEL_HIGH_FREQUENCY_Q * math_ops.log(1.0 + hertz / _MEL_BREAK_FREQUENCY_HERTZ)


def _check(bins: Any, rate: Any, lower: Any, upper: Any, dtype: Any) -> None:
    if bins <= 0:
        raise ValueError(f"num_mel_bins must be positive. Got: {bins}")
    if rate <= 0.0:
        raise ValueError(f"sample_rate must be positive. Got: {rate}")
    if lower < 0.0:
        raise ValueError(f"lower_edge_hertz must be non-negative. Got: {lower}")
    if lower >= upper:
        raise ValueError(f"lower_edge_hertz {lower:.1f} >= upper_edge_hertz {upper:.1f}")
    if upper > rate / 2:
        raise ValueError(
            "upper_edge_hertz must not be larger than the Nyquist frequency (sample_rate / 2). "
            f"Got: {upper} for sample_rate: {rate}"
        )
    if not dtype.is_floating:
        raise ValueError(f"dtype must be a floating point type. Got: {dtype}")


@export("signal.linear_to_mel_weight_matrix", "contrib.signal.linear_to_mel_weight_matrix")
def linear_to_mel_weight_matrix(
    num_mel_bins: int = 20,
    num_spectrogram_bins: Any = 129,
    sample_rate: Any = 8000,
    lower_edge_hertz: float = 125.0,
    upper_edge_hertz: float = 3800.0,
    dtype: Any = dtypes.float32,
    name: str | None = None,
) -> Tensor:
    """The matrix that turns spectra into mel spectra: triangles that overlap by half. Stands for
    `tf.signal.linear_to_mel_weight_matrix`.

    Args:
      num_mel_bins: columns of the matrix.
      num_spectrogram_bins: rows: fft_size / 2 + 1, from 0 to half of the sample rate.
      sample_rate: samples a second, a number or a constant.
      lower_edge_hertz, upper_edge_hertz: where the triangles begin and end, in Hz.
      dtype: a dtype of floats.
      name: the name of the matrix.

    Raises:
      ValueError: numbers that are not positive, edges in the wrong order or above half of the
        rate, a rate that is only known at run time.
    """
    with name_scope(name, "linear_to_mel_weight_matrix") as name:
        if isinstance(sample_rate, Tensor):
            sample_rate = constant_value(sample_rate)
            if sample_rate is None:
                raise ValueError(
                    "`sample_rate` was a non-constant Tensor. Must be a Python float or a "
                    "constant Tensor."
                )
        _check(num_mel_bins, sample_rate, lower_edge_hertz, upper_edge_hertz, dtype)
        rate = convert_to_tensor(sample_rate, dtype, name="sample_rate")
        lower = convert_to_tensor(lower_edge_hertz, dtype, name="lower_edge_hertz")
        upper = convert_to_tensor(upper_edge_hertz, dtype, name="upper_edge_hertz")
        zero = convert_to_tensor(0.0, dtype)
        # The frequency 0 has no weight.
        hertz = math_ops.linspace(zero, rate / 2.0, num_spectrogram_bins)[1:]
        bins = array_ops.expand_dims(_hertz_to_mel(hertz), 1)
        edges = math_ops.linspace(_hertz_to_mel(lower), _hertz_to_mel(upper), num_mel_bins + 2)
        triples = shape_ops.frame(edges, frame_length=3, frame_step=1)
        begin, middle, end = (
            array_ops.reshape(column, [1, num_mel_bins])
            for column in array_ops.split(triples, 3, axis=1)
        )
        rising = (bins - begin) / (middle - begin)
        falling = (end - bins) / (end - middle)
        weights = math_ops.maximum(zero, math_ops.minimum(rising, falling))
        return array_ops.pad(weights, [[1, 0], [0, 0]], name=name)
