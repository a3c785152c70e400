"""Strings: tf.strings.*, tf.string_split, tf.substr, tf.as_string, ..."""

from typing import Any

import numpy as np

from evergraph.api import math_ops
from evergraph.api.array_ops import rank
from evergraph.api.logging_ops import string_format as string_format
from evergraph.base import dtypes
from evergraph.base.compat import forward_compatible
from evergraph.base.deprecation import (
    deprecated,
    deprecated_args,
    deprecated_argument_lookup,
    deprecated_endpoints,
)
from evergraph.base.dispatch import add_dispatch_support
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor

# Joining and splitting.


@export("strings.join", "string_join")
@deprecated_endpoints("string_join")
@add_dispatch_support
def string_join(inputs: Any, separator: str = "", name: str | None = None) -> Tensor:
    """String tensors joined element by element; scalars go with every element. Stands for
    `tf.strings.join`."""
    return apply_op("StringJoin", inputs, separator=separator, name=name)


@export("strings.reduce_join", "reduce_join")
@deprecated_args(None, "keep_dims is deprecated, use keepdims instead", "keep_dims")
@deprecated_endpoints("reduce_join")
def reduce_join(
    inputs: Any,
    axis: Any = None,
    keep_dims: bool | None = None,
    separator: str = "",
    name: str | None = None,
    reduction_indices: Any = None,
    keepdims: bool | None = None,
) -> Tensor:
    """The strings along `axis` joined, in the order of the axes named (default: all). Stands for
    `tf.strings.reduce_join`.

    Args:
      inputs: a string tensor.
      axis: an int or a list of ints.
      keep_dims: the older name of `keepdims`.
      separator: what goes between.
      name: the node's name.
      reduction_indices: the older name of `axis`.
      keepdims: whether the axes stay, of size 1.
    """
    keepdims = deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims)
    axis = deprecated_argument_lookup("axis", axis, "reduction_indices", reduction_indices)
    return reduce_join_v2(inputs, axis, bool(keepdims), separator, name)


@add_dispatch_support
def reduce_join_v2(
    inputs: Any,
    axis: Any = None,
    keepdims: bool = False,
    separator: str = "",
    name: str | None = None,
) -> Tensor:
    """As `reduce_join`, with TensorFlow 2's arguments."""
    with name_scope(None, "ReduceJoin", [inputs, axis]):
        inputs = convert_to_tensor(inputs)
        if axis is None:
            if inputs.dims is not None:
                axis = constant(np.arange(len(inputs.dims))[::-1], dtype=dtypes.int32)
            else:
                axis = math_ops.range(rank(inputs) - 1, -1, -1)
        return apply_op(
            "ReduceJoin", inputs, axis, keep_dims=keepdims, separator=separator, name=name
        )


@export("strings.unsorted_segment_join")
def unsorted_segment_join(
    inputs: Any, segment_ids: Any, num_segments: Any, separator: str = "", name: str | None = None
) -> Tensor:
    """The strings of each segment joined. Stands for `tf.strings.unsorted_segment_join`."""
    return apply_op(
        "UnsortedSegmentJoin", inputs, segment_ids, num_segments, separator=separator, name=name
    )


def _split(parts: Any) -> SparseTensor:
    indices, values, shape = parts
    indices.set_shape([None, 2])
    values.set_shape([None])
    shape.set_shape([2])
    return SparseTensor(indices, values, shape)


def string_split(
    source: Any, sep: Any = None, skip_empty: bool = True, delimiter: Any = None
) -> SparseTensor:
    """Each string of a vector split at any byte of `sep`; see `tf.string_split`."""
    sep = deprecated_argument_lookup("sep", sep, "delimiter", delimiter)
    sep = convert_to_tensor(" " if sep is None else sep, dtype=dtypes.string)
    source = convert_to_tensor(source, dtype=dtypes.string)
    return _split(apply_op("StringSplit", source, sep, skip_empty=skip_empty))


def string_split_v2(source: Any, sep: Any = None, maxsplit: int = -1) -> SparseTensor:
    """Each string of a vector split as Python's `str.split` does."""
    sep = convert_to_tensor("" if sep is None else sep, dtype=dtypes.string)
    source = convert_to_tensor(source, dtype=dtypes.string)
    return _split(apply_op("StringSplitV2", source, sep, maxsplit=maxsplit))


# Parts and forms.


@export("strings.substr")
@add_dispatch_support
def substr(input: Any, pos: Any, len: Any, name: str | None = None, unit: str = "BYTE") -> Tensor:
    """The part of each string from `pos` on, at most `len` long. Stands for `tf.strings.substr`.

    Args:
      input: a string tensor.
      pos, len: int32 or int64, of one shape, that broadcast with `input`; a negative `pos` counts
        from the end.
      name: the node's name.
      unit: 'BYTE' or 'UTF8_CHAR'.

    Raises:
      InvalidArgumentError: at run time, where `pos` is not within a string.
    """
    return apply_op("Substr", input, pos, len, unit=unit, name=name)


@add_dispatch_support
def substr_v2(
    input: Any, pos: Any, len: Any, unit: str = "BYTE", name: str | None = None
) -> Tensor:
    """As `substr`, with the arguments in TensorFlow 2's order."""
    return substr(input, pos, len, name=name, unit=unit)


@export("substr")
@deprecated(None, "Use `tf.strings.substr` instead of `tf.substr`.")
def substr_deprecated(
    input: Any, pos: Any, len: Any, name: str | None = None, unit: str = "BYTE"
) -> Tensor:
    """`tf.strings.substr`. Stands for `tf.substr`."""
    return substr(input, pos, len, name=name, unit=unit)


@export("strings.length")
@add_dispatch_support
def string_length(input: Any, name: str | None = None, unit: str = "BYTE") -> Tensor:
    """The length of each string, int32. Stands for `tf.strings.length`; `unit` is 'BYTE' or
    'UTF8_CHAR'."""
    return apply_op("StringLength", input, unit=unit, name=name)


@add_dispatch_support
def string_length_v2(input: Any, unit: str = "BYTE", name: str | None = None) -> Tensor:
    """As `string_length`, with the arguments in TensorFlow 2's order."""
    return string_length(input, name, unit)


@export("strings.strip", "string_strip")
@deprecated_endpoints("string_strip")
@add_dispatch_support
def string_strip(input: Any, name: str | None = None) -> Tensor:
    """Each string without space at its ends. Stands for `tf.strings.strip`."""
    return apply_op("StringStrip", input, name=name)


@export("strings.lower")
def string_lower(input: Any, encoding: str = "", name: str | None = None) -> Tensor:
    """Each string in lower case, of ASCII or (with encoding 'utf-8') of Unicode. Stands for
    `tf.strings.lower`."""
    return apply_op("StringLower", input, encoding=encoding, name=name)


@export("strings.upper")
def string_upper(input: Any, encoding: str = "", name: str | None = None) -> Tensor:
    """Each string in upper case, of ASCII or (with encoding 'utf-8') of Unicode. Stands for
    `tf.strings.upper`."""
    return apply_op("StringUpper", input, encoding=encoding, name=name)


@export("strings.regex_full_match")
@add_dispatch_support
def regex_full_match(input: Any, pattern: Any, name: str | None = None) -> Tensor:
    """Whether each string matches `pattern` as a whole. `tf.strings.regex_full_match`."""
    if isinstance(pattern, (bytes, str)) and forward_compatible(2018, 11, 10):
        return apply_op("StaticRegexFullMatch", input, pattern=pattern, name=name)
    return apply_op("RegexFullMatch", input, pattern, name=name)


@export("strings.regex_replace", "regex_replace")
@deprecated_endpoints("regex_replace")
@add_dispatch_support
def regex_replace(
    input: Any, pattern: Any, rewrite: Any, replace_global: bool = True, name: str | None = None
) -> Tensor:
    r"""What `pattern` matches in each string replaced by `rewrite` (\1: the first group).

    Stands for `tf.strings.regex_replace`."""
    if isinstance(pattern, (bytes, str)) and isinstance(rewrite, (bytes, str)):
        return apply_op(
            "StaticRegexReplace",
            input,
            pattern=pattern,
            rewrite=rewrite,
            replace_global=replace_global,
            name=name,
        )
    return apply_op(
        "RegexReplace", input, pattern, rewrite, replace_global=replace_global, name=name
    )


# Numbers.


@export("strings.as_string", "as_string", "dtypes.as_string")
@deprecated_endpoints("as_string", "dtypes.as_string")
@add_dispatch_support
def as_string(
    input: Any,
    precision: int = -1,
    scientific: bool = False,
    shortest: bool = False,
    width: int = -1,
    fill: str = "",
    name: str | None = None,
) -> Tensor:
    """Numbers and bools as strings. Stands for `tf.strings.as_string`.

    Args:
      input: a tensor of numbers or bools.
      precision: digits after the point; default 6.
      scientific: whether to write 1.5e+00.
      shortest: whether to write the shorter of both forms.
      width: the least width.
      fill: what fills it: ' ', '0', '-' (to the left), '+', '#'.
      name: the node's name.
    """
    return apply_op(
        "AsString",
        input,
        precision=precision,
        scientific=scientific,
        shortest=shortest,
        width=width,
        fill=fill,
        name=name,
    )


@export("strings.to_number", "string_to_number")
@deprecated_endpoints("string_to_number")
def string_to_number_v1(
    string_tensor: Any = None,
    out_type: Any = dtypes.float32,
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """Strings as numbers. Stands for `tf.strings.to_number`.

    Args:
      string_tensor: a string tensor.
      out_type: float32, float64, int32 or int64.
      name: the node's name.
      input: another name of `string_tensor`.

    Raises:
      InvalidArgumentError: at run time, where a string is no such number.
    """
    string_tensor = deprecated_argument_lookup("input", input, "string_tensor", string_tensor)
    return apply_op("StringToNumber", string_tensor, out_type=out_type, name=name)


@add_dispatch_support
def string_to_number(input: Any, out_type: Any = dtypes.float32, name: str | None = None) -> Tensor:
    """As `string_to_number_v1`, with TensorFlow 2's arguments."""
    return apply_op("StringToNumber", input, out_type=out_type, name=name)


@export("io.encode_base64", "encode_base64")
@deprecated_endpoints("encode_base64")
@add_dispatch_support
def encode_base64(input: Any, pad: bool = False, name: str | None = None) -> Tensor:
    """Strings in base64 for URLs, with '=' at their ends if `pad`. Stands for
    `tf.io.encode_base64`."""
    return apply_op("EncodeBase64", input, pad=pad, name=name)


@export("io.decode_base64", "decode_base64")
@deprecated_endpoints("decode_base64")
@add_dispatch_support
def decode_base64(input: Any, name: str | None = None) -> Tensor:
    """What undoes `tf.io.encode_base64`. Stands for `tf.io.decode_base64`."""
    return apply_op("DecodeBase64", input, name=name)


# Hashes.


@export("strings.to_hash_bucket", "string_to_hash_bucket")
@deprecated_endpoints("string_to_hash_bucket")
def string_to_hash_bucket_v1(
    string_tensor: Any = None,
    num_buckets: int | None = None,
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """The number of a bucket for each string, int64. Stands for `tf.strings.to_hash_bucket`; see
    `tf.strings.to_hash_bucket_fast`."""
    string_tensor = deprecated_argument_lookup("input", input, "string_tensor", string_tensor)
    return apply_op("StringToHashBucket", string_tensor, num_buckets=num_buckets, name=name)


@add_dispatch_support
def string_to_hash_bucket(input: Any, num_buckets: int, name: str | None = None) -> Tensor:
    """As `string_to_hash_bucket_v1`, with TensorFlow 2's arguments."""
    return apply_op("StringToHashBucket", input, num_buckets=num_buckets, name=name)


@export("strings.to_hash_bucket_fast", "string_to_hash_bucket_fast")
@deprecated_endpoints("string_to_hash_bucket_fast")
@add_dispatch_support
def string_to_hash_bucket_fast(input: Any, num_buckets: int, name: str | None = None) -> Tensor:
    """The number of a bucket for each string, int64, by FarmHash. Stands for
    `tf.strings.to_hash_bucket_fast`."""
    return apply_op("StringToHashBucketFast", input, num_buckets=num_buckets, name=name)


@export("strings.to_hash_bucket_strong", "string_to_hash_bucket_strong")
@deprecated_endpoints("string_to_hash_bucket_strong")
@add_dispatch_support
def string_to_hash_bucket_strong(
    input: Any, num_buckets: int, key: Any, name: str | None = None
) -> Tensor:
    """The number of a bucket for each string, int64, by SipHash with `key`, two ints. Stands for
    `tf.strings.to_hash_bucket_strong`."""
    return apply_op("StringToHashBucketStrong", input, num_buckets=num_buckets, key=key, name=name)


@export("fingerprint")
def fingerprint(data: Any, method: Any = "farmhash64", name: str | None = None) -> Tensor:
    """A hash of 8 bytes, uint8 [n, 8], for each part of `data` along its first axis. Stands for
    `tf.fingerprint`."""
    return apply_op("Fingerprint", data, method, name=name)


# Code points.


@export("strings.unicode_script")
@add_dispatch_support
def unicode_script(input: Any, name: str | None = None) -> Tensor:
    """The number of the script that each code point, int32, belongs to, as ICU counts scripts; -1
    for what is no code point. Stands for `tf.strings.unicode_script`."""
    return apply_op("UnicodeScript", input, name=name)


@export("strings.unicode_transcode")
def unicode_transcode(
    input: Any,
    input_encoding: str,
    output_encoding: str,
    errors: str = "replace",
    replacement_char: int = 65533,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> Tensor:
    """Strings in another encoding. Stands for `tf.strings.unicode_transcode`.

    Args:
      input: strings.
      input_encoding: their encoding: "UTF-8", "UTF-16", "US-ASCII", "ISO-8859-1", "SHIFT-JIS", ...
      output_encoding: "UTF-8", "UTF-16-BE" or "UTF-32-BE".
      errors: what becomes of bytes that are no character: "replace", "ignore" or "strict".
      replacement_char: the code point that replaces them.
      replace_control_characters: whether control characters (0 to 31) count as such.
      name: the node's name.

    Raises:
      InvalidArgumentError: when it runs: there are such bytes and `errors` is "strict".
    """
    return apply_op(
        "UnicodeTranscode",
        input,
        input_encoding=input_encoding,
        output_encoding=output_encoding,
        errors=errors,
        replacement_char=replacement_char,
        replace_control_characters=replace_control_characters,
        name=name,
    )
