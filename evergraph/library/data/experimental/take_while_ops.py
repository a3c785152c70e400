"""Elements up to one that fails a test."""

from collections.abc import Callable
from typing import Any

from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_spec import TensorSpec
from evergraph.graph.apply import apply_op
from evergraph.library.data.dataset_base import UnaryUnchangedStructureDataset
from evergraph.library.data.structured_function import StructuredFunctionWrapper


class _TakeWhileDataset(UnaryUnchangedStructureDataset):
    """The elements up to the first for which a function gives False."""

    def __init__(self, input_dataset: Any, predicate: Callable[..., Any]) -> None:
        wrapped = StructuredFunctionWrapper(
            predicate, self._transformation_name(), dataset=input_dataset
        )
        if not wrapped.output_structure.is_compatible_with(TensorSpec([], dtypes.bool)):
            raise ValueError("`predicate` must return a scalar boolean tensor.")
        self._predicate = wrapped
        super().__init__(
            input_dataset,
            apply_op(
                "TakeWhileDataset",
                input_dataset._variant_tensor,
                other_arguments=wrapped.function.captured_inputs,
                predicate=wrapped.function,
                **input_dataset._flat_structure,
            ),
        )

    def _functions(self) -> list[Any]:
        return [self._predicate]

    def _transformation_name(self) -> str:
        return "tf.data.experimental.take_while()"


@export("data.experimental.take_while")
def take_while(predicate: Callable[..., Any]) -> Callable[[Any], Any]:
    """For `Dataset.apply`: the elements up to the first for which a function gives False. Stands
    for `tf.data.experimental.take_while`.

    Raises:
      ValueError: it gives no scalar bool.
    """
    return lambda dataset: _TakeWhileDataset(dataset, predicate)
