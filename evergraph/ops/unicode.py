"""Strings as code points, in many encodings; n-grams of strings."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from evergraph.base import compat
from evergraph.graph.registry import op
from evergraph.kernels.host import invalid
from evergraph.kernels.unicode_scripts import runs
from evergraph.kernels.unicode_text import decoder, encoded
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_ERRORS = "errors: string in {'strict', 'replace', 'ignore'} = 'replace'"
_OUTPUT = "output_encoding: string in {'UTF-8', 'UTF-16-BE', 'UTF-32-BE'}"
_REPLACED = "replacement_char: int = 65533; replace_control_characters: bool = false"
_SPLITS = "Tsplits: int32 | int64 = int64"

unicode_decode_op = op(
    "UnicodeDecode(input: string) -> row_splits: Tsplits, char_values: int32",
    f"input_encoding: string; {_ERRORS}; {_REPLACED}; {_SPLITS}",
)
unicode_decode_with_offsets_op = op(
    "UnicodeDecodeWithOffsets(input: string) -> row_splits: Tsplits, char_values: int32, "
    "char_to_byte_starts: int64",
    f"input_encoding: string; {_ERRORS}; {_REPLACED}; {_SPLITS}",
)
unicode_encode_op = op(
    "UnicodeEncode(input_values: int32, input_splits: Tsplits) -> output: string",
    "errors: string in {'ignore', 'replace', 'strict'} = 'replace'; "
    f"{_OUTPUT}; replacement_char: int = 65533; {_SPLITS}",
)
unicode_script_op = op("UnicodeScript(input: int32) -> output: int32")
unicode_transcode_op = op(
    "UnicodeTranscode(input: string) -> output: string",
    f"input_encoding: string; {_OUTPUT}; {_ERRORS}; {_REPLACED}",
)
string_ngrams_op = op(
    "StringNGrams(data: string, data_splits: Tsplits) -> ngrams: string, ngrams_splits: Tsplits",
    "separator: string; ngram_widths: list(int) >= 0; left_pad: string; right_pad: string; "
    f"pad_width: int; preserve_short_sequences: bool; {_SPLITS}",
)
for _entry in (unicode_decode_op, unicode_decode_with_offsets_op, unicode_encode_op):
    _entry.not_differentiable()
for _entry in (unicode_script_op, unicode_transcode_op, string_ngrams_op):
    _entry.not_differentiable()

unicode_script_op.shape(shape_rules.unchanged)
unicode_transcode_op.shape(shape_rules.unchanged)


@unicode_decode_op.shape
@unicode_decode_with_offsets_op.shape
def unicode_decode_shape(node: Any) -> list[Dims]:
    count = shape_rules.add_dim(shape_rules.element_count(node.inputs[0].dims), 1)
    found: list[Dims] = [(count,)]
    return found + [(None,)] * (len(node.outputs) - 1)


@unicode_encode_op.shape
def unicode_encode_shape(node: Any) -> Dims:
    shape_rules.with_rank(node.inputs[0].dims, 1)
    (splits,) = shape_rules.with_rank(node.inputs[1].dims, 1)
    return (shape_rules.subtract_dim(splits, 1),)


@string_ngrams_op.shape
def string_ngrams_shape(node: Any) -> list[Dims]:
    shape_rules.with_rank(node.inputs[0].dims, 1)
    return [(None,), shape_rules.with_rank(node.inputs[1].dims, 1)]


# From and to code points.


class _Reader:
    """How the attrs of a node say that strings are taken apart."""

    def __init__(
        self,
        input_encoding: Any,
        errors: str,
        replacement_char: int,
        replace_control_characters: bool,
        strict_controls: bool,
    ) -> None:
        name = compat.as_text(input_encoding)
        _check_replacement(replacement_char)
        try:
            self._decode = decoder(name)
        except LookupError:
            raise invalid(f"Could not create converter for input encoding: {name}") from None
        self._errors = errors
        self._replacement = replacement_char
        self._controls = replace_control_characters
        self._strict_controls = strict_controls

    def read(self, text: bytes) -> Iterator[tuple[int, int]]:
        """The code points, each with the place where it begins."""
        end = 0
        for code, size, is_bad in self._decode(text):
            begin, end = end, end + size
            is_control = self._controls and code <= 0x1F
            if is_bad or is_control:
                if self._errors == "strict" and (is_bad or self._strict_controls):
                    raise invalid("Invalid formatting on input string")
                if self._errors == "ignore":
                    continue
                code = self._replacement
            yield code, begin


def _check_replacement(replacement_char: int) -> None:
    if not 0 <= replacement_char <= 0x10FFFF:
        raise invalid("replacement_char out of unicode codepoint range")


def _flat(x: Any) -> list[bytes]:
    items: list[bytes] = np.asarray(x, object).ravel().tolist()
    return items


@unicode_decode_with_offsets_op.numpy
def unicode_decode_with_offsets_kernel(
    x: Any,
    *,
    input_encoding: Any,
    errors: str,
    replacement_char: int,
    replace_control_characters: bool,
    Tsplits: Any,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    attrs = (input_encoding, errors, replacement_char, replace_control_characters)
    reader = _Reader(*attrs, strict_controls=False)
    found: list[tuple[int, int]] = []
    splits = [0]
    for text in _flat(x):
        found.extend(reader.read(text))
        splits.append(len(found))
    codes = np.fromiter((code for code, _ in found), np.int32, len(found))
    starts = np.fromiter((begin for _, begin in found), np.int64, len(found))
    return np.array(splits, Tsplits.as_numpy_dtype), codes, starts


@unicode_decode_op.numpy
def unicode_decode_kernel(
    x: Any,
    *,
    input_encoding: Any,
    errors: str,
    replacement_char: int,
    replace_control_characters: bool,
    Tsplits: Any,
) -> tuple[np.ndarray, np.ndarray]:
    return unicode_decode_with_offsets_kernel(
        x,
        input_encoding=input_encoding,
        errors=errors,
        replacement_char=replacement_char,
        replace_control_characters=replace_control_characters,
        Tsplits=Tsplits,
    )[:2]


@unicode_transcode_op.numpy
def unicode_transcode_kernel(
    x: Any,
    *,
    input_encoding: Any,
    output_encoding: str,
    errors: str,
    replacement_char: int,
    replace_control_characters: bool,
) -> np.ndarray:
    attrs = (input_encoding, errors, replacement_char, replace_control_characters)
    reader = _Reader(*attrs, strict_controls=True)
    result = np.empty(np.size(x), object)
    for i, text in enumerate(_flat(x)):
        result[i] = encoded([code for code, _ in reader.read(text)], output_encoding)
    return result.reshape(np.shape(x))


@unicode_encode_op.numpy
def unicode_encode_kernel(
    values: Any, splits: Any, *, errors: str, output_encoding: str, replacement_char: int
) -> np.ndarray:
    _check_replacement(replacement_char)
    codes = []
    for code in np.asarray(values).tolist():
        if not 0 <= code <= 0x10FFFF:
            if errors == "strict":
                raise invalid("Code point value out of valid Unicode range.")
            code = -1 if errors == "ignore" else replacement_char
        codes.append(code)
    result = np.empty(max(len(splits) - 1, 0), object)
    begin = 0
    for i, end in enumerate(np.asarray(splits).tolist()[1:]):
        result[i] = encoded([c for c in codes[begin:end] if c >= 0], output_encoding)
        begin = max(begin, end)
    return result


# Scripts.


@unicode_script_op.numpy
def unicode_script_kernel(x: Any) -> Any:
    starts, scripts = runs()
    codes = np.asarray(x)
    found = scripts[np.searchsorted(starts, codes, side="right") - 1]
    return np.where((codes >= 0) & (codes <= 0x10FFFF), found, np.int32(-1))[()]


# N-grams.


@string_ngrams_op.numpy
def string_ngrams_kernel(
    data: Any,
    splits: Any,
    *,
    separator: Any,
    ngram_widths: Sequence[int],
    left_pad: Any,
    right_pad: Any,
    pad_width: int,
    preserve_short_sequences: bool,
) -> tuple[np.ndarray, np.ndarray]:
    words = _flat(data)
    if not words or not len(splits):
        return np.empty(len(words), object), np.array(splits)
    between = compat.as_bytes(separator)
    pads = compat.as_bytes(left_pad), compat.as_bytes(right_pad)
    bounds = np.asarray(splits).tolist()
    found: list[bytes] = []
    ends = [0]
    for begin, end in zip(bounds, bounds[1:], strict=False):
        for width in ngram_widths:
            found.extend(map(between.join, _ngrams(words, begin, end, width, pad_width, pads)))
        if preserve_short_sequences and end > begin and len(found) == ends[-1]:
            width = end - begin + 2 * pad_width
            found.extend(map(between.join, _ngrams(words, begin, end, width, pad_width, pads)))
        ends.append(len(found))
    result = np.empty(len(found), object)
    result[:] = found
    return result, np.array(ends, np.asarray(splits).dtype)


def _ngrams(
    words: Sequence[bytes], begin: int, end: int, width: int, pad: int, pads: tuple[bytes, bytes]
) -> Iterator[list[bytes]]:
    """The n-grams of a row, each a list of `width` words."""
    pad = min(width - 1 if pad < 0 else pad, width - 1)
    count = max(0, end - begin + 2 * pad - width + 1)
    for i in range(count):
        left, right = max(0, pad - i), max(0, pad - (count - i - 1))
        first = begin + (0 if left else i - pad)
        size = width - left - right
        # TensorFlow takes a last word even where padding leaves no room: of an empty row, the one
        # before it.
        last = first + size - 1
        taken = [*words[first:last], words[last] if last >= 0 else b""]
        yield [pads[0]] * left + taken + [pads[1]] * right
