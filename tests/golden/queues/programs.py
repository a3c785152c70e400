"""Programs with queues. Both an old and a new Python read this file.

A program is `name(tf)`: it builds with the module it is given, runs, and returns what it saw.
"""

import threading

PROGRAMS = []


def program(function):
    PROGRAMS.append(function)
    return function


def outcome(tf, call):
    """What a call gives, or the class and first line of its error."""
    try:
        return call()
    except Exception as error:
        text = getattr(error, "message", None) or str(error)
        return "{}: {}".format(type(error).__name__, text.split("\n")[0])


class Runs:
    """A session that notes what its runs give."""

    def __init__(self, tf, **config):
        self.tf, self.seen = tf, []
        self.session = tf.Session(config=tf.ConfigProto(**config))

    def __call__(self, *fetches, **options):
        for fetch in fetches:
            self.seen.append(self.outcome(fetch, **options))
        return self.seen

    def outcome(self, fetch, **options):
        return outcome(self.tf, lambda: self.session.run(fetch, **options))

    def in_thread(self, fetch):
        """A started thread that runs `fetch`; what it gives is noted when `end` is called."""
        found = []
        thread = threading.Thread(target=lambda: found.append(self.outcome(fetch)))
        thread.daemon = True
        thread.start()
        thread.found = found
        return thread

    def end(self, *threads):
        for thread in threads:
            thread.join(20)
            self.seen.extend(thread.found or ["never ended"])


@program
def one_component(tf):
    q = tf.FIFOQueue(3, tf.float32)
    runs = Runs(tf)
    many = q.enqueue_many([[1.5, 2.5, 3.5]])
    return runs(many, q.size(), q.dequeue(), q.enqueue(7.0), q.dequeue(), q.dequeue(), q.dequeue())


@program
def several_components(tf):
    q = tf.FIFOQueue(
        10, ["float", tf.int32, tf.string], [[2], [], []], shared_name="shared", name="q"
    )
    more = q.enqueue_many(([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [1, 2, 3], ["a", "b\0", ""]))
    runs = Runs(tf)
    runs(more, q.dequeue_many(2), q.enqueue(([7.0, 8.0], 4, b"c")), q.dequeue_up_to(2))
    return runs(q.size(), q.dequeue_many(0, name="none"))


@program
def with_names(tf):
    q = tf.FIFOQueue(5, (tf.int32, tf.float32), ((), (2,)), names=("i", "f"))
    runs = Runs(tf)
    runs(q.enqueue({"i": 1, "f": [1.0, 2.0]}))
    runs(q.enqueue_many({"f": [[1.0, 2.0], [3.0, 4.0]], "i": [2, 3]}))
    one, two = q.dequeue(), q.dequeue_many(2)
    assert sorted(one) == sorted(two) == ["f", "i"]
    return runs([one["f"], one["i"]], [two["f"], two["i"]])


@program
def closed(tf):
    q = tf.FIFOQueue(5, tf.int32, [[]], name="shut")
    runs = Runs(tf)
    runs(q.is_closed(), q.enqueue_many([[1, 2, 3]]), q.close(), q.is_closed(), q.enqueue(4))
    runs(q.close(), q.dequeue(), q.dequeue_many(3), q.size(), q.dequeue_up_to(3))
    return runs(q.dequeue_up_to(3), q.dequeue(), q.dequeue_many(1), q.enqueue_many([[1]]))


@program
def close_twice_cancelling(tf):
    q = tf.FIFOQueue(5, tf.int32)
    runs = Runs(tf)
    stop = q.close(cancel_pending_enqueues=True)
    return runs(q.enqueue(1), stop, stop, q.enqueue(2), q.dequeue(), q.dequeue())


@program
def more_than_fits(tf):
    q = tf.FIFOQueue(2, tf.int32, [[]])
    runs = Runs(tf)
    filler = runs.in_thread(q.enqueue_many([[1, 2, 3, 4, 5, 6, 7]]))
    runs(q.dequeue_many(5))
    runs.end(filler)
    return runs(q.dequeue(), q.dequeue(), q.size())


@program
def waiting_for_more(tf):
    q = tf.FIFOQueue(2, tf.int32, [[]])
    runs = Runs(tf)
    taker = runs.in_thread(q.dequeue_many(4))
    runs(q.enqueue_many([[1, 2]]), q.enqueue_many([[3, 4]]))
    runs.end(taker)
    taker = runs.in_thread(q.dequeue_many(4))
    runs(q.enqueue_many([[5, 6, 7]]))
    while runs.session.run(q.size()):
        pass
    runs(q.close())
    runs.end(taker)
    return runs(q.dequeue(), q.dequeue_many(2), q.size())


@program
def fewer_when_closed(tf):
    q = tf.FIFOQueue(3, tf.int32, [[]])
    runs = Runs(tf)
    taker = runs.in_thread(q.dequeue_up_to(5))
    runs(q.enqueue_many([[1, 2]]), q.close())
    runs.end(taker)
    return runs(q.dequeue_up_to(2))


@program
def too_late(tf):
    q = tf.FIFOQueue(1, tf.int32, [[]], name="slow")
    runs = Runs(tf, operation_timeout_in_ms=30)
    runs(q.dequeue(), q.dequeue_many(2), q.enqueue(1), q.enqueue(2), q.dequeue(), q.size())
    return runs(q.dequeue(), options=tf.RunOptions(timeout_in_ms=20))


@program
def shapes_that_do_not_fit(tf):
    q = tf.FIFOQueue(5, [tf.int32, tf.float32], [[2], []])
    x = tf.placeholder(tf.int32)
    y = tf.placeholder(tf.float32)
    runs = Runs(tf)
    runs(q.enqueue((x, y)), feed_dict={x: [1, 2, 3], y: 1})
    runs(q.enqueue((x, y)), feed_dict={x: [1, 2], y: [1]})
    runs(q.enqueue_many((x, y)), feed_dict={x: [[1, 2]], y: [1, 2]})
    free = tf.FIFOQueue(5, [tf.int32, tf.float32])
    runs(free.enqueue_many((x, y)), feed_dict={x: [[1, 2]], y: [1, 2]})
    runs(free.dequeue_many(1), q.size())
    n = tf.placeholder(tf.int32, [])
    runs(q.dequeue_many(n), q.dequeue_up_to(n), feed_dict={n: -1})
    return runs.seen


@program
def mistakes(tf):
    found = []

    def note(call):
        found.append(outcome(tf, lambda: type(call()).__name__))

    q = tf.FIFOQueue(5, [tf.int32, tf.float32], [[2], []])
    note(lambda: q.enqueue((1, 2.0)))
    note(lambda: q.enqueue_many(([[1, 2]], [1.0, 2.0])))
    note(lambda: q.enqueue(([1, 2], 2.0, 3)))
    note(lambda: q.enqueue(([1, 2],)))
    note(lambda: q.enqueue({"a": 1}))
    note(lambda: q.enqueue_many((1, 2.0)))
    note(lambda: q.dequeue_many(-2))
    note(lambda: tf.FIFOQueue(5, tf.int32, [[None]]))
    note(lambda: tf.FIFOQueue(5, tf.int32, 3))
    note(lambda: tf.FIFOQueue(5, [tf.int32, tf.int32], [[]]))
    note(lambda: tf.FIFOQueue(5, [tf.int32], names=["a", "b"]))
    note(lambda: tf.FIFOQueue(5, [tf.int32], names="a").enqueue(1))
    note(lambda: tf.FIFOQueue(5, [tf.int32], names="a").enqueue({"b": 1}))
    note(lambda: tf.QueueBase.from_list(0, []))
    note(lambda: tf.QueueBase.from_list(0, [q, tf.FIFOQueue(5, tf.int32)]))
    return found


@program
def shared(tf):
    runs = Runs(tf)
    q = tf.FIFOQueue(5, tf.int32, [[]], shared_name="s", name="a")
    same = tf.FIFOQueue(5, tf.int32, [[]], shared_name="s", name="b")
    runs(q.enqueue(3), same.dequeue())
    runs(tf.FIFOQueue(6, tf.int32, [[]], shared_name="s", name="c").size())
    runs(tf.FIFOQueue(5, tf.float32, [[]], shared_name="s", name="d").size())
    return runs(tf.FIFOQueue(5, tf.int32, [[2, 1]], shared_name="s", name="e").size())


@program
def one_of_several(tf):
    index = tf.placeholder_with_default(1, [])
    queues = [tf.FIFOQueue(3, tf.int32, [[]], name=f"q{i}") for i in range(3)]
    chosen = tf.QueueBase.from_list(index, queues)
    more, least = chosen.enqueue_many([[7, 8]]), chosen.dequeue()
    runs = Runs(tf)
    runs(more, [q.size() for q in queues], least, chosen.dequeue_many(1))
    runs(more, feed_dict={index: 2})
    runs([q.size() for q in queues])
    return runs(more, least, feed_dict={index: 3}), str(chosen.shapes)


@program
def old_op_types(tf):
    handle = tf.raw_ops.FIFOQueue(component_types=[tf.int32], shapes=[[]], capacity=4, name="old")
    q = tf.QueueBase([tf.int32], [[]], None, handle)
    runs = Runs(tf)
    runs(q.enqueue(3), tf.raw_ops.QueueEnqueueMany(handle=handle, components=[[4, 5, 6]]))
    runs(q.dequeue(), q.size())
    many = tf.raw_ops.QueueDequeueMany(handle=handle, n=2, component_types=[tf.int32])
    some = tf.raw_ops.QueueDequeueUpTo(handle=handle, n=2, component_types=[tf.int32])
    return runs(many, q.close(), tf.raw_ops.QueueIsClosed(handle=handle), some)


def _with_runners(tf, fetch, times):
    seen = []
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coord)
        names = sorted(t.name for t in threads)
        for _ in range(times):
            seen.append(outcome(tf, lambda: session.run(fetch)))
        coord.request_stop()
        coord.join(threads)
    return [names, seen, [len(threads), coord.joined, coord.should_stop()]]


@program
def numbers(tf):
    x = tf.train.range_input_producer(4, shuffle=False, name="numbers").dequeue()
    return _with_runners(tf, x, 6)


@program
def numbers_twice(tf):
    q = tf.train.range_input_producer(3, num_epochs=2, seed=4, capacity=8)
    return _with_runners(tf, q.dequeue(), 8)


@program
def strings(tf):
    q = tf.train.string_input_producer(["a", "bc", "d"], num_epochs=1, shuffle=False, capacity=2)
    return _with_runners(tf, q.dequeue(), 4)


@program
def no_strings(tf):
    q = tf.train.string_input_producer(tf.constant([], tf.string), shuffle=False)
    seen = [outcome(tf, lambda: tf.train.string_input_producer([]))]
    with tf.Session() as session:
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coord)
        seen.append(outcome(tf, lambda: session.run(q.dequeue())))
        seen.append(outcome(tf, lambda: coord.join(threads)))
    return seen


@program
def slices(tf):
    words, numbers = tf.constant([["a"], ["b"], ["c"]]), tf.constant([1, 2, 3])
    return _with_runners(tf, tf.train.slice_input_producer([words, numbers], seed=7), 5)


@program
def rows(tf):
    x = tf.reshape(tf.range(12), [4, 3])
    q = tf.train.input_producer(x, shuffle=False, summary_name="full/of it", num_epochs=1)
    summary = tf.get_collection(tf.GraphKeys.SUMMARIES)[0]
    runs = Runs(tf)
    runs(summary, tf.local_variables_initializer(), q.enqueue(x[0]), summary)
    return runs.seen + _with_runners(tf, q.dequeue_many(2), 3)


@program
def limited(tf):
    x = tf.train.limit_epochs(tf.constant([1, 2]), 2)
    runs = Runs(tf)
    seen = [outcome(tf, lambda: tf.train.limit_epochs(1, 0)), tf.train.limit_epochs("x")]
    return seen + runs(x, tf.local_variables_initializer(), x, x, x)


@program
def runner_of_a_proto(tf):
    q = tf.FIFOQueue(3, tf.int32, name="q")
    runner = tf.train.QueueRunner(
        q,
        [q.enqueue(1), q.enqueue(2, name="two")],
        queue_closed_exception_types=(tf.errors.OutOfRangeError, tf.errors.CancelledError),
    )
    made = tf.train.QueueRunner.from_proto(runner.to_proto())
    names = [op.name for op in made.enqueue_ops] + [made.close_op.name, made.cancel_op.name]
    kinds = [kind.__name__ for kind in made.queue_closed_exception_types]
    return [str(runner.to_proto()), made.name, names, kinds, runner.to_proto("elsewhere")]


@program
def runner_mistakes(tf):
    q = tf.FIFOQueue(3, tf.int32)
    ops = [q.enqueue(1)]

    def wrong(*args, **kwargs):
        return outcome(tf, lambda: tf.train.QueueRunner(*args, **kwargs))

    return [
        wrong(),
        wrong(q, []),
        wrong(q, ops, queue_closed_exception_types=tf.errors.OutOfRangeError),
        wrong(q, ops, queue_runner_def=tf.train.QueueRunner(q, ops).to_proto()),
        outcome(tf, tf.train.start_queue_runners),
        outcome(tf, lambda: tf.train.start_queue_runners(3)),
    ]


@program
def failing_runner(tf):
    q = tf.FIFOQueue(3, tf.float32)
    v = tf.Variable(1.0, name="v")
    tf.train.add_queue_runner(tf.train.QueueRunner(q, [q.enqueue(v)]))
    with tf.Session() as session:
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coord)
        first = outcome(tf, lambda: session.run(q.dequeue()))
        return [first, outcome(tf, lambda: coord.join(threads))]


@program
def coordinators(tf):
    seen = []
    coord = tf.train.Coordinator()
    with coord.stop_on_exception():
        raise ValueError("first")
    with coord.stop_on_exception():
        raise KeyError("second")
    seen.append(coord.should_stop())
    seen.append(outcome(tf, coord.raise_requested_exception))
    seen.append(outcome(tf, coord.join))
    coord.clear_stop()
    seen.append([coord.joined, coord.should_stop(), coord.wait_for_stop(0.01)])
    with coord.stop_on_exception():
        raise tf.errors.OutOfRangeError(None, None, "the end")
    seen.append(outcome(tf, coord.join))
    never = threading.Event()
    thread = threading.Thread(target=never.wait, name="stays")
    thread.daemon = True
    thread.start()
    coord = tf.train.Coordinator((KeyError,))
    coord.request_stop(KeyError("clean"))
    seen.append(outcome(tf, lambda: coord.join([thread], stop_grace_period_secs=0.02)))
    seen.append(outcome(tf, lambda: coord.join([thread], 0.02, ignore_live_threads=True)))
    never.set()
    seen.append(outcome(tf, lambda: tf.train.LooperThread(3, None)))
    seen.append(outcome(tf, lambda: tf.train.LooperThread(coord, None, args=[1])))
    return seen


@program
def loopers(tf):
    coord, count = tf.train.Coordinator(), []

    def add(step, most):
        count.append(step)
        if len(count) == most:
            coord.request_stop()

    thread = tf.train.LooperThread.loop(coord, None, add, [2], {"most": 4})
    coord.join()
    return [count, thread.daemon, thread.is_alive()]


@program
def ptb_batches(tf, reader=None):
    if reader is None:
        from tutorials.rnn.ptb import reader
    batches = reader.ptb_producer(list(range(3, 27)), 3, 2, name="given")
    seen = _with_runners(tf, batches, 4)
    short = reader.ptb_producer([1, 2, 3], 2, 4)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(session, coord)
        seen.append(outcome(tf, lambda: session.run(short)))
        coord.request_stop()
        seen.append(outcome(tf, lambda: coord.join(threads)))
    return seen
