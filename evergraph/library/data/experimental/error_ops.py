"""Elements that fail."""

from collections.abc import Callable
from typing import Any

from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.library.data.dataset_base import UnaryUnchangedStructureDataset


@export("data.experimental.ignore_errors", "contrib.data.ignore_errors")
def ignore_errors() -> Callable[[Any], Any]:
    """For `Dataset.apply`: the elements that do not fail. Stands for
    `tf.data.experimental.ignore_errors`."""
    return _IgnoreErrorsDataset


class _IgnoreErrorsDataset(UnaryUnchangedStructureDataset):
    """The elements that do not fail."""

    def __init__(self, input_dataset: Any) -> None:
        super().__init__(
            input_dataset,
            apply_op(
                "IgnoreErrorsDataset",
                input_dataset._variant_tensor,
                **input_dataset._flat_structure,
            ),
        )
