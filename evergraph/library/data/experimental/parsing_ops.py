"""Datasets of Examples as datasets of tensors."""

from collections.abc import Callable
from typing import Any

from evergraph.api.parsing_features import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    SparseFeature,
    VarLenFeature,
    default_tensors,
    raw_params,
    with_any_rows,
    with_merged_sparse,
)
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, as_shape
from evergraph.base.tensor_spec import TensorSpec
from evergraph.graph.apply import apply_op
from evergraph.graph.specs import SparseTensorSpec
from evergraph.library.data import structure
from evergraph.library.data.dataset_base import UnaryDataset
from evergraph.library.data.legacy import get_legacy_output_shapes

_KINDS = (VarLenFeature, SparseFeature, FixedLenFeature, FixedLenSequenceFeature)


class _ParseExampleDataset(UnaryDataset):
    """What is in batches of serialized Examples, by key."""

    def __init__(self, input_dataset: Any, features: Any, num_parallel_calls: Any) -> None:
        if not structure.are_compatible(
            input_dataset.element_spec, TensorSpec([None], dtypes.string)
        ):
            raise TypeError("Input dataset should be a dataset of vectors of strings")
        raw = raw_params(with_any_rows(features), _KINDS)
        defaults = default_tensors(raw)
        batch = get_legacy_output_shapes(input_dataset)
        shapes = [as_shape(s) for s in raw.dense_shapes]
        spec: dict[Any, Any] = {
            key: TensorSpec(batch.concatenate(shape), dtype)
            for key, shape, dtype in zip(raw.dense_keys, shapes, raw.dense_types, strict=True)
        }
        rows = batch.concatenate(TensorShape([None]))
        for key, dtype in zip(raw.sparse_keys, raw.sparse_types, strict=True):
            spec[key] = SparseTensorSpec(rows, dtype)
        self._element_spec = spec
        super().__init__(
            input_dataset,
            apply_op(
                "ParseExampleDataset",
                input_dataset._variant_tensor,
                num_parallel_calls,
                defaults,
                sparse_keys=raw.sparse_keys,
                dense_keys=raw.dense_keys,
                sparse_types=raw.sparse_types,
                dense_shapes=shapes,
                **self._flat_structure,
            ),
        )

    @property
    def element_spec(self) -> Any:
        return self._element_spec


@export("data.experimental.parse_example_dataset", "contrib.data.parse_example_dataset")
def parse_example_dataset(features: Any, num_parallel_calls: Any = 1) -> Callable[[Any], Any]:
    """For `Dataset.apply`: what is in batches of serialized Examples, by key. Stands for
    `tf.data.experimental.parse_example_dataset`.

    Args:
      features: features by key, as for `tf.io.parse_example`.
      num_parallel_calls: how many batches at a time; has no effect.

    Raises:
      ValueError: `features` is None.
    """
    if features is None:
        raise ValueError(f"Missing: features was {features}.")

    def apply_fn(dataset: Any) -> Any:
        parsed = _ParseExampleDataset(dataset, features, num_parallel_calls)
        if any(isinstance(feature, SparseFeature) for feature in features.values()):
            return parsed.map(
                lambda x: with_merged_sparse(features, x), num_parallel_calls=num_parallel_calls
            )
        return parsed

    return apply_fn
