"""tf.contrib.metrics: graphs, updates, errors."""

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


def updated(metric):
    """The update of a metric; the value reads variables at the same time, so it is not run."""
    _, update = metric
    return [update]


def case(name, *args, **kwargs):
    def function(tf):
        made = [tf.constant(a) if isinstance(a, np.ndarray) else a for a in args]
        options = {k: tf.constant(v) if isinstance(v, np.ndarray) else v for k, v in kwargs.items()}
        return updated(getattr(tf.contrib.metrics, name)(*made, **options))

    return function


for _name in (
    *("true_positives", "true_negatives", "false_positives", "false_negatives", "precision"),
    *("recall", "accuracy", "false_positive_rate", "false_negative_rate"),
):
    CASES[_name] = case("streaming_" + _name, GUESSES, BITS, WEIGHTS)
for _name in (
    *("true_positives", "true_negatives", "false_positives", "false_negatives", "precision"),
    *("recall", "false_positive_rate", "false_negative_rate"),
):
    CASES[_name + "_at_thresholds"] = case(
        "streaming_" + _name + "_at_thresholds", CHANCES, BITS, THRESHOLDS, WEIGHTS
    )
for _curve in ("ROC", "PR"):
    CASES["points_" + _curve] = case(
        "streaming_curve_points", BITS, CHANCES, num_thresholds=5, curve=_curve
    )
    CASES["dynamic_" + _curve] = case("streaming_dynamic_auc", BITS, CHANCES, curve=_curve)
    CASES["dynamic_weighted_" + _curve] = case(
        "streaming_dynamic_auc", BITS, CHANCES, curve=_curve, weights=WEIGHTS
    )

CASES.simple(
    mean=case("streaming_mean", waves(3, 4)),
    mean_tensor=case("streaming_mean_tensor", waves(3, 4), waves(3, 1) + 1),
    absolute=case("streaming_mean_absolute_error", waves(6), waves(6) ** 2),
    squared=case("streaming_mean_squared_error", waves(6), waves(6) ** 2),
    root=case("streaming_root_mean_squared_error", waves(6), waves(6) ** 2),
    relative=case("streaming_mean_relative_error", waves(3), waves(3) ** 2, waves(3) + 1),
    cosine=case("streaming_mean_cosine_distance", waves(2, 3), waves(2, 3) ** 2, 1),
    less=case("streaming_percentage_less", waves(7), 0.1),
    iou=case("streaming_mean_iou", GUESSED, CLASSES, 3),
    auc=case("streaming_auc", CHANCES, BITS, num_thresholds=5, curve="PR"),
    sensitivity=case("streaming_sensitivity_at_specificity", CHANCES, BITS, 0.5),
    specificity=case("streaming_specificity_at_sensitivity", CHANCES, BITS, 0.5),
    recall_at_k=case("streaming_recall_at_k", SCORES, LABELS[:, 0], 2),
    sparse_recall=case("streaming_sparse_recall_at_k", SCORES, LABELS, 2, class_id=0),
    sparse_precision=case("streaming_sparse_precision_at_k", SCORES, LABELS, 2),
    precision_top_k=case("streaming_sparse_precision_at_top_k", LABELS[:, ::-1], LABELS),
    recall_top_k=case("sparse_recall_at_top_k", LABELS, LABELS[:, ::-1], class_id=2),
    average_precision=case("streaming_sparse_average_precision_at_k", SCORES, LABELS, 2),
    average_precision_top_k=case(
        "streaming_sparse_average_precision_at_top_k", LABELS[:, ::-1], LABELS
    ),
    covariance=case("streaming_covariance", waves(7), waves(7) ** 2),
    covariance_weighted=case(
        "streaming_covariance", waves(2, 5), waves(2, 5) ** 2, weights=WEIGHTS
    ),
    pearson=case("streaming_pearson_correlation", waves(7), waves(7) ** 2),
    pearson_weighted=case(
        "streaming_pearson_correlation", waves(2, 5), waves(2, 5) ** 2, weights=WEIGHTS
    ),
    kappa=case("cohen_kappa", CLASSES, GUESSED, 3),
    kappa_weighted=case("cohen_kappa", CLASSES[:, None], GUESSED, 3, WEIGHTS.ravel()[:7]),
    kappa_classes=case("cohen_kappa", CLASSES, GUESSED, 1),
    count=case("count", waves(3, 4)),
    count_weighted=case("count", waves(3, 4), waves(3, 1) + 1),
    concat=case("streaming_concat", waves(3, 4)),
    concat_axis=case("streaming_concat", waves(3, 4), axis=-1, max_size=3),
    concat_no_axis=case("streaming_concat", waves(3, 4), axis=2),
    f1=case("f1_score", BITS, CHANCES, num_thresholds=5),
    recall_at_precision=case("recall_at_precision", BITS, CHANCES, 0.6, num_thresholds=7),
    recall_at_precision_strict=case(
        "recall_at_precision", BITS, CHANCES, 0.6, num_thresholds=7, strict_mode=True
    ),
    recall_at_precision_range=case("recall_at_precision", BITS, CHANCES, 1.6),
    precision_at_recall=case("precision_at_recall", BITS, CHANCES, 0.6, num_thresholds=7),
    precision_at_recall_range=case("precision_at_recall", BITS, CHANCES, -1),
    equal_thresholds=case(
        "precision_recall_at_equal_thresholds", BITS.astype(bool), CHANCES, num_thresholds=5
    ),
    equal_thresholds_weighted=case(
        "precision_recall_at_equal_thresholds", BITS.astype(bool), CHANCES, WEIGHTS
    ),
    equal_thresholds_type=case("precision_recall_at_equal_thresholds", BITS, CHANCES),
    histogram=case(
        "auc_using_histogram", BITS.ravel().astype(bool), CHANCES.ravel(), [0.0, 1.0], nbins=4
    ),
    histogram_type=case("auc_using_histogram", BITS.ravel(), CHANCES.ravel(), [0.0, 1.0]),
    accuracy_of_batch=lambda tf: [
        tf.contrib.metrics.accuracy(tf.constant(GUESSED), tf.constant(CLASSES)),
        tf.contrib.metrics.accuracy(
            tf.constant(GUESSED), tf.constant(CLASSES), tf.constant(waves(7) + 1)
        ),
    ],
    accuracy_of_floats=lambda tf: [
        tf.contrib.metrics.accuracy(tf.constant(waves(3)), tf.constant(waves(3)))
    ],
    accuracy_types=lambda tf: [
        tf.contrib.metrics.accuracy(tf.constant(waves(3)), tf.constant([1, 2, 3]))
    ],
    matrix=lambda tf: [tf.contrib.metrics.confusion_matrix(CLASSES, GUESSED, 3)],
    sets=lambda tf: [tf.contrib.metrics.set_size(tf.contrib.metrics.set_union([[1, 2]], [[2, 3]]))],
)


@CASES.case
def concat_of_unknown(tf):
    x, feed = fed(tf, waves(3, 4), [None, 4])
    return updated(tf.contrib.metrics.streaming_concat(x)), feed


@CASES.case
def aggregated(tf):
    metrics = tf.contrib.metrics
    values, updates = metrics.aggregate_metrics(
        metrics.streaming_mean([1.0], name="a"), metrics.streaming_mean([2.0], name="b")
    )
    by_name, updates_by_name = metrics.aggregate_metric_map(
        {"c": metrics.count(tf.constant([1.0]))}
    )
    names = [t.name for t in values] + [by_name["c"].name]
    return [tf.constant(names)] + updates + [updates_by_name["c"]]


def interval(labels, chances, **options):
    """The graph of the area, its bounds and the update."""

    def function(tf):
        given = {k: tf.constant(v) if isinstance(v, np.ndarray) else v for k, v in options.items()}
        auc, update = tf.contrib.metrics.auc_with_confidence_intervals(
            tf.constant(labels), tf.constant(chances), **given
        )
        assert auc._fields == ("auc", "lower", "upper")
        return [update]

    return function


CASES.simple(
    interval=interval(BITS, CHANCES),
    interval_weighted=interval(BITS, CHANCES, weights=WEIGHTS, alpha=0.9),
    interval_linear=interval(BITS, CHANCES, logit_transformation=False),
    interval_of_alpha_1=interval(BITS, CHANCES, alpha=1.0),
    interval_named=interval(BITS, CHANCES, name="area", updates_collections=["updates"]),
)
