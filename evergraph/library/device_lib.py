"""Which devices there are: `tensorflow.python.client.device_lib` and parts of `tf.test`."""

import re

from evergraph.base.export import export
from evergraph.engine import devices
from evergraph.proto.framework import device_attributes_pb2 as device_attributes_pb2
from evergraph.proto.framework.device_attributes_pb2 import DeviceAttributes
from evergraph.proto.protobuf.config_pb2 import ConfigProto


def list_local_devices(session_config: ConfigProto | None = None) -> list[DeviceAttributes]:
    """The devices of this machine, as a session made with `session_config` would see them.

    Stands for `tensorflow.python.client.device_lib.list_local_devices`.
    """
    return devices.local_devices(session_config)


@export("test.is_gpu_available")
def is_gpu_available(
    cuda_only: bool = False, min_cuda_compute_capability: tuple[int, int] | None = None
) -> bool:
    """Whether there is a GPU, of at least this (major, minor) compute capability if one is given.

    `cuda_only` makes no difference: all GPUs are CUDA's. Stands for `tf.test.is_gpu_available`.
    """
    return any(
        min_cuda_compute_capability is None or _capability(gpu) >= min_cuda_compute_capability
        for gpu in list_local_devices()
        if gpu.device_type == "GPU"
    )


def _capability(gpu: DeviceAttributes) -> tuple[int, int]:
    """The compute capability that a GPU's description names."""
    found = re.search(r"compute capability: (\d+)\.(\d+)", gpu.physical_device_desc)
    return (int(found[1]), int(found[2])) if found else (0, 0)


@export("test.gpu_device_name")
def gpu_device_name() -> str:
    """The name of the first GPU, "/device:GPU:0", or "". Stands for `tf.test.gpu_device_name`."""
    return next((d.name for d in list_local_devices() if d.device_type == "GPU"), "")


@export("test.is_built_with_cuda")
def is_built_with_cuda() -> bool:
    """Whether the installed PyTorch supports CUDA. Stands for `tf.test.is_built_with_cuda`."""
    return devices.is_built_with_cuda()


@export("test.is_built_with_rocm")
def is_built_with_rocm() -> bool:
    """Whether the installed PyTorch supports ROCm. Stands for `tf.test.is_built_with_rocm`."""
    return devices.is_built_with_rocm()


@export("test.is_built_with_gpu_support")
def is_built_with_gpu_support() -> bool:
    """Whether the installed PyTorch supports GPUs.

    Stands for `tf.test.is_built_with_gpu_support`.
    """
    return is_built_with_cuda() or is_built_with_rocm()
