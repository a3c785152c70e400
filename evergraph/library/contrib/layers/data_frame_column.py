"""Columns that are made of series of data frames."""

import collections
from typing import Any

from evergraph.api import math_ops
from evergraph.base import dtypes
from evergraph.library.contrib.layers.feature_column import (
    _FeatureColumn,
    _reshape_real_valued_tensor,
)


class DataFrameColumn(
    _FeatureColumn, collections.namedtuple("DataFrameColumn", ["column_name", "series"])
):
    """What a series makes of features.

    Args:
      column_name: the column's name.
      series: an object with `required_base_features()`, which says what is parsed, and
        `build(columns_to_tensors)`, which makes a tensor.
    """

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column_name

    @property
    def config(self) -> dict[str, Any]:
        """What `tf.io.parse_example` must be told to read the features."""
        return self.series.required_base_features()

    @property
    def key(self) -> str:
        """The name."""
        return self.name

    def insert_transformed_feature(self, columns_to_tensors: dict[Any, Any]) -> None:
        """Adds what the series makes of features to these."""
        columns_to_tensors[self] = self.series.build(columns_to_tensors)

    def _transform_feature(self, inputs: Any) -> Any:
        return inputs.get(self)

    def _to_dnn_input_layer(
        self,
        input_tensor: Any,
        weight_collections: Any = None,
        trainable: bool = True,
        output_rank: int = 2,
    ) -> Any:
        if input_tensor.dtype != dtypes.float32:
            input_tensor = math_ops.cast(input_tensor, dtypes.float32)
        return _reshape_real_valued_tensor(input_tensor, output_rank, self.name)

    def _to_dense_tensor(self, input_tensor: Any) -> Any:
        return self._to_dnn_input_layer(input_tensor)
