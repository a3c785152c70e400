"""Ragged tensors filled up to dense ones."""

import numpy as np
from case_tools import Cases, fed, floats

CASES = Cases()
simple = CASES.simple
SPLITS = [0, 2, 2, 5, 6]
IDS = [0, 0, 2, 2, 2, 3]


def dense(tf, shape, values, default, partitions, kinds=("ROW_SPLITS",)):
    return [
        tf.raw_ops.RaggedTensorToTensor(
            shape=shape,
            values=values,
            default_value=default,
            row_partition_tensors=partitions,
            row_partition_types=kinds,
        )
    ]


ROWIDS = ("FIRST_DIM_SIZE", "VALUE_ROWIDS")
TWO = ("ROW_SPLITS", "ROW_SPLITS")
MIXED = ("FIRST_DIM_SIZE", "VALUE_ROWIDS", "ROW_SPLITS")


def unknown(tf):
    values, feed = fed(tf, floats(6), None)
    shape, more = fed(tf, np.array([-1, 4], np.int32), None)
    feed.update(more)
    return dense(tf, shape, values, 0.0, [np.array(SPLITS)]), feed


def unknown_inner(tf):
    values, feed = fed(tf, floats(6, 2), [None, None])
    return dense(tf, [-1, 4, -1], values, [1.0, 2.0], [np.array(SPLITS)]), feed


def inconsistent_when_run(tf):
    values, feed = fed(tf, floats(6, 2), None)
    return dense(tf, [-1, 4, 3], values, 0.0, [np.array(SPLITS)]), feed


def unknown_default(tf):
    default, feed = fed(tf, floats(3), None)
    return dense(tf, -1, floats(6, 2), default, [np.array(SPLITS)]), feed


simple(
    splits=lambda tf: dense(tf, -1, floats(6), 0.0, [SPLITS]),
    splits_int64=lambda tf: dense(tf, [-1, -1], [b"a", b"b"], b"", [np.array([0, 0, 1, 2])]),
    shape_larger=lambda tf: dense(tf, [5, 4], floats(6), -1.0, [SPLITS]),
    shape_smaller=lambda tf: dense(tf, [3, 2], floats(6), -1.0, [SPLITS]),
    shape_in_part=lambda tf: dense(tf, [-1, 2], floats(6), 9.0, [SPLITS]),
    none=lambda tf: dense(tf, [0, 2], floats(6), 9.0, [SPLITS]),
    no_rows=lambda tf: dense(tf, -1, np.zeros(0, np.int64), 9, [[0]]),
    inner=lambda tf: dense(tf, -1, floats(6, 2), 0.5, [SPLITS]),
    inner_default=lambda tf: dense(tf, -1, floats(6, 2), [7.0, 8.0], [SPLITS]),
    inner_default_one=lambda tf: dense(tf, [-1, 2, 2], floats(6, 2), [7.0], [SPLITS]),
    two=lambda tf: dense(tf, -1, floats(6), 0.0, [[0, 1, 1, 4], SPLITS], TWO),
    two_smaller=lambda tf: dense(tf, [3, 2, 2], floats(6), 0.0, [[0, 1, 1, 4], SPLITS], TWO),
    two_inner=lambda tf: dense(tf, -1, floats(6, 3), 0.0, [[0, 1, 1, 4], SPLITS], TWO),
    rowids=lambda tf: dense(tf, -1, floats(6), 0.0, [5, IDS], ROWIDS),
    rowids_smaller=lambda tf: dense(tf, [3, 2], floats(6), 0.0, [5, IDS], ROWIDS),
    rowids_none=lambda tf: dense(
        tf, -1, floats(0), 0.0, [np.int64(2), np.zeros(0, np.int64)], ROWIDS
    ),
    mixed=lambda tf: dense(tf, -1, floats(6), 0.0, [3, [0, 2, 2, 2], SPLITS], MIXED),
    bools=lambda tf: dense(tf, -1, [True, True], False, [[0, 0, 2]]),
    halves=lambda tf: dense(tf, -1, np.float16([1, 2]), np.float16(3), [[0, 0, 2, 3][:3]]),
    bytes=lambda tf: dense(tf, -1, np.uint8([1, 2]), np.uint8(3), [[0, 1, 2]]),
    words=lambda tf: dense(tf, -1, np.uint32([1, 2]), np.uint32(3), [[0, 1, 2]]),
    unknown=unknown,
    unknown_inner=unknown_inner,
    inconsistent_when_run=inconsistent_when_run,
    unknown_default=unknown_default,
    few_values=lambda tf: dense(tf, -1, floats(5), 0.0, [SPLITS]),
    few_inner_values=lambda tf: dense(tf, -1, floats(5, 2), 0.0, [SPLITS]),
    lengths=lambda tf: dense(tf, -1, floats(6), 0.0, [SPLITS], ["ROW_LENGTHS"]),
    no_such_kind=lambda tf: dense(tf, -1, floats(6), 0.0, [SPLITS], ["ROWS"]),
    no_kinds=lambda tf: dense(tf, -1, floats(6), 0.0, [SPLITS], []),
    more_kinds=lambda tf: dense(tf, -1, floats(6), 0.0, [SPLITS], TWO),
    first_not_first=lambda tf: dense(
        tf, -1, floats(6), 0.0, [SPLITS, 1], ["ROW_SPLITS", "FIRST_DIM_SIZE"]
    ),
    first_alone=lambda tf: dense(tf, -1, floats(6), 0.0, [5], ["FIRST_DIM_SIZE"]),
    ids_first=lambda tf: dense(tf, -1, floats(6), 0.0, [IDS], ["VALUE_ROWIDS"]),
    first_vector=lambda tf: dense(tf, -1, floats(6), 0.0, [[5], IDS], ROWIDS),
    splits_scalar=lambda tf: dense(tf, -1, floats(6), 0.0, [5]),
    default_rank=lambda tf: dense(tf, -1, floats(6, 2), floats(1, 1, 2), [SPLITS]),
    default_shape=lambda tf: dense(tf, -1, floats(6, 2), floats(3), [SPLITS]),
    ranks=lambda tf: dense(tf, [-1, -1, 3], floats(6), 0.0, [SPLITS]),
    inner_size=lambda tf: dense(tf, [-1, -1, 3], floats(6, 2), 0.0, [SPLITS]),
)
