"""Row splits as segment ids and back."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.ragged import ragged_util


@export("ragged.row_splits_to_segment_ids")
def row_splits_to_segment_ids(splits: Any, name: str | None = None, out_type: Any = None) -> Tensor:
    """The row of each value: `[0, 3, 3, 5]` gives `[0, 0, 0, 2, 2]`. Stands for
    `tf.ragged.row_splits_to_segment_ids`.

    Args:
      splits: a sorted vector of int32 or int64 that begins with 0.
      name: a name scope for the nodes.
      out_type: the type of the ids; default: that of `splits`.

    Raises:
      ValueError: `splits` is empty or of another type.
    """
    with name_scope(name, "RaggedSplitsToSegmentIds", [splits]) as name:
        splits = convert_to_tensor(splits, name="splits", preferred_dtype=dtypes.int64)
        if splits.dtype not in (dtypes.int32, dtypes.int64):
            raise ValueError("splits must have dtype int32 or int64")
        splits.shape.assert_has_rank(1)
        if splits.dims is not None and splits.dims[0] == 0:
            raise ValueError("Invalid row_splits: []")
        out_type = splits.dtype if out_type is None else dtypes.as_dtype(out_type)
        row_lengths = splits[1:] - splits[:-1]
        nrows = array_ops.shape(splits, out_type=out_type)[-1] - 1
        return ragged_util.repeat(math_ops.range(nrows), repeats=row_lengths, axis=0)


@export("ragged.segment_ids_to_row_splits")
def segment_ids_to_row_splits(
    segment_ids: Any, num_segments: Any = None, out_type: Any = None, name: str | None = None
) -> Tensor:
    """The row splits of sorted segment ids. Stands for `tf.ragged.segment_ids_to_row_splits`.

    Args:
      segment_ids: a sorted vector of whole numbers.
      num_segments: how many rows there are; default: one more than the last id.
      out_type: the type of the splits; default: that of the arguments, else int64.
      name: a name scope for the nodes.
    """
    if out_type is None:
        given = [t.dtype for t in (segment_ids, num_segments) if isinstance(t, Tensor)]
        out_type = given[0] if given else dtypes.int64
    out_type = dtypes.as_dtype(out_type)
    with name_scope(name, "SegmentIdsToRaggedSplits", [segment_ids]) as name:
        segment_ids = ragged_util.convert_to_int_tensor(
            segment_ids, "segment_ids", dtype=dtypes.int32
        )
        segment_ids.shape.assert_has_rank(1)
        if num_segments is not None:
            num_segments = ragged_util.convert_to_int_tensor(
                num_segments, "num_segments", dtype=dtypes.int32
            )
            num_segments.shape.assert_has_rank(0)
        row_lengths = math_ops.bincount(
            segment_ids, minlength=num_segments, maxlength=num_segments, dtype=out_type
        )
        splits = array_ops.concat([[0], math_ops.cumsum(row_lengths)], axis=0)
        if num_segments is not None:
            known = constant_value(num_segments)
            if known is not None:
                splits.set_shape([int(known) + 1])
        return splits
