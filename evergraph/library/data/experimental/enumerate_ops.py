"""Elements with numbers."""

from collections.abc import Callable
from typing import Any

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export


@export("data.experimental.enumerate_dataset", "contrib.data.enumerate_dataset")
@deprecated(None, "Use `tf.data.Dataset.enumerate()")
def enumerate_dataset(start: Any = 0) -> Callable[[Any], Any]:
    """For `Dataset.apply`: `Dataset.enumerate`. Stands for
    `tf.data.experimental.enumerate_dataset`."""
    return lambda dataset: dataset.enumerate(start)
