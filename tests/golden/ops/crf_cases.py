"""Linear-chain conditional random fields."""

import numpy as np
from case_tools import Cases, fed, grad_of

CASES = Cases()
case, simple = CASES.case, CASES.simple

TAGS = np.int32([[0, 1, 2, 0, 3], [3, 3, 1, 0, 0], [2, 0, 0, 0, 0]])
LENGTHS = np.int32([5, 3, 1])
TRANSITIONS = np.random.RandomState(1).randn(4, 4).astype(np.float32)


def potentials(batch=3, time=5, tags=4):
    return np.random.RandomState(0).randn(batch, time, tags).astype(np.float32)


def given(tf, time=5, lengths=LENGTHS, tags=TAGS):
    """Potentials, tags, lengths and transitions."""
    return (
        tf.constant(potentials(time=time)),
        tf.constant(tags[:, :time]),
        tf.constant(lengths),
        tf.constant(TRANSITIONS),
    )


def bitmap():
    return potentials() > -0.5


def likelihood(tf, *args):
    result, transitions = tf.contrib.crf.crf_log_likelihood(*args)
    return grad_of(tf, result, [args[0], transitions])


simple(
    sequence_score=lambda tf: [tf.contrib.crf.crf_sequence_score(*given(tf))],
    sequence_score_of_one=lambda tf: [tf.contrib.crf.crf_sequence_score(*given(tf, 1))],
    sequence_score_none=lambda tf: [
        tf.contrib.crf.crf_sequence_score(*given(tf, 1, np.int32([1, 0, 0])))
    ],
    sequence_score_int64=lambda tf: [
        tf.contrib.crf.crf_sequence_score(*given(tf, 5, np.int64(LENGTHS), np.int64(TAGS)))
    ],
    unary_score=lambda tf: [
        tf.contrib.crf.crf_unary_score(
            tf.constant(TAGS), tf.constant(LENGTHS), tf.constant(potentials())
        )
    ],
    binary_score=lambda tf: [
        tf.contrib.crf.crf_binary_score(
            tf.constant(TAGS), tf.constant(LENGTHS), tf.constant(TRANSITIONS)
        )
    ],
    log_norm=lambda tf: [
        tf.contrib.crf.crf_log_norm(
            tf.constant(potentials()), tf.constant(LENGTHS), tf.constant(TRANSITIONS)
        )
    ],
    log_norm_empty=lambda tf: [
        tf.contrib.crf.crf_log_norm(
            tf.constant(potentials()), tf.constant([5, 0, -1]), tf.constant(TRANSITIONS)
        )
    ],
    log_norm_of_one=lambda tf: [
        tf.contrib.crf.crf_log_norm(
            tf.constant(potentials(time=1)), tf.constant([1, 0, 1]), tf.constant(TRANSITIONS)
        )
    ],
    multitag=lambda tf: [
        tf.contrib.crf.crf_multitag_sequence_score(
            tf.constant(potentials()), bitmap(), tf.constant(LENGTHS), tf.constant(TRANSITIONS)
        )
    ],
    multitag_of_one=lambda tf: [
        tf.contrib.crf.crf_multitag_sequence_score(
            tf.constant(potentials(time=1)),
            bitmap()[:, :1],
            tf.constant([1, 1, 1]),
            tf.constant(TRANSITIONS),
        )
    ],
    likelihood=lambda tf: likelihood(tf, *given(tf)),
    likelihood_of_one=lambda tf: likelihood(tf, *given(tf, 1)),
    likelihood_int64=lambda tf: likelihood(tf, *given(tf, 5, np.int64(LENGTHS), np.int64(TAGS))),
    decode=lambda tf: list(
        tf.contrib.crf.crf_decode(
            tf.constant(potentials()), tf.constant(TRANSITIONS), tf.constant(LENGTHS)
        )
    ),
    decode_of_one=lambda tf: list(
        tf.contrib.crf.crf_decode(
            tf.constant(potentials(time=1)), tf.constant(TRANSITIONS), tf.constant([1, 1, 1])
        )
    ),
    decode_empty=lambda tf: list(
        tf.contrib.crf.crf_decode(
            tf.constant(potentials()), tf.constant(TRANSITIONS), tf.constant(np.int64([4, 0, 5]))
        )
    ),
    cells=lambda tf: [
        *tf.contrib.crf.CrfForwardRnnCell(tf.constant(TRANSITIONS))(
            potentials()[:, 0], potentials()[:, 1]
        ),
        *tf.contrib.crf.CrfDecodeForwardRnnCell(tf.constant(TRANSITIONS))(
            potentials()[:, 0], potentials()[:, 1]
        ),
        *tf.contrib.crf.CrfDecodeBackwardRnnCell(4)(TAGS[:, :4], TAGS[:, :1]),
    ],
)


@case
def likelihood_with_a_variable(tf):
    with tf.variable_scope("crf", initializer=tf.constant_initializer(0.3)):
        return likelihood(tf, *given(tf)[:3])


@case
def unknown_length(tf):
    x, feed = fed(tf, potentials(), (None, None, 4))
    tags, more = fed(tf, TAGS, (None, None))
    feed.update(more)
    result, _ = tf.contrib.crf.crf_log_likelihood(
        x, tags, tf.constant(LENGTHS), tf.constant(TRANSITIONS)
    )
    decoded = tf.contrib.crf.crf_decode(x, tf.constant(TRANSITIONS), tf.constant(LENGTHS))
    return [result, *decoded] + tf.gradients(result, x), feed


@case
def unknown_length_is_one(tf):
    x, feed = fed(tf, potentials(time=1), (None, None, 4))
    tags, more = fed(tf, TAGS[:, :1], (None, None))
    feed.update(more)
    lengths = tf.constant([1, 1, 0])
    result, _ = tf.contrib.crf.crf_log_likelihood(x, tags, lengths, tf.constant(TRANSITIONS))
    decoded = tf.contrib.crf.crf_decode(x, tf.constant(TRANSITIONS), lengths)
    return [result, *decoded] + tf.gradients(result, x), feed


@case
def multitag_gradient(tf):
    x = tf.constant(potentials())
    allowed = np.ones((3, 5, 4), bool)
    result = tf.contrib.crf.crf_multitag_sequence_score(
        x, allowed, tf.constant(LENGTHS), tf.constant(TRANSITIONS)
    )
    return [result] + tf.gradients(result, x)


@case
def viterbi(tf):
    tags, score = tf.contrib.crf.viterbi_decode(potentials()[0], TRANSITIONS)
    return [tf.constant(tags), tf.constant(score)]


@case
def viterbi_of_one(tf):
    tags, score = tf.contrib.crf.viterbi_decode(np.float64(potentials()[0, :1]), TRANSITIONS)
    return [tf.constant(tags), tf.constant(score)]


@case
def state_size(tf):
    cells = [
        tf.contrib.crf.CrfForwardRnnCell(tf.constant(TRANSITIONS)),
        tf.contrib.crf.CrfDecodeForwardRnnCell(tf.constant(TRANSITIONS)),
        tf.contrib.crf.CrfDecodeBackwardRnnCell(4),
    ]
    return [tf.constant([[c.state_size, c.output_size] for c in cells])]
