"""tf.keras.losses: how far predictions are from targets."""

from collections.abc import Callable
from typing import Any, Self

from evergraph.api import array_ops, clip_ops, math_ops, nn_impl, nn_ops, weights_broadcast_ops
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.library.keras.backend import EPSILON, floatx
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


def _logits_of(output: Any, activation: str) -> Any:
    """What an activation was applied to; None if it was another one."""
    return output.op.inputs[0] if output.op.type == activation else None


def _clipped(output: Any) -> Any:
    epsilon = constant(EPSILON, dtype=output.dtype.base_dtype)
    return clip_ops.clip_by_value(output, epsilon, 1.0 - epsilon)


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
    output = y_pred
    if not from_logits:
        logits = _logits_of(output, "Softmax")
        output = math_ops.log(_clipped(output)) if logits is None else logits
    rank = output.shape.ndims
    if rank is not None and axis % rank != rank - 1:
        axis %= rank
        order = [i for i in range(rank) if i != axis]
        output = array_ops.transpose(output, perm=[*order, axis])
    target = math_ops.cast(y_true, "int64")
    shape = array_ops.shape(output)
    target_rank = target.shape.ndims
    flat = target_rank is not None and rank is not None and target_rank != rank - 1
    if flat:
        target = array_ops.reshape(target, [-1])
        output = array_ops.reshape(output, [-1, shape[-1]])
    loss = nn_ops.sparse_softmax_cross_entropy_with_logits(labels=target, logits=output)
    return array_ops.reshape(loss, shape[:-1]) if flat and rank >= 3 else loss


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
    if not from_logits:
        logits = _logits_of(output, "Softmax")
        if logits is None:
            output = _clipped(output / math_ops.reduce_sum(output, -1, True))
            return -math_ops.reduce_sum(target * math_ops.log(output), -1)
        output = logits
    return nn_ops.softmax_cross_entropy_with_logits_v2(labels=target, logits=output, axis=-1)


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
    if not from_logits:
        logits = _logits_of(output, "Sigmoid")
        if logits is None:
            output = _clipped(output)
            entropy = target * math_ops.log(output + EPSILON)
            entropy += (1 - target) * math_ops.log(1 - output + EPSILON)
            return math_ops.reduce_mean(-entropy, axis=-1)
        output = logits
    entropy = nn_impl.sigmoid_cross_entropy_with_logits(labels=target, logits=output)
    return math_ops.reduce_mean(entropy, axis=-1)


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
