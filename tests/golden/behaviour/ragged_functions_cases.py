"""Functions of tensors given ragged ones: operators, element-wise functions, shapes, maps."""

import numpy as np
from outcomes import Cases, describe, tried

CASES = Cases()
case = CASES.case


def plain(tf, sess, value):
    """A ragged tensor as lists, a tensor as an array, and its static shape."""
    if isinstance(value, (list, tuple)):
        return [plain(tf, sess, v) for v in value]
    got = sess.run(value)
    listed = got.to_list() if hasattr(got, "to_list") else got.tolist()
    return [type(value).__name__, str(value.shape), str(value.dtype), str(listed)]


def outcomes_of(tf, calls):
    found = {}
    for label, call in calls.items():
        with tf.Graph().as_default(), tf.Session() as sess:
            found[label] = tried(lambda call=call: plain(tf, sess, call()))
    return found


def numbers(tf):
    return tf.ragged.constant([[1.5, -2.0], [], [0.25, 4.0, -0.5]])


def whole(tf):
    return tf.ragged.constant([[[1, 2], [3]], [], [[4, 5, 6]]])


@case
def operators(tf, module):
    calls = {
        "a+a": lambda: numbers(tf) + numbers(tf),
        "a+1": lambda: numbers(tf) + 1,
        "2-a": lambda: 2 - numbers(tf),
        "a*column": lambda: numbers(tf) * [[10.0], [20.0], [30.0]],
        "row*a": lambda: np.float32([[1.0, 2.0, 3.0]]) * numbers(tf),
        "a/a": lambda: numbers(tf) / numbers(tf),
        "a//2": lambda: numbers(tf) // 2,
        "7%w": lambda: 7 % whole(tf),
        "w%2": lambda: whole(tf) % 2,
        "w**2": lambda: whole(tf) ** 2,
        "2**w": lambda: 2 ** whole(tf),
        "-a": lambda: -numbers(tf),
        "abs": lambda: abs(numbers(tf)),
        "a>0": lambda: numbers(tf) > 0,
        "a<=a": lambda: numbers(tf) <= numbers(tf),
        "a>=0": lambda: numbers(tf) >= 0,
        "a<0": lambda: numbers(tf) < 0,
        "~": lambda: ~(numbers(tf) > 0),
        "&": lambda: (numbers(tf) > 0) & (numbers(tf) < 2),
        "|": lambda: (numbers(tf) > 0) | [[True], [False], [False]],
        "^": lambda: (numbers(tf) > 0) ^ True,
        "truediv": lambda: whole(tf) / 2,
        "bool": lambda: bool(numbers(tf)),
        "unlike": lambda: numbers(tf) + tf.ragged.constant([[1.0], [], [2.0]]),
        "types": lambda: numbers(tf) + whole(tf),
        "broadcast": lambda: (
            whole(tf)
            + tf.ragged.constant([[10, 20], [], [30]]).with_values(tf.constant([[10], [20], [30]]))
        ),
        "more axes": lambda: numbers(tf) + tf.ones([2, 3, 1]),
    }
    return outcomes_of(tf, calls)


@case
def functions_of_elements(tf, module):
    words = lambda: tf.ragged.constant([["12", "x y"], [], ["Z"]])  # noqa: E731
    ints = lambda: tf.ragged.constant([[6, 3], [], [1]])  # noqa: E731
    complexes = lambda: tf.ragged.constant([[1 + 2j], [3j, 4]], tf.complex64)  # noqa: E731
    calls = {
        "clip": lambda: tf.clip_by_value(numbers(tf), -1.0, 1.0),
        "cast": lambda: tf.cast(numbers(tf), tf.int32),
        "identity": lambda: tf.identity(numbers(tf)),
        "ones_like": lambda: tf.ones_like(numbers(tf)),
        "zeros_like": lambda: tf.zeros_like(whole(tf), dtype=tf.int64),
        "check": lambda: tf.check_numerics(numbers(tf), "not a number"),
        "invert": lambda: tf.bitwise.invert(ints()),
        "shift": lambda: tf.bitwise.left_shift(ints(), 1),
        "xor": lambda: tf.bitwise.bitwise_xor(ints(), ints()),
        "real": lambda: tf.real(complexes()),
        "conj": lambda: tf.conj(complexes()),
        "angle": lambda: tf.angle(complexes()),
        "saturate": lambda: tf.saturate_cast(numbers(tf), tf.uint8),
        "join": lambda: tf.strings.join([words(), words()], "-"),
        "join with text": lambda: tf.strings.join([words(), "!"]),
        "add_n": lambda: tf.add_n([numbers(tf), numbers(tf)]),
        "add_n unlike": lambda: tf.add_n([numbers(tf), numbers(tf)[:2]]),
        "number": lambda: tf.strings.to_number(words()[0:1, 0:1]),
        "length": lambda: tf.strings.length(words()),
        "substr": lambda: tf.strings.substr(words(), 0, 1),
        "hash": lambda: tf.strings.to_hash_bucket_fast(words(), 97),
        "replace": lambda: tf.strings.regex_replace(words(), "[0-9]", "d"),
        "as_string": lambda: tf.as_string(ints()),
        "strip": lambda: tf.strings.strip(words()),
        "base64": lambda: tf.io.encode_base64(words()),
        "atan2": lambda: tf.atan2(numbers(tf), numbers(tf)),
        "maximum": lambda: tf.maximum(numbers(tf), 0.0),
        "keywords": lambda: tf.maximum(y=numbers(tf), x=1.0),
        "equal": lambda: tf.equal(whole(tf), 3),
        "not_equal": lambda: tf.not_equal(whole(tf), whole(tf)),
        "pow": lambda: tf.pow(whole(tf), 2),
        "sparse": lambda: tf.add(numbers(tf), tf.SparseTensor([[0, 0]], [1.0], [3, 2])),
        "none": lambda: tf.add(numbers(tf), None),
    }
    for name in "abs exp floor round sign sqrt square rsqrt sin tanh erf log1p sigmoid".split():
        calls[name] = lambda name=name: getattr(tf.math, name)(abs(numbers(tf)))
    return outcomes_of(tf, calls)


@case
def functions_of_rows(tf, module):
    bools = lambda: tf.ragged.constant([[True], [], [False, True]])  # noqa: E731
    words = lambda: tf.ragged.constant([["a", "b"], [], ["c"]])  # noqa: E731
    calls = {
        "concat 0": lambda: tf.concat([numbers(tf), numbers(tf)], 0),
        "concat 1": lambda: tf.concat([numbers(tf), [[7.0], [8.0], [9.0]]], axis=1),
        "stack": lambda: tf.stack([numbers(tf), numbers(tf)]),
        "expand": lambda: tf.expand_dims(numbers(tf), 1),
        "gather": lambda: tf.gather(whole(tf), [2, 0]),
        "gather of scalar": lambda: tf.gather(whole(tf), 0),
        "gather by ragged": lambda: tf.gather([10, 20, 30], tf.ragged.constant([[0], [2, 1]])),
        "gather_nd": lambda: tf.gather_nd(whole(tf), [[0, 1], [2, 0]]),
        "batch_gather": lambda: tf.batch_gather(numbers(tf), tf.ragged.constant([[1], [], [0, 2]])),
        "one_hot": lambda: tf.one_hot(tf.ragged.constant([[0], [1, 2]]), 3),
        "one_hot axis": lambda: tf.one_hot(tf.ragged.constant([[0], [1, 2]]), 3, axis=0),
        "rank": lambda: tf.rank(whole(tf)),
        "size": lambda: tf.size(whole(tf)),
        "size 64": lambda: tf.size(whole(tf), out_type=tf.int64),
        "squeeze": lambda: tf.squeeze(tf.ragged.constant([[[1], [2]], [[3]]], ragged_rank=1), 2),
        "tile": lambda: tf.tile(numbers(tf), [1, 2]),
        "where": lambda: tf.where(bools()),
        "where three": lambda: tf.where(numbers(tf) > 0, numbers(tf), -numbers(tf)),
        "partition": lambda: tf.dynamic_partition(numbers(tf), [1, 0, 1], 2),
        "segment": lambda: tf.math.unsorted_segment_sum(numbers(tf), [0, 1, 0], 2),
        "reduce_join": lambda: tf.strings.reduce_join(words(), axis=1),
        "stacked partitions": lambda: tf.ragged.stack_dynamic_partitions(
            ["a", "b", "c", "d"], [3, 0, 2, 3], 5
        ),
        "stacked ragged": lambda: tf.ragged.stack_dynamic_partitions(
            numbers(tf), tf.ragged.constant([[1, 0], [], [0, 2, 1]], dtype=tf.int64), 3
        ),
        "stacked scalar": lambda: tf.ragged.stack_dynamic_partitions([1, 2], 1, 3),
        "stacked beyond": lambda: tf.ragged.stack_dynamic_partitions([1, 2], [0, 3], 3),
        "stacked unlike": lambda: tf.ragged.stack_dynamic_partitions([1, 2], [0], 3),
        "row of a gather": lambda: tf.gather(numbers(tf), 2),
    }
    for name in "sum prod min max mean".split():
        for axis in (None, 0, 1, [0, 1]):
            calls["reduce_%s %s" % (name, axis)] = (  # noqa: UP031 - Python 3.7
                lambda name=name, axis=axis: getattr(tf, "reduce_" + name)(
                    tf.ragged.constant([[1.0, 2.0], [3.0]]), axis=axis
                )
            )
    calls["any"] = lambda: tf.reduce_any(bools(), 1)
    calls["all"] = lambda: tf.reduce_all(bools(), axis=1)
    return outcomes_of(tf, calls)


@case
def shapes(tf, module):
    lib = module("python.ops.ragged.ragged_tensor_shape")
    shape = lib.RaggedTensorDynamicShape
    found = {}

    def tell(sess, s):
        sizes, inner = sess.run([list(s.partitioned_dim_sizes), s.inner_dim_sizes])
        return [
            [x.tolist() for x in sizes],
            inner.tolist(),
            s.rank,
            s.num_partitioned_dimensions,
            s.num_inner_dimensions,
            s.dim_size_dtype.name,
            [s.is_ragged(i) for i in range(s.rank)],
            int(sess.run(s.num_slices_in_dimension(s.rank - 1))),
        ]

    makes = {
        "dense": lambda: shape.from_tensor([[1, 2, 3], [4, 5, 6]]),
        "ragged": lambda: shape.from_tensor(whole(tf)),
        "inner": lambda: shape.from_tensor(tf.ragged.constant([[[1, 2]], []], ragged_rank=1)),
        "sizes": lambda: shape.from_dim_sizes([2, [2, 1], 3]),
        "uniform": lambda: shape.from_dim_sizes([2, 3]),
        "parts": lambda: shape([2, [2, 1]], [5]),
        "32": lambda: shape([2, np.int32([2, 1])], [5]),
        "64": lambda: shape([2, np.int32([2, 1])], [5], dim_size_dtype=tf.int64),
        "cast": lambda: shape.from_dim_sizes([2, [2, 1], 3]).with_dim_size_dtype(tf.int32),
        "cast float": lambda: shape.from_dim_sizes([2]).with_dim_size_dtype(tf.float32),
        "first ragged": lambda: shape([[2, 1]], []),
        "last uniform": lambda: shape([2, [1, 2], 3], []),
        "unknown": lambda: shape([tf.placeholder(tf.int64)], []),
        "mixed": lambda: shape([2, np.int32([2, 1]), np.int64([1, 1, 2])], []),
        "matrix": lambda: shape.from_dim_sizes([[[1]]]),
        "rank up": lambda: shape.from_dim_sizes([2, [2, 1]]).broadcast_to_rank(4),
        "uniform up": lambda: shape.from_dim_sizes([2, 3]).broadcast_to_rank(4),
        "rank down": lambda: shape.from_dim_sizes([2, 3]).broadcast_to_rank(1),
        "both": lambda: lib.broadcast_dynamic_shape(
            shape.from_dim_sizes([3, 1, 2]), shape.from_dim_sizes([3, [1, 0, 2], 1])
        ),
        "both ragged": lambda: lib.broadcast_dynamic_shape(
            shape.from_dim_sizes([1, [2], 1]), shape.from_dim_sizes([3, 1, 2])
        ),
        "unfit": lambda: lib.broadcast_dynamic_shape(
            shape.from_dim_sizes([2, 3]), shape.from_dim_sizes([3, 3])
        ),
        "no shape": lambda: lib.broadcast_dynamic_shape([2], shape.from_dim_sizes([2])),
        "axis": lambda: shape.from_dim_sizes([2, 3]).is_ragged(2),
        "negative": lambda: shape.from_dim_sizes([2, 3]).is_ragged(-1),
        "text": lambda: shape.from_dim_sizes([2, 3]).dimension_size("1"),
    }
    for label, make in makes.items():
        with tf.Graph().as_default(), tf.Session() as sess:
            found[label] = tried(lambda make=make: tell(sess, make()))
    broadcasts = {
        "column": ([[10], [20], [30]], [3, [1, 0, 2]]),
        "scalar": (5, [2, [1, 2], 2]),
        "vector": ([1, 2], [2, [1, 2], 2]),
        "ragged": (tf.ragged.constant([[1], [2]]), [2, [1, 1], [2, 3]]),
        "dense": ([[1], [2]], [2, 3]),
        "too many": ([[[1]]], [2, [1, 2]]),
        "ragged to dense": (tf.ragged.constant([[1], [2]]), [2, 3]),
    }
    for label, (value, sizes) in broadcasts.items():
        for inner in (True, False):
            with tf.Graph().as_default(), tf.Session() as sess:
                if "ragged" in label:
                    value = tf.ragged.constant([[1], [2]], row_splits_dtype=tf.int64)
                found["to %s %s" % (label, inner)] = tried(  # noqa: UP031 - Python 3.7
                    lambda: plain(
                        tf,
                        sess,
                        lib.broadcast_to(value, shape.from_dim_sizes(sizes), inner),  # noqa: B023
                    )
                )
    return found


@case
def maps(tf, module):
    lib = module("python.ops.ragged.ragged_map_ops")
    kind = module("python.ops.ragged.ragged_tensor").RaggedTensorType
    rows = lambda: tf.ragged.constant([[1, 2, 3], [4], []])  # noqa: E731
    calls = {
        "mean": lambda: lib.map_fn(tf.reduce_sum, rows()),
        "ragged": lambda: lib.map_fn(
            lambda x: x + 1, rows(), dtype=kind(tf.int32, 1), infer_shape=False
        ),
        "deeper": lambda: lib.map_fn(
            lambda x: x + 1, whole(tf), dtype=kind(tf.int32, ragged_rank=2), infer_shape=False
        ),
        "ranges": lambda: lib.map_fn(
            tf.range, [3, 0, 2], dtype=kind(tf.int32, 1), infer_shape=False
        ),
        "two": lambda: lib.map_fn(
            lambda x: (x[0] * 2, tf.size(x[0]) + x[1]),
            (rows(), [10, 20, 30]),
            dtype=(kind(tf.int32, 1), tf.int32),
            infer_shape=False,
        ),
        "dense": lambda: lib.map_fn(lambda x: x * 2, [[1, 2], [3, 4]]),
        "wrong rank": lambda: lib.map_fn(lambda x: x, rows(), dtype=kind(tf.int32, 2)),
        "wrong type": lambda: lib.map_fn(lambda x: x, rows(), dtype=kind(tf.int64, 1)),
        "wrong splits": lambda: lib.map_fn(
            lambda x: x, whole(tf), dtype=kind(tf.int32, 2, tf.int32)
        ),
        "scalar": lambda: lib.map_fn(lambda x: x, 3),
        "scalars": lambda: lib.map_fn(lambda x: x[0], (3, 4)),
        "no function": lambda: lib.map_fn(3, rows()),
        "sparse": lambda: lib.map_fn(lambda x: x, tf.SparseTensor([[0]], [1], [1])),
    }
    return outcomes_of(tf, calls)


@case
def defaults(tf, module):
    gather = module(
        "python.ops.ragged.ragged_batch_gather_with_default_op"
    ).batch_gather_with_default
    dense = module("python.ops.ragged.ragged_conversion_ops").ragged_to_dense
    words = lambda: tf.ragged.constant([["a", "b", "c"], ["d"], [], ["e"]])  # noqa: E731
    calls = {
        "ragged": lambda: gather(words(), tf.ragged.constant([[1, 2, -1], [], [], [0, 10]]), "F"),
        "dense": lambda: gather([[1, 2], [3, 4]], [[0, 5], [-1, 1]], 9),
        "vector": lambda: gather([1, 2, 3], [0, 7, 2], 9),
        "deep": lambda: gather(whole(tf), [2, 5, 0], 7),
        "deep pairs": lambda: gather(whole(tf), [[0, 4], [0, 1], [0, 0]], 7),
        "matrix default": lambda: gather([1, 2, 3], [0], [[1]]),
        "unknown": lambda: gather([1, 2, 3], tf.placeholder(tf.int32), 1),
        "to": lambda: dense(words(), "-"),
        "to shape": lambda: dense(words(), "-", [2, None]),
        "to tensor": lambda: dense(whole(tf), 0, tf.constant([3, 1, 4])),
        "to zero": lambda: dense(whole(tf)),
        "rowids": lambda: dense(tf.RaggedTensor.from_value_rowids([1, 2, 3], [0, 2, 2], nrows=4)),
        "wrong": lambda: dense(words(), "-", [2]),
    }
    return outcomes_of(tf, calls)


@case
def splits_that_are_wrong(tf, module):
    found = {}
    for splits in ([[0, 2, 3]], [[1, 2, 3]], [[]], [[0, 2, 3], [0, 1]], [[0, 2], [1, 1, 3]]):
        with tf.Graph().as_default(), tf.Session() as sess:
            parts = [np.int64(s) for s in splits]
            found[str(splits)] = tried(
                lambda: describe(
                    list(
                        sess.run(
                            tf.raw_ops.RaggedTensorToSparse(
                                rt_nested_splits=parts,  # noqa: B023
                                rt_dense_values=[1, 2, 3],
                            )
                        )
                    )
                )
            )
    return found
