"""What a session reads of ConfigProto and RunOptions. docs/configuration.md has all fields."""

import dataclasses
from typing import Any

import torch

from evergraph.base import errors
from evergraph.engine import devices

EXECUTORS = ("", "DEFAULT", "SINGLE_THREADED_EXECUTOR")


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a session that have a meaning here."""

    devices: tuple[str, ...]
    soft_placement: bool = False
    log_placement: bool = False
    add_shapes: bool = False
    timeout: int = 0
    thread_pools: int = 1
    cost_model_every: int = 0
    cost_model_after: int = 0
    executor: str = ""
    place_pruned: bool = False

    def check_executor(self) -> None:
        """Raises NotFoundError for an executor that TensorFlow does not have."""
        if self.executor not in EXECUTORS:
            raise errors.NotFoundError(
                None,
                None,
                f"No executor factory registered for the given executor type: {self.executor} "
                "Registered factories are {SINGLE_THREADED_EXECUTOR, , DEFAULT}.",
            )

    def check_thread_pool(self, options: Any) -> None:
        """Raises InvalidArgumentError where RunOptions name a thread pool that is not there."""
        pool = options.inter_op_thread_pool
        if not -1 <= pool < self.thread_pools:
            raise errors.InvalidArgumentError(None, None, f"Invalid inter_op_thread_pool: {pool}")


def device_names(config: Any = None, place: str = devices.LOCAL) -> tuple[str, ...]:
    """Full names of the devices of a session, which begin with `place`."""
    return tuple([place + d.name for d in devices.local_devices(config)])


def settings_of(config: Any, place: str = devices.LOCAL) -> Settings:
    """The settings in a ConfigProto, or the defaults for None.

    Args:
      config: the ConfigProto.
      place: what the names of devices begin with.

    Raises:
      NotFoundError: there would be no CPU.
      InvalidArgumentError: the version of the session's metadata is negative.
    """
    if config is None:
        return Settings(device_names(place=place))
    if config.device_count.get("CPU", 1) < 1:
        raise errors.NotFoundError(None, None, "No CPU devices are available in this process")
    metadata = config.experimental.session_metadata
    if metadata.version < 0:
        raise errors.InvalidArgumentError(
            None, None, f"Session version shouldn't be negative: {metadata}"
        )
    if config.intra_op_parallelism_threads > 0:
        torch.set_num_threads(config.intra_op_parallelism_threads)
    return Settings(
        devices=device_names(config, place),
        soft_placement=config.allow_soft_placement,
        log_placement=config.log_device_placement,
        add_shapes=config.graph_options.infer_shapes,
        timeout=config.operation_timeout_in_ms,
        thread_pools=max(1, len(config.session_inter_op_thread_pool)),
        cost_model_every=config.graph_options.build_cost_model,
        cost_model_after=config.graph_options.build_cost_model_after,
        executor=config.experimental.executor_type,
        place_pruned=config.graph_options.place_pruned_graph,
    )
