"""Reading checkpoints of either version."""

from typing import Any

from evergraph.base import compat, errors
from evergraph.base.dtypes import DType
from evergraph.base.hash_order import hash_order
from evergraph.base.platform import file_io
from evergraph.formats.checkpoint_v1 import CheckpointV1Reader
from evergraph.formats.tensor_bundle import BundleReader, index_path
from evergraph.graph.op_summary import enum_name


def open_checkpoint(pattern: str) -> Any:
    """A reader of the checkpoint of that path or prefix.

    Raises NotFoundError where there is none, DataLossError where it is damaged.
    """
    if file_io.file_exists(index_path(pattern)):
        return BundleReader(pattern)
    paths = file_io.get_matching_files(pattern)
    if not paths:
        raise errors.NotFoundError(
            None,
            None,
            "Unsuccessful TensorSliceReader constructor: Failed to find any matching files for "
            f"{pattern}",
        )
    return CheckpointV1Reader(pattern, paths)


class CheckpointReader:
    """What `tf.train.NewCheckpointReader` gives."""

    def __init__(self, filename: Any) -> None:
        self._reader = open_checkpoint(compat.as_text(filename))

    def has_tensor(self, tensor_str: Any) -> bool:
        """Whether there is a tensor of that name."""
        return self._reader.has_tensor(compat.as_text(tensor_str))

    def get_tensor(self, tensor_str: Any) -> Any:
        """A tensor as an array; a scalar of NumPy, or bytes, where it is one.

        Raises NotFoundError where there is none of that name.
        """
        return self._reader.read(compat.as_text(tensor_str))[()]

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        """The shape of each tensor by name, in TensorFlow's order."""
        return {name: list(self._reader.shape(name)) for name in self._names()}

    def get_variable_to_dtype_map(self) -> dict[str, DType]:
        """The dtype of each tensor by name, in TensorFlow's order."""
        return {name: self._reader.dtype(name) for name in self._names()}

    def _names(self) -> list[str]:
        return hash_order(self._reader.names())

    # TensorFlow's C++ names.
    GetTensor = get_tensor
    GetVariableToShapeMap = get_variable_to_shape_map
    GetVariableToDataTypeMap = get_variable_to_dtype_map

    def debug_string(self) -> bytes:
        """A line for each tensor: name, dtype and shape."""
        lines = [
            f"{name} ({enum_name(self._reader.dtype(name))}) "
            f"[{','.join(map(str, self._reader.shape(name)))}]{self._reader.description(name)}\n"
            for name in self._reader.names()
        ]
        return "".join(lines).encode()
