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
    except (ValueError, TypeError, KeyError) as error:
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
    # The estimate takes elements too: which ones, is a matter of threads.
    (data,), labels = trained(tf).stratified_sample(
        [tf.cast(rows, tf.float32)], rows % 2, [1.0, 0.0], 4, enqueue_many=True, name="s"
    )
    return [data.shape.as_list(), labels.shape.as_list()]


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


# Sequences in parts. The input has no end: in TensorFlow a barrier that is closed and then closed
# with what waits cancelled hangs.


def saved(tf, i, most=3, **options):
    """A batch of parts of the sequence number i, and the operation that saves its states."""
    options.setdefault("num_unroll", 2)
    options.setdefault("batch_size", 2)
    length = i % most + 1
    steps = tf.range(length)
    batch = trained(tf).batch_sequences_with_states(
        input_key=tf.as_string(i),
        input_sequences={"b": tf.fill([length, 2], i), "a": steps},
        input_context={"c": tf.stack([i, length])},
        input_length=options.pop("input_length", length),
        initial_states={"sum": tf.zeros([2], tf.int32), "n": tf.constant(0.5)},
        num_threads=1,
        **options,
    )
    total = batch.state("sum") + tf.reduce_sum(batch.sequences["b"], 1)
    save = [
        batch.save_state("sum", total),
        batch.save_state("n", batch.state("n") + 1.0, name="saved"),
    ]
    return batch, save, total


def everything(batch):
    return [
        batch.key,
        batch.next_key,
        batch.sequence,
        batch.sequence_count,
        batch.length,
        batch.total_length,
        batch.batch_size,
        batch.insertion_index,
        [batch.context[k] for k in sorted(batch.context)],
        [batch.sequences[k] for k in sorted(batch.sequences)],
        batch.state("sum"),
        batch.state("n"),
    ]


@program
def parts_of_sequences(tf):
    batch, save, total = saved(tf, counted(tf, 1000), most=5, capacity=2)
    shapes = [t.shape.as_list() for t in everything(batch)[:8]]
    return shapes + until_the_end(tf, everything(batch) + [total, save], 7)


@program
def parts_as_they_are(tf):
    i = counted(tf, 1000)
    batch = trained(tf).batch_sequences_with_states(
        tf.as_string(i),
        {"a": tf.fill([4], i)},
        {},
        3,
        {"sum": [0]},
        num_unroll=2,
        batch_size=2,
        num_threads=1,
        pad=False,
        make_keys_unique=True,
        make_keys_unique_seed=5,
        name="mine",
    )
    save = batch.save_state("sum", batch.state("sum") + batch.sequences["a"][:, :1])
    return until_the_end(tf, [batch.key, batch.state("sum"), batch.sequences["a"], save], 5)


@program
def sparse_parts(tf):
    i = counted(tf, 1000)
    n = tf.cast(i % 4, tf.int64)
    sequence = tf.SparseTensor([[0, 1], [2, n]], tf.stack([i, i + 10]), [3, 4])
    context = tf.SparseTensor([[n], [4]], tf.constant([1.5, 2.5]), [5])
    batch = trained(tf).batch_sequences_with_states(
        tf.as_string(i),
        {"s": sequence, "d": tf.range(3)},
        {"c": context},
        None,
        {"n": 0},
        num_unroll=2,
        batch_size=1,
        num_threads=1,
    )
    save = batch.save_state("n", batch.state("n") + 1)

    def dense(t):
        return tf.sparse_tensor_to_dense(t, validate_indices=False)

    found = [batch.key, batch.sequences["d"], dense(batch.sequences["s"])]
    return until_the_end(tf, found + [dense(batch.context["c"]), batch.state("n"), save], 4)


@program
def state_saver(tf):
    saver = trained(tf).SequenceQueueingStateSaver(
        batch_size=tf.constant(1),
        num_unroll=3,
        input_length=tf.constant(5),
        input_key="only",
        input_sequences={"x": tf.ones([6, 1])},
        input_context={},
        initial_states={"n": tf.constant(1)},
        capacity=3,
    )
    runs = Runs(tf)
    batch = saver.next_batch
    save = batch.save_state("n", batch.state("n") * 2)
    close = saver.close()
    runs(saver.prefetch_op, saver.barrier.ready_size(), saver.barrier.incomplete_size())
    return [saver.name, saver.num_unroll] + runs([batch.length, save], batch.key, close)


@program
def wrong_parts(tf):
    def fed(value):
        return tf.placeholder_with_default(value, [None])

    seen = []
    for sequence, length in ((fed([1, 2, 3]), 3), (fed([1, 2]), 3)):
        saver = trained(tf).SequenceQueueingStateSaver(
            1, 2, length, "k", {"x": sequence}, {}, {"n": 1}
        )
        seen += Runs(tf)(saver.prefetch_op)
    return seen


@program
def state_saver_mistakes(tf):
    x, n = tf.zeros([4, 2]), tf.constant(0)
    unknown = tf.placeholder(tf.float32, [None, None])

    def make(length=3, key="k", sequences=None, context=None, states=None, **options):
        return trained(tf).SequenceQueueingStateSaver(
            options.pop("batch_size", 2),
            2,
            length,
            key,
            {"x": x} if sequences is None else sequences,
            {} if context is None else context,
            {"n": n} if states is None else states,
            **options,
        )

    bad = [
        lambda: make(capacity=1),
        lambda: make(states={}),
        lambda: make(states=[n]),
        lambda: make(states={3: n}),
        lambda: make(states={"a:b": n}),
        lambda: make(sequences={}),
        lambda: make(sequences={"x": unknown}),
        lambda: make(sequences={"x": n}),
        lambda: make(context={"x": unknown}),
        lambda: make(context={"x:": n}),
        lambda: make(states={"x": unknown}),
        lambda: make(length=3.0),
        lambda: make(length=[3]),
        lambda: make(key=3),
        lambda: make().next_batch.save_state("other", n),
        lambda: make().next_batch.save_state("n", n),
        lambda: trained(tf).batch_sequences_with_states(
            "k", {"x": x}, {}, 4, {"n": n}, tf.constant(2), 2
        ),
        lambda: trained(tf).batch_sequences_with_states("k", {3: x}, {}, 4, {"n": n}, 2, 2),
    ]
    return [built(call) for call in bad]
