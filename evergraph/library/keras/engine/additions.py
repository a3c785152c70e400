"""Losses and metrics that layers add by themselves."""

import functools
from collections.abc import Callable
from typing import Any

from evergraph.base import nest
from evergraph.graph.conversion import convert_to_tensor, is_tensor
from evergraph.graph.defaults import executing_eagerly
from evergraph.library.keras.backend import floatx
from evergraph.library.train.tracking.layer_utils import filter_empty_layer_containers

ONE_AGGREGATION = (
    "We currently support only `mean` sample-wise metric aggregation. You provided aggregation=`{}`"
)
NO_NAME = (
    "Please provide a name for your metric like `self.add_metric(tf.reduce_sum(inputs), "
    "name='mean_activation', aggregation='mean')`"
)
NO_METRIC = (
    "We do not support adding an aggregated metric result tensor that is not the output of a "
    "`tf.keras.metrics.Metric` metric instance. Without having access to the metric instance we "
    "cannot reset the state of a metric after every epoch during training. You can create a "
    "`tf.keras.metrics.Metric` instance and pass the result here or pass an un-aggregated result "
    "with `aggregation` parameter set as `mean`. For example: "
    "`self.add_metric(tf.reduce_sum(inputs), name='mean_activation', aggregation='mean')`"
)


class Added:
    """What layers add to the training of a model. Mixed into layers."""

    # Makes a mean metric of a name; what defines metrics sets it, as metrics are layers.
    mean_metric: Callable[[str | None], Any]
    _losses: list[Any]
    _eager_losses: list[Any]
    _callable_losses: list[Callable[[], Any]]
    _metrics: list[Any]
    _gather_children_attribute: Callable[[str], list[Any]]

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Adds losses: tensors, numbers, or functions without arguments that give them.

        Args:
          losses: one, or a structure of them.
          inputs: None says that they do not depend on the layer's inputs.
        """
        unconditional = inputs is None

        def marked(loss: Any) -> Any:
            if not is_tensor(loss):
                loss = convert_to_tensor(loss, dtype=floatx())
            loss._unconditional_loss = unconditional
            return loss

        def called(function: Callable[[], Any]) -> Any:
            loss = function()
            return None if loss is None else marked(loss)

        given = [loss for loss in nest.flatten(losses) if loss is not None]
        # As attributes that are set, these lists are parts of Keras's layers in checkpoints.
        self._callable_losses += [functools.partial(called, x) for x in given if callable(x)]
        kept = self._eager_losses if executing_eagerly() else self._losses
        kept.extend(marked(x) for x in given if not callable(x))

    def clear_eager_losses(self) -> None:
        """Forgets the losses of the last call, with eager execution."""
        self._eager_losses.clear()
        for layer in filter_empty_layer_containers(self.__dict__.get("_layers", ())):
            layer.clear_eager_losses()

    @property
    def losses(self) -> list[Any]:
        """The losses that were added. Functions among them make new nodes each time."""
        made = [function() for function in self._callable_losses]
        own = (self._eager_losses or self._losses) + [loss for loss in made if loss is not None]
        return own + self._gather_children_attribute("losses")

    @property
    def metrics(self) -> list[Any]:
        """The metrics that were added."""
        return self._metrics + self._gather_children_attribute("metrics")

    def add_metric(self, value: Any, aggregation: Any = None, name: Any = None) -> None:
        """Adds a metric, which models show beside their own.

        Args:
          value: a tensor whose mean it is, or what a metric of Keras gave.
          aggregation: "mean", or None for what a metric gave.
          name: its name, if no metric gave it.

        Raises:
          ValueError: there is no name, another aggregation, or no metric gave the value.
        """
        metric = checked_metric(value, aggregation, name)
        name = name if metric is None else metric.name
        known = next((m for m in self._metrics if m.name == name), None)
        if aggregation is not None:
            if known is None:
                known = self.mean_metric(name)
                self._metrics.append(known)
            known(value)
        elif known is None:
            if metric is None:
                raise ValueError(NO_METRIC)
            self._metrics.append(metric)


def checked_metric(value: Any, aggregation: Any, name: Any) -> Any:
    """The metric that gave a value, or None; ValueError as `add_metric` says."""
    if aggregation is not None and aggregation != "mean":
        raise ValueError(ONE_AGGREGATION.format(aggregation))
    metric = getattr(value, "_metric_obj", None)
    if name is None and metric is None:
        raise ValueError(NO_NAME)
    return metric
