"""Crossed features, as `tf.contrib.layers` makes them."""

from typing import Any

from evergraph.api import math_ops
from evergraph.base import dtypes
from evergraph.base.export import export_constant
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor
from evergraph.graph.tensor import Tensor

# The key of the better hash.
SPARSE_FEATURE_CROSS_DEFAULT_HASH_KEY = 0xDECAFCAFFE
export_constant(
    __name__,
    "SPARSE_FEATURE_CROSS_DEFAULT_HASH_KEY",
    "contrib.layers.SPARSE_FEATURE_CROSS_DEFAULT_HASH_KEY",
)


def sparse_feature_cross(
    inputs: Any,
    hashed_output: bool = False,
    num_buckets: int = 0,
    name: str | None = None,
    hash_key: int | None = None,
) -> SparseTensor:
    """For each row all combinations of features, joined by '_X_' or as numbers of buckets. Stands
    for `tf.contrib.layers.sparse_feature_cross`.

    Args:
      inputs: a list of SparseTensors and tensors of rank 2, of strings or integers.
      hashed_output: whether to give buckets.
      num_buckets: how many; 0 for 2^63 - 1.
      name: the node's name.
      hash_key: of a better hash than the one without it.

    Raises:
      TypeError: `inputs` is no list of such tensors.
    """
    if not isinstance(inputs, list):
        raise TypeError("Inputs must be a list")
    if not all(isinstance(i, (SparseTensor, Tensor)) for i in inputs):
        raise TypeError("All inputs must be SparseTensors")
    sparse = [i for i in inputs if isinstance(i, SparseTensor)]
    dense = [i for i in inputs if not isinstance(i, SparseTensor)]
    values = [i.values for i in sparse]
    internal = dtypes.string
    for tensors in (values, dense):
        for i, tensor in enumerate(tensors):
            if tensor.dtype != dtypes.string:
                tensors[i] = math_ops.cast(tensor, dtypes.int64)
                internal = dtypes.int64
    keyed: dict[str, Any] = {"hash_key": hash_key} if hash_key else {}
    return SparseTensor(
        *apply_op(
            "SparseFeatureCrossV2" if hash_key else "SparseFeatureCross",
            [i.indices for i in sparse],
            values,
            [i.dense_shape for i in sparse],
            dense,
            hashed_output=hashed_output,
            num_buckets=num_buckets,
            out_type=dtypes.int64 if hashed_output else dtypes.string,
            internal_type=internal,
            name=name,
            **keyed,
        )
    )
