"""Records of files."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from evergraph.base import dtypes
from evergraph.kernels.data.pipeline import UNKNOWN, Dataset, Element, Scope, steps


def as_elements(records: Iterator[bytes]) -> Iterator[Element]:
    """Elements of one string each."""
    return ((np.array(record, object),) for record in records)


class FileRecords(Dataset):
    """What is read from files, one file after the other.

    Args:
      kind: the op's name without "Dataset".
      paths: the files.
      read: gives the elements of a file; an error that a generator raises ends the file.
      types: the types of the components of an element; their shapes are scalar.
    """

    def __init__(
        self,
        kind: str,
        paths: Sequence[str],
        read: Callable[[str], Iterator[Element]],
        types: Sequence[Any],
    ) -> None:
        super().__init__((), types, [()] * len(types))
        self.kind = kind  # type: ignore[misc]
        self.paths, self.read = paths, read

    def iterate(self, scope: Scope) -> Iterator[Element]:
        return self._each(self.read)

    def _each(self, read: Callable[[str], Iterator[Any]]) -> Iterator[Any]:
        """What `read` gives of each file."""
        paths = iter(self.paths)
        records: Iterator[Any] = iter(())

        def step() -> Any:
            nonlocal records
            while True:
                found = next(records, None)
                if found is not None:
                    return found
                records = read(next(paths))

        return steps(step)

    def cardinality(self) -> int:
        return UNKNOWN


class FileStrings(FileRecords):
    """Strings that are read from files. Whoever wants many at once may have them as bytes."""

    def __init__(
        self, kind: str, paths: Sequence[str], read: Callable[[str], Iterator[bytes]]
    ) -> None:
        super().__init__(kind, paths, lambda path: as_elements(read(path)), [dtypes.string])
        self.read_bytes = read

    def strings(self) -> Iterator[bytes]:
        """As `iterate`, the strings themselves."""
        return self._each(self.read_bytes)
