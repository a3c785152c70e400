"""Datasets written to files."""

from typing import Any

from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.operation import Operation
from evergraph.library.data import convert
from evergraph.library.data.dataset_base import DatasetV2
from evergraph.library.data.legacy import get_legacy_output_shapes, get_legacy_output_types


@export("data.experimental.TFRecordWriter", "contrib.data.TFRecordWriter")
class TFRecordWriter:
    """Writes a dataset of strings to a TFRecord file. Stands for
    `tf.data.experimental.TFRecordWriter`.

    Args:
      filename: a string or a scalar string tensor.
      compression_type: "", "ZLIB" or "GZIP".
    """

    def __init__(self, filename: Any, compression_type: Any = None) -> None:
        self._filename = convert_to_tensor(filename, dtypes.string, name="filename")
        self._compression_type = convert.optional_param_to_tensor(
            "compression_type", compression_type, "", argument_dtype=dtypes.string
        )

    def write(self, dataset: Any) -> Operation:
        """The operation that writes all elements.

        Raises:
          TypeError: `dataset` is none, or has others than scalar strings.
        """
        if not isinstance(dataset, DatasetV2):
            raise TypeError("`dataset` must be a `tf.data.Dataset` object.")
        types, shapes = get_legacy_output_types(dataset), get_legacy_output_shapes(dataset)
        if types != dtypes.string or shapes != TensorShape([]):
            raise TypeError(
                "`dataset` must produce scalar `DT_STRING` tensors whereas it produces shape "
                f"{shapes} and types {types}"
            )
        made: Operation = apply_op(
            "DatasetToTFRecord", dataset._variant_tensor, self._filename, self._compression_type
        )
        return made
