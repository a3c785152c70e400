"""Programs with the queues of tf.contrib.training. Both an old and a new Python read this file.

A program is `name(tf)`, as in `programs.py`. Where threads decide what comes first, batches are
sorted.
"""

from programs import Runs, outcome

PROGRAMS = []


def program(function):
    PROGRAMS.append(function)
    return function


def counted(tf, n):
    """The numbers from 0, int32 scalars, once."""
    return tf.train.range_input_producer(n, num_epochs=1, shuffle=False).dequeue()


def until_the_end(tf, fetch, most=20):
    """What runs give until the input has ended, sorted, and the error."""
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coord)
        seen = []
        for _ in range(most):
            found = outcome(tf, lambda: session.run(fetch))
            if isinstance(found, str):
                # Numbers of queues and what was left depend on the process and on threads.
                seen.append(found.split(":")[0])
                break
            seen.append(found)
        coord.request_stop()
        coord.join(threads)
    return sorted(seen, key=lambda found: str(plain(found)))


def plain(found):
    """Arrays as lists, whose text is the same in every NumPy."""
    if isinstance(found, (list, tuple)):
        return [plain(f) for f in found]
    return found.tolist() if hasattr(found, "tolist") else found


def built(call):
    try:
        return str(call())
    except (ValueError, TypeError) as error:
        return "{}: {}".format(type(error).__name__, str(error).split("\n")[0])


def trained(tf):
    return tf.contrib.training


@program
def buckets(tf):
    i = counted(tf, 14)
    which, (number, text) = trained(tf).bucket(
        [i, tf.as_string(i * 2)], i % 3, 2, num_buckets=3, capacity=8
    )
    return [which.shape.as_list(), number.shape.as_list()] + until_the_end(
        tf, [which, number, text]
    )


@program
def buckets_padded(tf):
    i = counted(tf, 9)
    which, found = trained(tf).bucket(
        {"seq": tf.fill([i + 1], i), "id": i},
        i // 4,
        [2, 3, 1],
        3,
        num_threads=2,
        bucket_capacities=[3, 4, 5],
        dynamic_pad=True,
        allow_smaller_final_batch=True,
        shared_name="same",
        name="mine",
    )
    ids = tf.reduce_sum(tf.cast(found["seq"], tf.int32))
    return [sorted(found), found["seq"].shape.as_list(), ids.shape.as_list()]


@program
def buckets_filtered(tf):
    i = counted(tf, 12)
    which, found = trained(tf).bucket(
        [i], i % 2, tf.constant(2), 2, keep_input=tf.not_equal(i, 5), shapes=[[]]
    )
    return [found.shape.as_list()] + until_the_end(tf, [which, found])


@program
def buckets_sparse(tf):
    i = counted(tf, 8)
    n = tf.cast(i, tf.int64)
    sparse = tf.SparseTensor([[0], [n + 1]], tf.stack([i, i + 1]), [12])
    which, found = trained(tf).bucket([i, sparse], i % 2, 2, 2)
    fetch = [which, found[0], tf.sparse_tensor_to_dense(found[1], validate_indices=False)]
    return until_the_end(tf, fetch)


@program
def lengths(tf):
    i = counted(tf, 10)
    length, found = trained(tf).bucket_by_sequence_length(
        i, [tf.fill([i], i)], 2, [3, 6], dynamic_pad=True, capacity=16
    )
    return [length.shape.as_list()] + until_the_end(tf, [length, found])


@program
def lengths_of_a_dict(tf):
    i = counted(tf, 10)
    length, found = trained(tf).bucket_by_sequence_length(
        i,
        {"a": tf.fill([2], i), "b": i},
        [3, 2],
        (5,),
        shapes=[[2], []],
        allow_smaller_final_batch=True,
        name="given",
    )
    return until_the_end(tf, [length, found["a"], found["b"]])


@program
def bucket_mistakes(tf):
    i = tf.constant(3)
    unknown = tf.placeholder(tf.float32)
    make = trained(tf)
    return [
        built(lambda: make.bucket([i], i, [2, 3], 3)),
        built(lambda: make.bucket([i], i, 2, 3, bucket_capacities=[1])),
        built(lambda: make.bucket([], i, 2, 3)),
        built(lambda: make.bucket([unknown], i, 2, 2)),
        built(lambda: make.bucket([i], i, 2, 2, keep_input=[True])),
        built(lambda: make.bucket_by_sequence_length(i, [i], 2, [])),
        built(lambda: make.bucket_by_sequence_length(i, [i], 2, 4)),
        built(lambda: make.bucket_by_sequence_length(i, [i], 2, [4, 4])),
        built(lambda: make.bucket_by_sequence_length(i, [i], 2, [4, 5.0])),
    ]


@program
def rejected(tf):
    i = counted(tf, 20)
    batch = trained(tf).rejection_sample(
        [i, i * 2], lambda t: tf.cast(t[0] % 2, tf.float32), 3, runtime_checks=True
    )
    return until_the_end(tf, batch)


@program
def rejected_rows(tf):
    i = counted(tf, 8)
    rows = [tf.stack([i, i + 100, i + 200]), tf.ones([3, 2])]
    batch = trained(tf).rejection_sample(
        rows, lambda t: tf.where(t[0] > 99, 1.0, 0.0), 4, enqueue_many=True, name="some"
    )
    return until_the_end(tf, batch)


@program
def rejected_wrongly(tf):
    i = counted(tf, 4)
    batch = trained(tf).rejection_sample(
        [i], lambda t: tf.placeholder_with_default(1.5, []), 2, runtime_checks=True
    )
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coord)
        seen = [outcome(tf, lambda: session.run(batch)).split(":")[0]]
        coord.request_stop()
        return seen + [outcome(tf, lambda: coord.join(threads))]


@program
def stratified(tf):
    i = counted(tf, 30)
    make = trained(tf).stratified_sample
    (data,), labels = make([i * 10], i % 2, [0.0, 1.0], 3, init_probs=[0.5, 0.5])
    return until_the_end(tf, [data, labels])


@program
def stratified_estimated(tf):
    i = counted(tf, 30)
    rows = tf.stack([i, i + 1])
    (data,), labels = trained(tf).stratified_sample(
        [tf.cast(rows, tf.float32)], rows % 2, [1.0, 0.0], 4, enqueue_many=True, name="s"
    )
    return until_the_end(tf, [data, labels])


@program
def stratified_mistakes(tf):
    i, make = tf.constant([1, 2]), trained(tf).stratified_sample
    bad = [
        lambda: make([i], i, [0.5, 0.5], 2, [0.2, 0.3, 0.5], enqueue_many=True),
        lambda: make([i], i, tf.placeholder(tf.float32), 2, enqueue_many=True),
        lambda: make([tf.ones([3])], i, [0.5, 0.5], 2, enqueue_many=True),
    ]
    return [built(call) for call in bad]


@program
def resampled(tf):
    inputs = [tf.constant([[1, 2], [3, 4], [5, 6]]), tf.constant(["a", "b", "c"])]
    rates = tf.constant([1.5, 0.0, 3.0])
    runs = Runs(tf)
    found = trained(tf).resample_at_rate(inputs, rates, seed=3)
    runs(found, found)
    runs(trained(tf).resample_at_rate(inputs, rates * 0.0, scope="none", seed=3))
    return runs.seen


@program
def resampled_by_weight(tf):
    rows = tf.constant([1.0, 2.0, 3.0, 4.0])
    found, rates = trained(tf).weighted_resample([rows], rows, 1.5, seed=9)
    runs = Runs(tf)
    runs(tf.local_variables_initializer(), tf.global_variables_initializer())
    runs([found, rates], [found, rates])
    return [[v.name for v in tf.local_variables()]] + runs.seen
