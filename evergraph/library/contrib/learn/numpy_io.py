"""Input functions of arrays."""

from collections.abc import Callable
from typing import Any

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.library.estimator import numpy_io


@export("contrib.learn.io.numpy_input_fn")
@deprecated(None, "Use tf.compat.v1.estimator.inputs.numpy_input_fn.")
def numpy_input_fn(
    x: Any,
    y: Any = None,
    batch_size: int = 128,
    num_epochs: int | None = 1,
    shuffle: bool = True,
    queue_capacity: int = 1000,
    num_threads: int = 1,
) -> Callable[[], Any]:
    """As `tf.estimator.inputs.numpy_input_fn`, and shuffles by default. Stands for
    `tf.contrib.learn.io.numpy_input_fn`."""
    return numpy_io.numpy_input_fn(
        x, y, batch_size, num_epochs, shuffle, queue_capacity, num_threads
    )
