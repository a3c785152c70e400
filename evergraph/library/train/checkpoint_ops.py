"""Initializers that read matrices from checkpoints whose vocabularies were other ones."""

import math
from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, init_ops, math_ops
from evergraph.base import dtypes
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor


def _load_and_remap_matrix(
    ckpt_path: Any,
    old_tensor_name: Any,
    new_row_vocab_offset: int,
    num_rows_to_load: int,
    new_col_vocab_size: int,
    initializer: Callable[..., Any],
    old_row_vocab_size: int = -1,
    old_row_vocab_file: Any = None,
    new_row_vocab_file: Any = None,
    old_col_vocab_file: Any = None,
    new_col_vocab_file: Any = None,
    num_row_oov_buckets: int = 0,
    num_col_oov_buckets: int = 0,
    max_rows_in_memory: int = -1,
) -> Tensor:
    """A matrix of a checkpoint with rows and columns where the new vocabularies have them.

    Args:
      ckpt_path: the checkpoint.
      old_tensor_name: the matrix there, of float32.
      new_row_vocab_offset: the first entry of the new vocabulary to load.
      num_rows_to_load: how many entries to load.
      new_col_vocab_size: the number of columns.
      initializer: makes values for what was not there, as `tf.initializers` do.
      old_row_vocab_size: how many entries of the old vocabulary were used; -1: all.
      old_row_vocab_file, new_row_vocab_file: vocabularies of the rows, an entry a line; or none.
      old_col_vocab_file, new_col_vocab_file: the same of the columns.
      num_row_oov_buckets, num_col_oov_buckets: rows and columns that are added behind.
      max_rows_in_memory: how many rows to read at once; -1: all.

    Raises:
      ValueError: a number is negative, there are no vocabularies, or only one of two.
    """
    for name, count in (("row", num_row_oov_buckets), ("col", num_col_oov_buckets)):
        if count < 0:
            raise ValueError(f"num_{name}_oov_buckets must be >= 0, but received {count}")
    for name, old, new in (
        ("row", old_row_vocab_file, new_row_vocab_file),
        ("col", old_col_vocab_file, new_col_vocab_file),
    ):
        if bool(old) != bool(new):
            raise ValueError(
                f"old_{name}_vocab_file and new_{name}_vocab_file must both be specified or left "
                f"unspecified. old_{name}_vocab_file='{old}', new_{name}_vocab_file='{new}'"
            )
    if not (new_row_vocab_file or new_col_vocab_file):
        raise ValueError(
            "Must provide either row or column vocab files. If no remapping is necessary, consider "
            "using `tf.contrib.framework.init_from_checkpoint` instead."
        )
    rows_present: Any = num_rows_to_load
    if new_row_vocab_file:
        row_remapping, rows_present = apply_op(
            "GenerateVocabRemapping",
            new_row_vocab_file,
            old_row_vocab_file,
            new_vocab_offset=new_row_vocab_offset,
            num_new_vocab=num_rows_to_load,
            old_vocab_size=old_row_vocab_size,
        )
    else:
        end = new_row_vocab_offset + num_rows_to_load
        row_remapping = math_ops.range(new_row_vocab_offset, end, dtype=dtypes.int64)
    col_remapping: Any = []
    cols_present: Any = new_col_vocab_size
    if new_col_vocab_file:
        col_remapping, cols_present = apply_op(
            "GenerateVocabRemapping",
            new_col_vocab_file,
            old_col_vocab_file,
            new_vocab_offset=0,
            num_new_vocab=new_col_vocab_size,
        )
    missing = num_rows_to_load * new_col_vocab_size - rows_present * cols_present
    result = apply_op(
        "LoadAndRemapMatrix",
        ckpt_path,
        old_tensor_name,
        row_remapping,
        col_remapping,
        initializer([missing, 1]),
        num_rows=num_rows_to_load,
        num_cols=new_col_vocab_size,
        max_rows_in_memory=max_rows_in_memory,
    )
    if num_row_oov_buckets > 0:
        more = convert_to_tensor(initializer([num_row_oov_buckets, new_col_vocab_size]))
        result = array_ops.concat([result, more], 0)
    if num_col_oov_buckets > 0:
        rows = num_rows_to_load + num_row_oov_buckets
        more = convert_to_tensor(initializer([rows, num_col_oov_buckets]))
        result = array_ops.concat([result, more], 1)
    return result


def _load_and_remap_matrix_initializer(
    ckpt_path: Any,
    old_tensor_name: Any,
    new_row_vocab_size: int,
    new_col_vocab_size: int,
    old_row_vocab_size: int = -1,
    old_row_vocab_file: Any = None,
    new_row_vocab_file: Any = None,
    old_col_vocab_file: Any = None,
    new_col_vocab_file: Any = None,
    num_row_oov_buckets: int = 0,
    num_col_oov_buckets: int = 0,
    initializer: Callable[..., Any] | None = None,
    max_rows_in_memory: int = -1,
) -> Callable[..., Tensor]:
    """An initializer of variables, partitioned ones too, that reads them from a checkpoint.

    Arguments as of `_load_and_remap_matrix`; `initializer` (default: zeros) makes what was not
    there. Raises TypeError where it cannot be called.
    """
    if initializer is None:
        initializer = init_ops.zeros_initializer()
    if not callable(initializer):
        raise TypeError(
            f"initializer must be callable, instead of being {initializer} of type "
            f"{type(initializer)}."
        )
    make = initializer
    total_rows = new_row_vocab_size + num_row_oov_buckets
    total_cols = new_col_vocab_size + num_col_oov_buckets

    def _initializer(shape: Any, dtype: Any = dtypes.float32, partition_info: Any = None) -> Any:
        _check_shape(shape, dtype, new_col_vocab_size, num_col_oov_buckets, total_cols)
        offset = 0 if partition_info is None else partition_info.single_offset(shape)
        end = offset + shape[0]
        if end > total_rows:
            raise ValueError(
                f"Trying to initialize {shape[0]} additional rows after {offset} rows have already "
                "been initialized, which would exceed expected total row count of "
                f"new_row_vocab_size ({new_row_vocab_size}) + num_row_oov_buckets "
                f"({num_row_oov_buckets}) = {total_rows}."
            )
        extra = min(shape[0], max(0, end - new_row_vocab_size))
        if offset > new_row_vocab_size:
            if shape[0] != extra:
                raise ValueError(
                    "Partitioned variable offset is greater than new vocab size and not operating "
                    "on OOV-only partition."
                )
            return make(shape)
        return _load_and_remap_matrix(
            ckpt_path=ckpt_path,
            old_tensor_name=old_tensor_name,
            new_row_vocab_offset=offset,
            num_rows_to_load=shape[0] - extra,
            new_col_vocab_size=new_col_vocab_size,
            initializer=make,
            old_row_vocab_size=old_row_vocab_size,
            old_row_vocab_file=old_row_vocab_file,
            new_row_vocab_file=new_row_vocab_file,
            old_col_vocab_file=old_col_vocab_file,
            new_col_vocab_file=new_col_vocab_file,
            num_row_oov_buckets=extra,
            num_col_oov_buckets=num_col_oov_buckets,
            max_rows_in_memory=max_rows_in_memory,
        )

    return _initializer


def _check_shape(shape: Any, dtype: Any, cols: int, extra_cols: int, total_cols: int) -> None:
    if dtype != dtypes.float32:
        raise TypeError(f"Currently, only float32 is supported. Received dtype: {dtype}")
    if len(shape) != 2:
        raise ValueError(f"Expected 2-dim shape, but received: {shape}")
    if shape[0] <= 0:
        raise ValueError(f"Expected 1st dim of shape to be > 0, but received shape: {shape}")
    if shape[1] != total_cols:
        raise ValueError(
            f"Expected 2nd dim of shape to be new_col_vocab_size ({cols}) + num_col_oov_buckets "
            f"({extra_cols}) = {total_cols}, but received shape: {shape}"
        )


def _load_embedding_initializer(
    ckpt_path: Any,
    embedding_tensor_name: Any,
    new_vocab_size: int,
    embedding_dim: int,
    old_vocab_file: Any,
    new_vocab_file: Any,
    old_vocab_size: int = -1,
    num_oov_buckets: int = 0,
    initializer: Callable[..., Any] | None = None,
    max_rows_in_memory: int = -1,
) -> Callable[..., Tensor]:
    """As `_load_and_remap_matrix_initializer`, for the rows of an embedding; by default new rows
    are drawn from a truncated normal distribution."""
    if initializer is None:
        initializer = init_ops.truncated_normal_initializer(stddev=1.0 / math.sqrt(embedding_dim))
    return _load_and_remap_matrix_initializer(
        ckpt_path=ckpt_path,
        old_tensor_name=embedding_tensor_name,
        new_row_vocab_size=new_vocab_size,
        new_col_vocab_size=embedding_dim,
        old_row_vocab_size=old_vocab_size,
        old_row_vocab_file=old_vocab_file,
        new_row_vocab_file=new_vocab_file,
        num_row_oov_buckets=num_oov_buckets,
        initializer=initializer,
        max_rows_in_memory=max_rows_in_memory,
    )
