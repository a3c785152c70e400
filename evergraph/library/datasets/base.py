"""What `tf.contrib.learn.datasets.base` offers: containers, CSV files, downloads."""

import collections
import csv
import lzma
import os
import random
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import wraps
from importlib import resources
from typing import Any

import numpy as np

from evergraph.base.deprecation import deprecated
from evergraph.base.export import export, export_constant
from evergraph.base.platform import gfile
from evergraph.base.platform.file_io import atomic_write_string_to_file
from evergraph.library.datasets.fetch import fetch

Dataset = collections.namedtuple("Dataset", ["data", "target"])
Datasets = collections.namedtuple("Datasets", ["train", "validation", "test"])
for _name in ("Dataset", "Datasets"):
    export_constant(__name__, _name, f"contrib.learn.datasets.base.{_name}")

RETRIABLE_ERRNOS = {110}  # connection timed out


@export("contrib.learn.datasets.base.load_csv_with_header")
def load_csv_with_header(
    filename: str, target_dtype: Any, features_dtype: Any, target_column: int = -1
) -> Dataset:
    """Read a CSV file whose first line begins with the numbers of rows and of features.

    Returns a `Dataset` of an array [rows, features] and one [rows], the target column.
    Stands for `tf.contrib.learn.datasets.base.load_csv_with_header`.
    """
    with gfile.Open(filename) as file:
        return _table(csv.reader(file), target_dtype, features_dtype, target_column)


def _table(reader: Any, target_dtype: Any, features_dtype: Any, target_column: int) -> Dataset:
    header = next(reader)
    rows, features = int(header[0]), int(header[1])
    data = np.zeros((rows, features), dtype=features_dtype)
    target = np.zeros((rows,), dtype=target_dtype)
    for i, row in enumerate(reader):
        target[i] = np.asarray(row.pop(target_column), dtype=target_dtype)
        data[i] = np.asarray(row, dtype=features_dtype)
    return Dataset(data=data, target=target)


def _given_or_own(path: str | None, name: str, target_dtype: Any) -> Dataset:
    """The table in a file, or the one that comes with the library."""
    if path is not None:
        return load_csv_with_header(path, target_dtype, np.float64)
    packed = resources.files("evergraph.library.datasets").joinpath(f"sample/{name}.csv.xz")
    text = lzma.decompress(packed.read_bytes()).decode()
    return _table(csv.reader(text.splitlines()), target_dtype, np.float64, -1)


@export("contrib.learn.datasets.base.load_iris", "contrib.learn.datasets.load_iris")
@deprecated(None, "Use scikits.learn.datasets.")
def load_iris(data_path: str | None = None) -> Dataset:
    """Fisher's irises: length and width of sepals and petals of 150 flowers of 3 species.

    Stands for `tf.contrib.learn.datasets.load_iris`.

    Args:
      data_path: a CSV file to read in their place.
    """
    return _given_or_own(data_path, "iris", np.int64)


@export("contrib.learn.datasets.base.load_boston", "contrib.learn.datasets.load_boston")
@deprecated(None, "Use scikits.learn.datasets.")
def load_boston(data_path: str | None = None) -> Dataset:
    """Prices of houses: 13 numbers about each of 506 quarters of Boston, and the price.

    Stands for `tf.contrib.learn.datasets.load_boston`.

    Args:
      data_path: a CSV file to read in their place.
    """
    return _given_or_own(data_path, "boston_house_prices", np.float64)


@export("contrib.learn.datasets.base.load_csv_without_header")
def load_csv_without_header(
    filename: str, target_dtype: Any, features_dtype: Any, target_column: int = -1
) -> Dataset:
    """Read a CSV file that has no header line, as `load_csv_with_header` reads one that has.

    Stands for `tf.contrib.learn.datasets.base.load_csv_without_header`.
    """
    with gfile.Open(filename) as file:
        rows = list(csv.reader(file))
    target = np.array([row.pop(target_column) for row in rows], dtype=target_dtype)
    data = np.array([np.asarray(row, dtype=features_dtype) for row in rows])
    return Dataset(data=data, target=target)


@export("contrib.learn.datasets.base.shrink_csv")
def shrink_csv(filename: str, ratio: int) -> None:
    """Write every `ratio`-th row of `x.csv` to `x_small.csv`.

    Stands for `tf.contrib.learn.datasets.base.shrink_csv`.
    """
    with (
        gfile.Open(filename) as file,
        gfile.Open(filename.replace(".", "_small."), "w") as small,
    ):
        writer = csv.writer(small)
        writer.writerows(row for i, row in enumerate(csv.reader(file)) if i % ratio == 0)


@export("contrib.learn.datasets.base.retry")
def retry(
    initial_delay: float,
    max_delay: float,
    factor: float = 2.0,
    jitter: float = 0.25,
    is_retriable: Callable[[Exception], bool] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a function to be called again, after growing pauses, when it raises.

    Pauses grow from `initial_delay` to `max_delay` seconds by `factor`, each changed at random
    by up to `jitter`. An exception for which `is_retriable` is false is raised at once. The last
    attempt's exception is raised. Stands for `tf.contrib.learn.datasets.base.retry`.

    Raises:
      ValueError: If `factor` is less than 1.
    """
    if factor < 1:
        raise ValueError(f"factor must be >= 1; was {factor:f}")

    def delays() -> Iterator[float]:
        delay = initial_delay
        while delay <= max_delay:
            yield delay * random.uniform(1 - jitter, 1 + jitter)
            delay *= factor

    def wrap(fn: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(fn)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            for delay in delays():
                try:
                    return fn(*args, **kwargs)
                except Exception as error:
                    if is_retriable is None:
                        continue  # without a pause: TensorFlow's way
                    if not is_retriable(error):
                        raise
                    time.sleep(delay)
            return fn(*args, **kwargs)

        return wrapped

    return wrap


def _is_retriable(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in RETRIABLE_ERRNOS


@export("contrib.learn.datasets.base.urlretrieve_with_retry")
@retry(initial_delay=1.0, max_delay=16.0, is_retriable=_is_retriable)
def urlretrieve_with_retry(url: str, filename: str | None = None) -> tuple[str, Any]:
    """Download a file, again after time-outs; returns its path and the answer's headers.

    Stands for `tf.contrib.learn.datasets.base.urlretrieve_with_retry`.
    """
    return urllib.request.urlretrieve(url, filename)


@export("contrib.learn.datasets.base.maybe_download")
def maybe_download(filename: str, work_directory: str, source_url: str) -> str:
    """Download a file into a folder, which is made if needed, unless it is there already.

    Returns its path. Stands for `tf.contrib.learn.datasets.base.maybe_download`.

    Raises:
      OSError: If the file cannot be had.
    """
    path = os.path.join(work_directory, filename)
    if not gfile.Exists(path):
        save_download(path, fetch(source_url))
    return path


def save_download(path: str, data: bytes) -> None:
    """Write a downloaded file, and say so as TensorFlow does."""
    gfile.MakeDirs(os.path.dirname(path) or ".")
    atomic_write_string_to_file(path, data)
    print("Successfully downloaded", os.path.basename(path), len(data), "bytes.")
