"""tf.keras.metrics of how predictions are distributed over right and wrong."""

import enum
from typing import Any

from evergraph.api import array_ops, check_ops, grouping, math_ops, ranking_ops
from evergraph.api.confusion_matrix import confusion_matrix
from evergraph.api.weights_broadcast_ops import broadcast_weights
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies
from evergraph.library.keras.backend import EPSILON
from evergraph.library.keras.metrics import Metric
from evergraph.library.losses.util import squeeze_or_expand_dimensions

NEG_INF = -1e10


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _thresholds(given: Any, default: float) -> list[Any]:
    """Thresholds as a list. Raises ValueError: one is not within 0 and 1."""
    if given is None:
        return [default]
    wrong = [t for t in _listed(given) if t is None or t < 0 or t > 1]
    if wrong:
        raise ValueError(f"Threshold values must be in [0, 1]. Invalid values: {wrong}")
    return _listed(given)


def _checked(y_true: Any, y_pred: Any, weights: Any) -> tuple[Any, Any, Any]:
    """Targets, predictions within 0 and 1, and weights, of shapes that fit."""
    y_true = math_ops.cast(y_true, dtype=dtypes.float32)
    y_pred = math_ops.cast(y_pred, dtype=dtypes.float32)
    y_pred.shape.assert_is_compatible_with(y_true.shape)
    low = check_ops.assert_greater_equal(
        y_pred, math_ops.cast(0.0, dtype=y_pred.dtype), message="predictions must be >= 0"
    )
    high = check_ops.assert_less_equal(
        y_pred, math_ops.cast(1.0, dtype=y_pred.dtype), message="predictions must be <= 1"
    )
    with control_dependencies([low, high]):
        if weights is None:
            y_pred, y_true = squeeze_or_expand_dimensions(y_pred, y_true)
        else:
            y_pred, y_true, weights = squeeze_or_expand_dimensions(
                y_pred, y_true, sample_weight=weights
            )
    return y_true, y_pred, weights


def _only_top(x: Any, k: int) -> Any:
    """The `k` greatest of each row, next to nothing for the others."""
    _, found = ranking_ops.top_k(x, k, sorted=False)
    mask = math_ops.reduce_sum(array_ops.one_hot(found, x.shape[-1], axis=-1), axis=-2)
    return x * mask + NEG_INF * (1 - mask)


def update_counts(
    counts: dict[str, Any],
    y_true: Any,
    y_pred: Any,
    thresholds: list[Any],
    top_k: int | None = None,
    class_id: int | None = None,
    sample_weight: Any = None,
) -> Any:
    """An operation that adds up, for each threshold, the weights of predictions that are right or
    wrong.

    Args:
      counts: variables [len(thresholds)] by "tp", "fp", "tn", "fn".
      y_true, y_pred: targets and predictions.
      thresholds: above which a prediction is positive.
      top_k: only the greatest of each row are positive.
      class_id: which class is looked at; default: all.
      sample_weight: weights.
    """
    y_true, y_pred, sample_weight = _checked(y_true, y_pred, sample_weight)
    if top_k is not None:
        y_pred = _only_top(y_pred, top_k)
    if class_id is not None:
        y_true, y_pred = y_true[..., class_id], y_pred[..., class_id]
    size, number = array_ops.size(y_pred), len(thresholds)
    predictions = array_ops.reshape(y_pred, [1, -1])
    labels = array_ops.reshape(math_ops.cast(y_true, dtype=dtypes.bool), [1, -1])
    limits = array_ops.expand_dims(constant(thresholds), 1)
    limits = array_ops.tile(limits, array_ops.stack([1, size]))
    positive = math_ops.greater(array_ops.tile(predictions, [number, 1]), limits)
    true = array_ops.tile(labels, [number, 1])
    weights = None
    if sample_weight is not None:
        weights = broadcast_weights(math_ops.cast(sample_weight, dtypes.float32), y_pred)
        weights = array_ops.tile(array_ops.reshape(weights, [1, -1]), [number, 1])
    pairs = {"tp": (true, positive)}
    if {"fn", "tn"} & set(counts):
        negative = math_ops.logical_not(positive)
        pairs["fn"] = true, negative
    if {"fp", "tn"} & set(counts):
        false = math_ops.logical_not(true)
        pairs["fp"] = false, positive
        if "tn" in counts:
            pairs["tn"] = false, negative
    updates = []
    for key, pair in pairs.items():
        if key in counts:
            both = math_ops.cast(math_ops.logical_and(*pair), dtype=dtypes.float32)
            if weights is not None:
                both *= weights
            updates.append(counts[key].assign_add(math_ops.reduce_sum(both, 1)))
    return grouping.group(updates)


class _Counted(Metric):
    """A metric of counts for each threshold."""

    _counts: tuple[tuple[str, str], ...]
    thresholds: list[Any]
    _options: dict[str, Any]

    def _make_counts(self, *names: tuple[str, str]) -> None:
        self._counts = names
        self._options = {}
        for _, name in names:
            setattr(self, name, self._zeros(name, (len(self.thresholds),)))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:  # type: ignore[override]
        """Takes in more targets and predictions."""
        counts = {key: getattr(self, name) for key, name in self._counts}
        return update_counts(
            counts,
            y_true,
            y_pred,
            thresholds=self.thresholds,
            sample_weight=sample_weight,
            **self._options,
        )


_ALL = (
    ("tp", "true_positives"),
    ("tn", "true_negatives"),
    ("fp", "false_positives"),
    ("fn", "false_negatives"),
)


class _ConfusionMatrixConditionCount(_Counted):
    """How many predictions are of one kind.

    Args:
      thresholds: one or several, above which a prediction is positive; default: 0.5.
      name, dtype: as of Metric.
    """

    _kind: str

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.thresholds = _thresholds(thresholds, 0.5)
        self._make_counts((self._kind, "accumulator"))

    def result(self) -> Any:
        found: Any = self.accumulator  # type: ignore[attr-defined]
        return convert_to_tensor(found[0] if len(self.thresholds) == 1 else found)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "thresholds": self.init_thresholds}


@export("keras.metrics.FalsePositives")
class FalsePositives(_ConfusionMatrixConditionCount):
    """How many negatives are taken for positive. Stands for `tf.keras.metrics.FalsePositives`."""

    _kind = "fp"


@export("keras.metrics.FalseNegatives")
class FalseNegatives(_ConfusionMatrixConditionCount):
    """How many positives are taken for negative. Stands for `tf.keras.metrics.FalseNegatives`."""

    _kind = "fn"


@export("keras.metrics.TrueNegatives")
class TrueNegatives(_ConfusionMatrixConditionCount):
    """How many negatives are found. Stands for `tf.keras.metrics.TrueNegatives`."""

    _kind = "tn"


@export("keras.metrics.TruePositives")
class TruePositives(_ConfusionMatrixConditionCount):
    """How many positives are found. Stands for `tf.keras.metrics.TruePositives`."""

    _kind = "tp"


class _Rate(_Counted):
    """True positives of them and others.

    Args:
      thresholds: one or several, above which a prediction is positive; default: 0.5.
      top_k: only the greatest of each row are positive.
      class_id: which class is looked at; default: all.
      name, dtype: as of Metric.
    """

    _others: tuple[str, str]

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.top_k = top_k
        self.class_id = class_id
        self.thresholds = _thresholds(thresholds, 0.5 if top_k is None else NEG_INF)
        self._make_counts(_ALL[0], self._others)
        self._options = {"top_k": top_k, "class_id": class_id}

    def result(self) -> Any:
        found: Any = self.true_positives  # type: ignore[attr-defined]
        rate = math_ops.div_no_nan(found, found + getattr(self, self._others[1]))
        return rate[0] if len(self.thresholds) == 1 else rate

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "thresholds": self.init_thresholds, **self._options}


@export("keras.metrics.Precision")
class Precision(_Rate):
    """How many of the predicted positives are. Stands for `tf.keras.metrics.Precision`."""

    _others = _ALL[2]


@export("keras.metrics.Recall")
class Recall(_Rate):
    """How many of the positives are predicted. Stands for `tf.keras.metrics.Recall`."""

    _others = _ALL[3]


class SensitivitySpecificityBase(_Counted):
    """One rate where the other one is near a value.

    Args:
      value: of the other rate.
      num_thresholds: at how many thresholds rates are known.
      name, dtype: as of Metric.

    Raises:
      ValueError: there are none.
    """

    def __init__(
        self, value: float, num_thresholds: int = 200, name: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if num_thresholds <= 0:
            raise ValueError("`num_thresholds` must be > 0.")
        self.value = value
        between = [(i + 1) / (num_thresholds - 1) for i in range(num_thresholds - 2)]
        self.thresholds = [0.5] if num_thresholds == 1 else [0.0, *between, 1.0]
        self._make_counts(*_ALL)

    def _at(self, given: tuple[Any, Any], wanted: tuple[Any, Any]) -> Any:
        rates = math_ops.div_no_nan(given[0], given[0] + given[1])
        nearest = math_ops.argmin(math_ops.abs(rates - self.value), axis=0)
        nearest = math_ops.cast(nearest, dtypes.int32)
        first, second = wanted
        return math_ops.div_no_nan(first[nearest], first[nearest] + second[nearest])


@export("keras.metrics.SensitivityAtSpecificity")
class SensitivityAtSpecificity(SensitivitySpecificityBase):
    """The part of positives that is found, where a part of negatives is. Stands for
    `tf.keras.metrics.SensitivityAtSpecificity`."""

    def __init__(
        self, specificity: float, num_thresholds: int = 200, name: Any = None, dtype: Any = None
    ) -> None:
        if specificity < 0 or specificity > 1:
            raise ValueError("`specificity` must be in the range [0, 1].")
        super().__init__(specificity, num_thresholds=num_thresholds, name=name, dtype=dtype)
        self.specificity = specificity
        self.num_thresholds = num_thresholds

    def result(self) -> Any:
        s: Any = self
        return self._at(
            (s.true_negatives, s.false_positives), (s.true_positives, s.false_negatives)
        )

    def get_config(self) -> dict[str, Any]:
        settings = {"num_thresholds": self.num_thresholds, "specificity": self.specificity}
        return {**super().get_config(), **settings}


@export("keras.metrics.SpecificityAtSensitivity")
class SpecificityAtSensitivity(SensitivitySpecificityBase):
    """The part of negatives that is found, where a part of positives is. Stands for
    `tf.keras.metrics.SpecificityAtSensitivity`."""

    def __init__(
        self, sensitivity: float, num_thresholds: int = 200, name: Any = None, dtype: Any = None
    ) -> None:
        if sensitivity < 0 or sensitivity > 1:
            raise ValueError("`sensitivity` must be in the range [0, 1].")
        super().__init__(sensitivity, num_thresholds=num_thresholds, name=name, dtype=dtype)
        self.sensitivity = sensitivity
        self.num_thresholds = num_thresholds

    def result(self) -> Any:
        s: Any = self
        return self._at(
            (s.true_positives, s.false_negatives), (s.true_negatives, s.false_positives)
        )

    def get_config(self) -> dict[str, Any]:
        settings = {"num_thresholds": self.num_thresholds, "sensitivity": self.sensitivity}
        return {**super().get_config(), **settings}


class AUCCurve(enum.Enum):
    """Which curve an area is below."""

    ROC = "ROC"
    PR = "PR"

    @staticmethod
    def from_str(key: str) -> "AUCCurve":
        """The curve of a name. Raises ValueError: there is none."""
        if key in ("pr", "PR", "roc", "ROC"):
            return AUCCurve(key.upper())
        raise ValueError(f'Invalid AUC curve value "{key}".')


class AUCSummationMethod(enum.Enum):
    """How the area between two thresholds is taken."""

    INTERPOLATION = "interpolation"
    MAJORING = "majoring"
    MINORING = "minoring"

    @staticmethod
    def from_str(key: str) -> "AUCSummationMethod":
        """The method of a name. Raises ValueError: there is none."""
        for method in AUCSummationMethod:
            if key in (method.value, method.value.capitalize()):
                return method
        raise ValueError(f'Invalid AUC summation method value "{key}".')


@export("keras.metrics.AUC")
class AUC(_Counted):
    """The area below a curve of two rates. Stands for `tf.keras.metrics.AUC`.

    Args:
      num_thresholds: at how many thresholds rates are known.
      curve: "ROC" or "PR".
      summation_method: "interpolation", "minoring" or "majoring".
      name, dtype: as of Metric.
      thresholds: those between 0 and 1, in place of their number.

    Raises:
      ValueError: a name is unknown, or there are fewer than two thresholds.
    """

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: Any = "ROC",
        summation_method: Any = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Any = None,
    ) -> None:
        if thresholds is not None:
            between = sorted(thresholds)
        elif num_thresholds <= 1:
            raise ValueError("`num_thresholds` must be > 1.")
        else:
            between = [(i + 1) * 1.0 / (num_thresholds - 1) for i in range(num_thresholds - 2)]
        if not isinstance(curve, AUCCurve):
            curve = AUCCurve.from_str(curve)
        if not isinstance(summation_method, AUCSummationMethod):
            summation_method = AUCSummationMethod.from_str(summation_method)
        super().__init__(name=name, dtype=dtype)
        self.curve = curve
        self.summation_method = summation_method
        self.num_thresholds = len(between) + 2
        self.thresholds = [0.0 - EPSILON, *between, 1.0 + EPSILON]
        self._make_counts(*_ALL)

    def interpolate_pr_auc(self) -> Any:
        """The area below precision and recall, where true positives and all predicted ones change
        in a line between thresholds."""
        s: Any = self
        last = self.num_thresholds - 1
        dtp = s.true_positives[:last] - s.true_positives[1:]
        p = s.true_positives + s.false_positives
        dp = p[:last] - p[1:]
        slope = math_ops.div_no_nan(dtp, math_ops.maximum(dp, 0), name="prec_slope")
        intercept = s.true_positives[1:] - math_ops.multiply(slope, p[1:])
        ratio = array_ops.where(
            math_ops.logical_and(p[:last] > 0, p[1:] > 0),
            math_ops.div_no_nan(p[:last], math_ops.maximum(p[1:], 0), name="recall_relative_ratio"),
            array_ops.ones_like(p[1:]),
        )
        area = slope * (dtp + intercept * math_ops.log(ratio))
        positives = math_ops.maximum(s.true_positives[1:] + s.false_negatives[1:], 0)
        steps = math_ops.div_no_nan(area, positives, name="pr_auc_increment")
        return math_ops.reduce_sum(steps, name="interpolate_pr_auc")

    def result(self) -> Any:
        """The area."""
        s: Any = self
        interpolated = self.summation_method == AUCSummationMethod.INTERPOLATION
        if self.curve == AUCCurve.PR and interpolated:
            return self.interpolate_pr_auc()
        recall = math_ops.div_no_nan(s.true_positives, s.true_positives + s.false_negatives)
        if self.curve == AUCCurve.ROC:
            x = math_ops.div_no_nan(s.false_positives, s.false_positives + s.true_negatives)
            y = recall
        else:
            x = recall
            y = math_ops.div_no_nan(s.true_positives, s.true_positives + s.false_positives)
        last = self.num_thresholds - 1
        if interpolated:
            heights = (y[:last] + y[1:]) / 2.0
        elif self.summation_method == AUCSummationMethod.MINORING:
            heights = math_ops.minimum(y[:last], y[1:])
        else:
            heights = math_ops.maximum(y[:last], y[1:])
        return math_ops.reduce_sum(math_ops.multiply(x[:last] - x[1:], heights), name=self.name)

    def get_config(self) -> dict[str, Any]:
        settings = {
            "num_thresholds": self.num_thresholds,
            "curve": self.curve.value,
            "summation_method": self.summation_method.value,
            "thresholds": self.thresholds[1:-1],
        }
        return {**super().get_config(), **settings}


@export("keras.metrics.MeanIoU")
class MeanIoU(Metric):
    """The mean over classes of what predictions and targets share, of what either has. Stands for
    `tf.keras.metrics.MeanIoU`.

    Args:
      num_classes: how many.
      name, dtype: as of Metric.
    """

    def __init__(self, num_classes: int, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.num_classes = num_classes
        shape = (num_classes, num_classes)
        self.total_cm = self._zeros("total_confusion_matrix", shape, dtypes.float64)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:  # type: ignore[override]
        """Takes in more targets and predictions, numbers of classes."""
        y_true = math_ops.cast(y_true, self._dtype)
        y_pred = math_ops.cast(y_pred, self._dtype)
        if y_pred.shape.ndims > 1:
            y_pred = array_ops.reshape(y_pred, [-1])
        if y_true.shape.ndims > 1:
            y_true = array_ops.reshape(y_true, [-1])
        if sample_weight is not None and sample_weight.shape.ndims > 1:
            sample_weight = array_ops.reshape(sample_weight, [-1])
        found = confusion_matrix(
            y_true, y_pred, self.num_classes, weights=sample_weight, dtype=dtypes.float64
        )
        return self.total_cm.assign_add(found)

    def result(self) -> Any:
        sums = [
            math_ops.cast(math_ops.reduce_sum(self.total_cm, axis=axis), dtype=self._dtype)
            for axis in (0, 1)
        ]
        shared = math_ops.cast(array_ops.diag_part(self.total_cm), dtype=self._dtype)
        either = sums[0] + sums[1] - shared
        there = math_ops.cast(math_ops.not_equal(either, 0), dtype=self._dtype)
        number = math_ops.reduce_sum(there)
        ratio = math_ops.div_no_nan(shared, either)
        return math_ops.div_no_nan(math_ops.reduce_sum(ratio, name="mean_iou"), number)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "num_classes": self.num_classes}
