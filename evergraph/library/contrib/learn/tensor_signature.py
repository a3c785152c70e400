"""Types and shapes of tensors, to compare those of one call with those of another."""

import collections
from typing import Any

from evergraph.api import arithmetic_ops, creation, parsing_features, parsing_ops
from evergraph.base import dtypes, tensor_shape
from evergraph.graph.composite import SparseTensor


class TensorSignature(collections.namedtuple("TensorSignature", ["dtype", "shape", "is_sparse"])):
    """A tensor's type, its shape (None for a sparse one), and whether it is sparse."""

    def __new__(cls, tensor: Any) -> "TensorSignature":
        if isinstance(tensor, SparseTensor):
            return super().__new__(cls, dtype=tensor.values.dtype, shape=None, is_sparse=True)
        return super().__new__(cls, dtype=tensor.dtype, shape=tensor.shape, is_sparse=False)

    def is_compatible_with(self, other: "TensorSignature") -> bool:
        """Whether both could be the same tensor, but for the batch's size."""
        if not self.dtype.is_compatible_with(other.dtype) or self.is_sparse != other.is_sparse:
            return False
        return self.is_sparse or _compatible_but_first(self.shape, other.shape)

    def get_placeholder(self) -> Any:
        """A placeholder for such tensors."""
        if self.is_sparse:
            return creation.sparse_placeholder(dtype=self.dtype)
        return creation.placeholder(dtype=self.dtype, shape=[None, *self.shape[1:]])

    def get_feature_spec(self) -> Any:
        """How such tensors are read from Examples, which hold int64 and float32 alone."""
        dtype = {dtypes.int32: dtypes.int64, dtypes.float64: dtypes.float32}.get(
            self.dtype, self.dtype
        )
        if self.is_sparse:
            return parsing_features.VarLenFeature(dtype=dtype)
        return parsing_features.FixedLenFeature(shape=self.shape[1:], dtype=dtype)


def _compatible_but_first(this: Any, other: Any) -> bool:
    other = tensor_shape.as_shape(other)
    if this.dims is None or other.dims is None:
        return True
    pairs = list(zip(this.dims, other.dims, strict=False))[1:]
    return this.ndims == other.ndims and all(a.is_compatible_with(b) for a, b in pairs)


def create_signatures(tensors: Any) -> Any:
    """The signature of a tensor, or a dict of them; None of None."""
    if tensors is None:
        return None
    if isinstance(tensors, dict):
        return {key: TensorSignature(tensor) for key, tensor in tensors.items()}
    return TensorSignature(tensors)


def tensors_compatible(tensors: Any, signatures: Any) -> bool:
    """Whether a tensor, or all tensors of a dict that have a signature, fit."""
    if tensors is None or signatures is None:
        return tensors is None and signatures is None
    if isinstance(tensors, dict) != isinstance(signatures, dict):
        return False
    if not isinstance(tensors, dict):
        return TensorSignature(tensors).is_compatible_with(signatures)
    return all(
        key in tensors and TensorSignature(tensors[key]).is_compatible_with(signature)
        for key, signature in signatures.items()
    )


def create_placeholders_from_signatures(signatures: Any) -> Any:
    """A placeholder, or a dict of them; None of None."""
    if isinstance(signatures, dict):
        return {key: signature.get_placeholder() for key, signature in signatures.items()}
    return None if signatures is None else signatures.get_placeholder()


def create_example_parser_from_signatures(
    signatures: Any, examples_batch: Any, single_feature_name: str = "feature"
) -> Any:
    """Tensors with these signatures, read from serialized Examples.

    Args:
      signatures: one, or a dict of them by the features' names.
      examples_batch: strings.
      single_feature_name: the feature's name where there is one signature.
    """
    several = isinstance(signatures, dict)
    by_name = signatures if several else {single_feature_name: signatures}
    specs = {name: signature.get_feature_spec() for name, signature in by_name.items()}
    features = parsing_ops.parse_example(examples_batch, specs)
    for name, feature in features.items():
        if not by_name[name].dtype.is_compatible_with(feature.dtype):
            features[name] = arithmetic_ops.cast(feature, by_name[name].dtype)
    return features if several else features[single_feature_name]
