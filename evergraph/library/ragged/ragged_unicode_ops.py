"""Strings and their code points as rows; n-grams."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops
from evergraph.base import compat, dtypes
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.ragged import ragged_array_ops
from evergraph.library.ragged.ragged_tensor import (
    RaggedTensor,
    convert_to_tensor_or_ragged_tensor,
    is_ragged,
)


@export("strings.unicode_encode")
def unicode_encode(
    input: Any,
    output_encoding: str,
    errors: str = "replace",
    replacement_char: int = 65533,
    name: str | None = None,
) -> Any:
    """Rows of code points as strings. Stands for `tf.strings.unicode_encode`.

    Args:
      input: int32, a tensor or ragged tensor of known rank N + 1.
      output_encoding: "UTF-8", "UTF-16-BE" or "UTF-32-BE".
      errors: what becomes of numbers that are no code points: "replace", "ignore" or "strict".
      replacement_char: the code point that replaces them.
      name: a name scope for the nodes.

    Returns:
      Strings, of rank N.

    Raises:
      ValueError: the rank is not known, or 0.
    """
    with name_scope(name, "UnicodeEncode", [input]):
        input = convert_to_tensor_or_ragged_tensor(input)
        rank = input.shape.ndims
        if rank is None:
            raise ValueError("Rank of input_tensor must be statically known.")

        def again(values: Any) -> Any:
            return unicode_encode(values, output_encoding, errors, replacement_char)

        if is_ragged(input):
            if input.flat_values.shape.ndims > 1:
                return input.with_flat_values(again(input.flat_values))
            if input.ragged_rank > 1:
                return input.with_values(again(input.values))
            return apply_op(
                "UnicodeEncode",
                input.values,
                input.row_splits,
                output_encoding=output_encoding,
                errors=errors,
                replacement_char=replacement_char,
            )
        if rank == 0:
            raise ValueError("input_tensor's rank must be at least 1.")
        if rank == 1:
            count = array_ops.shape(input, out_type=dtypes.int32)[0]
            splits = array_ops.stack([0, count])
            row = RaggedTensor.from_row_splits(input, splits, validate=False)
            return array_ops.reshape(again(row), [])
        if rank == 2:
            return again(RaggedTensor.from_tensor(input))
        flat = array_ops.reshape(input, array_ops.stack([-1, array_ops.shape(input)[-1]]))
        return array_ops.reshape(again(flat), input.shape[:-1])


@export("strings.unicode_decode")
def unicode_decode(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = 0xFFFD,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> Any:
    """The code points of strings, int32. Stands for `tf.strings.unicode_decode`.

    Args:
      input: strings, a tensor or ragged tensor of known rank N.
      input_encoding: their encoding, as for `tf.strings.unicode_transcode`.
      errors: what becomes of bytes that are no character: "replace", "ignore" or "strict".
      replacement_char: the code point that replaces them.
      replace_control_characters: whether control characters (0 to 31) are replaced too.
      name: a name scope for the nodes.

    Returns:
      A RaggedTensor of rank N + 1; for a scalar a vector.

    Raises:
      ValueError: the rank is not known.
    """
    with name_scope(name, "UnicodeDecode", [input]):
        attrs = (input_encoding, errors, replacement_char, replace_control_characters)
        return _decoded("UnicodeDecode", input, *attrs)[0]


@export("strings.unicode_decode_with_offsets")
def unicode_decode_with_offsets(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = 0xFFFD,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> tuple[Any, Any]:
    """As `tf.strings.unicode_decode`, and the places, int64, where the bytes of each begin. Stands
    for `tf.strings.unicode_decode_with_offsets`."""
    with name_scope(name, "UnicodeDecodeWithOffsets", [input]):
        attrs = (input_encoding, errors, replacement_char, replace_control_characters)
        codes, offsets = _decoded("UnicodeDecodeWithOffsets", input, *attrs)
        return codes, offsets


@export("strings.unicode_split")
def unicode_split(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = 0xFFFD,
    name: str | None = None,
) -> Any:
    """The characters of strings, each a string. Stands for `tf.strings.unicode_split`.

    The arguments are those of `tf.strings.unicode_decode`, the encoding one of
    `tf.strings.unicode_encode`.
    """
    with name_scope(name, "UnicodeSplit", [input]):
        (codes,) = _decoded("UnicodeDecode", input, input_encoding, errors, replacement_char, False)
        return _characters(codes, input_encoding, errors, replacement_char)


@export("strings.unicode_split_with_offsets")
def unicode_split_with_offsets(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = 0xFFFD,
    name: str | None = None,
) -> tuple[Any, Any]:
    """As `tf.strings.unicode_split`, and the places, int64, where each begins. Stands for
    `tf.strings.unicode_split_with_offsets`."""
    with name_scope(name, "UnicodeSplitWithOffsets", [input]):
        codes, offsets = _decoded(
            "UnicodeDecodeWithOffsets", input, input_encoding, errors, replacement_char, False
        )
        return _characters(codes, input_encoding, errors, replacement_char), offsets


def _characters(codes: Any, encoding: str, errors: str, replacement_char: int) -> Any:
    single = ragged_array_ops.expand_dims(codes, -1)
    return unicode_encode(single, encoding, errors, replacement_char)


def _decoded(
    op_type: str,
    input: Any,
    input_encoding: str,
    errors: str,
    replacement_char: int,
    replace_control_characters: bool,
) -> list[Any]:
    """What a decoding op gives, in rows."""
    input = convert_to_tensor_or_ragged_tensor(input, name="input")
    rank = input.shape.ndims
    if rank is None:
        raise ValueError("Rank of `input` must be statically known.")
    if rank > 1:
        if not is_ragged(input):
            input = RaggedTensor.from_tensor(input, ragged_rank=rank - 1)
        elif input.ragged_rank < rank - 1:
            inner = RaggedTensor.from_tensor(
                input.flat_values, ragged_rank=rank - input.ragged_rank + 1
            )
            input = input.with_flat_values(inner)
    values = input.flat_values if is_ragged(input) else input
    splits, *found = apply_op(
        op_type,
        array_ops.reshape(values, [-1]),
        input_encoding=input_encoding,
        errors=errors,
        replacement_char=replacement_char,
        replace_control_characters=replace_control_characters,
    )
    if rank == 0:
        return found
    rows = []
    for part in found:
        row = RaggedTensor.from_row_splits(part, splits, validate=False)
        rows.append(input.with_flat_values(row) if rank > 1 else row)
    return rows


@export("strings.ngrams")
def ngrams(
    data: Any,
    ngram_width: int | Sequence[int],
    separator: str = " ",
    pad_values: Any = None,
    padding_width: int | None = None,
    preserve_short_sequences: bool = False,
    name: str | None = None,
) -> Any:
    """Neighbours along the last axis joined. Stands for `tf.strings.ngrams`.

    Args:
      data: strings, a tensor or ragged tensor of known rank, 1 or more.
      ngram_width: how many are joined; with several widths, first the n-grams of the first one.
      separator: what goes between.
      pad_values: what each row begins and ends with: a string, or one for the left and one for the
        right; None for no padding.
      padding_width: how often; default: `ngram_width` - 1, which is also the most there can be.
      preserve_short_sequences: whether a row that is too short is one n-gram.
      name: a name scope for the nodes.

    Returns:
      Strings of the same rank; a RaggedTensor for one, and a tensor for a tensor.

    Raises:
      TypeError: paddings that are no strings.
      ValueError: numbers or a rank that cannot be.
    """
    with name_scope(name, "StringNGrams", [data]):
        left_pad, right_pad = _paddings(pad_values)
        if padding_width is not None:
            if padding_width < 1:
                raise ValueError("padding_width must be greater than 0.")
            if pad_values is None:
                raise ValueError("pad_values must be provided if padding_width is set.")
        data = convert_to_tensor_or_ragged_tensor(data, name="data", dtype=dtypes.string)
        dense_shape = None
        if isinstance(data, Tensor):
            dense_shape = array_ops.concat([array_ops.shape(data)[:-1], [-1]], axis=0)
        options = (ngram_width, separator, pad_values, padding_width, preserve_short_sequences)
        if not is_ragged(data):
            if data.shape.ndims is None:
                raise ValueError("Rank of data must be known.")
            if data.shape.ndims == 0:
                raise ValueError("Data must have rank>0")
            if data.shape.ndims == 1:
                row = RaggedTensor.from_row_starts(data, [0], validate=False)
                return ngrams(row, *options, name)[0]
            data = RaggedTensor.from_tensor(data, ragged_rank=data.shape.ndims - 1)
        if data.ragged_rank > 1:
            found = data.with_values(ngrams(data.values, *options, name))
        else:
            widths = ngram_width if isinstance(ngram_width, (list, tuple)) else [ngram_width]
            if any(width < 1 for width in widths):
                raise ValueError(f"All ngram_widths must be greater than 0. Got {ngram_width}")
            default_width = 0 if pad_values is None else -1
            values, splits = apply_op(
                "StringNGrams",
                data.flat_values,
                data.row_splits,
                separator=separator,
                ngram_widths=list(widths),
                left_pad=left_pad,
                right_pad=right_pad,
                pad_width=default_width if padding_width is None else padding_width,
                preserve_short_sequences=preserve_short_sequences,
            )
            found = RaggedTensor.from_row_splits(values=values, row_splits=splits, validate=False)
        if dense_shape is None:
            return found
        return array_ops.reshape(found.flat_values, dense_shape)


def _paddings(pad_values: Any) -> tuple[Any, Any]:
    if pad_values is None:
        return "", ""
    pads = pad_values if isinstance(pad_values, (list, tuple)) else (pad_values, pad_values)
    if not all(isinstance(pad, compat.bytes_or_text_types) for pad in pads[:2]):
        raise TypeError("pad_values must be a string, tuple of strings, or None.")
    return pads[0], pads[1]
