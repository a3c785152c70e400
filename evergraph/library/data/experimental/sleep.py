"""Elements that come slowly."""

from collections.abc import Callable
from typing import Any

from evergraph.graph.apply import apply_op
from evergraph.library.data.dataset_base import UnaryUnchangedStructureDataset


class _SleepDataset(UnaryUnchangedStructureDataset):
    """The elements, each after a while."""

    def __init__(self, input_dataset: Any, sleep_microseconds: Any) -> None:
        super().__init__(
            input_dataset,
            apply_op(
                "SleepDataset",
                input_dataset._variant_tensor,
                sleep_microseconds,
                **input_dataset._flat_structure,
            ),
        )


def sleep(sleep_microseconds: Any) -> Callable[[Any], Any]:
    """The elements, each after `sleep_microseconds`."""
    return lambda dataset: _SleepDataset(dataset, sleep_microseconds)
