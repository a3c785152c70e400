"""Datasets: `name: build(tf)` gives a dataset, whose graph and elements are golden."""

import numpy as np

CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


def simple(**functions):
    CASES.update(functions)


def floats(*shape):
    return np.arange(1, 1 + int(np.prod(shape)), dtype=np.float32).reshape(shape)


def numbers(tf, *args):
    return tf.data.Dataset.range(*args)


simple(
    from_tensors=lambda tf: tf.data.Dataset.from_tensors((floats(2, 3), {"b": 1, "a": "x"})),
    from_tensor_slices=lambda tf: tf.data.Dataset.from_tensor_slices(
        (tf.range(4), {"a": floats(4, 2), "b": ["p", "q", "r", "s"]})
    ),
    from_list=lambda tf: tf.data.Dataset.from_tensor_slices([1.0, 2.0, 3.0]),
    range_of_three=lambda tf: numbers(tf, 3, 20, 4),
    range_down=lambda tf: numbers(tf, 5, 0, -2),
    zip_of_nest=lambda tf: tf.data.Dataset.zip(
        (numbers(tf, 3), {"a": numbers(tf, 10, 14), "b": numbers(tf, 5)})
    ),
    concatenate=lambda tf: numbers(tf, 3).concatenate(numbers(tf, 7, 9)),
    take=lambda tf: numbers(tf, 5).take(3),
    take_all=lambda tf: numbers(tf, 3).take(-1),
    skip=lambda tf: numbers(tf, 5).skip(3),
    skip_all=lambda tf: numbers(tf, 3).skip(-1),
    repeat=lambda tf: numbers(tf, 3).repeat(2),
    repeat_never=lambda tf: numbers(tf, 3).repeat(0),
    repeat_forever=lambda tf: numbers(tf, 3).repeat(),
    repeat_of_nothing=lambda tf: numbers(tf, 0).repeat(),
    shard=lambda tf: numbers(tf, 10).shard(3, 1),
    bad_shard=lambda tf: numbers(tf, 10).shard(3, 4),
    batch=lambda tf: numbers(tf, 7).batch(3),
    batch_full=lambda tf: numbers(tf, 7).batch(3, drop_remainder=True),
    batch_of_nest=lambda tf: tf.data.Dataset.from_tensor_slices(
        {"x": floats(5, 2), "s": ["a", "b", "c", "d", "e"]}
    ).batch(2),
    bad_batch=lambda tf: numbers(tf, 7).batch(0),
    ragged_batch=lambda tf: numbers(tf, 1, 4).map(lambda x: tf.fill([x], x)).batch(2),
    padded_batch=lambda tf: (
        numbers(tf, 1, 6).map(lambda x: tf.fill([x], x)).padded_batch(2, [None])
    ),
    padded_batch_fixed=lambda tf: (
        numbers(tf, 1, 6)
        .map(lambda x: (tf.fill([x, 2], tf.as_string(x)), x))
        .padded_batch(2, ([5, -1], []), ("none", tf.constant(-1, tf.int64)), drop_remainder=True)
    ),
    padded_batch_small=lambda tf: (
        numbers(tf, 1, 6).map(lambda x: tf.fill([x], x)).padded_batch(2, [3])
    ),
    shuffle=lambda tf: numbers(tf, 10).shuffle(4, seed=3),
    shuffle_by_graph=lambda tf: numbers(tf, 10).shuffle(4),
    shuffle_repeat=lambda tf: numbers(tf, 6).shuffle(4, seed=3).repeat(3),
    shuffle_batch_repeat=lambda tf: numbers(tf, 6).shuffle(4, seed=3).batch(2).repeat(3),
    shuffle_once=lambda tf: (
        numbers(tf, 6).shuffle(4, seed=3, reshuffle_each_iteration=False).repeat(3)
    ),
    shuffle_large=lambda tf: numbers(tf, 6).shuffle(100, seed=9).repeat(2),
    shuffle_in_flat_map=lambda tf: (
        numbers(tf, 2).flat_map(lambda x: numbers(tf, 4).shuffle(4, seed=1)).batch(4).repeat(2)
    ),
    bad_shuffle=lambda tf: numbers(tf, 6).shuffle(0),
    cache=lambda tf: numbers(tf, 3).cache().repeat(2),
    prefetch=lambda tf: numbers(tf, 3).prefetch(2),
    bad_prefetch=lambda tf: numbers(tf, 3).prefetch(-2),
    window=lambda tf: numbers(tf, 7).window(3).flat_map(lambda x: x.batch(3)),
    window_shifted=lambda tf: (
        numbers(tf, 7)
        .window(2, shift=1, stride=2, drop_remainder=True)
        .flat_map(lambda x: x.batch(2))
    ),
    window_of_nest=lambda tf: (
        tf.data.Dataset.from_tensor_slices((floats(4), {"a": floats(4, 2)}))
        .window(2)
        .flat_map(lambda x, y: tf.data.Dataset.zip((x.batch(2), y["a"].batch(2))))
    ),
    unbatch=lambda tf: tf.data.Dataset.from_tensors((floats(3, 2), ["a", "b", "c"])).unbatch(),
    enumerate_from=lambda tf: tf.data.Dataset.from_tensor_slices(["a", "b"]).enumerate(5),
    map_of_nest=lambda tf: tf.data.Dataset.from_tensor_slices((floats(3), {"a": floats(3, 2)})).map(
        lambda x, y: {"sum": x + y["a"], "x": x}
    ),
    map_parallel=lambda tf: numbers(tf, 6).map(lambda x: x * x, num_parallel_calls=3),
    map_captures=lambda tf: captures(tf),
    map_to_list=lambda tf: numbers(tf, 3).map(lambda x: [x, x + 1]),
    map_fails=lambda tf: numbers(tf, 3).map(lambda x: tf.gather([1, 2], x)),
    map_to_none=lambda tf: numbers(tf, 3).map(lambda x: None),
    map_random=lambda tf: numbers(tf, 3).map(lambda x: tf.random_uniform([], seed=1)).repeat(2),
    filter_even=lambda tf: numbers(tf, 6).filter(lambda x: tf.equal(x % 2, 0)),
    filter_no_bool=lambda tf: numbers(tf, 6).filter(lambda x: x),
    flat_map=lambda tf: numbers(tf, 1, 4).flat_map(lambda x: numbers(tf, x).map(lambda y: y * x)),
    flat_map_no_dataset=lambda tf: numbers(tf, 3).flat_map(lambda x: x),
    interleave=lambda tf: numbers(tf, 1, 6).interleave(
        lambda x: tf.data.Dataset.from_tensors(x).repeat(x), cycle_length=2, block_length=2
    ),
    interleave_parallel=lambda tf: numbers(tf, 1, 6).interleave(
        lambda x: tf.data.Dataset.from_tensors(x).repeat(x),
        cycle_length=3,
        block_length=1,
        num_parallel_calls=2,
    ),
    sparse_batch=lambda tf: (
        numbers(tf, 4).map(lambda x: tf.SparseTensor([[x, 0]], [x], [5, 2])).batch(3)
    ),
    sparse_slices=lambda tf: tf.data.Dataset.from_tensor_slices(
        tf.SparseTensor([[0, 0], [1, 1], [1, 2]], [1.0, 2.0, 3.0], [2, 4])
    ),
    from_sparse_tensor_slices=lambda tf: tf.data.Dataset.from_sparse_tensor_slices(
        tf.SparseTensor([[0, 0], [1, 1], [1, 2]], [1.0, 2.0, 3.0], [3, 4])
    ),
    whole_pipeline=lambda tf: (
        tf.data.Dataset.from_tensor_slices((tf.range(10), {"a": [1.0] * 10}))
        .map(lambda x, y: (x * 2, y["a"]))
        .shuffle(5)
        .batch(3)
        .repeat()
    ),
    from_generator=lambda tf: tf.data.Dataset.from_generator(
        lambda n: ((i, "s" + str(i)) for i in range(n)), (tf.int64, tf.string), ([], []), args=(3,)
    ).repeat(2),
    options=lambda tf: with_options(tf),
    structure_mismatch=lambda tf: numbers(tf, 3).concatenate(tf.data.Dataset.from_tensors(1.0)),
)


def captures(tf):
    factor = tf.constant(3, tf.int64, name="factor")
    return numbers(tf, 4).map(lambda x: x * factor)


def with_options(tf):
    options = tf.data.Options()
    options.experimental_optimization.autotune = False
    options.experimental_optimization.shuffle_and_repeat_fusion = False
    options.experimental_threading.private_threadpool_size = 3
    options.experimental_threading.max_intra_op_parallelism = 1
    return numbers(tf, 6).shuffle(4, seed=3).repeat(2).with_options(options)
