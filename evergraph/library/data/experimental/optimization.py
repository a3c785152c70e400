"""Datasets for tests of pipelines: assert_next, model, optimize, non_serializable."""

from collections.abc import Callable
from typing import Any

from evergraph.base import dtypes
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.library.data.dataset_base import UnaryUnchangedStructureDataset
from evergraph.library.data.transformations import _ModelDataset, _OptimizeDataset


def assert_next(transformations: Any) -> Callable[[Any], Any]:
    """The elements, if ops of these names and no others follow; a run raises
    InvalidArgumentError."""
    return lambda dataset: _AssertNextDataset(dataset, transformations)


def model() -> Callable[[Any], Any]:
    """The elements, under TensorFlow's tuning."""
    return _ModelDataset


def non_serializable() -> Callable[[Any], Any]:
    """The elements of a dataset that cannot be saved."""
    return _NonSerializableDataset


def optimize(optimizations: Any = None) -> Callable[[Any], Any]:
    """The elements of the pipeline as it is rewritten."""
    return lambda dataset: _OptimizeDataset(dataset, optimizations)


class _AssertNextDataset(UnaryUnchangedStructureDataset):
    """See `assert_next`."""

    def __init__(self, input_dataset: Any, transformations: Any) -> None:
        if transformations is None:
            raise ValueError("At least one transformation should be specified")
        self._transformations = convert_to_tensor(
            transformations, dtype=dtypes.string, name="transformations"
        )
        super().__init__(
            input_dataset,
            apply_op(
                "AssertNextDataset",
                input_dataset._variant_tensor,
                self._transformations,
                **input_dataset._flat_structure,
            ),
        )


class _NonSerializableDataset(UnaryUnchangedStructureDataset):
    """See `non_serializable`."""

    def __init__(self, input_dataset: Any) -> None:
        super().__init__(
            input_dataset,
            apply_op(
                "NonSerializableDataset",
                input_dataset._variant_tensor,
                **input_dataset._flat_structure,
            ),
        )
