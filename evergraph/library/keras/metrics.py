"""tf.keras.metrics: what metrics are, sums, means, accuracies."""

import types
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.api import array_ops, init_ops, math_ops, ranking_ops
from evergraph.api.confusion_matrix import remove_squeezable_dimensions
from evergraph.api.variables import VariableAggregation, VariableSynchronization
from evergraph.api.weights_broadcast_ops import broadcast_weights
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor, is_tensor
from evergraph.graph.defaults import control_dependencies, executing_eagerly, init_scope
from evergraph.library.eager import def_function
from evergraph.library.keras import losses
from evergraph.library.keras.backend import floatx
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.session import batch_set_value, get_session, get_value
from evergraph.library.losses.util import squeeze_or_expand_dimensions


@export("keras.metrics.Metric")
class Metric(Layer, ABC):
    """What is computed over many batches. A derived class makes variables with `add_weight`, and
    defines `update_state` and `result`. Stands for `tf.keras.metrics.Metric`.

    Args:
      name: its name.
      dtype: the element type of its variables; default: float32.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> "Metric":
        made = super().__new__(cls)
        update: Callable[..., Any] = made.update_state
        result: Callable[..., Any] = made.result
        if not cls.__module__.startswith(f"{__package__}."):
            # One's own updates keep the order in which they are written.
            update = def_function.function(update)

        def update_state(self: Any, *args: Any, **kwargs: Any) -> Any:
            operation = update(*args, **kwargs)
            if operation is not None:
                self.add_update(operation)
            return operation

        def identified(self: Any, *args: Any) -> Any:
            found = array_ops.identity(result(*args))
            object.__setattr__(self, "_call_result", found)
            found._metric_obj = self
            return found

        object.__setattr__(made, "update_state", types.MethodType(update_state, made))
        object.__setattr__(made, "result", types.MethodType(identified, made))
        return made

    def __init__(self, name: str | None = None, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(name=name, dtype=dtype, **kwargs)
        self.stateful = True
        self.built = True
        if self._dtype is None:
            self._dtype = floatx()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Updates the metric, as `update_state` does, and gives its value."""
        update: Any = self.update_state(*args, **kwargs)
        if executing_eagerly():
            return self.result()
        with control_dependencies([update]):
            return self.result()

    def get_config(self) -> dict[str, Any]:
        """The arguments that make such a metric."""
        return {"name": self.name, "dtype": self.dtype}

    def reset_states(self) -> None:
        """Begins anew."""
        batch_set_value([(v, np.zeros(v.shape.as_list())) for v in self.variables])

    @abstractmethod
    def update_state(self, *args: Any, **kwargs: Any) -> Any:
        """Takes more examples in; in graphs, gives the operation that does."""

    @abstractmethod
    def result(self) -> Any:
        """The value, a tensor."""

    def add_weight(  # type: ignore[override]
        self,
        name: str,
        shape: Any = (),
        aggregation: Any = VariableAggregation.SUM,
        synchronization: Any = VariableSynchronization.ON_READ,
        initializer: Any = None,
        dtype: Any = None,
    ) -> Any:
        """A variable, which is not trained. Arguments as of a layer's."""
        return super().add_weight(
            name=name,
            shape=shape,
            dtype=self._dtype if dtype is None else dtype,
            trainable=False,
            initializer=initializer,
            collections=[],
            synchronization=synchronization,
            aggregation=aggregation,
        )

    def _zeros(self, name: str, shape: Any = (), dtype: Any = None) -> Any:
        return self.add_weight(name, shape, initializer=init_ops.zeros_initializer, dtype=dtype)


def plain(value: Any) -> Any:
    """A setting as `get_config` gives it."""
    return get_value(value) if is_tensor(value) else value


def weighted_values(values: Any, weights: Any, dtype: Any, summed: bool = False) -> tuple[Any, Any]:
    """The values times their weights, and the weights in the values' shape.

    Weights of the first axes only take the others together: by their sum or else by their mean.
    """
    weights = math_ops.cast(weights, dtype)
    values, _, weights = squeeze_or_expand_dimensions(values, sample_weight=weights)
    try:
        weights = broadcast_weights(weights, values)
    except ValueError:
        axes = list(range(weights.shape.ndims, values.shape.ndims))
        values = (math_ops.reduce_sum if summed else math_ops.reduce_mean)(values, axis=axes)
    return math_ops.multiply(values, weights), weights


class Reduce(Metric):
    """A sum or mean of values, kept as `total` and perhaps `count`.

    Args:
      counted: None for a sum; "values", "weights": what is divided by.
      name, dtype: as of Metric.
    """

    def __init__(self, counted: str | None, name: str | None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self._counted = counted
        with init_scope():
            self.total = self._zeros("total")
            if counted:
                self.count = self._zeros("count")

    def update_state(self, values: Any, sample_weight: Any = None) -> Any:
        """Takes in more values, perhaps with weights."""
        values = math_ops.cast(values, self._dtype)
        if sample_weight is not None:
            values, sample_weight = weighted_values(
                values, sample_weight, self._dtype, summed=not self._counted
            )
        added = math_ops.reduce_sum(values)
        with control_dependencies([added]):
            update = self.total.assign_add(added)
        if not self._counted:
            return update
        if sample_weight is None or self._counted == "values":
            number = math_ops.cast(array_ops.size(values), self._dtype)
        else:
            number = math_ops.reduce_sum(sample_weight)
        with control_dependencies([update]):
            return self.count.assign_add(number)

    def result(self) -> Any:
        """The sum or mean."""
        if not self._counted:
            return array_ops.identity(self.total)
        return math_ops.div_no_nan(self.total, self.count)


@export("keras.metrics.Sum")
class Sum(Reduce):
    """The sum of values times weights. Stands for `tf.keras.metrics.Sum`."""

    def __init__(self, name: str = "sum", dtype: Any = None) -> None:
        super().__init__(None, name, dtype)


@export("keras.metrics.Mean")
class Mean(Reduce):
    """The mean of values, weighted. Stands for `tf.keras.metrics.Mean`."""

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__("weights", name, dtype)


@export("keras.metrics.MeanTensor")
class MeanTensor(Metric):
    """The mean of values of one shape, element by element, weighted. Stands for
    `tf.keras.metrics.MeanTensor`.

    Its variables are made by the first values; the default session initializes them.
    """

    _shape: Any = None
    _total: Any = None
    _count: Any = None

    def __init__(self, name: str = "mean_tensor", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)

    @property
    def total(self) -> Any:
        """The sums, None before the first values."""
        return self._total

    @property
    def count(self) -> Any:
        """What the sums are divided by, None before the first values."""
        return self._count

    def _build(self, shape: Any) -> None:
        self._shape = shape
        with init_scope():
            self._total = self._zeros("total", shape)
            self._count = self._zeros("count", shape)
            if not executing_eagerly():
                get_session()

    def update_state(self, values: Any, sample_weight: Any = None) -> Any:
        """Takes in more values, perhaps with weights.

        Raises:
          ValueError: they have another shape than the first ones.
        """
        values = math_ops.cast(values, self._dtype)
        if self._shape is None:
            self._build(values.shape)
        elif values.shape != self._shape:
            raise ValueError(
                "MeanTensor input values must always have the same shape. Expected shape (set "
                f"during the first call): {self._shape}. Got: {values.shape}"
            )
        number = array_ops.ones_like(values)
        if sample_weight is not None:
            values, sample_weight = weighted_values(values, sample_weight, self._dtype)
            number = math_ops.multiply(number, sample_weight)
        update = self._total.assign_add(values)
        with control_dependencies([update]):
            return self._count.assign_add(number)

    def result(self) -> Any:
        """The means.

        Raises:
          ValueError: there were no values.
        """
        if self._shape is None:
            raise ValueError(
                "MeanTensor does not have any result yet. Please call the MeanTensor instance or "
                "use `.update_state(value)` before retrieving the result."
            )
        return math_ops.div_no_nan(self._total, self._count)


@export("keras.metrics.MeanRelativeError")
class MeanRelativeError(Mean):
    """The mean of errors, each divided by `normalizer`. Stands for
    `tf.keras.metrics.MeanRelativeError`."""

    def __init__(self, normalizer: Any, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.normalizer = math_ops.cast(normalizer, self._dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:  # type: ignore[override]
        """Takes in more targets and predictions."""
        y_true = math_ops.cast(y_true, self._dtype)
        y_pred = math_ops.cast(y_pred, self._dtype)
        y_pred, y_true = squeeze_or_expand_dimensions(y_pred, y_true)
        y_pred, self.normalizer = remove_squeezable_dimensions(y_pred, self.normalizer)
        y_pred.shape.assert_is_compatible_with(y_true.shape)
        errors = math_ops.div_no_nan(math_ops.abs(y_true - y_pred), self.normalizer)
        return super().update_state(errors, sample_weight=sample_weight)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "normalizer": plain(self.normalizer)}


class MeanMetricWrapper(Mean):
    """The mean of `fn(y_true, y_pred, **kwargs)`."""

    def __init__(
        self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:  # type: ignore[override]
        """Takes in more targets and predictions."""
        y_true = math_ops.cast(y_true, self._dtype)
        y_pred = math_ops.cast(y_pred, self._dtype)
        y_pred, y_true = squeeze_or_expand_dimensions(y_pred, y_true)
        values = self._fn(y_true, y_pred, **self._fn_kwargs)
        return super().update_state(values, sample_weight=sample_weight)

    def get_config(self) -> dict[str, Any]:
        settings = {name: plain(value) for name, value in self._fn_kwargs.items()}
        return {**super().get_config(), **settings}


@export("keras.metrics.RootMeanSquaredError")
class RootMeanSquaredError(Mean):
    """The root of the mean of squared errors. Stands for
    `tf.keras.metrics.RootMeanSquaredError`."""

    def __init__(self, name: str = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype=dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:  # type: ignore[override]
        """Takes in more targets and predictions."""
        y_true = math_ops.cast(y_true, self._dtype)
        y_pred = math_ops.cast(y_pred, self._dtype)
        y_pred, y_true = squeeze_or_expand_dimensions(y_pred, y_true)
        squares = math_ops.squared_difference(y_pred, y_true)
        return super().update_state(squares, sample_weight=sample_weight)

    def result(self) -> Any:
        return math_ops.sqrt(math_ops.div_no_nan(self.total, self.count))


def accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where both are equal."""
    y_pred.shape.assert_is_compatible_with(y_true.shape)
    if y_true.dtype != y_pred.dtype:
        y_pred = math_ops.cast(y_pred, y_true.dtype)
    return math_ops.cast(math_ops.equal(y_true, y_pred), floatx())


@export("keras.metrics.binary_accuracy")
def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """How many of an example's classes are told right, of all. Stands for
    `tf.keras.metrics.binary_accuracy`."""
    threshold = math_ops.cast(threshold, y_pred.dtype)
    y_pred = math_ops.cast(y_pred > threshold, y_pred.dtype)
    return math_ops.reduce_mean(math_ops.cast(math_ops.equal(y_true, y_pred), floatx()), axis=-1)


@export("keras.metrics.categorical_accuracy")
def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where both are greatest for the same class. Stands for
    `tf.keras.metrics.categorical_accuracy`."""
    wanted, found = math_ops.argmax(y_true, axis=-1), math_ops.argmax(y_pred, axis=-1)
    return math_ops.cast(math_ops.equal(wanted, found), floatx())


def _class_numbers(y_true: Any, y_pred: Any) -> Any:
    """Targets without a last axis that predictions have for classes."""
    ranks = convert_to_tensor(y_pred).shape.ndims, convert_to_tensor(y_true).shape.ndims
    if None not in ranks and ranks[0] == ranks[1]:
        return array_ops.squeeze(y_true, [-1])
    return y_true


@export("keras.metrics.sparse_categorical_accuracy")
def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """1 where predictions are greatest for the class that the target is the number of. Stands for
    `tf.keras.metrics.sparse_categorical_accuracy`."""
    y_true = _class_numbers(y_true, y_pred)
    y_pred = math_ops.argmax(y_pred, axis=-1)
    if y_pred.dtype != y_true.dtype:
        y_pred = math_ops.cast(y_pred, y_true.dtype)
    return math_ops.cast(math_ops.equal(y_true, y_pred), floatx())


@export("keras.metrics.top_k_categorical_accuracy")
def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """1 where the target's class is among the `k` greatest. Stands for
    `tf.keras.metrics.top_k_categorical_accuracy`."""
    wanted = math_ops.argmax(y_true, axis=-1)
    return math_ops.cast(ranking_ops.in_top_k(y_pred, wanted, k), floatx())


@export("keras.metrics.sparse_top_k_categorical_accuracy")
def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """1 where the class that the target is the number of is among the `k` greatest. Stands for
    `tf.keras.metrics.sparse_top_k_categorical_accuracy`."""
    wanted = math_ops.cast(_class_numbers(y_true, y_pred), "int32")
    return math_ops.cast(ranking_ops.in_top_k(y_pred, wanted, k), floatx())


@export("keras.metrics.Accuracy")
class Accuracy(MeanMetricWrapper):
    """How often predictions equal targets. Stands for `tf.keras.metrics.Accuracy`."""

    def __init__(self, name: str = "accuracy", dtype: Any = None) -> None:
        super().__init__(accuracy, name, dtype=dtype)


@export("keras.metrics.BinaryAccuracy")
class BinaryAccuracy(MeanMetricWrapper):
    """How often predictions are on the right side of a threshold. Stands for
    `tf.keras.metrics.BinaryAccuracy`."""

    def __init__(
        self, name: str = "binary_accuracy", dtype: Any = None, threshold: float = 0.5
    ) -> None:
        super().__init__(binary_accuracy, name, dtype=dtype, threshold=threshold)


@export("keras.metrics.CategoricalAccuracy")
class CategoricalAccuracy(MeanMetricWrapper):
    """How often the right class has the greatest value; targets have 1 for it. Stands for
    `tf.keras.metrics.CategoricalAccuracy`."""

    def __init__(self, name: str = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(categorical_accuracy, name, dtype=dtype)


@export("keras.metrics.SparseCategoricalAccuracy")
class SparseCategoricalAccuracy(MeanMetricWrapper):
    """How often the right class has the greatest value; targets are its number. Stands for
    `tf.keras.metrics.SparseCategoricalAccuracy`."""

    def __init__(self, name: str = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(sparse_categorical_accuracy, name, dtype=dtype)


@export("keras.metrics.TopKCategoricalAccuracy")
class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the right class is among the `k` greatest. Stands for
    `tf.keras.metrics.TopKCategoricalAccuracy`."""

    def __init__(
        self, k: int = 5, name: str = "top_k_categorical_accuracy", dtype: Any = None
    ) -> None:
        super().__init__(top_k_categorical_accuracy, name, dtype=dtype, k=k)


@export("keras.metrics.SparseTopKCategoricalAccuracy")
class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the class that the target is the number of is among the `k` greatest. Stands for
    `tf.keras.metrics.SparseTopKCategoricalAccuracy`."""

    def __init__(
        self, k: int = 5, name: str = "sparse_top_k_categorical_accuracy", dtype: Any = None
    ) -> None:
        super().__init__(sparse_top_k_categorical_accuracy, name, dtype=dtype, k=k)


@export("keras.metrics.MeanSquaredError")
class MeanSquaredError(MeanMetricWrapper):
    """The mean of squared errors. Stands for `tf.keras.metrics.MeanSquaredError`."""

    def __init__(self, name: str = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_squared_error, name, dtype=dtype)


@export("keras.metrics.MeanAbsoluteError")
class MeanAbsoluteError(MeanMetricWrapper):
    """The mean of absolute errors. Stands for `tf.keras.metrics.MeanAbsoluteError`."""

    def __init__(self, name: str = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_absolute_error, name, dtype=dtype)


@export("keras.metrics.BinaryCrossentropy")
class BinaryCrossentropy(MeanMetricWrapper):
    """The mean of `tf.keras.losses.binary_crossentropy`. Stands for
    `tf.keras.metrics.BinaryCrossentropy`."""

    def __init__(
        self,
        name: str = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:
        super().__init__(
            losses.binary_crossentropy,
            name,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


@export("keras.metrics.CategoricalCrossentropy")
class CategoricalCrossentropy(MeanMetricWrapper):
    """The mean of `tf.keras.losses.categorical_crossentropy`. Stands for
    `tf.keras.metrics.CategoricalCrossentropy`."""

    def __init__(
        self,
        name: str = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:
        super().__init__(
            losses.categorical_crossentropy,
            name,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


@export("keras.metrics.SparseCategoricalCrossentropy")
class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """The mean of `tf.keras.losses.sparse_categorical_crossentropy`. Stands for
    `tf.keras.metrics.SparseCategoricalCrossentropy`."""

    def __init__(
        self,
        name: str = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(
            losses.sparse_categorical_crossentropy,
            name,
            dtype=dtype,
            from_logits=from_logits,
            axis=axis,
        )


@export("keras.metrics.MeanAbsolutePercentageError")
class MeanAbsolutePercentageError(MeanMetricWrapper):
    """The mean of `tf.keras.losses.mean_absolute_percentage_error`. Stands for
    `tf.keras.metrics.MeanAbsolutePercentageError`."""

    def __init__(self, name: str = "mean_absolute_percentage_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_absolute_percentage_error, name, dtype=dtype)


@export("keras.metrics.MeanSquaredLogarithmicError")
class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """The mean of `tf.keras.losses.mean_squared_logarithmic_error`. Stands for
    `tf.keras.metrics.MeanSquaredLogarithmicError`."""

    def __init__(self, name: str = "mean_squared_logarithmic_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_squared_logarithmic_error, name, dtype=dtype)


@export("keras.metrics.Hinge")
class Hinge(MeanMetricWrapper):
    """The mean of `tf.keras.losses.hinge`. Stands for
    `tf.keras.metrics.Hinge`."""

    def __init__(self, name: str = "hinge", dtype: Any = None) -> None:
        super().__init__(losses.hinge, name, dtype=dtype)


@export("keras.metrics.SquaredHinge")
class SquaredHinge(MeanMetricWrapper):
    """The mean of `tf.keras.losses.squared_hinge`. Stands for
    `tf.keras.metrics.SquaredHinge`."""

    def __init__(self, name: str = "squared_hinge", dtype: Any = None) -> None:
        super().__init__(losses.squared_hinge, name, dtype=dtype)


@export("keras.metrics.CategoricalHinge")
class CategoricalHinge(MeanMetricWrapper):
    """The mean of `tf.keras.losses.categorical_hinge`. Stands for
    `tf.keras.metrics.CategoricalHinge`."""

    def __init__(self, name: str = "categorical_hinge", dtype: Any = None) -> None:
        super().__init__(losses.categorical_hinge, name, dtype=dtype)


@export("keras.metrics.LogCoshError")
class LogCoshError(MeanMetricWrapper):
    """The mean of `tf.keras.losses.logcosh`. Stands for
    `tf.keras.metrics.LogCoshError`."""

    def __init__(self, name: str = "logcosh", dtype: Any = None) -> None:
        super().__init__(losses.logcosh, name, dtype=dtype)


@export("keras.metrics.Poisson")
class Poisson(MeanMetricWrapper):
    """The mean of `tf.keras.losses.poisson`. Stands for
    `tf.keras.metrics.Poisson`."""

    def __init__(self, name: str = "poisson", dtype: Any = None) -> None:
        super().__init__(losses.poisson, name, dtype=dtype)


@export("keras.metrics.KLDivergence")
class KLDivergence(MeanMetricWrapper):
    """The mean of `tf.keras.losses.kullback_leibler_divergence`. Stands for
    `tf.keras.metrics.KLDivergence`."""

    def __init__(self, name: str = "kullback_leibler_divergence", dtype: Any = None) -> None:
        super().__init__(losses.kullback_leibler_divergence, name, dtype=dtype)


@export("keras.metrics.CosineSimilarity")
class CosineSimilarity(MeanMetricWrapper):
    """The mean cosine of angles between targets and predictions. Stands for
    `tf.keras.metrics.CosineSimilarity`."""

    def __init__(self, name: str = "cosine_similarity", dtype: Any = None, axis: int = -1) -> None:
        super().__init__(losses.cosine_proximity, name, dtype=dtype, axis=axis)


# What layers make of values that they add.
Layer.mean_metric = Mean
