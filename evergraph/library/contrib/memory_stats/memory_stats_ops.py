"""Nodes that tell of the memory of the device that they are on."""

from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.tensor import Tensor


@export("contrib.memory_stats.BytesInUse")
def BytesInUse() -> Tensor:
    """The bytes that tensors of a GPU have now, a scalar int64. Stands for
    `tf.contrib.memory_stats.BytesInUse`.

    Raises:
      InvalidArgumentError: (when run) the node is not on a GPU.
    """
    found: Tensor = apply_op("BytesInUse")
    return found


@export("contrib.memory_stats.BytesLimit")
def BytesLimit() -> Tensor:
    """The bytes of a GPU's memory, a scalar int64; -1 for the CPU. Stands for
    `tf.contrib.memory_stats.BytesLimit`.
    """
    found: Tensor = apply_op("BytesLimit")
    return found


@export("contrib.memory_stats.MaxBytesInUse")
def MaxBytesInUse() -> Tensor:
    """The most bytes that tensors of a GPU have had at a time, a scalar int64. Stands for
    `tf.contrib.memory_stats.MaxBytesInUse`.

    Raises:
      InvalidArgumentError: (when run) the node is not on a GPU.
    """
    found: Tensor = apply_op("MaxBytesInUse")
    return found
