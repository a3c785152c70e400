"""Shuffle and repeat in one."""

from collections.abc import Callable
from typing import Any

from evergraph.base import dtypes
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.library.data import random_seed
from evergraph.library.data.dataset_base import UnaryUnchangedStructureDataset
from evergraph.library.data.transformations import int64


class _ShuffleAndRepeatDataset(UnaryUnchangedStructureDataset):
    """The elements several times over, each time in an order by chance."""

    def __init__(
        self, input_dataset: Any, buffer_size: Any, count: Any = None, seed: Any = None
    ) -> None:
        self._buffer_size = int64(buffer_size, "buffer_size")
        if count is None:
            self._count = constant(-1, dtype=dtypes.int64, name="count")
        else:
            self._count = int64(count, "count")
        self._seed, self._seed2 = random_seed.get_seed(seed)
        super().__init__(
            input_dataset,
            apply_op(
                "ShuffleAndRepeatDataset",
                input_dataset._variant_tensor,
                buffer_size=self._buffer_size,
                count=self._count,
                seed=self._seed,
                seed2=self._seed2,
                **input_dataset._flat_structure,
            ),
        )


@export("data.experimental.shuffle_and_repeat", "contrib.data.shuffle_and_repeat")
@deprecated(
    None,
    "Use `tf.data.Dataset.shuffle(buffer_size, seed)` followed by "
    "`tf.data.Dataset.repeat(count)`. Static tf.data optimizations will take care of using the "
    "fused implementation.",
)
def shuffle_and_repeat(
    buffer_size: Any, count: Any = None, seed: Any = None
) -> Callable[[Any], Any]:
    """For `Dataset.apply`: shuffle and repeat in one, so that the buffer stays full between
    repetitions. Stands for `tf.data.experimental.shuffle_and_repeat`.

    Args:
      buffer_size: of the shuffle.
      count: how many times over; None or -1: without end.
      seed: of the order.
    """
    return lambda dataset: _ShuffleAndRepeatDataset(dataset, buffer_size, count, seed)
