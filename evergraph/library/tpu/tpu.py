"""What computations of TPUs are made of, as far as it means something without one."""

from collections.abc import Callable
from typing import Any

from evergraph.base.export import export
from evergraph.graph.graph import get_default_graph


@export("tpu.core", "contrib.tpu.core")
def core(num: int) -> str:
    """The name of a core of each replica, for `tf.device`. Stands for `tf.tpu.core`."""
    return f"device:TPU_REPLICATED_CORE:{num}"


@export("tpu.outside_compilation", "contrib.tpu.outside_compilation")
def outside_compilation(computation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`computation(*args, **kwargs)`, on the host of a TPU. Stands for
    `tf.tpu.outside_compilation`.

    Raises:
      NotImplementedError: the computation leaves a loop or branch open.
    """
    graph = get_default_graph()
    before = graph._get_control_flow_context()
    result = computation(*args, **kwargs)
    if graph._get_control_flow_context() is not before:
        raise NotImplementedError(
            "Control-flow context cannot be different at start and end of an outside_compilation "
            "scope"
        )
    return result
