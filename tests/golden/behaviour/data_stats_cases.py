"""Figures of pipelines that a StatsAggregator takes; those of time are counted alone."""

import glob
import os

from outcomes import Cases, tried

CASES = Cases()
case = CASES.case


def figures(tf, summary):
    """The values of a summary by their tags."""
    found = {}
    for value in tf.Summary.FromString(summary).value:
        found[value.tag] = figure(value)
    return found


def figure(value):
    if value.HasField("simple_value"):
        return value.simple_value
    histo = value.histo
    if "time" in value.tag or "latency" in value.tag:
        return histo.num
    if "utilization" in value.tag:
        # How full a buffer is depends on chance, but the buffers here have one place.
        return [histo.num, histo.max]
    return [
        *(histo.num, histo.min, histo.max, histo.sum, histo.sum_squares),
        *(list(histo.bucket_limit), list(histo.bucket)),
    ]


def with_aggregator(tf, dataset, aggregator, **more):
    options = tf.data.Options()
    options.experimental_stats.aggregator = aggregator
    for name, value in more.items():
        setattr(options.experimental_stats, name, value)
    return dataset.with_options(options)


def collected(tf, dataset, **more):
    """What an iteration to the end gives, and the nodes that were made."""
    aggregator = tf.data.experimental.StatsAggregator()
    iterator = tf.data.make_initializable_iterator(with_aggregator(tf, dataset, aggregator, **more))
    following, summary = iterator.get_next(), aggregator.get_summary()
    found = {"nodes": [[n.name, n.type] for n in tf.get_default_graph().get_operations()]}
    with tf.Session() as s:
        found["before"] = figures(tf, s.run(summary))
        s.run(iterator.initializer)
        s.run(following)
        found["after one"] = figures(tf, s.run(summary))
        while True:
            try:
                s.run(following)
            except tf.errors.OutOfRangeError:
                break
        found["at the end"] = figures(tf, s.run(summary))
        s.run(iterator.initializer)
        s.run(following)
        found["anew"] = figures(tf, s.run(summary))
    return found


def keep_some(tf, x):
    return tf.equal(x % 3, 0)


@case
def bytes_and_elements(tf, module):
    stats = tf.data.experimental
    dataset = tf.data.Dataset.range(10).filter(lambda x: keep_some(tf, x))
    dataset = dataset.apply(stats.bytes_produced_stats("bytes"))
    dataset = dataset.map(lambda x: (tf.ones([x]), tf.cast(x, tf.int32)))
    dataset = dataset.apply(stats.bytes_produced_stats("several"))
    return collected(tf, dataset.apply(stats.latency_stats("time")))


@case
def text(tf, module):
    stats = tf.data.experimental
    dataset = tf.data.Dataset.from_tensor_slices([["a", "bcd"], ["", "efghij"]])
    dataset = dataset.apply(stats.bytes_produced_stats("bytes"))
    return collected(tf, dataset, prefix="mine", counter_prefix="counted")


@case
def buffers(tf, module):
    dataset = tf.data.Dataset.range(6).prefetch(1)
    return collected(tf, dataset.apply(tf.data.experimental.latency_stats("time")), prefix="p")


@case
def inside(tf, module):
    """Figures of what a function makes, of both parts of a zip, and without an aggregator."""
    measure = tf.data.experimental.bytes_produced_stats

    def several(x):
        return tf.data.Dataset.range(x).apply(measure("inner"))

    dataset = tf.data.Dataset.range(4).flat_map(several)
    dataset = tf.data.Dataset.zip((dataset, tf.data.Dataset.range(9).apply(measure("beside"))))
    found = collected(tf, dataset.apply(measure("outer")))
    following = tf.data.make_one_shot_iterator(dataset).get_next()
    with tf.Session() as s:
        found["no aggregator"] = tried(s.run, following)
    return found


@case
def transformation(tf, module):
    aggregator = tf.data.experimental.StatsAggregator()
    stats_ops = module("python.data.experimental.ops.stats_ops")
    dataset = tf.data.Dataset.range(3).apply(stats_ops.bytes_produced_stats("bytes"))
    dataset = dataset.apply(stats_ops.set_stats_aggregator(aggregator, "one", "two"))
    iterator = tf.data.make_initializable_iterator(dataset)
    following, summary = iterator.get_next(), aggregator.get_summary()
    with tf.Session() as s:
        s.run(iterator.initializer)
        s.run(following)
        return {"figures": figures(tf, s.run(summary))}


@case
def written(tf, module):
    aggregator = module("python.data.experimental.ops.stats_aggregator").StatsAggregatorV2()
    dataset = tf.data.Dataset.range(3).apply(tf.data.experimental.bytes_produced_stats("bytes"))
    dataset = dataset.filter(lambda x: x > 0)
    iterator = tf.data.make_initializable_iterator(with_aggregator(tf, dataset, aggregator))
    following = iterator.get_next()
    graph = tf.get_default_graph()
    with tf.Session() as s:
        for node in graph.get_operations():
            if node.type in ("CreateSummaryFileWriter", "StatsAggregatorSetSummaryWriter"):
                s.run(node)
        s.run(iterator.initializer)
        s.run([following])
        s.run([following])
        flush = tf.contrib.summary.flush(aggregator._summary_writer)
        s.run(flush)
    events = []
    for path in glob.glob(os.path.join(aggregator._logdir, "*")):
        for event in tf.train.summary_iterator(path):
            for value in event.summary.value:
                events.append([event.step, value.tag, figure(value)])
    return {"events": events}


@case
def options(tf, module):
    stats = tf.data.experimental.StatsOptions()

    def put(value):
        stats.aggregator = value

    found = {"wrong": tried(put, 3), "default": [tried(lambda: stats.aggregator), stats.prefix]}
    put(tf.data.experimental.StatsAggregator())
    found["made"] = type(stats.aggregator).__name__
    return found
