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


def written(*names):
    """Files in the folder where the case is run, with their names in them."""
    for name in names:
        with open(name, "w") as f:
            f.write(name)
    return names


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
    list_files=lambda tf: tf.data.Dataset.list_files(
        written("one.txt", "two.txt") and "*.txt", seed=1
    ),
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


def experimental(name, *args, **kwargs):
    """A transformation of `tf.data.experimental`, applied."""
    return lambda tf, dataset: dataset.apply(getattr(tf.data.experimental, name)(*args, **kwargs))


def even_and_odd(x):
    return x % 2


simple(
    ignore_errors=lambda tf: experimental("ignore_errors")(
        tf, numbers(tf, 5).map(lambda x: tf.gather([5, 6, 7], x * 2 % 5))
    ),
    unique=lambda tf: experimental("unique")(
        tf, tf.data.Dataset.from_tensor_slices(["a", "b", "a", "c", "b"])
    ),
    unique_float=lambda tf: experimental("unique")(tf, tf.data.Dataset.from_tensors(1.0)),
    scan=lambda tf: experimental("scan", np.int64(0), lambda s, x: (s + x, (s, x)))(
        tf, numbers(tf, 5)
    ),
    scan_weaker=lambda tf: experimental(
        "scan", np.zeros([1], np.int64), lambda s, x: (tf.concat([s, [x]], 0), s)
    )(tf, numbers(tf, 4)),
    take_while=lambda tf: experimental("take_while", lambda x: x < 3)(tf, numbers(tf, 9)),
    map_and_batch=lambda tf: experimental("map_and_batch", lambda x: x * 2, 3)(tf, numbers(tf, 7)),
    shuffle_and_repeat=lambda tf: experimental("shuffle_and_repeat", 4, 3, seed=5)(
        tf, numbers(tf, 6)
    ),
    dense_to_sparse=lambda tf: experimental("dense_to_sparse_batch", 2, [6])(
        tf, numbers(tf, 1, 5).map(lambda x: tf.fill([x], x))
    ),
    enumerated=lambda tf: experimental("enumerate_dataset", 2)(tf, numbers(tf, 3)),
    counter=lambda tf: tf.data.experimental.Counter(5, 3).take(3),
    random_dataset=lambda tf: tf.data.experimental.RandomDataset(seed=5).take(6),
    sampled=lambda tf: tf.data.experimental.sample_from_datasets(
        [numbers(tf, 6), numbers(tf, 100, 106)], [0.4, 0.6], seed=3
    ),
    sampled_evenly=lambda tf: tf.data.experimental.sample_from_datasets(
        [numbers(tf, 4), numbers(tf, 100, 104)], seed=8
    ),
    chosen=lambda tf: tf.data.experimental.choose_from_datasets(
        [numbers(tf, 3), numbers(tf, 10, 13)],
        tf.data.Dataset.from_tensor_slices(np.array([1, 0, 1, 1, 0], np.int64)),
    ),
    bad_choice=lambda tf: tf.data.experimental.choose_from_datasets(
        [numbers(tf, 3)], tf.data.Dataset.from_tensor_slices(np.array([0, 1], np.int64))
    ),
    parallel_interleaved=lambda tf: experimental(
        "parallel_interleave",
        lambda x: tf.data.Dataset.from_tensors(x).repeat(x),
        cycle_length=2,
        block_length=2,
    )(tf, numbers(tf, 1, 6)),
    grouped_by_window=lambda tf: experimental(
        "group_by_window", even_and_odd, lambda key, group: group.batch(3), window_size=3
    )(tf, numbers(tf, 10)),
    grouped_by_reducer=lambda tf: experimental(
        "group_by_reducer",
        even_and_odd,
        tf.data.experimental.Reducer(
            lambda key: (np.int64(0), 0.0), lambda s, x: (s[0] + x, s[1] + 1.0), lambda *s: s
        ),
    )(tf, numbers(tf, 7)),
    bucketed=lambda tf: experimental("bucket_by_sequence_length", tf.size, [3, 5], [3, 2, 1])(
        tf, numbers(tf, 1, 8).map(lambda x: tf.fill([x], x))
    ),
    bucketed_to_bounds=lambda tf: experimental(
        "bucket_by_sequence_length", tf.size, [3, 5], [2, 2, 1], pad_to_bucket_boundary=True
    )(tf, numbers(tf, 1, 5).map(lambda x: tf.fill([x], x))),
    resampled=lambda tf: experimental(
        "rejection_resample",
        lambda x: tf.cast(x % 2, tf.int32),
        [0.8, 0.2],
        [0.5, 0.5],
        seed=27,
    )(tf, numbers(tf, 12)),
    resampled_estimated=lambda tf: experimental(
        "rejection_resample", lambda x: tf.cast(x % 2, tf.int32), [0.8, 0.2], seed=27
    )(tf, numbers(tf, 12)),
    cardinality=lambda tf: tf.data.Dataset.from_tensors(
        [
            tf.data.experimental.cardinality(d)
            for d in (
                numbers(tf, 7).batch(2),
                numbers(tf, 7).repeat(),
                numbers(tf, 7).filter(lambda x: x > 3),
                numbers(tf, 7).skip(2).take(3),
            )
        ]
    ),
    single_element=lambda tf: tf.data.Dataset.from_tensors(
        tf.data.experimental.get_single_element(numbers(tf, 7).skip(6))
    ),
    no_single_element=lambda tf: tf.data.Dataset.from_tensors(
        tf.data.experimental.get_single_element(numbers(tf, 7))
    ),
    reduced=lambda tf: tf.data.Dataset.from_tensors(
        numbers(tf, 5).reduce(np.int64(1), lambda s, x: s + x)
    ),
)


def contrib(name, *args, **kwargs):
    """A transformation of `tf.contrib.data`, applied."""
    return lambda tf, dataset: dataset.apply(getattr(tf.contrib.data, name)(*args, **kwargs))


def matching_files(tf, patterns):
    if tf.__name__ == "evergraph":
        from evergraph.library.data.experimental import matching_files as module
    else:
        from tensorflow.python.data.experimental.ops import matching_files as module
    return module.MatchingFilesDataset(patterns)


def mapped_rows(tf):
    if tf.__name__ == "evergraph":
        from evergraph.library.data.experimental import map_defun as module
        from evergraph.library.eager import function
    else:
        from tensorflow.python.data.experimental.ops import map_defun as module
        from tensorflow.python.eager import function

    @function.defun(input_signature=[tf.TensorSpec([2], tf.float32)], autograph=False)
    def double(x):
        return x * 2

    return module.map_defun(double, [floats(3, 2)], [tf.float32], [(2,)])[0]


simple(
    contrib_full_batches=lambda tf: contrib("batch_and_drop_remainder", 2)(tf, numbers(tf, 5)),
    contrib_sliding=lambda tf: contrib("sliding_window_batch", 3, window_shift=2, window_stride=2)(
        tf, numbers(tf, 10)
    ),
    contrib_sloppy=lambda tf: contrib(
        "sloppy_interleave", lambda x: tf.data.Dataset.from_tensors(x), 1
    )(tf, numbers(tf, 4)),
    matching_files=lambda tf: matching_files(
        tf, written("one.txt", "two.txt", "a.csv") and ["t*.txt", "*.csv", "o*"]
    ),
    no_matching_files=lambda tf: matching_files(tf, ["*.none"]),
    map_defun=lambda tf: tf.data.Dataset.from_tensors(mapped_rows(tf)),
)


def ragged(tf):
    return tf.ragged.constant([[[1, 2], [3]], [], [[4], [], [5, 6]]], ragged_rank=2)


simple(
    ragged_element=lambda tf: tf.data.Dataset.from_tensors(ragged(tf)).map(
        lambda x: x.with_flat_values(x.flat_values * 2)
    ),
    ragged_rows=lambda tf: tf.data.Dataset.from_tensor_slices(ragged(tf)),
    ragged_rows_batched=lambda tf: tf.data.Dataset.from_tensor_slices(ragged(tf)).batch(2),
    ragged_vectors=lambda tf: tf.data.Dataset.from_tensor_slices(tf.ragged.constant([[1], [2, 3]])),
    ragged_made=lambda tf: numbers(tf, 3).map(
        lambda i: tf.RaggedTensor.from_tensor(i * [[1], [-1]])
    ),
)


def of_unknown_size(tf):
    return numbers(tf, 6).map(lambda x: tf.range(x, x + 2)).batch(3).batch(2)


simple(
    copied_to_device=lambda tf: (
        numbers(tf, 3)
        .map(lambda x: (x * 2, {"text": tf.as_string(x)}))
        .apply(tf.data.experimental.copy_to_device("/cpu:0"))
    ),
    prefetched_to_device=lambda tf: numbers(tf, 4).apply(
        tf.data.experimental.prefetch_to_device("/cpu:0", 2)
    ),
    contrib_prefetched_to_device=lambda tf: numbers(tf, 4).apply(
        tf.contrib.data.prefetch_to_device("/cpu:0")
    ),
    contrib_copied_to_device=lambda tf: numbers(tf, 2).apply(
        tf.contrib.data.copy_to_device("/cpu:0", "/cpu:0")
    ),
    copied_with_error=lambda tf: (
        numbers(tf, 3)
        .map(lambda x: tf.check_numerics(1.0 / tf.cast(x, tf.float32), "zero"))
        .apply(tf.data.experimental.copy_to_device("/cpu:0"))
    ),
    asserted_shape=lambda tf: of_unknown_size(tf).apply(
        tf.contrib.data.assert_element_shape(tf.TensorShape([1, 3, 2]))
    ),
    asserted_shape_known=lambda tf: tf.data.Dataset.from_tensors((floats(2, 3), 1)).apply(
        tf.contrib.data.assert_element_shape((tf.TensorShape([2, None]), tf.TensorShape([])))
    ),
    asserted_shape_another=lambda tf: tf.data.Dataset.from_tensors(floats(2, 3)).apply(
        tf.contrib.data.assert_element_shape(tf.TensorShape([2, 4]))
    ),
    asserted_shape_wrong=lambda tf: of_unknown_size(tf).apply(
        tf.contrib.data.assert_element_shape(tf.TensorShape([2, 2, 2]))
    ),
)


simple(
    bytes_measured=lambda tf: numbers(tf, 3).apply(
        tf.data.experimental.bytes_produced_stats("bytes")
    ),
    latency_measured=lambda tf: (
        numbers(tf, 3).apply(tf.data.experimental.latency_stats("time")).map(lambda x: x + 1)
    ),
)
