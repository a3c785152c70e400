"""The devices of this machine, described as TensorFlow describes its own."""

import secrets
from typing import Any

import torch

from evergraph.proto.framework.device_attributes_pb2 import DeviceAttributes, DeviceLocality
from evergraph.proto.protobuf.config_pb2 import ConfigProto

LOCAL = "/job:localhost/replica:0/task:0"
# TensorFlow says this of every CPU, whatever memory it has.
CPU_MEMORY_LIMIT = 256 << 20


def is_built_with_cuda() -> bool:
    """Whether PyTorch can use CUDA devices, where there are any."""
    return torch.version.cuda is not None


def is_built_with_rocm() -> bool:
    """Whether PyTorch can use ROCm devices, where there are any."""
    return torch.version.hip is not None


def local_devices(config: ConfigProto | None = None) -> list[DeviceAttributes]:
    """The CPU and the GPUs; `config` may give other numbers of them and a part of GPU memory."""
    config = config or ConfigProto()
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    cpus = config.device_count.get("CPU", 1)
    gpus = min(gpus, config.device_count.get("GPU", gpus))
    fraction = config.gpu_options.per_process_gpu_memory_fraction or 1.0
    return [_cpu(i) for i in range(cpus)] + [_gpu(i, fraction) for i in range(gpus)]


# Incarnations are not drawn from the module random, whose numbers a program may have seeded.


def _cpu(index: int) -> DeviceAttributes:
    return DeviceAttributes(
        name=f"/device:CPU:{index}",
        device_type="CPU",
        memory_limit=CPU_MEMORY_LIMIT,
        locality=DeviceLocality(),
        incarnation=secrets.randbits(64),
    )


def _gpu(index: int, fraction: float) -> DeviceAttributes:
    facts: Any = torch.cuda.get_device_properties(index)
    bus = f"{facts.pci_domain_id:04x}:{facts.pci_bus_id:02x}:{facts.pci_device_id:02x}.0"
    locality = DeviceLocality(bus_id=1)
    locality.links.SetInParent()
    return DeviceAttributes(
        name=f"/device:GPU:{index}",
        device_type="GPU",
        memory_limit=int(facts.total_memory * fraction),
        locality=locality,
        incarnation=secrets.randbits(64),
        physical_device_desc=f"device: {index}, name: {facts.name}, pci bus id: {bus}, "
        f"compute capability: {facts.major}.{facts.minor}",
    )
