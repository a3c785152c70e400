"""Input from data frames: `tf.estimator.inputs.pandas_input_fn`."""

import uuid
from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.base.export import export
from evergraph.library.estimator.feeding_functions import _enqueue_data, is_data_frame
from evergraph.library.estimator.numpy_io import check_shuffle


def _get_unique_target_key(features: Any, target_column_name: str) -> str:
    if target_column_name in features:
        return f"{target_column_name}_{uuid.uuid4()}"
    return target_column_name


def _with_targets(x: Any, y: Any, target_column: str) -> tuple[Any, dict[Any, Any]]:
    """The frame with targets as further columns, and the columns' names by those in `y`."""
    if target_column in x:
        raise ValueError(
            f"Cannot use name {target_column} for target column: DataFrame already has a column "
            f"with that name: {x.columns}"
        )
    if not np.array_equal(x.index, y.index):
        raise ValueError(
            f"Index for x and y are mismatched.\nIndex for x: {x.index}\nIndex for y: {y.index}\n"
        )
    columns = {target_column: target_column}
    if is_data_frame(y):
        columns = {column: _get_unique_target_key(x, column) for column in y}
        x[list(columns.values())] = y
    else:
        x[target_column] = y
    return x, columns


@export("estimator.inputs.pandas_input_fn")
def pandas_input_fn(
    x: Any,
    y: Any = None,
    batch_size: int = 128,
    num_epochs: int | None = 1,
    shuffle: bool | None = None,
    queue_capacity: int | None = 1000,
    num_threads: int = 1,
    target_column: str = "target",
) -> Callable[[], Any]:
    """An input function that gives batches of a data frame's rows. Stands for
    `tf.estimator.inputs.pandas_input_fn`.

    Args:
      x: a pandas.DataFrame.
      y: a Series or DataFrame of targets with the same index, or None.
      batch_size, num_epochs, shuffle, num_threads: as of `numpy_input_fn`.
      queue_capacity: how many rows the queue holds; None: as many as there are, or four times as
        many to shuffle.
      target_column: a name for the targets that no column has.

    Returns:
      A function that gives features by column, or these and targets: a tensor, or by column.

    Raises:
      ValueError: `shuffle` is no bool, `target_column` is taken, or the indices differ.
      TypeError: `target_column` is no text.
    """
    check_shuffle(shuffle)
    if not isinstance(target_column, str):
        raise TypeError("target_column must be a string type")
    x = x.copy()
    columns: dict[Any, Any] = {}
    if y is not None:
        x, columns = _with_targets(x, y, target_column)
    capacity = len(x) * (4 if shuffle else 1) if queue_capacity is None else queue_capacity

    def input_fn() -> Any:
        queue = _enqueue_data(
            x,
            capacity,
            shuffle=bool(shuffle),
            min_after_dequeue=max(capacity / 4, 1),
            num_threads=num_threads,
            enqueue_size=batch_size,
            num_epochs=num_epochs,
        )
        take = queue.dequeue_many if num_epochs is None else queue.dequeue_up_to
        # The first component is the index.
        features = dict(zip(list(x.columns), take(batch_size)[1:], strict=True))
        if y is None:
            return features
        targets = {key: features.pop(column) for key, column in columns.items()}
        return features, targets if is_data_frame(y) else targets[target_column]

    return input_fn
