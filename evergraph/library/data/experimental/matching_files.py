"""Names of files as a dataset."""

from typing import Any

from evergraph.base import dtypes
from evergraph.base.tensor_spec import TensorSpec
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.library.data.dataset_base import DatasetSource


class MatchingFilesDataset(DatasetSource):
    """The names of the files that match patterns, in order."""

    def __init__(self, patterns: Any) -> None:
        self._patterns = convert_to_tensor(patterns, dtype=dtypes.string, name="patterns")
        super().__init__(apply_op("MatchingFilesDataset", self._patterns))

    @property
    def element_spec(self) -> Any:
        return TensorSpec([], dtypes.string)
