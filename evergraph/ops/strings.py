"""Strings element by element: StringLength, Substr, RegexReplace, AsString, StringToNumber, ..."""

import base64
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.base import dtypes
from evergraph.base.murmur import hash64
from evergraph.graph.registry import ShapeError, op
from evergraph.kernels import hashing, re2
from evergraph.kernels.dtypes import numpy_dtype
from evergraph.kernels.host import invalid
from evergraph.kernels.number_text import parse_number
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

_UNIT = "unit: string in {'BYTE', 'UTF8_CHAR'} = 'BYTE'"

string_length_op = op("StringLength(input: string) -> output: int32", _UNIT)
string_strip_op = op("StringStrip(input: string) -> output: string")
string_lower_op = op("StringLower(input: string) -> output: string", "encoding: string = ''")
string_upper_op = op("StringUpper(input: string) -> output: string", "encoding: string = ''")
substr_op = op(
    "Substr(input: string, pos: T, len: T) -> output: string", f"T: int32 | int64; {_UNIT}"
)
regex_replace_op = op(
    "RegexReplace(input: string, pattern: string, rewrite: string) -> output: string",
    "replace_global: bool = true",
)
static_regex_replace_op = op(
    "StaticRegexReplace(input: string) -> output: string",
    "pattern: string; rewrite: string; replace_global: bool = true",
)
regex_full_match_op = op("RegexFullMatch(input: string, pattern: string) -> output: bool")
static_regex_full_match_op = op(
    "StaticRegexFullMatch(input: string) -> output: bool", "pattern: string"
)
as_string_op = op(
    "AsString(input: T) -> output: string",
    "T: int8 | int16 | int32 | int64 | complex64 | complex128 | float32 | float64 | bool; "
    "precision: int = -1; scientific: bool = false; shortest: bool = false; width: int = -1; "
    "fill: string = ''",
)
string_to_number_op = op(
    "StringToNumber(string_tensor: string) -> output: out_type",
    "out_type: float32 | float64 | int32 | int64 = float32",
)
encode_base64_op = op("EncodeBase64(input: string) -> output: string", "pad: bool = false")
decode_base64_op = op("DecodeBase64(input: string) -> output: string")
string_to_hash_bucket_op = op(
    "StringToHashBucket(string_tensor: string) -> output: int64", "num_buckets: int >= 1"
)
string_to_hash_bucket_fast_op = op(
    "StringToHashBucketFast(input: string) -> output: int64", "num_buckets: int >= 1"
)
string_to_hash_bucket_strong_op = op(
    "StringToHashBucketStrong(input: string) -> output: int64",
    "num_buckets: int >= 1; key: list(int)",
)
fingerprint_op = op("Fingerprint(data: T, method: string) -> fingerprint: uint8", "T: type")

_ELEMENTWISE = (
    string_length_op,
    string_strip_op,
    string_lower_op,
    string_upper_op,
    static_regex_replace_op,
    static_regex_full_match_op,
    as_string_op,
    string_to_number_op,
    encode_base64_op,
    decode_base64_op,
    string_to_hash_bucket_op,
    string_to_hash_bucket_fast_op,
    string_to_hash_bucket_strong_op,
)
for _entry in _ELEMENTWISE:
    _entry.shape(shape_rules.unchanged)
    _entry.not_differentiable()
for _entry in (substr_op, regex_replace_op, regex_full_match_op, fingerprint_op):
    _entry.not_differentiable()


def _mapped(x: Any, function: Callable[[Any], Any], dtype: Any = object) -> Any:
    """`function` of each element, as an array of `dtype`."""
    flat = np.empty(np.size(x), dtype)
    for i, value in enumerate(np.reshape(x, -1).tolist()):
        flat[i] = function(value)
    result = flat.reshape(np.shape(x))
    return result if result.ndim or dtype is object else result[()]


def _decoded(value: Any) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


def _bytes(value: Any) -> bytes:
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value


# Lengths, spaces, cases.


@string_length_op.numpy
def string_length_kernel(x: Any, *, unit: str) -> Any:
    if unit == "BYTE":
        return _mapped(x, len, np.int32)
    # Bytes that go on with a character are no characters.
    return _mapped(x, lambda s: sum((c & 0xC0) != 0x80 for c in s), np.int32)


@string_strip_op.numpy
def string_strip_kernel(x: Any) -> Any:
    return _mapped(x, lambda s: s.strip(b" \t\n\v\f\r"))


@string_lower_op.numpy
def string_lower_kernel(x: Any, *, encoding: str) -> Any:
    return _mapped(x, lambda s: _cased(s, encoding, "lower"))


@string_upper_op.numpy
def string_upper_kernel(x: Any, *, encoding: str) -> Any:
    return _mapped(x, lambda s: _cased(s, encoding, "upper"))


def _cased(s: bytes, encoding: str, method: str) -> bytes:
    if not encoding:
        return getattr(s, method)()
    if encoding != "utf-8":
        raise invalid(f"only utf-8 or '' (no encoding) is supported, received {encoding}")
    return _bytes(getattr(_decoded(s), method)())


# Substr.


@substr_op.shape
def substr_shape(node: Any) -> Dims:
    x, position, length = (t.dims for t in node.inputs)
    if position is not None and length is not None:
        for p, n in zip(position, shape_rules.with_rank(length, len(position)), strict=True):
            if p != n and None not in (p, n):
                raise ShapeError(
                    "pos and len shapes must match: "
                    f"{shape_rules.text(position)} vs. {shape_rules.text(length)}"
                )
    if x is None or position is None:
        return None
    return shape_rules.broadcast(x, position)


@substr_op.numpy
def substr_kernel(x: Any, position: Any, length: Any, *, unit: str) -> Any:
    try:
        parts = np.broadcast_arrays(x, position, length)
    except ValueError:
        raise invalid(f"Incompatible shapes: {_shape(x)} vs. {_shape(position)}") from None
    flat = [p.reshape(-1).tolist() for p in parts]
    result = np.empty(len(flat[0]), object)
    for i, (s, p, n) in enumerate(zip(*flat, strict=True)):
        characters: Any = _decoded(s) if unit == "UTF8_CHAR" else s
        size = len(characters)
        if not -size <= p <= size:
            which = "string" if unit == "UTF8_CHAR" else f"string b'{_decoded(s)}'"
            raise invalid(f"pos {p} out of range for {which} at index {i}")
        start = p + size if p < 0 else p
        # A length below 0 is a large one: TensorFlow's are unsigned where bytes are counted.
        stop = start + n if n >= 0 else start if unit == "UTF8_CHAR" else size
        result[i] = _bytes(characters[start:stop])
    return result.reshape(parts[0].shape)


def _shape(x: Any) -> str:
    return "[" + ",".join(map(str, np.shape(x))) + "]"


# Regular expressions.


def _compiled(pattern: Any) -> re2.Pattern:
    try:
        return re2.compiled(_bytes(pattern))
    except re2.PatternError as error:
        raise invalid(f"Invalid pattern: {_decoded(pattern)}, error: {error}") from None


def _replaced(x: Any, pattern: Any, rewrite: Any, everywhere: bool) -> Any:
    compiled, template = _compiled(pattern), _bytes(rewrite)
    return _mapped(x, lambda s: compiled.replaced(s, template, everywhere))


@regex_replace_op.shape
def regex_replace_shape(node: Any) -> Dims:
    for t in node.inputs[1:]:
        if t.dims is not None:
            shape_rules.with_rank(t.dims, 0)
    return node.inputs[0].dims


@regex_full_match_op.shape
def regex_full_match_shape(node: Any) -> Dims:
    if node.inputs[1].dims is not None:
        shape_rules.with_rank(node.inputs[1].dims, 0)
    return node.inputs[0].dims


@regex_replace_op.numpy
def regex_replace_kernel(x: Any, pattern: Any, rewrite: Any, *, replace_global: bool) -> Any:
    for value, what in ((pattern, "Pattern"), (rewrite, "Rewrite")):
        if np.ndim(value):
            raise invalid(f"{what} must be scalar, but received {_shape(value)}")
    return _replaced(x, pattern.item(), rewrite.item(), replace_global)


@static_regex_replace_op.numpy
def static_regex_replace_kernel(x: Any, *, pattern: Any, rewrite: Any, replace_global: bool) -> Any:
    return _replaced(x, pattern, rewrite, replace_global)


def _matched(x: Any, pattern: Any) -> Any:
    compiled = _compiled(pattern)
    return _mapped(x, compiled.matches_all, np.bool_)


@regex_full_match_op.numpy
def regex_full_match_kernel(x: Any, pattern: Any) -> Any:
    if np.ndim(pattern):
        raise invalid(f"Pattern must be scalar, but received {_shape(pattern)}")
    return _matched(x, pattern.item())


@static_regex_full_match_op.numpy
def static_regex_full_match_kernel(x: Any, *, pattern: Any) -> Any:
    return _matched(x, pattern)


# Numbers.


@as_string_op.numpy
def as_string_kernel(
    x: Any,
    *,
    T: Any,
    precision: int,
    scientific: bool,
    shortest: bool,
    width: int,
    fill: Any,
) -> Any:
    whole = T.is_integer or T.is_bool
    if whole and (scientific or shortest):
        raise invalid(f"scientific and shortest format not supported for datatype {T.name}")
    if whole and precision >= 0:
        raise invalid(f"precision not supported for datatype {T.name}")
    fill = _decoded(fill)
    if len(fill) > 1:
        raise invalid("Fill string must be one or fewer characters")
    if scientific and shortest:
        raise invalid("Cannot select both scientific and shortest notation")
    if fill and fill not in " +-0#":
        raise invalid(f'Fill argument not supported: "{fill}"')
    if T.is_bool:
        return _mapped(x, lambda v: b"true" if v else b"false")
    form = "%" + fill + (str(width) if width > -1 else "")
    form += f".{precision}" if precision > -1 else ""
    form += "d" if whole else "e" if scientific else "g" if shortest else "f"
    if T.is_complex:
        return _mapped(x, lambda v: f"({form % v.real},{form % v.imag})".encode())
    return _mapped(x, lambda v: (form % v).encode())


@string_to_number_op.numpy
def string_to_number_kernel(x: Any, *, out_type: Any) -> Any:
    def number(s: bytes) -> Any:
        try:
            return parse_number(s, out_type)
        except ValueError:
            raise invalid(
                f"StringToNumberOp could not correctly convert string: {_decoded(s)}"
            ) from None

    return _mapped(x, number, numpy_dtype(out_type))


# Base64 for URLs.


@encode_base64_op.numpy
def encode_base64_kernel(x: Any, *, pad: bool) -> Any:
    def encoded(s: bytes) -> bytes:
        text = base64.urlsafe_b64encode(s)
        return text if pad else text.rstrip(b"=")

    return _mapped(x, encoded)


@decode_base64_op.numpy
def decode_base64_kernel(x: Any) -> Any:
    def decoded(s: bytes) -> bytes:
        # Padding, where there is any, is whole.
        text = re.sub(rb"={1,2}\Z", b"", s) if len(s) % 4 == 0 else s
        if len(text) % 4 == 1:
            raise invalid("Base64 string length cannot be 1 modulo 4.")
        if not re.fullmatch(rb"[A-Za-z0-9_-]*", text):
            raise invalid("Invalid character found in base64.")
        return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))

    return _mapped(x, decoded)


# Hashes.


@string_to_hash_bucket_op.numpy
def string_to_hash_bucket_kernel(x: Any, *, num_buckets: int) -> Any:
    return _mapped(x, lambda s: hash64(s) % num_buckets, np.int64)


@string_to_hash_bucket_fast_op.numpy
def string_to_hash_bucket_fast_kernel(x: Any, *, num_buckets: int) -> Any:
    return _mapped(x, lambda s: hashing.fingerprint64(s) % num_buckets, np.int64)


@string_to_hash_bucket_strong_op.numpy
def string_to_hash_bucket_strong_kernel(x: Any, *, num_buckets: int, key: list[int]) -> Any:
    if len(key) != 2:
        raise invalid("Key must have 2 elements")
    pair = (key[0], key[1])
    return _mapped(x, lambda s: hashing.sip_hash(s, pair) % num_buckets, np.int64)


@fingerprint_op.shape
def fingerprint_shape(node: Any) -> Dims:
    dims = shape_rules.at_least_rank(node.inputs[0].dims, 1)
    return (None if dims is None else dims[0], 8)


@fingerprint_op.numpy
def fingerprint_kernel(data: Any, method: Any, *, T: Any) -> Any:
    if method.item() != b"farmhash64":
        raise invalid(f"Unsupported fingerprint method: {_decoded(method.item())}")
    result = np.zeros((data.shape[0], 8), np.uint8)
    for i, row in enumerate(data):
        if T is dtypes.string:
            cells = np.reshape(row, -1).tolist()
            hashes = [hashing.fingerprint64(c).to_bytes(8, "little") for c in cells]
            value = hashes[0] if data.ndim == 1 else _hashed(b"".join(hashes))
        else:
            value = _hashed(np.ascontiguousarray(row).tobytes())
        result[i] = np.frombuffer(value, np.uint8)
    return result


def _hashed(data: bytes) -> bytes:
    return hashing.fingerprint64(data).to_bytes(8, "little")
