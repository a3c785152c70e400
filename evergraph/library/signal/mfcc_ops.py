"""Mel-frequency cepstral coefficients (Davis & Mermelstein 1980)."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.signal import dct_ops


@export("signal.mfccs_from_log_mel_spectrograms", "contrib.signal.mfccs_from_log_mel_spectrograms")
def mfccs_from_log_mel_spectrograms(log_mel_spectrograms: Any, name: str | None = None) -> Tensor:
    """The cosine transforms of log mel spectra, orthogonal but for the first. Stands for
    `tf.signal.mfccs_from_log_mel_spectrograms`.

    Args:
      log_mel_spectrograms: float32, [..., num_mel_bins].
      name: the nodes' scope.

    Raises:
      ValueError: there are no bins.
    """
    with name_scope(name, "mfccs_from_log_mel_spectrograms", [log_mel_spectrograms]):
        spectra = convert_to_tensor(log_mel_spectrograms, dtype=dtypes.float32)
        count: Any = spectra.shape.dims[-1].value if spectra.shape.ndims else None
        if count == 0:
            raise ValueError(f"num_mel_bins must be positive. Got: {spectra}")
        if count is None:
            count = array_ops.shape(spectra)[-1]
        transform = dct_ops.dct(spectra, type=2)
        return transform * math_ops.rsqrt(math_ops.cast(count, dtypes.float32) * 2.0)
