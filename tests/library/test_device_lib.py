"""device_lib and the tf.test functions about devices."""

import re
from types import SimpleNamespace

import pytest
import torch

import evergraph as tf
from evergraph.library import device_lib

CPU = """\
name: "/device:CPU:0"
device_type: "CPU"
memory_limit: 268435456
locality {
}
incarnation: N
"""

GPU = """\
name: "/device:GPU:0"
device_type: "GPU"
memory_limit: 12000
locality {
  bus_id: 1
  links {
  }
}
incarnation: N
physical_device_desc: "device: 0, name: Tesla K80, pci bus id: 0000:00:1e.0, compute capability: 3.7"
"""  # noqa: E501


@pytest.fixture
def gpus(monkeypatch):
    facts = SimpleNamespace(name="Tesla K80", major=3, minor=7, total_memory=12000)
    vars(facts).update(pci_domain_id=0, pci_bus_id=0, pci_device_id=30)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: facts)


@pytest.fixture
def no_gpus(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def shown(devices):
    return re.sub(r"incarnation: \d+", "incarnation: N", str(devices))


def test_cpu_prints_as_tensorflows(no_gpus):
    assert shown(device_lib.list_local_devices()) == f"[{CPU}]"
    assert tf.test.is_gpu_available() is False
    assert tf.test.gpu_device_name() == ""


def test_gpus(gpus):
    assert shown(device_lib.list_local_devices()[:2]) == f"[{CPU}, {GPU}]"
    assert tf.test.is_gpu_available(True, (3, 5)) and not tf.test.is_gpu_available(False, (6, 0))
    assert tf.test.gpu_device_name() == "/device:GPU:0"


def test_config_limits_devices(gpus):
    config = tf.ConfigProto(device_count={"GPU": 1, "CPU": 2})
    config.gpu_options.per_process_gpu_memory_fraction = 0.5
    found = device_lib.list_local_devices(config)
    assert [d.name for d in found] == ["/device:CPU:0", "/device:CPU:1", "/device:GPU:0"]
    assert found[2].memory_limit == 6000


def test_built_with():
    assert tf.test.is_built_with_cuda() == (torch.version.cuda is not None)
    assert tf.test.is_built_with_gpu_support() >= tf.test.is_built_with_rocm()
