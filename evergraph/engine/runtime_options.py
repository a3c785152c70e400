"""What a program sets for the whole process (`tf.config`), as the ConfigProto of sessions that get
none."""

import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from evergraph.engine import devices
from evergraph.engine.eager import eager_graph
from evergraph.graph.defaults import executing_eagerly
from evergraph.proto.protobuf import rewriter_config_pb2
from evergraph.proto.protobuf.config_pb2 import ConfigProto, GPUOptions, OptimizerOptions

SYNC, ASYNC = 0, 1
DEVICE_PLACEMENT_EXPLICIT, DEVICE_PLACEMENT_WARN = 0, 1
DEVICE_PLACEMENT_SILENT, DEVICE_PLACEMENT_SILENT_FOR_INT32 = 2, 3
# Fields of RewriterConfig that are on, off or neither, and those that are on or off.
_TOGGLES = (
    "layout_optimizer",
    "constant_folding",
    "shape_optimization",
    "remapping",
    "arithmetic_optimization",
    "dependency_optimization",
    "loop_optimization",
    "function_optimization",
    "debug_stripper",
    "scoped_allocator_optimization",
    "pin_to_host_optimization",
    "implementation_selector",
    "auto_mixed_precision",
)
_FLAGS = ("disable_model_pruning", "disable_meta_optimizer")
_ON, _OFF = rewriter_config_pb2.RewriterConfig.ON, rewriter_config_pb2.RewriterConfig.OFF


class LogicalDevice(NamedTuple):
    """A device that nodes may be placed on: its full name and "CPU" or "GPU"."""

    name: str
    device_type: str


class PhysicalDevice(NamedTuple):
    """A device of this machine: its name and "CPU" or "GPU"."""

    name: str
    device_type: str


class VirtualDeviceConfiguration(NamedTuple):
    """One of the devices that a physical one is divided into, with its memory in megabytes, where
    that is limited. Stands for `tf.config.experimental.VirtualDeviceConfiguration`."""

    memory_limit: Any = None


class _OfThread(threading.local):
    """What each thread has for itself."""

    device_policy: int | None = None
    execution_mode: int | None = None


class RuntimeOptions:
    """The settings, before and after the runtime has started.

    It starts with the first op that is executed eagerly, or when its devices are asked for. What
    cannot be changed afterwards raises RuntimeError.
    """

    def __init__(self, config: ConfigProto | None = None) -> None:
        self._config = config
        self._jit: bool | None = None
        self._threads: dict[str, int] = {}
        self._soft_placement: bool | None = None
        self._log_placement: bool | None = None
        self._optimizer_options: dict[str, Any] = {}
        self._physical: list[PhysicalDevice] | None = None
        self._visible: list[PhysicalDevice] = []
        self._growth: dict[PhysicalDevice, bool | None] = {}
        self._virtual: dict[PhysicalDevice, Sequence[VirtualDeviceConfiguration]] = {}
        self._changed = config is not None
        self._initialized = False
        self._device_policy = DEVICE_PLACEMENT_SILENT
        self._execution_mode = SYNC
        self._of_thread = _OfThread()
        self._mark = _eager_mark()

    # -- starting ------------------------------------------------------------------------------

    @property
    def started(self) -> bool:
        """Whether the runtime has started."""
        mark = _eager_mark()
        if mark > self._mark + 1:
            self._initialized = True
        self._mark = mark
        return self._initialized

    def ensure_initialized(self) -> None:
        """Starts the runtime, unless it has started."""
        self._initialized = True

    def _refuse_when_started(self, complaint: str) -> None:
        if self.started:
            raise RuntimeError(complaint)
        self._changed = True

    # -- the configuration ---------------------------------------------------------------------

    @property
    def config(self) -> ConfigProto:
        """All settings as a new ConfigProto."""
        physical = self.list_physical_devices()
        config = ConfigProto()
        if self._config is not None:
            config.CopyFrom(self._config)
        if self._jit is not None:
            level = OptimizerOptions.ON_1 if self._jit else OptimizerOptions.OFF
            config.graph_options.optimizer_options.global_jit_level = level
        for field, number in self._threads.items():
            setattr(config, field, number)
        soft = self._soft_placement
        config.allow_soft_placement = executing_eagerly() if soft is None else soft
        if self._log_placement is not None:
            config.log_device_placement = self._log_placement
        self._write_optimizer_options(config.graph_options.rewrite_options)
        for kind in ("CPU", "GPU"):
            config.device_count[kind] = 0
        for device in physical:
            if device in self._visible:
                parts = self._virtual.get(device)
                config.device_count[device.device_type] += 1 if parts is None else len(parts)
        config.gpu_options.MergeFrom(self._gpu_options())
        return config

    def of_sessions(self) -> ConfigProto | None:
        """The configuration of a session that was given none; None where nothing was set."""
        return self.config if self._changed else None

    def _write_optimizer_options(self, fields: Any) -> None:
        for name in _TOGGLES:
            wanted = self._optimizer_options.get(name)
            if wanted is not None:
                setattr(fields, name, _ON if wanted else _OFF)
        for name in (*_FLAGS, "min_graph_nodes"):
            wanted = self._optimizer_options.get(name)
            if wanted is not None:
                setattr(fields, name, wanted)

    def _gpu_options(self) -> GPUOptions:
        gpus = self.list_physical_devices("GPU")
        seen = [gpu for gpu in gpus if gpu in self._visible]
        growths = {self._growth[gpu] for gpu in seen}
        options = GPUOptions(visible_device_list=",".join(str(gpus.index(gpu)) for gpu in seen))
        options.experimental.SetInParent()
        if self._virtual and seen:
            for gpu in seen:
                limits = [part.memory_limit for part in self._virtual.get(gpu, ())]
                options.experimental.virtual_devices.add(memory_limit_mb=limits)
        elif len(growths) > 1:
            raise ValueError("Memory growth cannot differ between GPU devices")
        elif growths:
            options.allow_growth = bool(growths.pop())
        return options

    # -- devices -------------------------------------------------------------------------------

    def list_physical_devices(self, device_type: str | None = None) -> list[PhysicalDevice]:
        """The devices of this machine, or those of one type."""
        if self._physical is None:
            self._physical = [
                PhysicalDevice(f"/physical_device:{d.name.removeprefix('/device:')}", d.device_type)
                for d in devices.local_devices()
            ]
            self._visible = list(self._physical)
            self._growth = {d: None for d in self._physical if d.device_type == "GPU"}
            if self._config is not None:
                self._import_config(self._config, self._physical)
        return [d for d in self._physical if device_type in (None, d.device_type)]

    def _import_config(self, config: ConfigProto, physical: list[PhysicalDevice]) -> None:
        cpus = config.device_count.get("CPU", 1)
        if cpus == 0:
            self.set_visible_devices([], "CPU")
        elif cpus > 1:
            parts = [VirtualDeviceConfiguration()] * cpus
            self.set_virtual_device_configuration(physical[0], parts)
        gpus = [d for d in physical if d.device_type == "GPU"]
        if not gpus:
            return
        wanted = [int(i) for i in config.gpu_options.visible_device_list.split(",") if i]
        for index in wanted:
            if index >= len(gpus):
                raise ValueError(f"Invalid visible device index: {index}")
        seen = [gpus[i] for i in wanted] if wanted else gpus
        self.set_visible_devices(seen[: config.device_count.get("GPU", len(seen))], "GPU")

    def list_logical_devices(self, device_type: str | None = None) -> list[LogicalDevice]:
        """The devices that nodes may be placed on, or those of one type. Starts the runtime."""
        self.ensure_initialized()
        return [
            LogicalDevice(devices.LOCAL + d.name, d.device_type)
            for d in devices.local_devices(self.config)
            if device_type in (None, d.device_type)
        ]

    def get_visible_devices(self, device_type: str | None = None) -> list[PhysicalDevice]:
        """The devices that the runtime may use, or those of one type."""
        self.list_physical_devices()
        return [d for d in self._visible if device_type in (None, d.device_type)]

    def set_visible_devices(self, wanted: Any, device_type: str | None = None) -> None:
        """Lets the runtime use these devices alone, of one type or of all."""
        physical = self.list_physical_devices()
        wanted = wanted if isinstance(wanted, list) else [wanted]
        for device in wanted:
            if device not in physical or device_type not in (None, device.device_type):
                raise ValueError(f"Unrecognized device: {device!r}")
        others = [d for d in self._visible if device_type not in (None, d.device_type)]
        if self._visible == others + wanted:
            return
        self._refuse_when_started("Visible devices cannot be modified after being initialized")
        self._visible = others + wanted

    def _known(self, device: Any) -> Any:
        if device not in self.list_physical_devices():
            raise ValueError(f"Unrecognized device: {device!r}")
        return device

    def get_memory_growth(self, device: PhysicalDevice) -> bool | None:
        """What was set for a GPU."""
        return self._growth[self._known(device)]

    def set_memory_growth(self, device: PhysicalDevice, enable: bool) -> None:
        """Whether a GPU's memory is taken as it is needed. PyTorch always does so."""
        self._known(device)
        if device in self._virtual:
            raise ValueError("Cannot set memory growth on device when virtual devices configured")
        if device.device_type != "GPU":
            raise ValueError("Cannot set memory growth on non-GPU devices")
        if self._growth.get(device) == enable:
            return
        self._refuse_when_started("Physical devices cannot be modified after being initialized")
        self._growth[device] = enable

    def get_virtual_device_configuration(self, device: PhysicalDevice) -> Any:
        """What was set for a device, or None."""
        return self._virtual.get(self._known(device))

    def set_virtual_device_configuration(self, device: PhysicalDevice, parts: Any) -> None:
        """Divides a device into several."""
        self._known(device)
        limited = [part.memory_limit is not None for part in parts]
        if device.device_type == "CPU" and any(limited):
            raise ValueError(
                "Setting memory limit on CPU virtual devices is currently not supported"
            )
        if device.device_type == "GPU" and not all(limited):
            raise ValueError("Setting memory limit is required for GPU virtual devices is")
        if self._virtual.get(device) == parts:
            return
        self._refuse_when_started("Virtual devices cannot be modified after being initialized")
        self._virtual[device] = parts

    # -- how ops run ---------------------------------------------------------------------------

    @property
    def optimizer_jit(self) -> bool:
        """Whether a compiler is asked for."""
        level = self.config.graph_options.optimizer_options.global_jit_level
        return level in (OptimizerOptions.ON_1, OptimizerOptions.ON_2)

    @optimizer_jit.setter
    def optimizer_jit(self, enabled: bool) -> None:
        self._jit, self._changed = enabled, True

    def get_optimizer_experimental_options(self) -> dict[str, Any]:
        """The options of graph optimizers that are set, and the flags."""
        fields = self.config.graph_options.rewrite_options
        found = {n: getattr(fields, n) == _ON for n in _TOGGLES if getattr(fields, n)}
        found.update({n: getattr(fields, n) for n in _FLAGS})
        if fields.min_graph_nodes:
            found["min_graph_nodes"] = fields.min_graph_nodes
        return found

    def set_optimizer_experimental_options(self, options: dict[str, Any]) -> None:
        """Sets options of graph optimizers, beside those that are set."""
        self._optimizer_options.update(options)
        self._changed = True

    @property
    def intra_op_parallelism_threads(self) -> int:
        """The number of threads of a kernel; 0 for what PyTorch chooses."""
        return self.config.intra_op_parallelism_threads

    @intra_op_parallelism_threads.setter
    def intra_op_parallelism_threads(self, number: int) -> None:
        self._set_threads("Intra", number)
        if number > 0:
            torch.set_num_threads(number)

    @property
    def inter_op_parallelism_threads(self) -> int:
        """The number of threads that ops are divided among; it has no effect."""
        return self.config.inter_op_parallelism_threads

    @inter_op_parallelism_threads.setter
    def inter_op_parallelism_threads(self, number: int) -> None:
        self._set_threads("Inter", number)

    def _set_threads(self, which: str, number: int) -> None:
        field = f"{which.lower()}_op_parallelism_threads"
        if self._threads.get(field) == number:
            return
        self._refuse_when_started(
            f"{which} op parallelism cannot be modified after initialization."
        )
        self._threads[field] = number

    @property
    def soft_device_placement(self) -> bool:
        """Whether a node whose device is not there runs on the CPU."""
        return self.config.allow_soft_placement

    @soft_device_placement.setter
    def soft_device_placement(self, enabled: bool) -> None:
        self._soft_placement, self._changed = enabled, True

    @property
    def log_device_placement(self) -> bool:
        """Whether sessions write where their nodes are placed."""
        return self.config.log_device_placement

    @log_device_placement.setter
    def log_device_placement(self, enabled: bool) -> None:
        if self._log_placement == enabled:
            return
        self._refuse_when_started("Device placement logging must be set at program startup")
        self._log_placement = enabled

    @property
    def device_policy(self) -> int:
        """What is done for tensors that are on another device than their op: they are copied."""
        own = self._of_thread.device_policy
        return self._device_policy if own is None else own

    @device_policy.setter
    def device_policy(self, policy: int | None) -> None:
        policy = DEVICE_PLACEMENT_SILENT if policy is None else policy
        if self.started:
            self._of_thread.device_policy = policy
        else:
            self._device_policy = policy

    @property
    def execution_mode(self) -> int:
        """SYNC or ASYNC, for this thread. Ops wait for their results under either."""
        own = self._of_thread.execution_mode
        return self._execution_mode if own is None else own

    @execution_mode.setter
    def execution_mode(self, mode: int | None) -> None:
        if mode not in (None, SYNC, ASYNC):
            raise ValueError(f"Execution mode should be None/SYNC/ASYNC. Got {mode}")
        if self.started:
            self._of_thread.execution_mode = mode or SYNC
        else:
            self._execution_mode = mode or SYNC

    def is_async(self) -> bool:
        """Whether the execution mode of this thread is ASYNC."""
        return self.execution_mode == ASYNC


def _eager_mark() -> int:
    """A number that grows by one from call to call, and by more where ops ran eagerly between."""
    return next(eager_graph()._ids) if eager_graph.cache_info().currsize else 0


_current: RuntimeOptions | None = None


def default_config() -> ConfigProto | None:
    """The configuration of a session that was given none; None where nothing was set."""
    return None if _current is None else _current.of_sessions()


def make_current(options: RuntimeOptions | None) -> None:
    """From now on these are the settings of this process."""
    global _current
    _current = options
