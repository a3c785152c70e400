"""Files that are asked about, and arrays in HDF5 files: `tf.keras.utils.HDF5Matrix`."""

import importlib
from typing import Any, ClassVar

import numpy as np

from evergraph.base.export import export


def asked(path: str) -> bool:
    """Whether the user wants a file to be written over."""
    answer = input(f"[WARNING] {path} already exists - overwrite? [y/n]").strip().lower()
    while answer not in ("y", "n"):
        answer = input('Enter "y" (overwrite) or "n" (cancel).').strip().lower()
    if answer == "y":
        print("[TIP] Next time specify overwrite=True!")
    return answer == "y"


@export("keras.utils.HDF5Matrix")
class HDF5Matrix:
    """Rows of a dataset in an HDF5 file, in place of an array; `fit` shuffles it by "batch".

    Stands for `tf.keras.utils.HDF5Matrix`.

    Args:
      datapath: the path of the file.
      dataset: the name of the dataset in it.
      start, end: the first row, and that after the last one.
      normalizer: a function of the rows that are read.

    Raises:
      ImportError: h5py is not installed.
    """

    refs: ClassVar[dict[str, Any]] = {}

    def __init__(
        self, datapath: str, dataset: str, start: int = 0, end: Any = None, normalizer: Any = None
    ) -> None:
        if datapath not in self.refs:
            try:
                h5py = importlib.import_module("h5py")
            except ModuleNotFoundError as error:
                text = "The use of HDF5Matrix requires HDF5 and h5py installed."
                raise ImportError(text) from error
            self.refs[datapath] = h5py.File(datapath, "r")
        self.data = self.refs[datapath][dataset]
        self.start = start
        self.end = self.data.shape[0] if end is None else end
        self.normalizer = normalizer

    def __len__(self) -> int:
        return int(self.end - self.start)

    def __getitem__(self, key: Any) -> Any:
        """Rows by number, slice, array or list; IndexError for those that are not there."""
        chosen: Any
        if isinstance(key, slice):
            stop = self.shape[0] if key.stop is None else key.stop
            last = stop + self.start - 1
            chosen = slice((key.start or 0) + self.start, stop + self.start)
        elif isinstance(key, (int, np.integer)):
            chosen = last = key + self.start
        else:
            chosen = [int(x) + self.start for x in key]
            last = max(chosen)
        if last >= self.end:
            raise IndexError
        rows = self.data[chosen]
        return rows if self.normalizer is None else self.normalizer(rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of all rows."""
        return (self.end - self.start, *self.data.shape[1:])

    @property
    def dtype(self) -> Any:
        """The element type."""
        return self.data.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return int(self.data.ndim)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.prod(self.shape))
