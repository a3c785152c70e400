"""Settings of the whole process: `tf.config`, `tensorflow.python.framework.config`.

They are the configuration of sessions that are given none, and of eager execution.
"""

from typing import Any

from evergraph.base.export import export, export_constant
from evergraph.engine import runtime_options
from evergraph.engine.runtime_options import LogicalDevice, PhysicalDevice
from evergraph.library.eager import context
from evergraph.library.eager.context import VirtualDeviceConfiguration as VirtualDeviceConfiguration

export_constant(
    __name__, "VirtualDeviceConfiguration", "config.experimental.VirtualDeviceConfiguration"
)
_POLICIES = {
    "silent": runtime_options.DEVICE_PLACEMENT_SILENT,
    "silent_for_int32": runtime_options.DEVICE_PLACEMENT_SILENT_FOR_INT32,
    "warn": runtime_options.DEVICE_PLACEMENT_WARN,
    "explicit": runtime_options.DEVICE_PLACEMENT_EXPLICIT,
}


@export("config.threading.get_intra_op_parallelism_threads")
def get_intra_op_parallelism_threads() -> int:
    """The number of threads of a kernel; 0 for what PyTorch chooses.

    Stands for `tf.config.threading.get_intra_op_parallelism_threads`.
    """
    return context.context().intra_op_parallelism_threads


@export("config.threading.set_intra_op_parallelism_threads")
def set_intra_op_parallelism_threads(num_threads: int) -> None:
    """Sets the number of threads of a kernel.

    Stands for `tf.config.threading.set_intra_op_parallelism_threads`.

    Raises:
      RuntimeError: the runtime has started.
    """
    context.context().intra_op_parallelism_threads = num_threads


@export("config.threading.get_inter_op_parallelism_threads")
def get_inter_op_parallelism_threads() -> int:
    """The number of threads that was set for ops that run beside one another.

    Stands for `tf.config.threading.get_inter_op_parallelism_threads`.
    """
    return context.context().inter_op_parallelism_threads


@export("config.threading.set_inter_op_parallelism_threads")
def set_inter_op_parallelism_threads(num_threads: int) -> None:
    """Sets a number that has no effect: ops run one after another.

    Stands for `tf.config.threading.set_inter_op_parallelism_threads`.

    Raises:
      RuntimeError: the runtime has started.
    """
    context.context().inter_op_parallelism_threads = num_threads


@export("config.optimizer.get_jit")
def get_optimizer_jit() -> bool:
    """Whether a compiler is asked for. Stands for `tf.config.optimizer.get_jit`."""
    return context.context().optimizer_jit


@export("config.optimizer.set_jit")
def set_optimizer_jit(enabled: bool) -> None:
    """Sets whether a compiler is asked for. Stands for `tf.config.optimizer.set_jit`."""
    context.context().optimizer_jit = enabled


@export("config.optimizer.get_experimental_options")
def get_optimizer_experimental_options() -> dict[str, Any]:
    """The options of graph optimizers that are set.

    Stands for `tf.config.optimizer.get_experimental_options`.
    """
    return context.context().get_optimizer_experimental_options()


@export("config.optimizer.set_experimental_options")
def set_optimizer_experimental_options(options: dict[str, Any]) -> None:
    """Sets options of graph optimizers; others stay as they are. Results never depend on them.

    Stands for `tf.config.optimizer.set_experimental_options`.

    Args:
      options: names of fields of RewriterConfig ("constant_folding", "disable_meta_optimizer",
        "min_graph_nodes", ...) with a bool, an int for the last.
    """
    context.context().set_optimizer_experimental_options(options)


@export("config.get_soft_device_placement")
def get_soft_device_placement() -> bool:
    """Whether nodes whose device is not there run on the CPU.

    Stands for `tf.config.get_soft_device_placement`.
    """
    return context.context().soft_device_placement


@export("config.set_soft_device_placement")
def set_soft_device_placement(enabled: bool) -> None:
    """Sets whether nodes whose device is not there run on the CPU.

    Stands for `tf.config.set_soft_device_placement`.
    """
    context.context().soft_device_placement = enabled


@export("config.experimental.get_device_policy")
def get_device_policy() -> str:
    """The device policy of this thread: "silent", "silent_for_int32", "warn" or "explicit".

    Stands for `tf.config.experimental.get_device_policy`.
    """
    policy = context.context().device_policy
    for name, number in _POLICIES.items():
        if number == policy:
            return name
    raise ValueError(f"Not a valid device policy: {policy!r}")


@export("config.experimental.set_device_policy")
def set_device_policy(device_policy: str | None) -> None:
    """Sets the device policy of this thread. Tensors are copied to where they are needed under
    each. Stands for `tf.config.experimental.set_device_policy`.

    Args:
      device_policy: "silent", "silent_for_int32", "warn", "explicit", or None for the default.

    Raises:
      ValueError: it is none of these.
    """
    if device_policy is not None and device_policy not in _POLICIES:
        raise ValueError(f"Not a valid device policy: {device_policy!r}")
    number: Any = None if device_policy is None else _POLICIES[device_policy]
    context.context().device_policy = number


@export("config.experimental.get_synchronous_execution")
def get_synchronous_execution() -> bool:
    """Whether ops of this thread are to wait for their results.

    Stands for `tf.config.experimental.get_synchronous_execution`.
    """
    return not context.context().is_async()


@export("config.experimental.set_synchronous_execution")
def set_synchronous_execution(enable: bool | None) -> None:
    """Sets whether ops of this thread are to wait for their results; they do in either case.

    Stands for `tf.config.experimental.set_synchronous_execution`.
    """
    mode = runtime_options.SYNC if enable is None or enable else runtime_options.ASYNC
    context.context().execution_mode = mode


@export("config.experimental.list_physical_devices")
def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices of this machine, each with `name` and `device_type`.

    Stands for `tf.config.experimental.list_physical_devices`.

    Args:
      device_type: "CPU" or "GPU" gives those of that type alone.
    """
    return context.context().list_physical_devices(device_type)


@export("config.experimental.list_logical_devices")
def list_logical_devices(device_type: str | None = None) -> list[LogicalDevice]:
    """The devices that nodes may be placed on, each with `name` and `device_type`. Starts the
    runtime. Stands for `tf.config.experimental.list_logical_devices`.

    Args:
      device_type: "CPU" or "GPU" gives those of that type alone.
    """
    return context.context().list_logical_devices(device_type)


@export("config.experimental.get_visible_devices")
def get_visible_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices of this machine that the runtime uses.

    Stands for `tf.config.experimental.get_visible_devices`.
    """
    return context.context().get_visible_devices(device_type)


@export("config.experimental.set_visible_devices")
def set_visible_devices(devices: Any, device_type: str | None = None) -> None:
    """Lets the runtime use these devices alone.

    Stands for `tf.config.experimental.set_visible_devices`.

    Args:
      devices: one of `list_physical_devices()`, or a list of them.
      device_type: "CPU" or "GPU" leaves devices of another type as they are.

    Raises:
      ValueError: there is no such device, or it is of another type.
      RuntimeError: the runtime has started.
    """
    context.context().set_visible_devices(devices, device_type)


@export("config.experimental.get_memory_growth")
def get_memory_growth(device: PhysicalDevice) -> bool | None:
    """What was set for a GPU, or None. Stands for `tf.config.experimental.get_memory_growth`.

    Raises:
      ValueError: there is no such device.
    """
    return context.context().get_memory_growth(device)


@export("config.experimental.set_memory_growth")
def set_memory_growth(device: PhysicalDevice, enable: bool) -> None:
    """Sets whether a GPU's memory is taken as it is needed. PyTorch always does so.

    Stands for `tf.config.experimental.set_memory_growth`.

    Raises:
      ValueError: there is no such device, it is no GPU, or it is divided.
      RuntimeError: the runtime has started.
    """
    context.context().set_memory_growth(device, enable)


@export("config.experimental.get_virtual_device_configuration")
def get_virtual_device_configuration(
    device: PhysicalDevice,
) -> list[VirtualDeviceConfiguration] | None:
    """The parts that a device is divided into, or None.

    Stands for `tf.config.experimental.get_virtual_device_configuration`.

    Raises:
      ValueError: there is no such device.
    """
    return context.context().get_virtual_device_configuration(device)


@export("config.experimental.set_virtual_device_configuration")
def set_virtual_device_configuration(
    device: PhysicalDevice, virtual_devices: list[VirtualDeviceConfiguration]
) -> None:
    """Divides a device into several: a CPU into CPUs that are all the same processor.

    Stands for `tf.config.experimental.set_virtual_device_configuration`.

    Raises:
      ValueError: there is no such device; a CPU's part has a limit of memory, or a GPU's has none.
      RuntimeError: the runtime has started.
    """
    context.context().set_virtual_device_configuration(device, virtual_devices)
