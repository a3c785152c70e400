"""What this build of the library has, as TensorFlow's tests ask for it, and layouts of images."""

import contextlib
from collections.abc import Iterator
from typing import Any

from evergraph.api import array_ops
from evergraph.graph.defaults import device as graph_device
from evergraph.graph.tensor import Tensor
from evergraph.library.device_lib import is_built_with_cuda as IsGoogleCudaEnabled
from evergraph.library.device_lib import is_built_with_rocm as IsBuiltWithROCm
from evergraph.library.device_lib import is_gpu_available

__all__ = ["IsBuiltWithROCm", "IsGoogleCudaEnabled"]

IsBuiltWithCuda = IsGoogleCudaEnabled

_TO_NCHW = {4: [0, 3, 1, 2], 5: [0, 4, 1, 2, 3]}
_TO_NHWC = {4: [0, 2, 3, 1], 5: [0, 2, 3, 4, 1]}


def is_xla_enabled() -> bool:
    """False."""
    return False


def IsMklEnabled() -> bool:
    """False: TensorFlow's own MKL kernels are not there."""
    return False


def GpuSupportsHalfMatMulAndConv() -> bool:
    """Whether GPUs compute with float16: all that PyTorch supports do."""
    return IsGoogleCudaEnabled()


def InstallStackTraceHandler() -> None:
    """Nothing: Python's faulthandler is the user's to switch on."""


def _permuted(x: Any, axes: dict[int, list[int]]) -> Any:
    """A tensor transposed, or a shape as a list reordered."""
    if isinstance(x, Tensor):
        return array_ops.transpose(x, axes[x.shape.ndims])
    return [x[a] for a in axes[len(x)]]


def NHWCToNCHW(input_tensor: Any) -> Any:
    """A tensor, or a shape, of rank 4 or 5 with its channels moved to axis 1."""
    return _permuted(input_tensor, _TO_NCHW)


def NCHWToNHWC(input_tensor: Any) -> Any:
    """A tensor, or a shape, of rank 4 or 5 with its channels moved to the end."""
    return _permuted(input_tensor, _TO_NHWC)


def NHWCToNCHW_VECT_C(input_shape_or_tensor: Any) -> Any:
    """A tensor, or a shape, of rank 4 or 5 with its channels in fours: [N, C / 4, ..., 4].

    Raises:
      ValueError: the number of channels is no multiple of 4.
    """
    given = input_shape_or_tensor
    shape = given.shape.as_list() if isinstance(given, Tensor) else list(given)
    if shape[-1] % 4 != 0:
        raise ValueError(
            "Last dimension of input must be evenly divisible by 4 to convert to NCHW_VECT_C."
        )
    shape[-1:] = [shape[-1] // 4, 4]
    rank = len(shape)
    order = [0, rank - 2, *range(1, rank - 2), rank - 1]
    if isinstance(given, Tensor):
        return array_ops.transpose(array_ops.reshape(given, shape), order)
    return [shape[axis] for axis in order]


def NCHW_VECT_CToNHWC(input_shape_or_tensor: Any) -> Any:
    """The reverse of `NHWCToNCHW_VECT_C`.

    Raises:
      ValueError: the last axis is not of size 4.
    """
    given = input_shape_or_tensor
    shape = given.shape.as_list() if isinstance(given, Tensor) else list(given)
    if shape[-1] != 4:
        raise ValueError("Last dimension of NCHW_VECT_C must be 4.")
    rank = len(shape)
    order = [0, *range(2, rank - 1), 1, rank - 1]
    new = [shape[axis] for axis in order[:-1]]
    new[-1] *= 4
    if isinstance(given, Tensor):
        return array_ops.reshape(array_ops.transpose(given, order), new)
    return new


@contextlib.contextmanager
def device(use_gpu: bool) -> Iterator[None]:
    """Place nodes on the first GPU if asked for and there, else on the CPU."""
    with graph_device("/device:GPU:0" if use_gpu and is_gpu_available() else "/device:CPU:0"):
        yield


@contextlib.contextmanager
def use_gpu() -> Iterator[None]:
    """Place nodes on the first GPU if there is one."""
    with device(use_gpu=True):
        yield


@contextlib.contextmanager
def force_gpu() -> Iterator[None]:
    """Place nodes on the first GPU."""
    with graph_device("/device:GPU:0"):
        yield


@contextlib.contextmanager
def force_cpu() -> Iterator[None]:
    """Place nodes on the CPU."""
    with graph_device("/device:CPU:0"):
        yield
