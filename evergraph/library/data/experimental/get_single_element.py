"""A dataset of one element as that element."""

from typing import Any

from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.library.data import structure
from evergraph.library.data.dataset_base import DatasetV2


@export("data.experimental.get_single_element", "contrib.data.get_single_element")
def get_single_element(dataset: Any) -> Any:
    """The only element of a dataset. Stands for `tf.data.experimental.get_single_element`.

    A run raises InvalidArgumentError where there is none, or more than one.

    Raises:
      TypeError: `dataset` is none.
    """
    if not isinstance(dataset, DatasetV2):
        raise TypeError("`dataset` must be a `tf.data.Dataset` object.")
    tensors = apply_op("DatasetToSingleElement", dataset._variant_tensor, **dataset._flat_structure)
    return structure.from_compatible_tensor_list(dataset.element_spec, tensors)
