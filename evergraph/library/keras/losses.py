"""tf.keras.losses: how far predictions are from targets."""

from collections.abc import Callable
from typing import Any, Self

from evergraph.api import array_ops, math_ops, nn_impl, nn_ops, weights_broadcast_ops
from evergraph.api.smart_cond import smart_cond
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.library.keras.backend import clip, epsilon, floatx
from evergraph.library.keras.functions import entropies
from evergraph.library.keras.utils.generic_utils import (
    deserialize_keras_object,
    serialize_keras_object,
)


@export("keras.losses.Reduction")
class Reduction:
    """How a loss becomes a number. Stands for `tf.keras.losses.Reduction`."""

    AUTO = "auto"
    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"


def _size(losses: Any) -> Any:
    with name_scope("num_elements") as scope:
        return math_ops.cast(array_ops.size(losses, name=scope), dtype=losses.dtype)


def reduced(losses: Any, reduction: str) -> Any:
    """The sum, the mean, or the losses as they are."""
    if reduction == Reduction.NONE:
        return losses
    loss = math_ops.reduce_sum(losses)
    if reduction == Reduction.SUM:
        return loss
    size = _size(losses)
    return math_ops.div_no_nan(math_ops.reduce_sum(loss), size, name="value")


def weighted(losses: Any, sample_weight: Any, reduction: str) -> Any:
    """The losses times weights, reduced."""
    with name_scope("weighted_loss"):
        losses = convert_to_tensor(losses)
        dtype = losses.dtype
        losses = math_ops.cast(losses, "float32")
        weights = math_ops.cast(1.0 if sample_weight is None else sample_weight, "float32")
        ranks = losses.shape.ndims, weights.shape.ndims
        if None not in ranks and ranks[1]:
            if ranks[1] - ranks[0] == 1:
                weights = array_ops.squeeze(weights, [-1])
            elif ranks[0] - ranks[1] == 1:
                weights = array_ops.expand_dims(weights, [-1])
        weights = weights_broadcast_ops.broadcast_weights(weights, losses)
        found = reduced(math_ops.multiply(losses, weights), reduction)
        return math_ops.cast(found, dtype)


@export("keras.losses.Loss")
class Loss:
    """A loss; a derived class defines `call`. Stands for `tf.keras.losses.Loss`.

    Args:
      reduction: one of `tf.keras.losses.Reduction`.
      name: the name of the nodes.
    """

    def __init__(self, reduction: str = Reduction.AUTO, name: str | None = None) -> None:
        if reduction not in ("auto", "none", "sum", "sum_over_batch_size"):
            raise ValueError(f"Invalid Reduction Key {reduction}.")
        self.reduction = reduction
        self.name = name

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The loss of predictions, with weights for the examples."""
        scope = "lambda" if self.name == "<lambda>" else self.name
        with name_scope(scope or type(self).__name__):
            reduction = self.reduction
            if reduction == Reduction.AUTO:
                reduction = Reduction.SUM_OVER_BATCH_SIZE
            return weighted(self.call(y_true, y_pred), sample_weight, reduction)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The losses of the examples. A derived class overrides it."""
        raise NotImplementedError("Must be implemented in subclasses.")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make such a loss."""
        return {"reduction": self.reduction, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A loss with these arguments."""
        return cls(**config)


class LossFunctionWrapper(Loss):
    """A function as a loss."""

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: str = Reduction.AUTO,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(reduction=reduction, name=name)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | self._fn_kwargs


def _pair(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    y_pred = convert_to_tensor(y_pred)
    return math_ops.cast(y_true, y_pred.dtype), y_pred


@export(
    "keras.losses.mean_squared_error",
    "keras.losses.mse",
    "keras.losses.MSE",
    "keras.metrics.mean_squared_error",
    "keras.metrics.mse",
    "keras.metrics.MSE",
)
def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of squared differences over the last axis.

    Stands for `tf.keras.losses.mean_squared_error`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return math_ops.reduce_mean(math_ops.squared_difference(y_pred, y_true), axis=-1)


@export(
    "keras.losses.mean_absolute_error",
    "keras.losses.mae",
    "keras.losses.MAE",
    "keras.metrics.mean_absolute_error",
    "keras.metrics.mae",
    "keras.metrics.MAE",
)
def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of absolute differences over the last axis.

    Stands for `tf.keras.losses.mean_absolute_error`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return math_ops.reduce_mean(math_ops.abs(y_pred - y_true), axis=-1)


@export(
    "keras.losses.sparse_categorical_crossentropy",
    "keras.metrics.sparse_categorical_crossentropy",
)
def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """The cross entropy with classes as targets.

    Stands for `tf.keras.losses.sparse_categorical_crossentropy`.

    Args:
      y_true: the number of the class of each example.
      y_pred: the probabilities of classes, or logits.
      from_logits: whether they are logits.
      axis: the axis of classes.
    """
    return entropies.sparse_categorical_crossentropy(
        y_true, y_pred, from_logits=from_logits, axis=axis
    )


@export("keras.losses.categorical_crossentropy", "keras.metrics.categorical_crossentropy")
def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: Any = 0
) -> Any:
    """The cross entropy with the probabilities of classes as targets.

    Stands for `tf.keras.losses.categorical_crossentropy`.

    Args:
      y_true, y_pred: the probabilities of classes, in the last axis.
      from_logits: whether the predictions are logits.
      label_smoothing: the share of the targets that is spread over all classes.
    """
    target, output = _pair(y_true, y_pred)
    share = convert_to_tensor(label_smoothing, dtype=floatx())
    if label_smoothing:
        classes = math_ops.cast(array_ops.shape(target)[1], output.dtype)
        target = target * (1.0 - share) + (share / classes)
    return entropies.categorical_crossentropy(target, output, from_logits=from_logits)


@export("keras.losses.binary_crossentropy", "keras.metrics.binary_crossentropy")
def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: Any = 0
) -> Any:
    """The mean over the last axis of the cross entropies of single probabilities.

    Stands for `tf.keras.losses.binary_crossentropy`; see `categorical_crossentropy`.
    """
    target, output = _pair(y_true, y_pred)
    share = convert_to_tensor(label_smoothing, dtype=floatx())
    if label_smoothing:
        target = target * (1.0 - share) + 0.5 * share
    entropy = entropies.binary_crossentropy(target, output, from_logits=from_logits)
    return math_ops.reduce_mean(entropy, axis=-1)


@export(
    "keras.losses.mean_absolute_percentage_error",
    "keras.losses.mape",
    "keras.losses.MAPE",
    "keras.metrics.mean_absolute_percentage_error",
    "keras.metrics.mape",
    "keras.metrics.MAPE",
)
def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of absolute differences in percent of the targets, over the last axis.

    Stands for `tf.keras.losses.mean_absolute_percentage_error`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    share = math_ops.abs((y_true - y_pred) / clip(math_ops.abs(y_true), epsilon(), None))
    return 100.0 * math_ops.reduce_mean(share, axis=-1)


@export(
    "keras.losses.mean_squared_logarithmic_error",
    "keras.losses.msle",
    "keras.losses.MSLE",
    "keras.metrics.mean_squared_logarithmic_error",
    "keras.metrics.msle",
    "keras.metrics.MSLE",
)
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """The mean of squared differences of `log(1 + y)`, over the last axis.

    Stands for `tf.keras.losses.mean_squared_logarithmic_error`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    predicted = math_ops.log(clip(y_pred, epsilon(), None) + 1.0)
    wanted = math_ops.log(clip(y_true, epsilon(), None) + 1.0)
    return math_ops.reduce_mean(math_ops.squared_difference(predicted, wanted), axis=-1)


def _signs(y_true: Any) -> Any:
    """Targets of 0 and 1 as -1 and 1; others as they are."""
    zeros = math_ops.equal(y_true, 0)
    ones = math_ops.equal(y_true, 1)
    binary = math_ops.reduce_all(math_ops.logical_or(zeros, ones))
    return smart_cond(binary, lambda: 2.0 * y_true - 1.0, lambda: y_true)


def _below_margin(y_true: Any, y_pred: Any) -> Any:
    y_true, y_pred = _pair(y_true, y_pred)
    return math_ops.maximum(1.0 - _signs(y_true) * y_pred, 0.0)


@export("keras.losses.hinge", "keras.metrics.hinge")
def hinge(y_true: Any, y_pred: Any) -> Any:
    """The mean of `max(1 - y_true * y_pred, 0)` over the last axis; targets are -1 and 1, or 0
    and 1. Stands for `tf.keras.losses.hinge`."""
    return math_ops.reduce_mean(_below_margin(y_true, y_pred), axis=-1)


@export("keras.losses.squared_hinge", "keras.metrics.squared_hinge")
def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """The mean of the squares of what `hinge` takes the mean of. Stands for
    `tf.keras.losses.squared_hinge`."""
    return math_ops.reduce_mean(math_ops.square(_below_margin(y_true, y_pred)), axis=-1)


@export("keras.losses.categorical_hinge")
def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """How far the best wrong class comes within 1 of the right one, or over it.

    Stands for `tf.keras.losses.categorical_hinge`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    right = math_ops.reduce_sum(y_true * y_pred, axis=-1)
    wrong = math_ops.reduce_max((1.0 - y_true) * y_pred, axis=-1)
    return math_ops.maximum(0.0, wrong - right + 1.0)


def huber_loss(y_true: Any, y_pred: Any, delta: Any = 1.0) -> Any:
    """Half the squared difference up to `delta`, and linear beyond; of each element."""
    y_pred = math_ops.cast(y_pred, dtype=floatx())
    y_true = math_ops.cast(y_true, dtype=floatx())
    distance = math_ops.abs(math_ops.subtract(y_pred, y_true))
    near = math_ops.minimum(distance, delta)
    beyond = math_ops.subtract(distance, near)
    half = convert_to_tensor(0.5, dtype=near.dtype)
    return math_ops.add(
        math_ops.multiply(half, math_ops.multiply(near, near)), math_ops.multiply(delta, beyond)
    )


@export("keras.losses.logcosh")
def logcosh(y_true: Any, y_pred: Any) -> Any:
    """The mean of `log(cosh(y_pred - y_true))` over the last axis.

    Stands for `tf.keras.losses.logcosh`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    x = y_pred - y_true
    # log(cosh(x)) without the overflow of cosh.
    found = x + nn_ops.softplus(-2.0 * x) - math_ops.log(2.0)
    return math_ops.reduce_mean(found, axis=-1)


@export(
    "keras.losses.kullback_leibler_divergence",
    "keras.losses.kld",
    "keras.losses.KLD",
    "keras.metrics.kullback_leibler_divergence",
    "keras.metrics.kld",
    "keras.metrics.KLD",
)
def kullback_leibler_divergence(y_true: Any, y_pred: Any) -> Any:
    """The sum of `y_true * log(y_true / y_pred)` over the last axis.

    Stands for `tf.keras.losses.kullback_leibler_divergence`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    y_true = clip(y_true, epsilon(), 1)
    y_pred = clip(y_pred, epsilon(), 1)
    return math_ops.reduce_sum(y_true * math_ops.log(y_true / y_pred), axis=-1)


@export("keras.losses.poisson", "keras.metrics.poisson")
def poisson(y_true: Any, y_pred: Any) -> Any:
    """The mean of `y_pred - y_true * log(y_pred)` over the last axis.

    Stands for `tf.keras.losses.poisson`.
    """
    y_true, y_pred = _pair(y_true, y_pred)
    return math_ops.reduce_mean(y_pred - y_true * math_ops.log(y_pred + epsilon()), axis=-1)


@export(
    "keras.losses.cosine_similarity",
    "keras.losses.cosine_proximity",
    "keras.losses.cosine",
    "keras.metrics.cosine_proximity",
    "keras.metrics.cosine",
)
def cosine_proximity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """The cosine of the angle between vectors along an axis.

    Stands for `tf.keras.losses.cosine_similarity`.
    """
    y_true = nn_impl.l2_normalize(y_true, axis=axis)
    y_pred = nn_impl.l2_normalize(y_pred, axis=axis)
    return math_ops.reduce_sum(y_true * y_pred, axis=axis)


@export("keras.losses.MeanSquaredError")
class MeanSquaredError(LossFunctionWrapper):
    """`mean_squared_error`. Stands for `tf.keras.losses.MeanSquaredError`."""

    def __init__(self, reduction: str = Reduction.AUTO, name: str = "mean_squared_error") -> None:
        super().__init__(mean_squared_error, reduction=reduction, name=name)


@export("keras.losses.MeanAbsoluteError")
class MeanAbsoluteError(LossFunctionWrapper):
    """`mean_absolute_error`. Stands for `tf.keras.losses.MeanAbsoluteError`."""

    def __init__(self, reduction: str = Reduction.AUTO, name: str = "mean_absolute_error") -> None:
        super().__init__(mean_absolute_error, reduction=reduction, name=name)


@export("keras.losses.SparseCategoricalCrossentropy")
class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """`sparse_categorical_crossentropy`.

    Stands for `tf.keras.losses.SparseCategoricalCrossentropy`.
    """

    def __init__(
        self,
        from_logits: bool = False,
        reduction: str = Reduction.AUTO,
        name: str = "sparse_categorical_crossentropy",
    ) -> None:
        super().__init__(
            sparse_categorical_crossentropy,
            reduction=reduction,
            name=name,
            from_logits=from_logits,
        )


@export("keras.losses.CategoricalCrossentropy")
class CategoricalCrossentropy(LossFunctionWrapper):
    """`categorical_crossentropy`. Stands for `tf.keras.losses.CategoricalCrossentropy`."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: Any = 0,
        reduction: str = Reduction.AUTO,
        name: str = "categorical_crossentropy",
    ) -> None:
        super().__init__(
            categorical_crossentropy,
            reduction=reduction,
            name=name,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


@export("keras.losses.BinaryCrossentropy")
class BinaryCrossentropy(LossFunctionWrapper):
    """`binary_crossentropy`. Stands for `tf.keras.losses.BinaryCrossentropy`."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: Any = 0,
        reduction: str = Reduction.AUTO,
        name: str = "binary_crossentropy",
    ) -> None:
        super().__init__(
            binary_crossentropy,
            reduction=reduction,
            name=name,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


@export("keras.losses.MeanAbsolutePercentageError")
class MeanAbsolutePercentageError(LossFunctionWrapper):
    """`mean_absolute_percentage_error`. Stands for
    `tf.keras.losses.MeanAbsolutePercentageError`."""

    def __init__(
        self, reduction: str = Reduction.AUTO, name: str = "mean_absolute_percentage_error"
    ) -> None:
        super().__init__(mean_absolute_percentage_error, reduction=reduction, name=name)


@export("keras.losses.MeanSquaredLogarithmicError")
class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """`mean_squared_logarithmic_error`. Stands for
    `tf.keras.losses.MeanSquaredLogarithmicError`."""

    def __init__(
        self, reduction: str = Reduction.AUTO, name: str = "mean_squared_logarithmic_error"
    ) -> None:
        super().__init__(mean_squared_logarithmic_error, reduction=reduction, name=name)


@export("keras.losses.Hinge")
class Hinge(LossFunctionWrapper):
    """`hinge`. Stands for `tf.keras.losses.Hinge`."""

    def __init__(self, reduction: str = Reduction.AUTO, name: str = "hinge") -> None:
        super().__init__(hinge, reduction=reduction, name=name)


@export("keras.losses.SquaredHinge")
class SquaredHinge(LossFunctionWrapper):
    """`squared_hinge`. Stands for `tf.keras.losses.SquaredHinge`."""

    def __init__(self, reduction: str = Reduction.AUTO, name: str = "squared_hinge") -> None:
        super().__init__(squared_hinge, reduction=reduction, name=name)


@export("keras.losses.CategoricalHinge")
class CategoricalHinge(LossFunctionWrapper):
    """`categorical_hinge`. Stands for `tf.keras.losses.CategoricalHinge`."""

    def __init__(self, reduction: str = Reduction.AUTO, name: str = "categorical_hinge") -> None:
        super().__init__(categorical_hinge, reduction=reduction, name=name)


@export("keras.losses.Poisson")
class Poisson(LossFunctionWrapper):
    """`poisson`. Stands for `tf.keras.losses.Poisson`."""

    def __init__(self, reduction: str = Reduction.AUTO, name: str = "poisson") -> None:
        super().__init__(poisson, reduction=reduction, name=name)


@export("keras.losses.LogCosh")
class LogCosh(LossFunctionWrapper):
    """`logcosh`. Stands for `tf.keras.losses.LogCosh`."""

    def __init__(self, reduction: str = Reduction.AUTO, name: str = "logcosh") -> None:
        super().__init__(logcosh, reduction=reduction, name=name)


@export("keras.losses.KLDivergence")
class KLDivergence(LossFunctionWrapper):
    """`kullback_leibler_divergence`. Stands for `tf.keras.losses.KLDivergence`."""

    def __init__(
        self, reduction: str = Reduction.AUTO, name: str = "kullback_leibler_divergence"
    ) -> None:
        super().__init__(kullback_leibler_divergence, reduction=reduction, name=name)


@export("keras.losses.Huber")
class Huber(LossFunctionWrapper):
    """Half the squared difference up to `delta`, linear beyond. Stands for
    `tf.keras.losses.Huber`."""

    def __init__(
        self, delta: Any = 1.0, reduction: str = Reduction.AUTO, name: str = "huber_loss"
    ) -> None:
        super().__init__(huber_loss, reduction=reduction, name=name, delta=delta)


@export("keras.losses.CosineSimilarity")
class CosineSimilarity(LossFunctionWrapper):
    """`cosine_similarity`. Stands for `tf.keras.losses.CosineSimilarity`."""

    def __init__(
        self, axis: int = -1, reduction: str = Reduction.AUTO, name: str = "cosine_similarity"
    ) -> None:
        super().__init__(cosine_proximity, reduction=reduction, name=name, axis=axis)


OBJECTS = {
    **dict.fromkeys(("mean_squared_error", "mse", "MSE"), mean_squared_error),
    **dict.fromkeys(("mean_absolute_error", "mae", "MAE"), mean_absolute_error),
    "categorical_crossentropy": categorical_crossentropy,
    "sparse_categorical_crossentropy": sparse_categorical_crossentropy,
    "binary_crossentropy": binary_crossentropy,
    "MeanSquaredError": MeanSquaredError,
    "MeanAbsoluteError": MeanAbsoluteError,
    "CategoricalCrossentropy": CategoricalCrossentropy,
    "SparseCategoricalCrossentropy": SparseCategoricalCrossentropy,
    "BinaryCrossentropy": BinaryCrossentropy,
    **dict.fromkeys(
        ("mean_absolute_percentage_error", "mape", "MAPE"), mean_absolute_percentage_error
    ),
    **dict.fromkeys(
        ("mean_squared_logarithmic_error", "msle", "MSLE"), mean_squared_logarithmic_error
    ),
    **dict.fromkeys(("kullback_leibler_divergence", "kld", "KLD"), kullback_leibler_divergence),
    **dict.fromkeys(("cosine_proximity", "cosine_similarity"), cosine_proximity),
    "huber_loss": huber_loss,
    "hinge": hinge,
    "squared_hinge": squared_hinge,
    "categorical_hinge": categorical_hinge,
    "poisson": poisson,
    "logcosh": logcosh,
    "MeanAbsolutePercentageError": MeanAbsolutePercentageError,
    "MeanSquaredLogarithmicError": MeanSquaredLogarithmicError,
    "Hinge": Hinge,
    "SquaredHinge": SquaredHinge,
    "CategoricalHinge": CategoricalHinge,
    "Poisson": Poisson,
    "LogCosh": LogCosh,
    "KLDivergence": KLDivergence,
    "Huber": Huber,
    "CosineSimilarity": CosineSimilarity,
}


@export("keras.losses.serialize")
def serialize(loss: Any) -> Any:
    """The name of a loss, or class name and configuration. Stands for
    `tf.keras.losses.serialize`."""
    return serialize_keras_object(loss)


@export("keras.losses.deserialize")
def deserialize(name: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The loss of a name or of what `serialize` gave. Stands for `tf.keras.losses.deserialize`."""
    return deserialize_keras_object(
        name,
        module_objects=OBJECTS,
        custom_objects=custom_objects,
        printable_module_name="loss function",
    )


@export("keras.losses.get")
def get(identifier: Any) -> Any:
    """A loss from None, a name, a configuration or a function. Stands for `tf.keras.losses.get`.

    Raises:
      ValueError: for anything else, or an unknown name.
    """
    if identifier is None or callable(identifier):
        return identifier
    if isinstance(identifier, (str, dict)):
        return deserialize(identifier)
    raise ValueError("Could not interpret loss function identifier:", identifier)
