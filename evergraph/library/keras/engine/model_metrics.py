"""The metrics of a model: means of a function over all examples since they were reset."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, init_ops, math_ops
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, init_scope
from evergraph.library.keras import losses
from evergraph.library.keras.backend import floatx, track_variable
from evergraph.library.keras.engine.base_layer_utils import make_variable

ACCURACY = ("accuracy", "acc")


def _binary_accuracy(y_true: Any, y_pred: Any) -> Any:
    threshold = math_ops.cast(0.5, y_pred.dtype)
    y_pred = math_ops.cast(y_pred > threshold, y_pred.dtype)
    return math_ops.reduce_mean(math_ops.cast(math_ops.equal(y_true, y_pred), floatx()), axis=-1)


def _categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    wanted, found = math_ops.argmax(y_true, axis=-1), math_ops.argmax(y_pred, axis=-1)
    return math_ops.cast(math_ops.equal(wanted, found), floatx())


def _sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    if y_true.shape.ndims == convert_to_tensor(y_pred).shape.ndims:
        y_true = array_ops.squeeze(y_true, [-1])
    found = math_ops.argmax(y_pred, axis=-1)
    return math_ops.cast(math_ops.equal(y_true, math_ops.cast(found, y_true.dtype)), floatx())


def metric_function(metric: Any, output_shape: Any, loss: Any) -> tuple[str, Callable[..., Any]]:
    """Name and function of a metric; which accuracy it is depends on the loss."""
    if metric in ACCURACY:
        function = getattr(loss, "fn", None)
        if output_shape[-1] == 1 or function is losses.binary_crossentropy:
            return "acc", _binary_accuracy
        if function is losses.sparse_categorical_crossentropy:
            return "acc", _sparse_categorical_accuracy
        return "acc", _categorical_accuracy
    found = losses.get(metric)
    return getattr(found, "name", None) or found.__name__, found


class ModelMetric:
    """The mean of a function of targets and predictions."""

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.name = name
        self._function = function
        with init_scope():
            self.total, self.count = (self._variable(kind) for kind in ("total", "count"))

    def _variable(self, name: str) -> Any:
        variable = make_variable(
            name,
            shape=(),
            initializer=init_ops.zeros_initializer,
            trainable=False,
            collections=[],
        )
        track_variable(variable)
        return variable

    def result_after(self, y_true: Any, y_pred: Any) -> Any:
        """The mean with these examples."""
        values = math_ops.cast(self._function(y_true, y_pred), floatx())
        total = math_ops.reduce_sum(values)
        with control_dependencies([total]):
            update = self.total.assign_add(total)
        number = math_ops.cast(array_ops.size(values), floatx())
        with control_dependencies([update]):
            update = convert_to_tensor(self.count.assign_add(number))
        with control_dependencies([update.op]):
            return array_ops.identity(math_ops.div_no_nan(self.total, self.count))
