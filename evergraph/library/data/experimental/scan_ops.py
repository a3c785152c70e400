"""Elements with a state that goes on."""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.graph import get_default_graph
from evergraph.library.data import structure
from evergraph.library.data.dataset_base import UnaryDataset
from evergraph.library.data.structured_function import (
    StructuredFunctionWrapper,
    with_weakest_state,
)


@export("data.experimental.scan", "contrib.data.scan")
def scan(initial_state: Any, scan_func: Callable[..., Any]) -> Callable[[Any], Any]:
    """For `Dataset.apply`: what a function makes of a state and each element. Stands for
    `tf.data.experimental.scan`.

    Args:
      initial_state: the first state, a nest.
      scan_func: takes a state and an element, gives the next state and an element.
    """
    return lambda dataset: _ScanDataset(dataset, initial_state, scan_func)


class _ScanDataset(UnaryDataset):
    """What a function makes of a state and each element."""

    def __init__(
        self, input_dataset: Any, initial_state: Any, scan_func: Callable[..., Any]
    ) -> None:
        self._initial_state = structure.normalize_element(initial_state)
        self._scan_func, self._state_structure = with_weakest_state(
            structure.type_spec_from_value(self._initial_state),
            lambda state: StructuredFunctionWrapper(
                scan_func,
                self._transformation_name(),
                input_structure=(state, input_dataset.element_spec),
                add_to_graph=False,
            ),
            _new_state_of,
        )
        self._element_spec = structure.convert_legacy_structure(
            self._scan_func.output_types[1],
            self._scan_func.output_shapes[1],
            self._scan_func.output_classes[1],
        )
        function = self._scan_func.function
        function.add_to_graph(get_default_graph())
        super().__init__(
            input_dataset,
            apply_op(
                "ScanDataset",
                input_dataset._variant_tensor,
                structure.to_tensor_list(self._state_structure, self._initial_state),
                function.captured_inputs,
                f=function,
                preserve_cardinality=True,
                **self._flat_structure,
            ),
        )

    def _functions(self) -> list[Any]:
        return [self._scan_func]

    @property
    def element_spec(self) -> Any:
        return self._element_spec

    def _transformation_name(self) -> str:
        return "tf.data.experimental.scan()"


def _new_state_of(wrapped: StructuredFunctionWrapper) -> tuple[Any, Any, Any]:
    types = wrapped.output_types
    if not (isinstance(types, Sequence) and len(types) == 2):
        raise TypeError(
            "The scan function must return a pair comprising the new state and the output value."
        )
    return wrapped.output_classes[0], types[0], wrapped.output_shapes[0]
