"""Writes event files with everything in them. Both TensorFlow and ours run this."""

import numpy as np


def file_writer(tf, folder):
    """`tf.summary.FileWriter`: graph, summaries, logs, metadata; closed and opened again."""
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        mean = tf.reduce_mean(x)
        tf.summary.scalar("mean", mean)
        tf.summary.histogram("values", x)
        tf.summary.text("note", tf.constant("some **text**"))
        merged = tf.summary.merge_all()
        writer = tf.summary.FileWriter(folder, graph, filename_suffix=".first")
        with tf.Session() as session:
            for step in range(3):
                value = np.arange(4, dtype=np.float32).reshape(2, 2) * step
                writer.add_summary(session.run(merged, {x: value}), step)
        writer.add_session_log(tf.SessionLog(status=tf.SessionLog.START), 7)
        writer.add_run_metadata(tf.RunMetadata(), "run", 8)
        writer.add_event(tf.Event(wall_time=1.0, step=9))
        writer.add_summary(tf.Summary(value=[tf.Summary.Value(tag="hand", simple_value=1.5)]))
        writer.add_graph(graph, 10)
        writer.close()


def graph_writer(tf, folder):
    """`tf.contrib.summary` in graph mode."""
    contrib = tf.contrib.summary
    with tf.Graph().as_default() as graph:
        step = tf.train.get_or_create_global_step()
        writer = contrib.create_file_writer(folder, max_queue=2, filename_suffix=".second")
        with writer.as_default(), contrib.always_record_summaries():
            contrib.scalar("loss", tf.constant(0.5) * 2.0)
            with tf.name_scope("scope"):
                contrib.histogram("h", [1.0, 2.0], family="family")
            contrib.generic("g", tf.constant([1, 2]), step=4)
            contrib.generic("s", "text", metadata=tf.SummaryMetadata(display_name="S"))
            contrib.image("i", tf.ones([1, 2, 3, 1]))
            contrib.audio("a", tf.zeros([1, 5]), 10.0, 1)
        with writer.as_default(), contrib.record_summaries_every_n_global_steps(2):
            contrib.scalar("sometimes", 3)
        with writer.as_default(), contrib.never_record_summaries():
            contrib.scalar("never", 3)
        with writer.as_default():
            event = tf.Event(step=11, wall_time=2.0).SerializeToString()
            imported = contrib.import_event(tf.constant(event))
        with tf.Session() as session, writer.as_default():
            session.run(tf.global_variables_initializer())
            contrib.initialize(graph)
            for _ in range(3):
                session.run(contrib.all_summary_ops())
                session.run(tf.assign_add(step, 1))
            session.run(imported)
            session.run(contrib.flush())
            session.run(writer.close())


def session_writer(tf, folder):
    """A FileWriter that writes through a session."""
    with tf.Graph().as_default(), tf.Session() as session:
        writer = tf.summary.FileWriter(folder, session=session, filename_suffix=".third")
        value = tf.Summary.Value(tag="hand", simple_value=1.5)
        writer.add_summary(tf.Summary(value=[value]), 3)
        writer.close()


PROGRAMS = [file_writer, graph_writer, session_writer]
