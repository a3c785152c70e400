"""Feature columns before `tf.feature_column`: combinations of categories."""

import collections
from typing import Any

from evergraph.base.export import export
from evergraph.library.contrib.layers.feature_column import (
    _BucketizedColumn,
    _FeatureColumn,
    _LinearEmbeddingLookupArguments,
    wide_lookup,
)
from evergraph.library.contrib.layers.sparse_columns import _SparseColumn
from evergraph.library.contrib.layers.sparse_feature_cross_op import sparse_feature_cross
from evergraph.library.feature_column.columns import CategoricalColumn


class _CrossedColumn(
    _FeatureColumn,
    CategoricalColumn,
    collections.namedtuple(
        "_CrossedColumn",
        [
            "columns",
            "hash_bucket_size",
            "hash_key",
            "combiner",
            "ckpt_to_load_from",
            "tensor_name_in_ckpt",
        ],
    ),
):
    """Combinations of categories, by their hashes."""

    @property
    def name(self) -> str:
        """The names of all columns, with "_X_" between."""
        return "_X_".join(sorted(column.name for column in self.columns))

    @property
    def length(self) -> int:
        """How many buckets there are."""
        return self.hash_bucket_size

    @property
    def _num_buckets(self) -> int:
        return self.hash_bucket_size

    @property
    def config(self) -> dict[str, Any]:
        """As of _FeatureColumn."""
        return {k: v for column in self.columns for k, v in column.config.items()}

    def id_tensor(self, input_tensor: Any) -> Any:
        """The ids of what the column made."""
        return input_tensor

    def weight_tensor(self, input_tensor: Any) -> Any:
        """None: there are no weights."""
        return None

    def _checkpoint_path(self) -> tuple[str, str] | None:
        if self.ckpt_to_load_from is None:
            return None
        return self.ckpt_to_load_from, self.tensor_name_in_ckpt

    def _transform_feature(self, inputs: Any) -> Any:
        return sparse_feature_cross(
            [_crossable(leaf, inputs) for leaf in self._leaves()],
            hashed_output=True,
            num_buckets=self.hash_bucket_size,
            hash_key=self.hash_key,
            name="cross",
        )

    def _leaves(self) -> list[Any]:
        """The columns that are no combinations themselves."""
        found = []
        for column in self.columns:
            found.extend(column._leaves() if isinstance(column, _CrossedColumn) else [column])
        return found

    def _to_dnn_input_layer(
        self,
        input_tensor: Any,
        weight_collections: Any = None,
        trainable: bool = True,
        output_rank: int = 2,
    ) -> Any:
        raise ValueError(
            f"CrossedColumn is not supported in DNN. Please use embedding_column. column: {self}"
        )

    def _wide_embedding_lookup_arguments(
        self, input_tensor: Any
    ) -> _LinearEmbeddingLookupArguments:
        return wide_lookup(input_tensor, None, self.length, self.combiner)


def _crossable(column: Any, inputs: Any) -> Any:
    """What is crossed of a column: categories as they were given, or ids of intervals."""
    if isinstance(column, _SparseColumn):
        return inputs.get(column.name)
    return column.to_sparse_tensor(inputs.get(column))


@export("contrib.layers.crossed_column")
def crossed_column(
    columns: Any,
    hash_bucket_size: int,
    combiner: str = "sum",
    ckpt_to_load_from: str | None = None,
    tensor_name_in_ckpt: str | None = None,
    hash_key: int | None = None,
) -> Any:
    """A column of combinations of categories. Stands for `tf.contrib.layers.crossed_column`.

    Args:
      columns: at least two columns of categories, of intervals or of combinations.
      hash_bucket_size: how many buckets combinations are put into.
      combiner: "sum", "mean" or "sqrtn": how several of an example come together.
      ckpt_to_load_from, tensor_name_in_ckpt: a checkpoint and a name in it that weights begin
        with.
      hash_key: of a better hash than the one without it.

    Raises:
      TypeError: a column is of another kind.
      ValueError: there are too few columns or buckets, or only one of checkpoint and name.
    """
    for column in columns:
        if not isinstance(column, (_SparseColumn, _CrossedColumn, _BucketizedColumn)):
            raise TypeError(
                "columns must be a set of _SparseColumn, _CrossedColumn, or _BucketizedColumn "
                f"instances. (column {column} is a {column.__class__.__name__})"
            )
    if len(columns) < 2:
        raise ValueError(f"columns must contain at least 2 elements. columns: {columns}")
    if hash_bucket_size < 2:
        raise ValueError(
            f"hash_bucket_size must be at least 2. hash_bucket_size: {hash_bucket_size}"
        )
    if (ckpt_to_load_from is None) != (tensor_name_in_ckpt is None):
        raise ValueError(
            "Must specify both `ckpt_to_load_from` and `tensor_name_in_ckpt` or none of them."
        )
    ordered = tuple(sorted(columns, key=lambda column: column.name))
    return _CrossedColumn(
        ordered, hash_bucket_size, hash_key, combiner, ckpt_to_load_from, tensor_name_in_ckpt
    )
