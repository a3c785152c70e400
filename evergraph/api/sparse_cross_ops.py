"""Crossed features: tf.sparse.cross, tf.sparse.cross_hashed."""

from typing import Any

from evergraph.api import math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor
from evergraph.graph.tensor import Tensor

_DEFAULT_HASH_KEY = 956888297470


@export("sparse.cross")
def sparse_cross(inputs: Any, name: str | None = None) -> SparseTensor:
    """For each row all combinations of features, joined by '_X_'. Stands for `tf.sparse.cross`.

    Args:
      inputs: a list of SparseTensors and tensors of rank 2, of strings or integers.
      name: the node's name.

    Raises:
      TypeError: `inputs` is no such list.
    """
    return _sparse_cross_internal(inputs, hashed_output=False, name=name)


@export("sparse.cross_hashed")
def sparse_cross_hashed(
    inputs: Any, num_buckets: int = 0, hash_key: int | None = None, name: str | None = None
) -> SparseTensor:
    """As `tf.sparse.cross`, with the number of a bucket for each combination. Stands for
    `tf.sparse.cross_hashed`."""
    return _sparse_cross_internal(inputs, True, num_buckets, hash_key, name)


def _sparse_cross_internal(
    inputs: Any,
    hashed_output: bool = False,
    num_buckets: int = 0,
    hash_key: int | None = None,
    name: str | None = None,
) -> SparseTensor:
    if not isinstance(inputs, list):
        raise TypeError("Inputs must be a list")
    if not all(isinstance(i, (SparseTensor, Tensor)) for i in inputs):
        raise TypeError("All inputs must be SparseTensors")
    sparse = [i for i in inputs if isinstance(i, SparseTensor)]
    dense = [i for i in inputs if not isinstance(i, SparseTensor)]
    values = [sp.values for sp in sparse]
    internal = dtypes.string
    for tensors in (values, dense):
        for i, tensor in enumerate(tensors):
            if tensor.dtype != dtypes.string:
                tensors[i] = math_ops.cast(tensor, dtypes.int64)
                internal = dtypes.int64
    return SparseTensor(
        *apply_op(
            "SparseCross",
            [sp.indices for sp in sparse],
            values,
            [sp.dense_shape for sp in sparse],
            dense,
            hashed_output=hashed_output,
            num_buckets=num_buckets,
            hash_key=hash_key or _DEFAULT_HASH_KEY,
            out_type=dtypes.int64 if hashed_output else dtypes.string,
            internal_type=internal,
            name=name,
        )
    )
