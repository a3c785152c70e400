"""Metrics: graphs, values after an update, errors."""

import numpy as np
from case_tools import Cases, fed, waves

CASES = Cases()

BITS = np.array([[0, 1, 1, 0, 1], [1, 1, 0, 0, 1]], np.int64)
GUESSES = np.array([[0, 1, 0, 1, 1], [1, 0, 0, 1, 1]], np.int64)
CHANCES = np.array([[0.1, 0.9, 0.3, 0.55, 0.8], [0.7, 0.45, 0.0, 0.6, 1.0]], np.float32)
WEIGHTS = np.array([[0.5, 1, 2, 1, 1], [1, 3, 1, 1, 0]], np.float32)
CLASSES = np.array([0, 2, 1, 2, 0, 1, 2], np.int64)
GUESSED = np.array([0, 1, 1, 2, 2, 1, 0], np.int64)
SCORES = (waves(4, 6) * 8).astype(np.float32) + np.arange(6, dtype=np.float32) / 10
LABELS = np.array([[0, 1], [3, 2], [5, 0], [4, 4]], np.int64)
THRESHOLDS = [0.15, 0.5, 0.85]


def updated(tf, metric):
    """The update of a metric; the value reads variables at the same time, so it is not run."""
    _, update = metric
    return [update]


def on_bits(metric, **kwargs):
    return lambda tf: updated(tf, getattr(tf.metrics, metric)(BITS, GUESSES, **kwargs))


def on_chances(metric, *args, **kwargs):
    return lambda tf: updated(
        tf, getattr(tf.metrics, metric)(BITS, tf.constant(CHANCES), *args, **kwargs)
    )


for _name in ("true_positives", "false_positives", "true_negatives", "false_negatives"):
    CASES[_name] = on_bits(_name)
    CASES[_name + "_weighted"] = on_bits(_name, weights=WEIGHTS, name="mine")
    CASES[_name + "_at_thresholds"] = on_chances(_name + "_at_thresholds", THRESHOLDS)
for _name in ("precision", "recall"):
    CASES[_name] = on_bits(_name)
    CASES[_name + "_weighted"] = on_bits(_name, weights=WEIGHTS)
    CASES[_name + "_at_thresholds"] = on_chances(
        _name + "_at_thresholds", THRESHOLDS, weights=WEIGHTS
    )
for _curve in ("ROC", "PR"):
    for _method in ("trapezoidal", "careful_interpolation", "minoring", "majoring", "other"):
        CASES["auc_%s_%s" % (_curve, _method)] = on_chances(  # noqa: UP031
            "auc", curve=_curve, summation_method=_method, num_thresholds=9
        )
for _name in ("recall", "precision", "average_precision"):
    for _k in (1, 3):
        CASES["%s_at_%d" % (_name, _k)] = lambda tf, name=_name, k=_k: updated(  # noqa: UP031
            tf, getattr(tf.metrics, name + "_at_k")(LABELS, tf.constant(SCORES), k)
        )


def sparse_labels(tf):
    indices = [[0, 0], [1, 0], [1, 1], [2, 0], [3, 0]]
    return tf.SparseTensor(indices, np.array([0, 3, 2, 9, 4], np.int64), [4, 2])


CASES.simple(
    mean=lambda tf: updated(tf, tf.metrics.mean(waves(3, 4))),
    mean_weighted=lambda tf: updated(tf, tf.metrics.mean(waves(3, 4), waves(3, 1) + 1)),
    mean_scalar_weight=lambda tf: updated(tf, tf.metrics.mean([1, 2, 4], 2.0, name="m")),
    mean_of_nothing=lambda tf: updated(tf, tf.metrics.mean(np.zeros([0], np.float32))),
    mean_wrong_weights=lambda tf: updated(tf, tf.metrics.mean(waves(3, 4), waves(5, 4))),
    mean_tensor=lambda tf: updated(tf, tf.metrics.mean_tensor(waves(3, 4))),
    mean_tensor_weighted=lambda tf: updated(
        tf, tf.metrics.mean_tensor(waves(3, 4), waves(3, 1) + 1)
    ),
    accuracy=lambda tf: updated(tf, tf.metrics.accuracy(CLASSES, GUESSED)),
    accuracy_types=lambda tf: updated(
        tf, tf.metrics.accuracy(CLASSES.astype(np.int32), tf.constant(GUESSED[:, None]))
    ),
    accuracy_strings=lambda tf: updated(tf, tf.metrics.accuracy(["a", "b"], ["a", "c"])),
    accuracy_weighted=lambda tf: updated(
        tf, tf.metrics.accuracy(CLASSES, GUESSED, np.arange(7, dtype=np.float32))
    ),
    accuracy_shapes=lambda tf: updated(tf, tf.metrics.accuracy(CLASSES, GUESSED[:3])),
    absolute=lambda tf: updated(tf, tf.metrics.mean_absolute_error(waves(6), waves(6) ** 2)),
    squared=lambda tf: updated(tf, tf.metrics.mean_squared_error(waves(6), waves(6) ** 2)),
    root=lambda tf: updated(
        tf, tf.metrics.root_mean_squared_error(waves(6), waves(6) ** 2, waves(6) + 1)
    ),
    relative=lambda tf: updated(
        tf,
        tf.metrics.mean_relative_error(
            tf.constant([1.0, 2.0, 3.0]), [1.5, 2.5, 2.0], [1.0, 0.0, 3.0]
        ),
    ),
    cosine=lambda tf: updated(
        tf, tf.metrics.mean_cosine_distance([[0.6, 0.8], [1.0, 0.0]], [[0.8, 0.6], [0.0, 1.0]], 1)
    ),
    below=lambda tf: updated(tf, tf.metrics.percentage_below(waves(7), 0.1)),
    per_class=lambda tf: updated(
        tf, tf.metrics.mean_per_class_accuracy(CLASSES, tf.constant(GUESSED), 3)
    ),
    per_class_weighted=lambda tf: updated(
        tf,
        tf.metrics.mean_per_class_accuracy(
            CLASSES, tf.constant(GUESSED), 3, tf.constant(np.arange(7, dtype=np.float32))
        ),
    ),
    iou=lambda tf: updated(tf, tf.metrics.mean_iou(tf.constant(CLASSES), tf.constant(GUESSED), 3)),
    iou_weighted=lambda tf: updated(
        tf,
        tf.metrics.mean_iou(
            tf.constant(CLASSES[:, None]),
            tf.constant(GUESSED[:, None]),
            4,
            tf.constant(np.arange(7, dtype=np.float32)),
        ),
    ),
    auc_weighted=on_chances("auc", weights=WEIGHTS, num_thresholds=5),
    auc_thresholds=on_chances("auc", thresholds=[0.7, 0.2]),
    auc_curve=on_chances("auc", curve="other"),
    auc_range=lambda tf: updated(tf, tf.metrics.auc([1, 0], tf.constant([1.5, 0.0]))),
    sensitivity=on_chances("sensitivity_at_specificity", 0.5, num_thresholds=11),
    sensitivity_range=on_chances("sensitivity_at_specificity", 1.5),
    specificity=on_chances("specificity_at_sensitivity", 0.5, num_thresholds=11),
    specificity_range=on_chances("specificity_at_sensitivity", -0.5),
    recall_of_class=lambda tf: updated(
        tf, tf.metrics.recall_at_k(LABELS, tf.constant(SCORES), 2, class_id=0)
    ),
    precision_of_class=lambda tf: updated(
        tf,
        tf.metrics.precision_at_k(LABELS, tf.constant(SCORES), 2, class_id=4, weights=waves(4) + 1),
    ),
    recall_sparse=lambda tf: updated(
        tf, tf.metrics.recall_at_k(sparse_labels(tf), tf.constant(SCORES), 2)
    ),
    average_precision_sparse=lambda tf: updated(
        tf, tf.metrics.average_precision_at_k(sparse_labels(tf), tf.constant(SCORES), 2)
    ),
    average_precision_weighted=lambda tf: updated(
        tf, tf.metrics.average_precision_at_k(LABELS, tf.constant(SCORES), 2, waves(4) + 1)
    ),
    average_precision_k=lambda tf: updated(
        tf, tf.metrics.average_precision_at_k(LABELS, tf.constant(SCORES), 0)
    ),
    top_k=lambda tf: updated(
        tf, tf.metrics.precision_at_top_k(LABELS, tf.constant([[0], [2], [1], [4]]))
    ),
    one_label=lambda tf: updated(
        tf, tf.metrics.recall_at_k(np.array([0, 3, 5, 4], np.int64), tf.constant(SCORES), 2)
    ),
)


@CASES.case
def unknown_shapes(tf):
    labels, feed = fed(tf, CLASSES, None)
    guesses, more = fed(tf, GUESSED, None)
    weights, others = fed(tf, np.arange(7, dtype=np.float32), None)
    feed.update(more)
    feed.update(others)
    result = updated(tf, tf.metrics.accuracy(labels, guesses, weights))
    chances, more = fed(tf, CHANCES, [None, None])
    feed.update(more)
    bits, more = fed(tf, BITS, [None, None])
    feed.update(more)
    return result + updated(tf, tf.metrics.auc(bits, chances, num_thresholds=4)), feed


@CASES.case
def unknown_ranks_of_labels(tf):
    labels, feed = fed(tf, LABELS, None)
    return updated(tf, tf.metrics.recall_at_k(labels, tf.constant(SCORES), 2)), feed


@CASES.case
def collections(tf):
    tf.metrics.mean([1.0], metrics_collections=["values"], updates_collections="updates")
    tf.metrics.auc(
        BITS,
        tf.constant(CHANCES),
        num_thresholds=3,
        metrics_collections=["values"],
        updates_collections=["updates"],
    )
    tf.metrics.root_mean_squared_error(
        [1.0], [2.0], metrics_collections=["values"], updates_collections=["updates"]
    )
    held = [[t.name for t in tf.get_collection(key)] for key in ("values", "updates")]
    local = [v.name for v in tf.get_collection(tf.GraphKeys.METRIC_VARIABLES)]
    return [tf.constant(held[0]), tf.constant(held[1]), tf.constant(local)]
