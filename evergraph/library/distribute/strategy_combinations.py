"""The strategies that tests go through: `tensorflow.python.distribute.strategy_combinations`."""

from typing import Any

from evergraph.engine.runtime_options import VirtualDeviceConfiguration
from evergraph.library import config
from evergraph.library.distribute.combinations import NamedDistribution, NamedObject, combine
from evergraph.library.distribute.distribution_strategy_context import default_mode
from evergraph.library.distribute.mirrored_strategy import MirroredStrategy
from evergraph.library.distribute.one_device_strategy import OneDeviceStrategy
from evergraph.library.distribute.parameter_server_strategy import CentralStorageStrategy
from evergraph.library.train.adagrad import AdagradOptimizer
from evergraph.library.train.adam import AdamOptimizer
from evergraph.library.train.gradient_descent import GradientDescentOptimizer
from evergraph.library.train.rmsprop import RMSPropOptimizer


def _one_device(name: str, device: str, gpus: int | None = None) -> NamedDistribution:
    return NamedDistribution(name, lambda: OneDeviceStrategy(device), required_gpus=gpus)


def _mirrored(name: str, devices: list[str], gpus: int | None = None) -> NamedDistribution:
    return NamedDistribution(name, lambda: MirroredStrategy(devices), required_gpus=gpus)


def _tpu(name: str) -> NamedDistribution:
    return NamedDistribution(name, lambda: None, required_tpu=True)


default_strategy = NamedDistribution("Default", lambda: default_mode().strategy)
one_device_strategy = _one_device("OneDeviceCPU", "/cpu:0")
one_device_strategy_gpu = _one_device("OneDeviceGPU", "/gpu:0", 1)
one_device_strategy_on_worker_1 = _one_device(
    "OneDeviceOnWorker1CPU", "/job:worker/replica:0/task:1/cpu:0"
)
one_device_strategy_gpu_on_worker_1 = _one_device(
    "OneDeviceOnWorker1GPU", "/job:worker/replica:0/task:1/gpu:0", 1
)
tpu_strategy = _tpu("TPU")
tpu_strategy_one_step = _tpu("TPUOneStep")
tpu_strategy_one_core = _tpu("TPUOneCore")
tpu_strategy_one_step_one_core = _tpu("TPUOneStepOneCore")
mirrored_strategy_with_one_cpu = _mirrored("Mirrored1CPU", ["/cpu:0"])
mirrored_strategy_with_one_gpu = _mirrored("Mirrored1GPU", ["/gpu:0"], 1)
mirrored_strategy_with_gpu_and_cpu = _mirrored("MirroredCPUAndGPU", ["/gpu:0", "/cpu:0"], 1)
mirrored_strategy_with_two_gpus = _mirrored("Mirrored2GPUs", ["/gpu:0", "/gpu:1"], 2)
mirrored_strategy_with_cpu_1_and_2 = _mirrored("Mirrored2CPU", ["/cpu:1", "/cpu:2"])
central_storage_strategy_with_two_gpus = NamedDistribution(
    "CentralStorage2GPUs", lambda: CentralStorageStrategy._from_num_gpus(2), required_gpus=2
)
central_storage_strategy_with_gpu_and_cpu = NamedDistribution(
    "CentralStorageCPUAndGPU",
    lambda: CentralStorageStrategy(["/gpu:0", "/cpu:0"]),
    required_gpus=1,
)

gradient_descent_optimizer_v1_fn = NamedObject(
    "GradientDescentV1", lambda: GradientDescentOptimizer(0.2)
)
adagrad_optimizer_v1_fn = NamedObject("AdagradV1", lambda: AdagradOptimizer(0.001))
adam_optimizer_v1_fn = NamedObject("AdamV1", lambda: AdamOptimizer(0.001, epsilon=1))
rmsprop_optimizer_v1_fn = NamedObject("RmsPropV1", lambda: RMSPropOptimizer(0.001))
optimizers_v1 = [gradient_descent_optimizer_v1_fn, adagrad_optimizer_v1_fn]
graph_and_eager_modes = ["graph", "eager"]

_with_gpus = [mirrored_strategy_with_gpu_and_cpu, mirrored_strategy_with_two_gpus]
strategies_minus_tpu = [
    default_strategy,
    one_device_strategy,
    one_device_strategy_gpu,
    *_with_gpus,
]
tpu_strategies = [tpu_strategy, tpu_strategy_one_step]


def set_virtual_cpus_to_at_least(num_virtual_cpus: int) -> None:
    """Has so many CPU devices, unless it was said how many there are.

    Raises:
      ValueError: less than one.
      RuntimeError: it was said that there are less.
    """
    if num_virtual_cpus < 1:
        raise ValueError(f"`num_virtual_cpus` must be at least 1 not {num_virtual_cpus!r}")
    cpus = config.list_physical_devices("CPU")
    if not cpus:
        raise RuntimeError("No CPUs found")
    known = config.get_virtual_device_configuration(cpus[0])
    if known is None:
        parts = [VirtualDeviceConfiguration() for _ in range(num_virtual_cpus)]
        config.set_virtual_device_configuration(cpus[0], parts)
    elif len(known) < num_virtual_cpus:
        raise RuntimeError(
            f"Already configured with {len(known)} < {num_virtual_cpus} virtual CPUs"
        )


def distributions_and_v1_optimizers() -> list[Any]:
    """Strategies with optimizers."""
    return combine(distribution=[one_device_strategy, *_with_gpus], optimizer_fn=optimizers_v1)


def strategy_minus_tpu_combinations() -> list[Any]:
    """Strategies without TPUs."""
    return combine(distribution=strategies_minus_tpu, mode=["graph", "eager"])


def tpu_strategy_combinations() -> list[Any]:
    """Strategies with TPUs."""
    return combine(distribution=tpu_strategies, mode=["graph"])


def all_strategy_combinations() -> list[Any]:
    """All strategies."""
    return strategy_minus_tpu_combinations() + tpu_strategy_combinations()


def all_strategy_minus_default_and_tpu_combinations() -> list[Any]:
    """Strategies without TPUs but the default one."""
    return combine(distribution=strategies_minus_tpu[1:], mode=["graph", "eager"])


def all_strategy_combinations_minus_default() -> list[Any]:
    """All strategies but the default one."""
    return all_strategy_minus_default_and_tpu_combinations() + tpu_strategy_combinations()
