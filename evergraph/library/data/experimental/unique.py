"""Elements without repetitions."""

from collections.abc import Callable
from typing import Any

from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.library.data.dataset_base import UnaryUnchangedStructureDataset
from evergraph.library.data.legacy import get_legacy_output_types


@export("data.experimental.unique", "contrib.data.unique")
def unique() -> Callable[[Any], Any]:
    """For `Dataset.apply`: each element the first time that it comes. Stands for
    `tf.data.experimental.unique`.

    Raises:
      TypeError: elements are no scalars of int32, int64 or string.
    """
    return _UniqueDataset


class _UniqueDataset(UnaryUnchangedStructureDataset):
    """Each element the first time that it comes."""

    def __init__(self, input_dataset: Any) -> None:
        if get_legacy_output_types(input_dataset) not in (
            dtypes.int32,
            dtypes.int64,
            dtypes.string,
        ):
            raise TypeError(
                "`tf.data.experimental.unique()` only supports inputs with a single `tf.int32`, "
                "`tf.int64`, or `tf.string` component."
            )
        super().__init__(
            input_dataset,
            apply_op(
                "UniqueDataset",
                input_dataset._variant_tensor,
                **input_dataset._flat_structure,
            ),
        )
