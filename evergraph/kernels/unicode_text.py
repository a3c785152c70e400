"""Strings in the encodings that ICU knows, as code points and back.

ICU's names of encodings are read as ICU reads them, without regard to case, `-`, `_` and spaces.
"""

import codecs
import functools
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

REPLACEMENT = 0xFFFD
_NONE = 0xFFFF  # what ICU gives where a string ends behind its byte order mark


class Char(NamedTuple):
    """A code point, how many bytes it took, and whether these bytes were no character."""

    code: int
    size: int
    is_bad: bool = False


Decoder = Callable[[bytes], Iterator[Char]]

# Where Python's codecs go by other names than ICU's, or give fewer characters.
_CODECS = {
    "shiftjis": "cp932",
    "sjis": "cp932",
    "windows31j": "cp932",
    "macintosh": "mac_roman",
    "windows874": "cp874",
    "tis620": "cp874",
}
_WIDE = {"utf16": (2, None), "utf16be": (2, "big"), "utf16le": (2, "little")}
_WIDE |= {"utf32": (4, None), "utf32be": (4, "big"), "utf32le": (4, "little")}
_WIDE |= {"ucs2": (2, None), "ucs4": (4, None)}
_SINGLE = re.compile(
    r"usascii|ascii|latin1|iso8859(1|2|3|4|5|6|7|8|9|10|13|15|16)|(windows|cp)125[0-7]|windows874|tis620"
    r"|koi8[ru]|macintosh|cp866|ibm866"
)
_MULTIPLE = re.compile(
    r"shiftjis|sjis|cp932|ms932|windows31j|euc(jp|kr|cn)|gb18030|gbk|gb2312|cp936|ms936|big5|big5hkscs"
    r"|cp949|iso2022(jp|kr)|hz|utf7"
)


_WITH_CONTROLS = ("euc_jp", "euc_kr", "gb2312")


def decoder(encoding: str) -> Decoder:
    """What takes strings in an encoding apart, one after the other.

    Raises LookupError for an encoding that is not known.
    """
    name = re.sub(r"[-_ ]", "", encoding).lower()
    if name == "utf8":
        return _utf8
    if name in _WIDE:
        size, order = _WIDE[name]
        if order is None:
            return _Marked(size).decode
        return functools.partial(_wide, size=size, order=order)
    codec = codecs.lookup(_CODECS.get(name, encoding)) if name else None
    if codec is not None and _SINGLE.fullmatch(name):
        return functools.partial(_single, table=_table(codec.name))
    if codec is not None and _MULTIPLE.fullmatch(name):
        return functools.partial(_multiple, codec=codec)
    raise LookupError(encoding)


# Bytes that are no character become a lone surrogate, which says how many they are.
_MARK = "evergraph.mark"
codecs.register_error(_MARK, lambda e: (chr(0xD800 + e.end - e.start), e.end))


def _utf8(text: bytes) -> Iterator[Char]:
    for char in text.decode("utf-8", _MARK):
        code = ord(char)
        if 0xD800 <= code < 0xE000:
            yield Char(REPLACEMENT, code - 0xD800, True)
        else:
            yield Char(code, 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 65536 else 4)


class _Marked:
    """UTF-16 or UTF-32 with a byte order mark; without one, big-endian.

    ICU forgets the order behind a string of one character, or one that is cut off, and keeps it
    behind others: what follows needs no mark, and has none.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._marks = {(0xFEFF).to_bytes(size, order): order for order in ("big", "little")}
        self._order: str | None = None

    def decode(self, text: bytes) -> Iterator[Char]:
        mark, order = 0, self._order
        if order is None:
            order = self._marks.get(text[: self._size])
            mark = self._size if order else 0
            if mark == len(text) > 0:
                yield Char(_NONE, mark)
                return
        count, is_cut = 0, False
        for char in _wide(text[mark:], self._size, order or "big"):
            yield char if count else char._replace(size=char.size + mark)
            count += 1
            is_cut = char.is_bad
        if is_cut:
            self._order = None
        elif count > 1:
            self._order = order or "big"


def _wide(text: bytes, size: int, order: str) -> Iterator[Char]:
    """UTF-16 or UTF-32 in a byte order."""
    at = 0
    while at < len(text):
        char = (_utf16 if size == 2 else _utf32)(text, at, order)
        at += char.size
        yield char


def _utf16(text: bytes, at: int, order: str) -> Char:
    first, second = text[at : at + 2], text[at + 2 : at + 4]
    code = int.from_bytes(first, order)  # type: ignore[arg-type]
    if len(first) < 2:
        return Char(REPLACEMENT, 1, True)
    if not 0xD800 <= code < 0xE000:
        return Char(code, 2)
    low = int.from_bytes(second, order)  # type: ignore[arg-type]
    if code >= 0xDC00 or (len(second) == 2 and not 0xDC00 <= low < 0xE000):
        return Char(REPLACEMENT, 2, True)
    if len(second) < 2:
        return Char(REPLACEMENT, 2 + len(second), True)
    return Char(0x10000 + ((code - 0xD800) << 10) + low - 0xDC00, 4)


def _utf32(text: bytes, at: int, order: str) -> Char:
    word = text[at : at + 4]
    code = int.from_bytes(word, order)  # type: ignore[arg-type]
    if len(word) < 4 or code > 0x10FFFF or 0xD800 <= code < 0xE000:
        return Char(REPLACEMENT, len(word), True)
    return Char(code, 4)


@functools.cache
def _table(name: str) -> list[Char]:
    codec = codecs.lookup(name)
    table = []
    for byte in range(256):
        try:
            table.append(Char(ord(codec.decode(bytes([byte]))[0]), 1))
        except UnicodeDecodeError:
            # ICU's tables of Windows have control characters there.
            is_control = 0x80 <= byte < 0xA0 and name.startswith("cp")
            table.append(Char(byte if is_control else REPLACEMENT, 1, not is_control))
    if name == "cp866":  # in ICU's tables of IBM these go round
        table[0x1A], table[0x1C], table[0x7F] = table[0x1C], table[0x7F], table[0x1A]
    return table


def _single(text: bytes, table: list[Char]) -> Iterator[Char]:
    return map(table.__getitem__, text)


def _multiple(text: bytes, codec: codecs.CodecInfo) -> Iterator[Char]:
    """Characters of several bytes: a decoder is fed byte by byte."""
    at = 0
    while at < len(text):
        feed = codec.incrementaldecoder()
        for end in range(at + 1, len(text) + 1):
            try:
                found = feed.decode(text[end - 1 : end], end == len(text))
            except UnicodeDecodeError as error:
                size = max(1, error.end - error.start)
                is_control = 0x80 <= text[at] < 0xA0 and codec.name in _WITH_CONTROLS
                yield Char(text[at] if is_control else REPLACEMENT, size, not is_control)
                at += size
                break
            if found:
                yield Char(ord(found[0]), end - at)
                at = end
                break
        else:
            return


def encoded(codes: list[int], encoding: str) -> bytes:
    """Code points in UTF-8, UTF-16-BE or UTF-32-BE.

    Two surrogates that make a pair are one character; a single one is replaced in UTF-8.
    """
    text = "".join(map(chr, codes))
    if encoding == "UTF-8":
        try:
            return text.encode()
        except UnicodeEncodeError:
            pass
    units = text.encode("utf-16-be", "surrogatepass")
    if encoding == "UTF-16-BE":
        return units
    text = units.decode("utf-16-be", "surrogatepass")
    if encoding == "UTF-32-BE":
        return text.encode("utf-32-be", "surrogatepass")
    return re.sub("[\ud800-\udfff]", chr(REPLACEMENT), text).encode()
