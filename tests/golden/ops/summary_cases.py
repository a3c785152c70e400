"""Summaries: messages of numbers, histograms, images, sounds, tensors; merged."""

import numpy as np
from case_tools import Cases, fed, floats, waves

CASES = Cases()

EDGES = [0.0, -0.0, 1e-13, -1e-13, 1e-12, 1.1e-12, 1e20, -1e20, 3e30, -3e30, 1.0, 1.1, 0.99]


def smooth(*shape):
    """A picture that compresses well, of small whole numbers."""
    rows, columns, channels = shape
    y, x, c = np.mgrid[:rows, :columns, :channels]
    return ((x * x // 3 + y * 5 + c * 40) % 97 * 2).astype(np.uint8)


def noise(*shape):
    return (
        (np.arange(np.prod(shape), dtype=np.int64) ** 3 * 2654435761 >> 7)
        .astype(np.uint8)
        .reshape(shape)
    )


def image(tf, value, **kwargs):
    return [tf.summary.image("picture", tf.constant(value), **kwargs)]


CASES.simple(
    scalar=lambda tf: [tf.summary.scalar("a b", 1.5), tf.summary.scalar("n", 3, family="f")],
    scalar_half=lambda tf: [tf.summary.scalar("half", tf.constant(0.1, tf.float16))],
    scalar_of_vector=lambda tf: [tf.summary.scalar("v", floats(2))],
    histogram=lambda tf: [tf.summary.histogram("h", waves(40))],
    histogram_edges=lambda tf: [tf.summary.histogram("h", EDGES)],
    histogram_of_integers=lambda tf: [tf.summary.histogram("h", tf.range(-7, 50, 3))],
    histogram_of_bytes=lambda tf: [tf.summary.histogram("h", tf.constant(noise(50)))],
    histogram_double=lambda tf: [
        tf.summary.histogram("h", tf.constant(waves(33).astype(np.float64) / 3))
    ],
    histogram_of_nothing=lambda tf: [tf.summary.histogram("h", np.zeros([0], np.float32))],
    histogram_nan=lambda tf: [tf.summary.histogram("h", [1.0, float("nan")])],
    histogram_infinite=lambda tf: [tf.summary.histogram("h", [float("inf"), float("nan")])],
    histogram_unnamed=lambda tf: [tf.summary.histogram(None, waves(5))],
    image_gray=lambda tf: image(tf, smooth(9, 13, 1)[None]),
    image_color=lambda tf: image(tf, smooth(40, 31, 3)[None]),
    image_alpha=lambda tf: image(tf, smooth(12, 7, 4)[None]),
    image_noise=lambda tf: image(tf, noise(60, 50, 3)[None]),
    image_row=lambda tf: image(tf, smooth(1, 30, 3)[None]),
    image_column=lambda tf: image(tf, smooth(30, 1, 3)[None]),
    image_dot=lambda tf: image(tf, smooth(1, 1, 1)[None]),
    image_large=lambda tf: image(tf, smooth(200, 200, 3)[None]),
    image_floats=lambda tf: image(tf, waves(4, 6, 5, 3)),
    image_positive=lambda tf: image(tf, waves(2, 6, 5, 1) + 1, max_outputs=1),
    image_half=lambda tf: image(tf, waves(1, 6, 5, 3).astype(np.float16)),
    image_double=lambda tf: image(tf, waves(1, 6, 5, 3).astype(np.float64) / 3),
    image_black=lambda tf: image(tf, np.zeros([1, 3, 2, 3], np.float32)),
    image_not_finite=lambda tf: image(
        tf, np.where(waves(1, 6, 5, 3) > 0.5, np.float32(np.nan), waves(1, 6, 5, 3))
    ),
    image_bad_color=lambda tf: [
        tf.raw_ops.ImageSummary(
            tag="t",
            tensor=np.full([1, 2, 2, 3], np.inf, np.float32),
            bad_color=tf.make_tensor_proto([1, 2, 3], tf.uint8),
        )
    ],
    image_of_an_array=lambda tf: [tf.summary.image("a", smooth(5, 6, 3)[None])],
    image_two_channels=lambda tf: image(tf, noise(1, 3, 3, 2)),
    image_rank=lambda tf: image(tf, noise(3, 3, 1)),
    image_empty=lambda tf: image(tf, noise(1, 0, 3, 1)),
    audio=lambda tf: [tf.summary.audio("sound", waves(2, 50), 8000.0)],
    audio_stereo=lambda tf: [tf.summary.audio("sound", waves(2, 20, 2), 44100, max_outputs=1)],
    audio_loud=lambda tf: [tf.summary.audio("sound", floats(1, 4) - 3, 0.4)],
    audio_rate=lambda tf: [tf.summary.audio("sound", floats(1, 4), 0)],
    audio_rank=lambda tf: [tf.summary.audio("sound", floats(4), 8)],
    text=lambda tf: [tf.summary.text("note", tf.constant([["a", "b"], ["c", "d"]]))],
    text_number=lambda tf: [tf.summary.text("note", tf.constant(1.0))],
    tensor=lambda tf: [
        tf.summary.tensor_summary("t", waves(3, 2), "about it", display_name="T", family="f")
    ],
    tensor_types=lambda tf: (
        [tf.summary.tensor_summary("t", tf.constant([1, 2], t)) for t in (tf.int64, tf.float16)]
        + [tf.summary.tensor_summary("b", [True, False]), tf.summary.tensor_summary("s", "x")]
    ),
    old_tensor=lambda tf: [
        tf.raw_ops.TensorSummary(tensor=floats(2), description="d", labels=[], display_name="n")
    ],
    merged=lambda tf: [
        tf.summary.merge([tf.summary.scalar("x", 1.0), tf.summary.scalar("y", 2.0)], name="a b")
    ],
    merged_twice=lambda tf: [tf.summary.merge([tf.summary.scalar("x", 1.0)] * 2)],
    merged_wrong=lambda tf: [tf.summary.merge(["\x0a\x05zz"])],
    older=lambda tf: [
        tf.contrib.deprecated.scalar_summary(["a", "b"], [1.0, 2.0]),
        tf.contrib.deprecated.histogram_summary("h", floats(3)),
        tf.contrib.deprecated.image_summary("i", smooth(3, 4, 1)[None] / np.float32(2)),
        tf.contrib.deprecated.audio_summary("s", waves(1, 9), 100),
        tf.contrib.deprecated.merge_all_summaries(),
    ],
)


@CASES.case
def nested(tf):
    with tf.name_scope("scope"):
        tf.summary.scalar("x", 1.0)
        tf.summary.scalar("x", 2.0)
        tf.summary.scalar("y", 3.0, family="family")
        tf.summary.scalar("z", 4.0, collections=["mine"])
    tf.summary.scalar("other", 5.0)
    everything = tf.summary.merge_all()
    none = tf.summary.merge_all("nothing")
    return [everything, none, tf.summary.merge_all(scope="scope"), tf.summary.merge_all("mine")]


@CASES.case
def fed_values(tf):
    x, feed = fed(tf, waves(3, 5), [None, None])
    return [tf.summary.histogram("h", x), tf.summary.tensor_summary("t", x)], feed
