"""Which parameter server a variable goes to: strategies for `tf.train.replica_device_setter`."""

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape


@export("contrib.training.RandomStrategy")
class RandomStrategy:
    """Any server, which depends on the name alone. Stands for `tf.contrib.training.RandomStrategy`.

    Args:
      num_ps_tasks: how many servers there are.
      seed: makes another choice.
    """

    def __init__(self, num_ps_tasks: int, seed: int = 0) -> None:
        self._num_tasks = num_ps_tasks
        self._seed = seed

    def __call__(self, op: Any) -> int:
        key = f"{op.name}_{int(self._seed)}".encode()
        return int(hashlib.md5(key).hexdigest(), 16) % self._num_tasks


@export("contrib.training.GreedyLoadBalancingStrategy")
class GreedyLoadBalancingStrategy:
    """The server with the least load. Stands for
    `tf.contrib.training.GreedyLoadBalancingStrategy`.

    Args:
      num_tasks: how many servers there are.
      load_fn: what an operation adds to the load, such as `byte_size_load_fn`.
    """

    def __init__(self, num_tasks: int, load_fn: Callable[[Any], float]) -> None:
        self._num_tasks = num_tasks
        self._load_fn = load_fn
        self._ps_loads = np.zeros(num_tasks)

    def __call__(self, op: Any) -> int:
        task = int(np.argmin(self._ps_loads))
        self._ps_loads[task] += self._load_fn(op)
        return task


@export("contrib.training.byte_size_load_fn")
def byte_size_load_fn(op: Any) -> int:
    """How many bytes the output of an operation takes. Stands for
    `tf.contrib.training.byte_size_load_fn`.

    Raises:
      ValueError: it has several outputs, or one of unknown shape.
    """
    if len(op.outputs) != 1:
        raise ValueError(f"Op {op} must have a single output")
    output = op.outputs[0]
    shape = output.get_shape()
    if not shape.is_fully_defined():
        shape = TensorShape(op.get_attr("shape"))
    shape.assert_is_fully_defined()
    return int(shape.num_elements() * output.dtype.size)
