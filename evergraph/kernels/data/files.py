"""Records of files, one file after the other."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from evergraph.kernels.data.pipeline import UNKNOWN, Dataset, Element, Scope, steps


class FileRecords(Dataset):
    """The records of files as scalar strings.

    Args:
      kind: the op's name without "Dataset".
      paths: the files.
      read: gives the records of a file; an error ends the file.
      dtype: the type of strings.
    """

    def __init__(
        self, kind: str, paths: Sequence[str], read: Callable[[str], Iterator[bytes]], dtype: Any
    ) -> None:
        super().__init__((), (dtype,), ((),))
        self.kind = kind  # type: ignore[misc]
        self.paths, self.read = paths, read

    def iterate(self, scope: Scope) -> Iterator[Element]:
        paths = iter(self.paths)
        records: Iterator[bytes] = iter(())

        def step() -> Element:
            nonlocal records
            while True:
                found = next(records, None)
                if found is not None:
                    return (np.array(found, object),)
                records = self.read(next(paths))

        return steps(step)

    def cardinality(self) -> int:
        return UNKNOWN
