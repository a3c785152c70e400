"""Connectionist temporal classification, and edit distances."""

import numpy as np
from case_tools import Cases, fed

CASES = Cases()
case, simple = CASES.case, CASES.simple


def logits(time=6, batch=3, classes=5, seed=0, dtype=np.float32):
    return np.random.RandomState(seed).randn(time, batch, classes).astype(dtype)


def labels(tf, *rows):
    """A sparse matrix of labels."""
    indices = [[b, t] for b, row in enumerate(rows) for t in range(len(row))]
    values = np.array([v for row in rows for v in row], np.int32)
    shape = [len(rows), max(map(len, rows))]
    return tf.SparseTensor(np.array(indices, np.int64).reshape(-1, 2), values, shape)


ROWS = ([0, 1, 1], [2], [3, 0, 3, 2])


def loss(tf, rows=ROWS, lengths=(6, 4, 5), x=None, dtype=np.float32, **kwargs):
    """Loss and gradient."""
    x = tf.constant(logits(dtype=dtype) if x is None else x)
    y = tf.nn.ctc_loss(labels(tf, *rows), x, list(lengths), **kwargs)
    weights = tf.cast(tf.range(len(rows)) + 1, y.dtype)
    return [y] + tf.gradients(y * weights, x)


simple(
    loss=lambda tf: loss(tf),
    loss_double=lambda tf: loss(tf, dtype=np.float64),
    loss_large=lambda tf: loss(tf, x=logits() * 30),
    loss_unmerged=lambda tf: loss(tf, ctc_merge_repeated=False),
    loss_collapsed=lambda tf: loss(tf, preprocess_collapse_repeated=True),
    loss_collapsed_unmerged=lambda tf: loss(
        tf, preprocess_collapse_repeated=True, ctc_merge_repeated=False
    ),
    loss_batch_major=lambda tf: loss(tf, x=logits(3, 6), lengths=(6, 4, 5), time_major=False),
    # Two equal labels need three steps.
    loss_impossible=lambda tf: loss(tf, rows=([1, 1], [1, 0], [2]), lengths=(2, 2, 1)),
    loss_impossible_unmerged=lambda tf: loss(
        tf, rows=([1, 1], [1, 0], [2]), lengths=(2, 2, 1), ctc_merge_repeated=False
    ),
    loss_zero_probability=lambda tf: loss(
        tf, x=np.where(logits() > 0.8, -np.inf, logits()).astype(np.float32)
    ),
    loss_too_long=lambda tf: loss(tf, lengths=(6, 4, 3)),
    loss_too_long_ignored=lambda tf: loss(
        tf, lengths=(6, 4, 3), ignore_longer_outputs_than_inputs=True
    ),
    loss_no_steps=lambda tf: loss(tf, lengths=(0, 0, 5), ignore_longer_outputs_than_inputs=True),
    loss_blank_last=lambda tf: loss(tf, rows=([0, 1, 4, 4], [2, 7], [3, 0, 3, 2])),
    loss_blank_between=lambda tf: loss(tf, rows=([0, 4, 1], [2], [3])),
    loss_negative=lambda tf: loss(tf, rows=([0, 1], [2, -1], [3])),
    loss_no_labels=lambda tf: loss(tf, rows=([0, 1], [], [3])),
    loss_too_many_steps=lambda tf: loss(tf, lengths=(6, 7, 5)),
    loss_negative_steps=lambda tf: loss(
        tf, lengths=(6, -1, 5), ignore_longer_outputs_than_inputs=True
    ),
    loss_dense_labels=lambda tf: [tf.nn.ctc_loss([[1]], logits(), [6])],
    loss_rank=lambda tf: [tf.nn.ctc_loss(labels(tf, *ROWS), logits()[0], [6, 4, 5])],
    loss_batch=lambda tf: [tf.nn.ctc_loss(labels(tf, *ROWS), logits(), [6, 4])],
    loss_second_derivative=lambda tf: tf.gradients(loss(tf)[1], tf.constant(1.0)),
    loss_logits=lambda tf: [
        tf.nn.ctc_loss(labels(tf, *ROWS), logits=logits(), sequence_length=[6, 4, 5])
    ],
    loss_logits_twice=lambda tf: [
        tf.nn.ctc_loss(labels(tf, *ROWS), logits(), [6, 4, 5], logits=logits())
    ],
    loss_half=lambda tf: [tf.nn.ctc_loss(labels(tf, *ROWS), logits(dtype=np.float16), [6, 4, 5])],
)


@case
def loss_unknown_shapes(tf):
    x, feed = fed(tf, logits(), (None, None, 5))
    lengths, more = fed(tf, np.array([6, 4, 5], np.int32), (None,))
    sparse = tf.sparse_placeholder(tf.int32)
    indices = [[b, t] for b, row in enumerate(ROWS) for t in range(len(row))]
    feed.update(more)
    feed[sparse] = (indices, [v for row in ROWS for v in row], [3, 4])
    y = tf.nn.ctc_loss(sparse, x, lengths)
    return [y] + tf.gradients(y, x), feed


@case
def loss_unordered_labels(tf):
    sparse = tf.SparseTensor([[1, 0], [0, 0], [2, 0]], tf.constant([1, 2, 3]), [3, 1])
    return [tf.nn.ctc_loss(sparse, logits(), [6, 4, 5])]


@case
def loss_label_outside_batch(tf):
    sparse = tf.SparseTensor([[0, 0], [1, 0], [3, 0]], tf.constant([1, 2, 3]), [4, 1])
    return [tf.nn.ctc_loss(sparse, logits(), [6, 4, 5])]


@case
def loss_wrong_batch_at_run_time(tf):
    x, feed = fed(tf, logits(), None)
    lengths, more = fed(tf, np.array([6, 4], np.int32), None)
    feed.update(more)
    return [tf.nn.ctc_loss(labels(tf, *ROWS), x, lengths)], feed


@case
def loss_wrong_rank_at_run_time(tf):
    x, feed = fed(tf, logits()[0], None)
    return [tf.nn.ctc_loss(labels(tf, *ROWS), x, [6, 4, 5])], feed


@case
def loss_prevents_second_derivative(tf):
    x = tf.constant(logits())
    y = tf.nn.ctc_loss(labels(tf, *ROWS), x, [6, 4, 5])
    return tf.gradients(tf.gradients(y, x)[0], x)


# The decoders.


def decoded(result):
    sparse, score = result
    return [*sparse, score]


def repeating(dtype=np.float32):
    """Logits whose best classes are often those of the step before, and often the blank."""
    best = [[0, 0, 1, 4, 4, 1], [4, 2, 2, 2, 4, 2], [3, 4, 3, 3, 0, 4]]
    x = logits(seed=3, dtype=dtype) * 0.1
    for b, row in enumerate(best):
        for t, c in enumerate(row):
            x[t, b, c] += 2
    return x


simple(
    greedy=lambda tf: decoded(tf.nn.ctc_greedy_decoder(repeating(), [6, 4, 5])),
    greedy_unmerged=lambda tf: decoded(
        tf.nn.ctc_greedy_decoder(repeating(), [6, 4, 5], merge_repeated=False)
    ),
    greedy_double=lambda tf: decoded(tf.nn.ctc_greedy_decoder(repeating(np.float64), [6, 4, 5])),
    greedy_ties=lambda tf: decoded(
        tf.nn.ctc_greedy_decoder(np.zeros((3, 2, 4), np.float32), [3, 1])
    ),
    greedy_nothing=lambda tf: decoded(tf.nn.ctc_greedy_decoder(repeating(), [0, 1, 0])),
    greedy_too_many_steps=lambda tf: decoded(tf.nn.ctc_greedy_decoder(repeating(), [6, 7, 5])),
    greedy_no_time=lambda tf: decoded(
        tf.nn.ctc_greedy_decoder(np.zeros((0, 2, 4), np.float32), [0, 0])
    ),
    greedy_batch=lambda tf: decoded(tf.nn.ctc_greedy_decoder(repeating(), [6, 4])),
    greedy_negative_steps=lambda tf: decoded(tf.nn.ctc_greedy_decoder(repeating(), [6, -3, 5])),
    beam=lambda tf: decoded(tf.nn.ctc_beam_search_decoder(repeating(), [6, 4, 5])),
    beam_unmerged=lambda tf: decoded(
        tf.nn.ctc_beam_search_decoder(repeating(), [6, 4, 5], merge_repeated=False, top_paths=3)
    ),
    beam_v2=lambda tf: decoded(
        tf.nn.ctc_beam_search_decoder_v2(repeating(), [6, 4, 5], beam_width=4, top_paths=2)
    ),
    beam_double=lambda tf: decoded(
        tf.nn.ctc_beam_search_decoder(repeating(np.float64), [6, 4, 5], top_paths=2)
    ),
    beam_of_one=lambda tf: decoded(tf.nn.ctc_beam_search_decoder(logits(), [6, 4, 5], 1)),
    beam_long=lambda tf: decoded(
        tf.nn.ctc_beam_search_decoder(logits(40, 2, 9), [40, 23], 20, 5, merge_repeated=False)
    ),
    # A beam is dropped by its own parent, before its turn.
    beam_dropped_by_parent=lambda tf: decoded(
        tf.nn.ctc_beam_search_decoder(
            logits(25, 12, 8, seed=10) * 3, [25] * 12, 10, 10, merge_repeated=False
        )
    ),
    beam_long_wide=lambda tf: decoded(
        tf.nn.ctc_beam_search_decoder(logits(30, 2, 12), [30, 23], 100, 3)
    ),
    # Where every class is as likely as the others, the order of equal beams shows.
    beam_ties=lambda tf: decoded(
        tf.nn.ctc_beam_search_decoder(
            np.zeros((4, 2, 4), np.float32), [4, 2], 8, 6, merge_repeated=False
        )
    ),
    beam_many_ties=lambda tf: decoded(
        tf.nn.ctc_beam_search_decoder(
            np.round(logits(7, 3, 6)), [7, 6, 5], 40, 30, merge_repeated=False
        )
    ),
    beam_all_ties=lambda tf: decoded(
        tf.nn.ctc_beam_search_decoder(
            np.zeros((5, 1, 7), np.float32), [5], 50, 50, merge_repeated=False
        )
    ),
    beam_zero_probability=lambda tf: decoded(
        tf.nn.ctc_beam_search_decoder(
            np.where(logits(seed=5) > 0.7, -np.inf, logits(seed=5)).astype(np.float32),
            [6, 4, 5],
            4,
            2,
            merge_repeated=False,
        )
    ),
    beam_no_steps=lambda tf: decoded(tf.nn.ctc_beam_search_decoder(logits(), [0, 4, 0], 5)),
    beam_too_few=lambda tf: decoded(
        tf.nn.ctc_beam_search_decoder(logits(), [0, 4, 5], 5, top_paths=2)
    ),
    beam_too_narrow=lambda tf: decoded(
        tf.nn.ctc_beam_search_decoder(logits(), [6, 4, 5], 2, top_paths=3)
    ),
    beam_width_zero=lambda tf: decoded(tf.nn.ctc_beam_search_decoder(logits(), [6, 4, 5], 0)),
    beam_too_many_steps=lambda tf: decoded(tf.nn.ctc_beam_search_decoder(logits(), [6, 7, 5], 5)),
    beam_rank=lambda tf: decoded(tf.nn.ctc_beam_search_decoder(logits()[0], [6, 4, 5], 5)),
)


@case
def decoders_of_unknown_shapes(tf):
    x, feed = fed(tf, repeating(), None)
    lengths, more = fed(tf, np.array([6, 4, 5], np.int32), (None,))
    feed.update(more)
    greedy = decoded(tf.nn.ctc_greedy_decoder(x, lengths))
    return greedy + decoded(tf.nn.ctc_beam_search_decoder(x, lengths, 7, 2)), feed


@case
def greedy_wrong_batch_at_run_time(tf):
    x, feed = fed(tf, repeating(), None)
    return decoded(tf.nn.ctc_greedy_decoder(x, [6, 4])), feed


@case
def greedy_wrong_rank_at_run_time(tf):
    x, feed = fed(tf, repeating()[0], None)
    return decoded(tf.nn.ctc_greedy_decoder(x, [6, 4])), feed


# Labels.

REPEATED = [[1, 1, 2, 2, 1], [1, 2, 3, 4, 5], [7, 7, 7, 7, 7]]

simple(
    collapse=lambda tf: list(tf.nn.collapse_repeated(REPEATED, [5, 4, 3])),
    collapse_named=lambda tf: list(
        tf.nn.collapse_repeated(np.int64(REPEATED), np.int64([5, 5, 0]), name="one")
    ),
)


@case
def collapse_unknown(tf):
    x, feed = fed(tf, np.int32(REPEATED), (None, None))
    return list(tf.nn.collapse_repeated(x, [5, 4, 3])), feed


# Dense labels.


def ctc_ops(tf):
    """TensorFlow's module of these, or ours."""
    if tf.__name__ == "evergraph":
        from evergraph.api import ctc_ops
        from evergraph.library import ctc_ops as more

        class Both:
            def __getattr__(self, name):
                return getattr(more, name, None) or getattr(ctc_ops, name)

        return Both()
    from tensorflow.python.ops import ctc_ops

    return ctc_ops


DENSE = np.int32([[1, 2, 2, 0], [3, 0, 0, 0], [4, 1, 4, 3]])


def dense_loss(tf, x=None, labels=DENSE, lengths=(3, 1, 4), steps=(6, 4, 5), **kwargs):
    x = tf.constant(logits() if x is None else x)
    y = tf.nn.ctc_loss_v2(labels, x, list(lengths), list(steps), **kwargs)
    return [y] + tf.gradients(y * [1.0, 2.0, 3.0], x)


simple(
    dense=lambda tf: dense_loss(tf),
    dense_named=lambda tf: dense_loss(tf, name="own"),
    dense_batch_major=lambda tf: dense_loss(tf, logits(3, 6), logits_time_major=False),
    dense_other_blank=lambda tf: dense_loss(tf, blank_index=2, labels=DENSE % 2),
    dense_last_blank=lambda tf: dense_loss(tf, blank_index=-1, labels=np.maximum(DENSE - 1, 0)),
    v2_sparse=lambda tf: [
        tf.nn.ctc_loss_v2(labels(tf, *ROWS), logits(), None, [6, 4, 5], blank_index=-1)
    ],
    v2_sparse_other_blank=lambda tf: [
        tf.nn.ctc_loss_v2(labels(tf, [0, 2], [3], [4, 2]), logits(), None, [6, 4, 5], blank_index=1)
    ],
    v2_sparse_batch_major=lambda tf: [
        tf.nn.ctc_loss_v2(
            labels(tf, *ROWS), logits(3, 6), None, [6, 4, 5], logits_time_major=False, blank_index=4
        )
    ],
    v2_sparse_no_blank=lambda tf: [tf.nn.ctc_loss_v2(labels(tf, *ROWS), logits(), None, [6, 4, 5])],
    to_sparse=lambda tf: [ctc_ops(tf).dense_labels_to_sparse(DENSE, [3, 1, 2])],
    loss_and_grad=lambda tf: list(
        ctc_ops(tf).ctc_loss_and_grad(
            tf.constant(logits()),
            tf.constant(DENSE),
            tf.constant([3, 1, 4]),
            tf.constant([6, 4, 5]),
        )
    ),
    state_log_probs=lambda tf: list(
        ctc_ops(tf).ctc_state_log_probs(tf.constant([3, 1, 4]), max_seq_length=4)
    ),
)


@case
def dense_unknown_shapes(tf):
    x, feed = fed(tf, logits(), (None, None, None))
    y, more = fed(tf, DENSE, (None, None))
    feed.update(more)
    loss = tf.nn.ctc_loss_v2(y, x, [3, 1, 4], [6, 4, 5])
    return [loss] + tf.gradients(loss, x), feed


@case
def to_sparse_unknown(tf):
    x, feed = fed(tf, np.int64(DENSE), None)
    return [ctc_ops(tf).dense_labels_to_sparse(x, tf.constant([3, 1, 2], tf.int64))], feed


@case
def scan(tf):
    x = tf.constant([1.0, 2.0, 3.0])
    found = []
    for kwargs in (
        {},
        {"inclusive": True},
        {"reverse": True},
        {"reverse": True, "inclusive": True},
    ):
        found.append(ctc_ops(tf)._scan(lambda a, e: a * 2.0 + e, x, 1.0, **kwargs))
    pairs = ctc_ops(tf)._scan(
        lambda a, e: (a[0] + e[0], a[1] * e[1]), (x, x), (0.0, tf.constant([1.0, 2.0]))
    )
    return found + list(pairs)


simple(
    unique=lambda tf: list(tf.nn.ctc_unique_labels([[3, 4, 4, 3], [1, 1, 1, 0]])),
    unique_int64=lambda tf: list(tf.nn.ctc_unique_labels(tf.constant(np.int64(DENSE)), name="own")),
)


@case
def unique_unknown(tf):
    x, feed = fed(tf, DENSE, (None, None))
    return list(tf.nn.ctc_unique_labels(x)), feed


@case
def dense_unique(tf):
    unique = tf.nn.ctc_unique_labels(DENSE)
    return dense_loss(tf, unique=unique)
