"""Random numbers as a dataset."""

from typing import Any

from evergraph.base import dtypes
from evergraph.base.export import export_constant
from evergraph.base.tensor_spec import TensorSpec
from evergraph.graph.apply import apply_op
from evergraph.library.data import random_seed
from evergraph.library.data.dataset_base import DatasetSource
from evergraph.library.data.dataset_v1 import DatasetV1Adapter


class RandomDatasetV2(DatasetSource):
    """Random numbers, scalar int64, without end."""

    def __init__(self, seed: Any = None) -> None:
        self._seed, self._seed2 = random_seed.get_seed(seed)
        super().__init__(
            apply_op("RandomDataset", seed=self._seed, seed2=self._seed2, **self._flat_structure)
        )

    @property
    def element_spec(self) -> Any:
        return TensorSpec([], dtypes.int64)


class RandomDatasetV1(DatasetV1Adapter):
    """Random numbers of 32 bits, scalar int64, without end. Stands for
    `tf.data.experimental.RandomDataset`.

    Args:
      seed: with it the numbers are the same each time.
    """

    def __init__(self, seed: Any = None) -> None:
        super().__init__(RandomDatasetV2(seed))


RandomDataset = RandomDatasetV1
export_constant(
    __name__, "RandomDataset", "data.experimental.RandomDataset", "contrib.data.RandomDataset"
)
