"""Features of random forests: what they are made of, and one tensor of them all."""

from typing import Any

from evergraph.api import array_ops, math_ops, sparse_ops
from evergraph.base import dtypes
from evergraph.base.dtypes import DType
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.composite import SparseTensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.tensor_forest.tensor_forest_ops import reinterpret_string_to_float

DATA_FLOAT = 0
DATA_CATEGORICAL = 1

DTYPE_TO_FTYPE: dict[DType, int] = {
    dtypes.string: DATA_CATEGORICAL,
    dtypes.int32: DATA_CATEGORICAL,
    dtypes.int64: DATA_CATEGORICAL,
    dtypes.float32: DATA_FLOAT,
    dtypes.float64: DATA_FLOAT,
}


@export("contrib.tensor_forest.data_ops.CastToFloat")
def CastToFloat(tensor: Tensor) -> Tensor:
    """A tensor as floats: of text numbers that tell one from another."""
    if tensor.dtype == dtypes.string:
        return reinterpret_string_to_float(tensor)
    if tensor.dtype.is_integer:
        return math_ops.cast(tensor, dtypes.float32)
    return tensor


@export("contrib.tensor_forest.data_ops.DataColumn")
class DataColumn:
    """A column: its name, whether it is of categories (`original_type` 1), and how wide it is."""

    def __init__(self) -> None:
        self.name: Any = ""
        self.original_type: Any = ""
        self.size: Any = 0

    def SerializeToString(self) -> str:
        """The column as text."""
        return f"name: {self.name} original_type: {self.original_type} size: {self.size}"


@export("contrib.tensor_forest.data_ops.DataColumnCollection")
class DataColumnCollection:
    """Columns, in the manner of a repeated field of a message."""

    def __init__(self) -> None:
        self.cols: list[DataColumn] = []

    def add(self) -> DataColumn:
        """A new column at the end."""
        self.cols.append(DataColumn())
        return self.cols[-1]

    def size(self) -> int:
        """How many columns there are."""
        return len(self.cols)

    def SerializeToString(self) -> str:
        """The columns as text."""
        return "".join(f"{{{column.SerializeToString()}}}" for column in self.cols)


@export("contrib.tensor_forest.data_ops.TensorForestDataSpec")
class TensorForestDataSpec:
    """The columns of a data set, dense and sparse."""

    def __init__(self) -> None:
        self.sparse = DataColumnCollection()
        self.dense = DataColumnCollection()
        self.dense_features_size: Any = 0

    def SerializeToString(self) -> str:
        """The columns as text, which ops read."""
        return (
            f"dense_features_size: {int(self.dense_features_size)} dense: "
            f"[{self.dense.SerializeToString()}] sparse: [{self.sparse.SerializeToString()}]"
        )


@export("contrib.tensor_forest.data_ops.GetColumnName")
def GetColumnName(column_key: Any, col_num: int) -> str:
    """The name of a column by its key."""
    if isinstance(column_key, str):
        return column_key
    return str(getattr(column_key, "column_name", str(col_num)))


def _of_dict(data: dict[Any, Any]) -> tuple[Any, Any, TensorForestDataSpec]:
    spec = TensorForestDataSpec()
    dense: list[Tensor] = []
    sparse: list[SparseTensor] = []
    for key in sorted(data):
        value = data[key]
        if isinstance(value, SparseTensor):
            if value.dtype == dtypes.float32:
                logging.info("TensorForest does not support sparse continuous.")
                continue
            if not spec.sparse.size():
                column = spec.sparse.add()
                column.original_type = DATA_CATEGORICAL
                column.name, column.size = "all_sparse", -1
            numbers = CastToFloat(value.values)
            sparse.append(SparseTensor(value.indices, numbers, value.dense_shape))
            continue
        column = spec.dense.add()
        column.original_type = DTYPE_TO_FTYPE[value.dtype]
        column.name = GetColumnName(key, len(dense))
        shape = value.get_shape()
        column.size = 1 if len(shape) == 1 else shape[1].value
        spec.dense_features_size += column.size
        dense.append(CastToFloat(value))
    features = array_ops.concat(dense, 1) if dense else None
    others = sparse_ops.sparse_concat(1, sparse) if sparse else None
    logging.info(spec.SerializeToString())
    return features, others, spec


@export("contrib.tensor_forest.data_ops.ParseDataTensorOrDict")
def ParseDataTensorOrDict(data: Any) -> tuple[Any, Any, TensorForestDataSpec]:
    """Features as one dense tensor [n, d] of float32 (or None), one sparse one (or None), and the
    columns.

    Args:
      data: a tensor, or a dict of tensors and SparseTensors by name.
    """
    if isinstance(data, dict):
        return _of_dict(data)
    spec = TensorForestDataSpec()
    if isinstance(data, SparseTensor):
        column = spec.sparse.add()
        column.name, column.size = "sparse_features", -1
        column.original_type = DTYPE_TO_FTYPE[data.dtype]
        return None, data, spec
    data = convert_to_tensor(data)
    column = spec.dense.add()
    column.name = "dense_features"
    column.original_type = DTYPE_TO_FTYPE[data.dtype]
    column.size = data.get_shape()[1]
    spec.dense_features_size = column.size
    return data, None, spec


@export("contrib.tensor_forest.data_ops.ParseLabelTensorOrDict")
def ParseLabelTensorOrDict(labels: Any) -> Tensor:
    """Labels as one tensor of float32.

    Args:
      labels: a tensor, a SparseTensor (-1 where it has none), or a dict of tensors by name.
    """
    if isinstance(labels, dict):
        found = array_ops.concat([labels[key] for key in sorted(labels)], 1)
        return math_ops.cast(found, dtypes.float32)
    if isinstance(labels, SparseTensor):
        labels = sparse_ops.sparse_tensor_to_dense(labels, default_value=-1)
    return math_ops.cast(labels, dtypes.float32)
