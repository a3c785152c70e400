"""Records of TFRecord files in random order, epoch after epoch: what RecordInput gives.

TensorFlow reads ahead in threads; here whoever takes records reads them. The order is
TensorFlow's where that does not depend on its threads: with one file at a time and a buffer that
holds an epoch.
"""

import threading
from collections.abc import Iterator

from evergraph.base import errors
from evergraph.base.murmur import hash64
from evergraph.base.platform.file_io import get_matching_files
from evergraph.formats.mersenne import mersenne_64, shuffle
from evergraph.formats.records import read_records

_GROUP = 16
"""So many records of a file are mixed in at once."""


class RecordInput:
    """Gives records. Safe to use from several threads.

    Args:
      pattern: a pattern of names, or several with commas between them.
      seed: of the order of files and records.
      shift_ratio: by which part of the files, from 0 to 1, each epoch's order is turned.
      buffer_size: how many records are mixed.
      parallelism: how many files are read in turns.
      compression_type: "ZLIB", "GZIP" or "".
    """

    def __init__(
        self,
        pattern: str,
        seed: int,
        shift_ratio: float,
        buffer_size: int,
        parallelism: int,
        compression_type: str,
    ) -> None:
        self._pattern = pattern
        self._seed = seed
        self._shift = shift_ratio if 0 <= shift_ratio < 1 else 0
        self._size = buffer_size
        self._parallelism = parallelism
        self._compression = compression_type
        self._lock = threading.Lock()
        self._records = self._mixed()
        self._failure: errors.OpError | None = None

    def take(self, count: int) -> list[bytes]:
        """The next records.

        Raises:
          NotFoundError: there are no such files.
          InvalidArgumentError: a file cannot be opened.
          DataLossError: a file is damaged; the same again at each call from then on.
        """
        with self._lock:
            if self._failure is None:
                try:
                    return [next(self._records) for _ in range(count)]
                except errors.OpError as error:
                    self._failure = error
            raise self._failure

    def _mixed(self) -> Iterator[bytes]:
        numbers, size = mersenne_64(self._seed), self._size
        buffer: list[bytes] = []
        epoch = 0
        while True:
            epoch += 1
            added = 0
            for record in self._epoch(epoch):
                place = next(numbers) % (len(buffer) + 1)
                buffer.append(record)
                buffer[place], buffer[-1] = buffer[-1], buffer[place]
                added += 1
                while len(buffer) >= size:
                    yield buffer.pop()
            if not added:
                raise errors.OutOfRangeError(None, None, f"No records in {self._pattern}")
            size = min(size, added)
            while buffer:
                yield buffer.pop()

    def _epoch(self, epoch: int) -> Iterator[bytes]:
        """All records of the files, some of each in turns; at the end the first error there was."""
        names = [n for pattern in self._pattern.split(",") for n in get_matching_files(pattern)]
        if not names:
            raise errors.NotFoundError(None, None, f"Found no files at {self._pattern}")
        shuffle(names, mersenne_64(hash64(epoch.to_bytes(8, "little"), self._seed)))
        turn = int(self._shift * len(names))
        names = names[turn:] + names[:turn]
        failures: list[errors.OpError] = []
        readers = [
            self._groups(names[i :: self._parallelism], failures) for i in range(self._parallelism)
        ]
        while readers:
            for reader in list(readers):
                group = next(reader, None)
                if group is None:
                    readers.remove(reader)
                else:
                    yield from reversed(group)
        if failures:
            raise failures[0]

    def _groups(self, names: list[str], failures: list[errors.OpError]) -> Iterator[list[bytes]]:
        group: list[bytes] = []
        for name in names:
            try:
                for record in read_records(name, self._compression):
                    group.append(record)
                    if len(group) == _GROUP:
                        yield group
                        group = []
            except errors.DataLossError as error:
                failures.append(error)
            except errors.OpError:
                failures.append(errors.InvalidArgumentError(None, None, f"Can't open {name}"))
                break
        if group:
            yield group
