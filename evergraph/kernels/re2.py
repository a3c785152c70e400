"""Regular expressions as RE2 reads them, by Python's `re`.

RE2 differs in what it accepts (no references and no looking around, classes of Unicode), in what
its flags and anchors mean, and in that it works on bytes: bytes that are no UTF-8 become single
surrogates here, which only what asks for bytes matches.
"""

import functools
import re
import sys
import unicodedata
from collections.abc import Iterable

from evergraph.kernels.unicode_scripts import script_ranges

Ranges = list[tuple[int, int]]

_PERL: dict[str, Ranges] = {
    "d": [(0x30, 0x39)],
    "s": [(9, 10), (12, 13), (32, 32)],
    "w": [(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)],
}
_POSIX: dict[str, Ranges] = {
    "alnum": [(0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)],
    "alpha": [(0x41, 0x5A), (0x61, 0x7A)],
    "ascii": [(0, 0x7F)],
    "blank": [(9, 9), (32, 32)],
    "cntrl": [(0, 0x1F), (0x7F, 0x7F)],
    "digit": [(0x30, 0x39)],
    "graph": [(0x21, 0x7E)],
    "lower": [(0x61, 0x7A)],
    "print": [(0x20, 0x7E)],
    "punct": [(0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)],
    "space": [(9, 13), (32, 32)],
    "upper": [(0x41, 0x5A)],
    "word": _PERL["w"],
    "xdigit": [(0x30, 0x39), (0x41, 0x46), (0x61, 0x66)],
}
_CONTROLS = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_REPEAT = re.compile(r"\{(\d+)(,(\d*))?\}")
_FLAGS = re.compile(r"\(\?([imsU]*)(-[imsU]+)?([:)])")
_NAMED = re.compile(r"\(\?P<\w+>", re.ASCII)
_BOUNDARY = {"b": r"(?a:\b)", "B": r"(?a:(?:\B|^$))"}
# Where characters that UTF-8 has no bytes for begin and end.
_SURROGATES = (0xD800, 0xDFFF)
_LARGEST = 1000


class PatternError(Exception):
    """A pattern that RE2 does not take; the text is RE2's."""


def _sorted(ranges: Iterable[tuple[int, int]]) -> Ranges:
    merged: Ranges = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def _complement(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """All other characters; none of them a byte that is no UTF-8."""
    found, begin = [], 0
    for low, high in _sorted([*ranges, _SURROGATES]):
        if low > begin:
            found.append((begin, low - 1))
        begin = high + 1
    return [*found, (begin, sys.maxunicode)] if begin <= sys.maxunicode else found


@functools.cache
def _categories() -> dict[str, Ranges]:
    """Code points by the two letters of their category."""
    found: dict[str, Ranges] = {}
    begin, last = 0, unicodedata.category("\0")
    for code in range(1, sys.maxunicode + 2):
        here = unicodedata.category(chr(code)) if code <= sys.maxunicode else ""
        if here != last:
            found.setdefault(last, []).append((begin, code - 1))
            begin, last = code, here
    del found["Cs"]
    return found


@functools.cache
def _property(name: str) -> Ranges | None:
    """The characters of a category or a script; None for an unknown name."""
    if name == "Any":
        return _complement([])
    found = [r for key, r in _categories().items() if key == name or key[0] == name]
    if name != "Cn" and found:
        return _sorted(pair for ranges in found for pair in ranges)
    return script_ranges(name)


def _set_text(ranges: Iterable[tuple[int, int]], negative: bool = False) -> str:
    """A set of characters, or of all others, for `re`."""
    found = _sorted([*ranges, _SURROGATES] if negative else ranges)
    parts = (f"\\U{a:08x}" if a == b else f"\\U{a:08x}-\\U{b:08x}" for a, b in found)
    inside = "".join(parts)
    return f"[{'^' * negative}{inside}]" if inside else "(?!)"


class _Translator:
    """Reads a pattern once, from left to right."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0
        self.flags: frozenset[str] = frozenset()
        self.outer: list[frozenset[str]] = []
        self.made: list[str] = []

    def translated(self) -> str:
        """The pattern for `re`."""
        atom_before, operator = False, None
        while self.at < len(self.text):
            begin = self.at
            repeated = self._repetition()
            if repeated is not None:
                if operator is not None:
                    shown = self.text[operator : self.at].rstrip("?") or self.text[operator]
                    raise PatternError(f"bad repetition operator: {shown}")
                if not atom_before:
                    shown = self.text[begin : self.at]
                    raise PatternError(f"no argument for repetition operator: {shown}")
                self.made.append(repeated)
                operator = begin
                continue
            operator = None
            atom_before = self._part()
        if self.outer:
            raise PatternError(f"missing ): {self.text}")
        return "".join(self.made)

    def _repetition(self) -> str | None:
        """A repetition at this place, or None."""
        char = self.text[self.at]
        sizes = _REPEAT.match(self.text, self.at) if char == "{" else None
        if char not in "*+?" and sizes is None:
            return None
        made = char if sizes is None else sizes.group()
        if sizes is not None:
            least, most = int(sizes[1]), int(sizes[3] or sizes[1])
            if most < least or most > _LARGEST:
                raise PatternError(f"invalid repetition size: {made}")
        self.at += len(made)
        lazy = self.text.startswith("?", self.at)
        self.at += lazy
        return made + ("?" if lazy != ("U" in self.flags) else "")

    def _part(self) -> bool:
        """Anything but a repetition; whether it can be repeated."""
        char = self.text[self.at]
        if char == "(":
            return self._open()
        if char == ")":
            if not self.outer:
                raise PatternError(f"missing ): {self.text}")
            self.flags = self.outer.pop()
            self.made.append(")")
        elif char == "|":
            self.made.append("|")
            self.at += 1
            return False
        elif char == "[":
            self._add(self._set())
            return True
        elif char == "\\":
            return self._escape()
        elif char == ".":
            newline = [] if "s" in self.flags else [(10, 10)]
            self._add(_set_text(_complement(newline)))
        elif char == "^":
            self.made.append("(?m:^)" if "m" in self.flags else r"(?:\A)")
        elif char == "$":
            self.made.append("(?m:$)" if "m" in self.flags else r"(?:\Z)")
        else:
            self._add(re.escape(char))
        self.at += 1
        return True

    def _add(self, atom: str) -> None:
        self.made.append(f"(?i:{atom})" if "i" in self.flags else atom)

    def _open(self) -> bool:
        flags, named = _FLAGS.match(self.text, self.at), _NAMED.match(self.text, self.at)
        if flags is not None:
            now = (self.flags | set(flags[1])) - set(flags[2] or "")
            self.at = flags.end()
            if flags[3] == ":":
                self.outer.append(self.flags)
                self.made.append("(?:")
            self.flags = now
            return False
        if named is None and self.text.startswith("(?P<", self.at):
            end = self.text.find(">", self.at) + 1 or len(self.text)
            raise PatternError(f"invalid named capture group: {self.text[self.at : end]}")
        if named is None and self.text.startswith("(?", self.at):
            raise PatternError(f"invalid perl operator: {self.text[self.at : self.at + 3]}")
        self.outer.append(self.flags)
        self.made.append(named.group() if named else "(")
        self.at += len(self.made[-1])
        return False

    def _escape(self) -> bool:
        if self.at + 1 == len(self.text):
            raise PatternError("trailing \\")
        char = self.text[self.at + 1]
        if char == "Q":
            end = self.text.find("\\E", self.at)
            literal = self.text[self.at + 2 : end if end >= 0 else None]
            self.at = end + 2 if end >= 0 else len(self.text)
            for one in literal:
                self._add(re.escape(one))
            return bool(literal)
        if char in "AzbBC":
            self.at += 2
            anchors = {"A": r"(?:\A)", "z": r"(?:\Z)", "C": "(?s:.)"}
            self.made.append(anchors.get(char) or _BOUNDARY[char])
            return True
        found = self._class_escape()
        if found is not None:
            self.made.append(_set_text(found))
        else:
            code = self._character()
            self._add(_set_text([(code, code)]))
        return True

    def _class_escape(self) -> Ranges | None:
        """What \\d, \\pL and the like stand for, or None for another escape."""
        begin, kind = self.at, self.text[self.at + 1]
        if kind.lower() in _PERL:
            self.at += 2
            ranges = _PERL[kind.lower()]
            return _complement(ranges) if kind.isupper() else ranges
        if kind not in "pP":
            return None
        end = self.at + 3
        if self.text.startswith("{", self.at + 2):
            end = self.text.find("}", self.at) + 1 or len(self.text)
        self.at = end
        name = self.text[begin + 2 : end].strip("{}")
        negative = (kind == "P") != name.startswith("^")
        found = _property(name.removeprefix("^"))
        is_open = self.text[begin + 2 : begin + 3] == "{" and self.text[end - 1] != "}"
        if found is None or is_open:
            shown = self.text[begin:end]
            raise PatternError(f"invalid character class range: {shown}")
        return _complement(found) if negative else found

    def _character(self) -> int:
        """The character that an escape stands for."""
        found = re.compile(
            r"\\(?:x\{([0-9A-Fa-f]+)\}|x([0-9A-Fa-f]{2})|(0[0-7]{0,2}|[1-7][0-7]{1,2})|(.))", re.S
        ).match(self.text, self.at)
        if found is None:
            raise PatternError("trailing \\")
        self.at = found.end()
        hexadecimal, octal, other = found[1] or found[2], found[3], found[4]
        if hexadecimal and int(hexadecimal, 16) <= sys.maxunicode:
            return int(hexadecimal, 16)
        if octal:
            return int(octal, 8)
        if other in _CONTROLS:
            return _CONTROLS[other]
        if not other or not other.isascii() or other.isalnum():
            shown = found.group().rstrip("}") if found[1] else found.group()
            raise PatternError(f"invalid escape sequence: {shown}")
        return ord(other)

    def _set(self) -> str:
        """A set in brackets, for `re`."""
        begin = self.at
        self.at += 1
        negative = self.text.startswith("^", self.at)
        self.at += negative
        ranges: Ranges = []
        first = True
        while first or not self.text.startswith("]", self.at):
            if self.at >= len(self.text):
                raise PatternError(f"missing ]: {self.text[begin:]}")
            ranges.extend(self._set_part(begin))
            first = False
        self.at += 1
        # Where case does not matter, it is what is inside that has both cases.
        return _set_text(ranges, negative)

    def _set_part(self, begin: int) -> Ranges:
        start = self.at
        posix = re.compile(r"\[:(\^?)(\w*):\]").match(self.text, start)
        if posix is not None:
            self.at = posix.end()
            if posix[2] not in _POSIX:
                raise PatternError(f"invalid character class range: {posix.group()}")
            found = _POSIX[posix[2]]
            return _complement(found) if posix[1] else found
        if self.text[start] == "\\" and start + 1 < len(self.text):
            escaped = self._class_escape()
            if escaped is not None:
                return escaped
        low = high = self._set_character(begin)
        rest = self.text[self.at : self.at + 2]
        if len(rest) == 2 and rest[0] == "-" and rest[1] != "]":
            self.at += 1
            high = self._set_character(begin)
            if high < low:
                shown = self.text[start : self.at]
                raise PatternError(f"invalid character class range: {shown}")
        return [(low, high)]

    def _set_character(self, begin: int) -> int:
        if self.at >= len(self.text):
            raise PatternError(f"missing ]: {self.text[begin:]}")
        if self.text[self.at] == "\\":
            return self._character()
        self.at += 1
        return ord(self.text[self.at - 1])


def _decoded(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


class Pattern:
    """A pattern of RE2. Raises PatternError for one that RE2 does not take."""

    def __init__(self, pattern: bytes) -> None:
        translated = _Translator(_decoded(pattern)).translated()
        try:
            self._compiled = re.compile(translated)
        except (re.error, OverflowError) as error:
            raise PatternError(f"{error}") from None

    def matches_all(self, text: bytes) -> bool:
        """Whether it matches the whole text."""
        return self._compiled.fullmatch(_decoded(text)) is not None

    def replaced(self, text: bytes, rewrite: bytes, everywhere: bool) -> bytes:
        """The text with its first match, or every one, written anew.

        In `rewrite` `\\0` is the match, `\\1` to `\\9` are its groups and `\\\\` is a backslash.
        What comes behind another use of a backslash is left out; the first match alone stays then.
        """
        subject, parts, is_whole = _decoded(text), *_rewrite(_decoded(rewrite))
        if not everywhere:
            match = self._compiled.search(subject)
            if match is None or not is_whole:
                return text
            made = subject[: match.start()] + _written(match, parts) + subject[match.end() :]
            return made.encode("utf-8", "surrogateescape")
        found: list[str] = []
        at, end = 0, -1
        while at <= len(subject):
            match = self._compiled.search(subject, at)
            if match is None:
                break
            found.append(subject[at : match.start()])
            if match.start() == match.end() == end:
                # No empty match right behind another match.
                found.append(subject[end : end + 1])
                at = end + 1
                continue
            found.append(_written(match, parts))
            at = end = match.end()
        found.append(subject[at:])
        return "".join(found).encode("utf-8", "surrogateescape")


def _written(match: re.Match[str], parts: list[str | int]) -> str:
    groups = (match.group(), *match.groups(""))
    texts = (p if isinstance(p, str) else groups[p] if p < len(groups) else "" for p in parts)
    return "".join(texts)


@functools.lru_cache(maxsize=64)
def _rewrite(rewrite: str) -> tuple[list[str | int], bool]:
    """Texts and numbers of groups, and whether all of it could be read."""
    parts: list[str | int] = []
    pieces = re.split(r"\\(.|\Z)", rewrite, flags=re.S)
    parts.append(pieces[0])
    for escaped, text in zip(pieces[1::2], pieces[2::2], strict=True):
        if escaped in "0123456789" and escaped:
            parts.append(int(escaped))
        elif escaped == "\\":
            parts.append("\\")
        else:
            return parts, False
        parts.append(text)
    return parts, True


@functools.lru_cache(maxsize=256)
def compiled(pattern: bytes) -> Pattern:
    """As `Pattern`, which is kept."""
    return Pattern(pattern)
