"""The fields of a CSV record, as RFC 4180 and TensorFlow's DecodeCSV have them."""

from evergraph.kernels.host import invalid

_QUOTE = ord('"')
_LINE_ENDS = (ord("\n"), ord("\r"))


def fields_of(record: bytes, delimiter: bytes, quotes: bool) -> list[bytes]:
    """All fields of a record.

    Args:
      delimiter: one byte.
      quotes: whether a field may stand in quotation marks.

    Raises:
      InvalidArgumentError: a quotation mark or a line's end where it may not be.
    """
    if not record:
        return []
    if b"\n" not in record and b"\r" not in record and not (quotes and b'"' in record):
        return record.split(delimiter)
    found = []
    at, end = 0, len(record)
    while at < end:
        if record[at] in _LINE_ENDS:
            at += 1
        elif quotes and record[at] == _QUOTE:
            field, at = _quoted(record, at + 1, delimiter)
            found.append(field)
        else:
            stop = record.find(delimiter, at)
            stop = end if stop < 0 else stop
            field = record[at:stop]
            if (quotes and b'"' in field) or b"\n" in field or b"\r" in field:
                raise invalid("Unquoted fields cannot have quotes/CRLFs inside")
            found.append(field)
            at = stop + 1
    if record.endswith(delimiter):
        found.append(b"")
    return found


def _quoted(record: bytes, at: int, delimiter: bytes) -> tuple[bytes, int]:
    """The field that begins after a quotation mark, and where the next one begins."""
    field = bytearray()
    last = len(record) - 1
    while at < last and not (record[at] == _QUOTE and record[at + 1] == delimiter[0]):
        if record[at] != _QUOTE:
            field.append(record[at])
            at += 1
        elif record[at + 1] == _QUOTE:
            field.append(_QUOTE)
            at += 2
        else:
            raise invalid("Quote inside a string has to be escaped by another quote")
    if at > last or record[at] != _QUOTE:
        raise invalid("Quoted field has to end with quote followed by delim or end")
    return bytes(field), at + 2
