"""Arrays of weights as other versions and kinds of layers keep them."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

CONVOLUTIONS = ("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "ConvLSTM2D")
# How many gates a step of a recurrent layer has.
GATES = {"LSTM": 4, "CuDNNLSTM": 4, "GRU": 3, "CuDNNGRU": 3}


def adapted(layer: Any, values: list[Any], version: str, backend: str | None) -> list[Any]:
    """The arrays of a file for a layer.

    Args:
      layer: the layer that they are for.
      values: its arrays in the file.
      version: of Keras, "1" for the first.
      backend: what Keras ran on, or None.

    Raises:
      ValueError: they are of another kind of recurrent layer.
    """
    kind = type(layer).__name__
    if kind == "Bidirectional":
        half = len(values) // 2
        forward = adapted(layer.forward_layer, values[:half], version, backend)
        return forward + adapted(layer.backward_layer, values[half:], version, backend)
    if kind == "TimeDistributed":
        values = adapted(layer.layer, values, version, backend)
    elif kind in ("Model", "Sequential"):
        values = _nested(layer, values, version, backend)
    if version == "1":
        values = _of_first_version(layer, kind, values)
    if kind in CONVOLUTIONS:
        values = _kernels(layer, kind, values, backend)
    return _recurrent(layer, kind, values)


def _nested(model: Any, values: list[Any], version: str, backend: str | None) -> list[Any]:
    """Those of a model within: trained ones of all layers come first."""
    at = len(model.trainable_weights)
    sources = values[:at], values[at:]
    found: tuple[list[Any], list[Any]] = ([], [])
    for layer in model.layers:
        if not layer.weights:
            continue
        numbers = len(layer.trainable_weights), len(layer.non_trainable_weights)
        own = [x for source, n in zip(sources, numbers, strict=True) for x in source[:n]]
        made = adapted(layer, own, version, backend)
        found[0].extend(made[: numbers[0]])
        found[1].extend(made[numbers[0] :])
        for source, n in zip(sources, numbers, strict=True):
            del source[:n]
    return found[0] + found[1]


def _joined(values: Sequence[Any], order: Sequence[int]) -> list[Any]:
    """Kernels, recurrent kernels and biases of gates, kept one by one, as three arrays."""
    return [np.concatenate([values[3 * g + i] for g in order], axis=-1) for i in range(3)]


def _of_first_version(layer: Any, kind: str, values: list[Any]) -> list[Any]:
    first = bool(values) and getattr(layer, "data_format", None) == "channels_first"
    if kind == "Conv1D":
        shape = values[0].shape
        if shape[:2] != (layer.kernel_size[0], 1) or shape[3] != layer.filters:
            values[0] = np.transpose(values[0], (2, 3, 1, 0))
        values[0] = values[0][:, 0, :, :]
    elif kind == "Conv2D" and first:
        values[0] = np.transpose(values[0], (2, 3, 1, 0))
    elif kind == "Conv2DTranspose":
        values[0] = np.transpose(values[0], (2, 3, 0, 1) if first else (0, 1, 3, 2))
    elif kind == "Conv3D" and first:
        values[0] = np.transpose(values[0], (2, 3, 4, 1, 0))
    elif kind == "GRU" and len(values) == 9:
        return _joined(values, (0, 1, 2))
    elif kind in ("LSTM", "ConvLSTM2D") and len(values) == 12:
        values = _joined(values, (0, 2, 1, 3))
        if kind == "ConvLSTM2D" and first:
            values[:2] = [np.transpose(v, (2, 3, 1, 0)) for v in values[:2]]
    return values


def _kernels(layer: Any, kind: str, values: list[Any], backend: str | None) -> list[Any]:
    """Kernels turned over if Theano used them, and with TensorFlow's order of axes."""
    kernels = 2 if kind == "ConvLSTM2D" else 1
    values = list(values)
    if backend == "theano":
        values[:kernels] = [np.copy(np.flip(v, tuple(range(v.ndim - 2)))) for v in values[:kernels]]
    if tuple(layer.weights[0].shape.as_list()) != values[0].shape:
        values[:kernels] = [np.transpose(v, (3, 2, 0, 1)) for v in values[:kernels]]
    return values


def _by_gate(kernels: Any, function: Callable[[Any], Any], gates: int) -> Any:
    return np.hstack([function(kernel) for kernel in np.hsplit(kernels, gates)])


def _exchanged(values: Sequence[Any], gates: int, from_cudnn: bool, biases: Any) -> list[Any]:
    order: Any = "F" if from_cudnn else "C"
    kernels = _by_gate(values[0], lambda k: k.T.reshape(k.shape, order=order), gates)
    return [kernels, _by_gate(values[1], lambda k: k.T, gates), biases]


def _recurrent(layer: Any, kind: str, values: list[Any]) -> list[Any]:
    """Those of cuDNN's layers for others, and the other way round."""
    if kind not in GATES or len(values) != 3:
        return values
    gates, biases = GATES[kind], values[2]
    size = values[1].shape[0] * gates
    if kind.endswith("LSTM"):
        if biases.shape not in ((size,), (2 * size,)):
            raise ValueError(f"Invalid bias shape: {biases.shape}")
        from_cudnn = biases.shape == (2 * size,)
        if from_cudnn == (kind == "CuDNNLSTM"):
            return values
        parts = np.split(biases, 2, axis=0) if from_cudnn else []
        others = np.sum(parts, axis=0) if from_cudnn else np.tile(0.5 * biases, 2)
        return _exchanged(values, gates, from_cudnn, others)
    sources = {
        (2 * size,): "CuDNNGRU",
        (2, size): "GRU(reset_after=True)",
        (size,): "GRU(reset_after=False)",
    }
    if biases.shape not in sources:
        raise ValueError(f"Invalid bias shape: {biases.shape}")
    source, target = sources[biases.shape], kind
    if kind == "GRU":
        target = f"GRU(reset_after={bool(layer.reset_after)})"
    if source == target:
        return values
    if "GRU(reset_after=False)" in (source, target):
        raise ValueError(f"{source} is not compatible with {target}")
    from_cudnn = source == "CuDNNGRU"
    others = np.reshape(biases, (2, -1) if from_cudnn else -1)
    return _exchanged(values, gates, from_cudnn, others)
