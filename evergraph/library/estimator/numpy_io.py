"""Input from NumPy arrays: `tf.estimator.inputs.numpy_input_fn`."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.base.export import export
from evergraph.library.estimator.feeding_functions import _enqueue_data

_TARGET_KEY = "__target_key__"


def check_shuffle(shuffle: Any) -> None:
    """Raises ValueError where it is not said whether to shuffle."""
    if not isinstance(shuffle, bool):
        raise ValueError(
            "shuffle must be provided and explicitly set as boolean (it is recommended to set it "
            f"as True for training); got {shuffle}"
        )


def _get_unique_target_key(features: Any) -> str:
    key = _TARGET_KEY
    while key in features:
        key += "_n"
    return key


def _by_name(arrays: dict[str, Any]) -> "OrderedDict[str, Any]":
    return OrderedDict(sorted(arrays.items(), key=lambda item: item[0]))


def _validate_and_convert_features(x: Any) -> "OrderedDict[str, Any]":
    """Features in the order of their names. Raises ValueError: there are none; TypeError."""
    if isinstance(x, dict):
        if not x:
            raise ValueError("x cannot be an empty dict")
        return _by_name(x)
    if isinstance(x, np.ndarray):
        if x.size == 0:
            raise ValueError("x cannot be an empty array")
        return OrderedDict(__direct_np_input__=x)
    raise TypeError(f"x must be a dict or array; got {type(x).__name__}")


def _add_targets(columns: "OrderedDict[str, Any]", y: Any) -> Any:
    """Adds targets to the columns, and gives their key, their keys or None."""
    if y is None:
        return None
    if not isinstance(y, dict):
        key = _get_unique_target_key(columns)
        columns[key] = y
        return key
    if not y:
        raise ValueError("y cannot be empty dict, use None instead.")
    twice = columns.keys() & y.keys()
    if twice:
        raise ValueError(f"{len(twice)} duplicate keys are found in both x and y: {twice}")
    columns.update(_by_name(y))
    return sorted(y)


def _check_lengths(columns: "OrderedDict[str, Any]", features: list[str], targets: Any) -> None:
    if len({column.shape[0] for column in columns.values()}) == 1:
        return
    shapes = {key: column.shape for key, column in columns.items()}
    of_x = {key: shapes[key] for key in features}
    of_y: Any = targets and shapes[targets] if isinstance(targets, str) else None
    if isinstance(targets, list):
        of_y = {key: shapes[key] for key in targets}
    raise ValueError(
        "Length of tensors in x and y is mismatched. All elements in x and y must have the same "
        f"length.\nShapes in x: {of_x}\nShapes in y: {of_y}\n"
    )


@export("estimator.inputs.numpy_input_fn")
def numpy_input_fn(
    x: Any,
    y: Any = None,
    batch_size: int = 128,
    num_epochs: int | None = 1,
    shuffle: bool | None = None,
    queue_capacity: int = 1000,
    num_threads: int = 1,
) -> Callable[[], Any]:
    """An input function that gives batches of arrays' rows. Stands for
    `tf.estimator.inputs.numpy_input_fn`.

    Args:
      x: an array, or arrays by name; all have the same first dimension.
      y: targets, likewise, or None.
      batch_size: rows of a batch.
      num_epochs: how often to give all rows, or None for no end; the last batch may be smaller.
      shuffle: whether to take rows at random; it must be said.
      queue_capacity: how many rows the queue holds.
      num_threads: threads that fill it; only one keeps the order, and each gives all rows.

    Returns:
      A function that gives features, or (features, targets): tensors, or dicts of them as `x` and
      `y` are.

    Raises:
      ValueError: `shuffle` is no bool. The function raises: arrays are missing, of different
        lengths, or have the same name in `x` and `y`.
      TypeError: by the function: `x` is neither dict nor array.
    """
    check_shuffle(shuffle)

    def input_fn() -> Any:
        columns = _validate_and_convert_features(x)
        names = list(columns)
        targets = _add_targets(columns, y)
        _check_lengths(columns, names, targets)
        queue = _enqueue_data(
            columns,
            queue_capacity,
            shuffle=bool(shuffle),
            num_threads=num_threads,
            enqueue_size=batch_size,
            num_epochs=num_epochs,
        )
        take = queue.dequeue_many if num_epochs is None else queue.dequeue_up_to
        batch = take(batch_size)[1:]
        found = dict(zip(names, batch, strict=False))
        features = batch[0] if isinstance(x, np.ndarray) else found
        if targets is None:
            return features
        if isinstance(targets, str):
            return features, batch[-1]
        return features, dict(zip(targets, batch[len(names) :], strict=True))

    return input_fn
