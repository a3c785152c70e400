"""tf.contrib.feature_column: columns of sequences before they were public, for
`sequence_input_layer`."""

import functools
from collections.abc import Callable
from typing import Any

from evergraph.base.export import export_constant
from evergraph.library.feature_column import earlier_names, sequences


def _sequence(make: Callable[..., Any], public: Callable[..., Any]) -> Any:
    """A function as `public`, of categories that `make` makes."""

    @functools.wraps(public)
    def made(*args: Any, **kwargs: Any) -> Any:
        return earlier_names._SequenceCategoricalColumn(make(*args, **kwargs))

    return made


sequence_categorical_column_with_identity = _sequence(
    earlier_names._categorical_column_with_identity,
    sequences.sequence_categorical_column_with_identity,
)
sequence_categorical_column_with_hash_bucket = _sequence(
    earlier_names._categorical_column_with_hash_bucket,
    sequences.sequence_categorical_column_with_hash_bucket,
)
sequence_categorical_column_with_vocabulary_file = _sequence(
    earlier_names._categorical_column_with_vocabulary_file,
    sequences.sequence_categorical_column_with_vocabulary_file,
)
sequence_categorical_column_with_vocabulary_list = _sequence(
    earlier_names._categorical_column_with_vocabulary_list,
    sequences.sequence_categorical_column_with_vocabulary_list,
)
sequence_numeric_column = earlier_names._made_as(
    earlier_names._SequenceNumericColumn, sequences.sequence_numeric_column
)

for _name in (
    "sequence_categorical_column_with_identity",
    "sequence_categorical_column_with_hash_bucket",
    "sequence_categorical_column_with_vocabulary_file",
    "sequence_categorical_column_with_vocabulary_list",
    "sequence_numeric_column",
):
    export_constant(__name__, _name, f"contrib.feature_column.{_name}")
