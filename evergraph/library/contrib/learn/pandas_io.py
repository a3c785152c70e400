"""Data frames as input functions and as arrays."""

from collections.abc import Callable
from typing import Any

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.library.estimator import pandas_io
from evergraph.library.estimator.feeding_functions import is_data_frame

_BITS = (8, 16, 32, 64)
_NUMBERS = frozenset(
    ["bool", "float16", "float32", "float64"]
    + [f"{kind}{bits}" for kind in ("int", "uint") for bits in _BITS]
)


@export("contrib.learn.io.pandas_input_fn")
@deprecated(None, "Please use tf.compat.v1.estimator.inputs.pandas_input_fn")
def pandas_input_fn(
    x: Any,
    y: Any = None,
    batch_size: int = 128,
    num_epochs: int | None = 1,
    shuffle: bool = True,
    queue_capacity: int = 1000,
    num_threads: int = 1,
    target_column: str = "target",
) -> Callable[[], Any]:
    """As `tf.estimator.inputs.pandas_input_fn`, and shuffles by default. Stands for
    `tf.contrib.learn.io.pandas_input_fn`."""
    return pandas_io.pandas_input_fn(
        x, y, batch_size, num_epochs, shuffle, queue_capacity, num_threads, target_column
    )


def _not_numbers(frame: Any) -> list[tuple[Any, str]]:
    """Names and types of columns that hold no numbers."""
    names = ((column, frame[column].dtype.name) for column in frame)
    return [(column, name) for column, name in names if name not in _NUMBERS]


@export("contrib.learn.extract_pandas_data", "contrib.learn.io.extract_pandas_data")
@deprecated(None, "Please access pandas data directly.")
def extract_pandas_data(data: Any) -> Any:
    """The values of a data frame as float64; anything else as it is. Stands for
    `tf.contrib.learn.extract_pandas_data`.

    Raises:
      ValueError: a column holds no numbers.
    """
    if not is_data_frame(data):
        return data
    if bad := _not_numbers(data):
        raise ValueError(
            "Data types for extracting pandas data must be int, float, or bool. Found: "
            + ", ".join(f"'{column}' type='{name}'" for column, name in bad)
        )
    return data.values.astype("float")


@export("contrib.learn.extract_pandas_matrix", "contrib.learn.io.extract_pandas_matrix")
@deprecated(None, "Please access pandas data directly.")
def extract_pandas_matrix(data: Any) -> Any:
    """The values of a data frame; anything else as it is. Stands for
    `tf.contrib.learn.extract_pandas_matrix`."""
    return data.values if is_data_frame(data) else data


@export("contrib.learn.extract_pandas_labels", "contrib.learn.io.extract_pandas_labels")
@deprecated(None, "Please access pandas data directly.")
def extract_pandas_labels(labels: Any) -> Any:
    """The values of a data frame with one column; anything else as it is. Stands for
    `tf.contrib.learn.extract_pandas_labels`.

    Raises:
      ValueError: there are several columns, or no numbers.
    """
    if not is_data_frame(labels):
        return labels
    if len(labels.columns) > 1:
        raise ValueError("Only one column for labels is allowed.")
    if bad := _not_numbers(labels):
        raise ValueError(
            "Data types for extracting labels must be int, float, or bool. Found: "
            + ", ".join(f"'{column}' type={name}" for column, name in bad)
        )
    return labels.values
