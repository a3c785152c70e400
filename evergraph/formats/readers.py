"""Readers: they give the records of one file after the other, each with a key."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, overload

from google.protobuf.message import DecodeError

from evergraph.base import errors
from evergraph.base.platform.filesystem import translate_errors
from evergraph.formats import lmdb
from evergraph.formats.records import open_for_reading, reading, runs_at
from evergraph.proto.framework.reader_base_pb2 import ReaderBaseState

Work = bytes
"""What a reader takes from its queue: mostly the name of a file."""
Record = tuple[bytes, bytes]
"""A key and what it is of."""
_TOGETHER = 64  # so many records come together

Run = tuple[Sequence[bytes], Sequence[bytes]]
"""Keys of some records that follow each other, and the records."""


@dataclass(frozen=True)
class _Numbered(Sequence[bytes]):
    """Keys with a number each; made when they are asked for."""

    text: bytes
    numbers: Sequence[int]

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, which: int) -> bytes: ...
    @overload
    def __getitem__(self, which: slice) -> Sequence[bytes]: ...
    def __getitem__(self, which: int | slice) -> bytes | Sequence[bytes]:
        found = self.numbers[which]
        return self.text % found if isinstance(found, int) else _Numbered(self.text, found)

    def __iter__(self) -> Iterator[bytes]:
        return map(self.text.__mod__, self.numbers)


class Reader:
    """What all readers share. Safe to use from several threads.

    Args:
      name: what errors call the reader.
    """

    kind = "Reader"
    # Whether a work is at its end as soon as it gave its only record.
    whole = False

    def __init__(self, name: str) -> None:
        self.name = f"{self.kind} '{name}'"
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._work = b""
        self._started = self._finished = self._produced = 0
        self._runs: Iterator[Run] | None = None
        self._rest: Run | None = None  # of a run that was not given whole
        self._failure: Exception | None = None

    def runs(self, work: Work) -> Iterator[Run]:
        """The records of one work."""
        raise NotImplementedError

    def begin(self, work: Work) -> Iterator[Run]:
        """As `runs`; what opens a file here fails before the work counts as begun."""
        return self.runs(work)

    # -- reading

    def read(self, next_work: Callable[[], Work]) -> Record:
        """The next record. `next_work` is called where a new file is needed."""
        (key,), (record,) = self.read_up_to(1, next_work)
        return key, record

    def read_up_to(self, count: int, next_work: Callable[[], Work]) -> Run:
        """Up to so many records, of one file mostly; those before a damaged one come first."""
        return self._collected(count, next_work, count)

    def read_run(self, count: int, next_work: Callable[[], Work]) -> Run:
        """As `read_up_to`; but records that come together by themselves stay so."""
        return self._collected(count, next_work, _TOGETHER)

    def _collected(self, count: int, next_work: Callable[[], Work], enough: int) -> Run:
        """Up to `count` records; those that come first alone, if they are `enough`."""
        keys: list[bytes] = []
        records: list[bytes] = []
        with self._lock:
            while len(records) < count:
                try:
                    run, ended = self._next(count - len(records), next_work)
                except errors.OpError:  # the same again at the next call
                    if not records:
                        raise
                    break
                if not records and len(run[1]) >= enough:
                    return run
                keys += run[0]
                records += run[1]
                if ended and records:
                    break
        return keys, records

    def _next(self, count: int, next_work: Callable[[], Work]) -> tuple[Run, bool]:
        """Up to so many records that come at once, and whether the work has ended."""
        runs = self._begun(next_work)
        try:
            run = self._rest or next(runs, None)
        except errors.OpError as error:
            self._failure = error
            raise
        ended = run is None or self.whole
        if ended:
            self._end()
        keys, records = run or ((), ())
        self._rest = None
        if len(records) > count:
            self._rest = keys[count:], records[count:]
            keys, records = keys[:count], records[:count]
        self._produced += len(records)
        return (keys, records), ended

    def _begun(self, next_work: Callable[[], Work]) -> Iterator[Run]:
        """The records that are left of the present work, or those of a new one."""
        if self._failure is not None:
            raise self._failure
        if self._started == self._finished:
            self._work = next_work()
            self._runs = self.begin(self._work)
            self._started += 1
        if self._runs is None:  # what restore_state brought back
            self._runs = self.begin(self._work)
        return self._runs

    def _end(self) -> None:
        self._runs = None
        self._finished = self._started

    # -- state

    def records_produced(self) -> int:
        """How many records have been given."""
        with self._lock:
            return self._produced

    def work_units_completed(self) -> int:
        """How many files are done."""
        with self._lock:
            return self._finished

    def reset(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._forget()

    def serialize_state(self) -> bytes:
        """The state as bytes; UnimplementedError where a reader has more than `ReaderBaseState`."""
        raise errors.UnimplementedError(None, None, "Reader SerializeState")

    def restore_state(self, state: bytes) -> None:
        """Goes back to a state; after an error the reader is reset."""
        self.reset()
        raise errors.UnimplementedError(None, None, "Reader RestoreState")


class _WholeReader(Reader):
    """A reader with one record a work; its state can be kept."""

    whole = True

    def serialize_state(self) -> bytes:
        with self._lock:
            return ReaderBaseState(
                work_started=self._started,
                work_finished=self._finished,
                num_records_produced=self._produced,
                current_work=self._work,
            ).SerializeToString(deterministic=True)

    def restore_state(self, state: bytes) -> None:
        with self._lock:
            self._forget()
            try:
                found = ReaderBaseState.FromString(state)
            except DecodeError:
                raise _invalid(
                    f"Could not parse state for {self.name}: {_escaped(state)}"
                ) from None
            counts = (found.work_started, found.work_finished, found.num_records_produced)
            if min(counts) < 0:
                raise _invalid(f"Unexpected negative value when restoring in {self.name}: {found}")
            if found.work_started > found.work_finished:
                raise _invalid(
                    f"Inconsistent work started vs. finished when restoring in {self.name}: {found}"
                )
            self._started, self._finished, self._produced = counts
            self._work = found.current_work


class IdentityReader(_WholeReader):
    """Gives what it takes from the queue, as key and as record."""

    kind = "IdentityReader"

    def runs(self, work: Work) -> Iterator[Run]:
        yield [work], [work]


class WholeFileReader(_WholeReader):
    """Gives whole files; the key is the name."""

    kind = "WholeFileReader"

    def runs(self, work: Work) -> Iterator[Run]:
        with _opened(work) as file:
            content = file.read()
        yield [work], [content]


class _FileReader(Reader):
    """A reader that opens each file before the work begins."""

    def begin(self, work: Work) -> Iterator[Run]:
        return self._guarded(work, _opened(work))

    def _guarded(self, work: Work, file: IO[bytes]) -> Iterator[Run]:
        with translate_errors(work.decode()), file:
            yield from self.runs_in(work, file)

    def runs_in(self, work: Work, file: IO[bytes]) -> Iterator[Run]:
        raise NotImplementedError


class TextLineReader(_FileReader):
    """Gives lines without their ends; the key is the file's name and the line's number."""

    kind = "TextLineReader"

    def __init__(self, name: str, skip_header_lines: int = 0) -> None:
        if skip_header_lines < 0:
            raise _invalid(f"skip_header_lines must be >= 0 not {skip_header_lines}")
        super().__init__(name)
        self._skipped = skip_header_lines

    def runs_in(self, work: Work, file: IO[bytes]) -> Iterator[Run]:
        for number, line in enumerate(file, 1):
            if number > self._skipped:
                key = b"%s:%d" % (work, number)
                yield [key], [line.removesuffix(b"\n").removesuffix(b"\r")]


class TFRecordReader(_FileReader):
    """Gives the records of TFRecord files; the key is the file's name and the offset."""

    kind = "TFRecordReader"

    def __init__(self, name: str, compression_type: str = "") -> None:
        super().__init__(name)
        self._compression = compression_type

    def runs_in(self, work: Work, file: IO[bytes]) -> Iterator[Run]:
        key = work.replace(b"%", b"%%") + b":%d"
        for offsets, records in runs_at(reading(file, self._compression)):
            yield _Numbered(key, offsets), records


class LMDBReader(_FileReader):
    """Gives the entries of LMDB databases, in the order of their keys.

    A work is the name of a file, or of a folder with a file data.mdb.
    """

    kind = "LMDBReader"

    def begin(self, work: Work) -> Iterator[Run]:
        return self._guarded(work, _opened(lmdb.data_file(work.decode()).encode()))

    def runs_in(self, work: Work, file: IO[bytes]) -> Iterator[Run]:
        for key, value in lmdb.entries(file):
            yield [key], [value]


class FixedLengthRecordReader(_FileReader):
    """Gives records of one size; the key is the file's name and the record's number.

    Args:
      header_bytes, footer_bytes: what is left out at both ends of a file.
      hop_bytes: from one record's start to the next; 0 for the record's size.
      encoding: how the file is compressed: "ZLIB", "GZIP" or "".
    """

    kind = "FixedLengthRecordReader"

    def __init__(
        self,
        name: str,
        record_bytes: int,
        header_bytes: int = 0,
        footer_bytes: int = 0,
        hop_bytes: int = 0,
        encoding: str = "",
    ) -> None:
        for what, count in (
            ("header_bytes", header_bytes),
            ("record_bytes", record_bytes),
            ("footer_bytes", footer_bytes),
            ("hop_bytes", hop_bytes),
        ):
            if count < 0:
                raise _invalid(f"{what} must be >= 0 not {count}")
        super().__init__(name)
        self._size, self._header, self._footer = record_bytes, header_bytes, footer_bytes
        self._hop = hop_bytes or record_bytes
        self._encoding = encoding

    def runs_in(self, work: Work, file: IO[bytes]) -> Iterator[Run]:
        read = reading(file, self._encoding)

        def exactly(count: int) -> bytes:
            parts = []
            while count > 0 and (part := read(count)):
                parts.append(part)
                count -= len(part)
            return b"".join(parts)

        window, needed = b"", self._size + self._footer
        skip, number = self._header, 0
        while True:
            window, behind = window[skip:], skip - len(window)
            if behind > 0 and len(exactly(behind)) < behind:
                return
            window += exactly(needed - len(window))
            if len(window) < needed:
                return
            yield [b"%s:%d" % (work, number)], [window[: self._size]]
            skip, number = self._hop, number + 1


def _opened(work: Work) -> IO[bytes]:
    path = work.decode()
    with translate_errors(path):
        return open_for_reading(path)


_ESCAPES = {ord(c): "\\" + e for c, e in zip("\n\r\t\"'\\", "nrt\"'\\", strict=True)}


def _escaped(text: bytes) -> str:
    """Bytes as in a literal of C."""
    return "".join(_ESCAPES.get(b) or (chr(b) if 0x20 <= b < 0x7F else f"\\{b:03o}") for b in text)


def _invalid(message: str) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(None, None, message)
