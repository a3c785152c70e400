"""What `fit`, `evaluate` and `predict` take for input."""

from typing import Any

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.conversion import is_tensor
from evergraph.graph.graph import Graph
from evergraph.library.contrib.layers.feature_column_ops import infer_real_valued_columns
from evergraph.library.contrib.learn.data_feeder import setup_train_data_feeder


def verify_input_args(x: Any, y: Any, input_fn: Any, feed_fn: Any, batch_size: Any) -> None:
    """Raises ValueError: there is both or neither of arrays and an input function."""
    if input_fn is not None:
        if x is not None or y is not None:
            raise ValueError("Can not provide both input_fn and x or y.")
        if batch_size is not None:
            raise ValueError("Can not provide both input_fn and batch_size.")
        return
    if x is None:
        raise ValueError("Either x or input_fn must be provided.")
    if is_tensor(x) or is_tensor(y):
        raise ValueError("Inputs cannot be tensors. Please provide input_fn.")
    if feed_fn is not None:
        raise ValueError("Can not provide both feed_fn and x or y.")


def get_input_fn(
    x: Any,
    y: Any,
    input_fn: Any,
    feed_fn: Any,
    batch_size: int | None,
    shuffle: bool = False,
    epochs: int | None = 1,
) -> tuple[Any, Any]:
    """An input function and a function that feeds it: those given, or ones of arrays."""
    verify_input_args(x, y, input_fn, feed_fn, batch_size)
    if input_fn is not None:
        return input_fn, feed_fn
    feeder = setup_train_data_feeder(
        x, y, n_classes=None, batch_size=batch_size, shuffle=shuffle, epochs=epochs
    )
    return feeder.input_builder, feeder.get_feed_dict_fn()


@export("contrib.learn.infer_real_valued_columns_from_input_fn")
@deprecated(None, "Please specify feature columns explicitly.")
def infer_real_valued_columns_from_input_fn(input_fn: Any) -> list[Any]:
    """Columns of numbers for all features that an input function gives. Stands for
    `tf.contrib.learn.infer_real_valued_columns_from_input_fn`."""
    with Graph().as_default():
        features, _ = input_fn()
        return infer_real_valued_columns(features)


@export("contrib.learn.infer_real_valued_columns_from_input")
@deprecated(None, "Please specify feature columns explicitly.")
def infer_real_valued_columns_from_input(x: Any) -> list[Any]:
    """Columns of numbers for arrays, or an iterator of them. Stands for
    `tf.contrib.learn.infer_real_valued_columns_from_input`."""
    input_fn, _ = get_input_fn(x, None, None, None, batch_size=None)
    return infer_real_valued_columns_from_input_fn(input_fn)
