"""Steps of models with eager execution: what graphs do with nodes, done at once."""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import math_ops
from evergraph.base import nest
from evergraph.graph.conversion import convert_to_tensor
from evergraph.library.eager.backprop import GradientTape
from evergraph.library.keras.backend import floatx
from evergraph.library.keras.engine.endpoints import loss_value
from evergraph.library.keras.engine.model_metrics import call_metric


def _as_tensor(value: Any) -> Any:
    """A tensor; numbers with fractions have the type of layers."""
    if value is None:
        return None
    x = convert_to_tensor(value)
    return math_ops.cast(x, floatx()) if x.dtype.is_floating else x


def _inputs(model: Any, arrays: Sequence[Any]) -> list[Any]:
    """Inputs as they would be fed: whole numbers for a model of floats are floats."""
    pairs = zip(map(_as_tensor, arrays), model._feed_inputs, strict=True)
    return [x if x.dtype == fed.dtype else math_ops.cast(x, fed.dtype) for x, fed in pairs]


def _split(model: Any, arrays: Sequence[Any]) -> tuple[Any, list[Any], list[Any]]:
    """Inputs, targets and weights of each output."""
    number = len(model._feed_inputs)
    inputs = _inputs(model, arrays[:number])
    rest = [_as_tensor(a) for a in arrays[number:]]
    fed = [e for e in model._endpoints if e.fed]
    targets, weights = rest[: len(fed)], rest[len(fed) :] or [None] * len(fed)
    by_endpoint = dict(zip(map(id, fed), zip(targets, weights, strict=True), strict=True))
    pairs = [by_endpoint.get(id(e), (None, None)) for e in model._endpoints]
    return inputs, [p[0] for p in pairs], [p[1] for p in pairs]


def _outputs(model: Any, inputs: Sequence[Any], training: bool) -> list[Any]:
    if model._takes_dict:
        given: Any = dict(zip(model._feed_input_names, inputs, strict=True))
    else:
        given = inputs[0] if len(inputs) == 1 else list(inputs)
    takes = model._expects_training_arg
    return nest.flatten(model(given, **({"training": training} if takes else {})))


def _total(model: Any, outputs: Any, targets: Any, weights: Any) -> Any:
    """The loss; the metrics of the outputs' losses learn of them."""
    total: Any = None
    for endpoint, output, target, weight in zip(
        model._endpoints, outputs, targets, weights, strict=True
    ):
        if endpoint.loss is None:
            continue
        if target.dtype != output.dtype and target.dtype.is_floating:
            target = math_ops.cast(target, output.dtype)
        value = loss_value(endpoint, target, output, weight)
        if endpoint.loss_metric is not None:
            endpoint.loss_metric(value)
        part = endpoint.loss_weight * value
        total = part if total is None else total + part
    own = model.losses
    if total is None and not own:
        raise ValueError("The model cannot be compiled because it has no loss to optimize.")
    if own:
        total = math_ops.add_n(own) + (0.0 if total is None else total)
    return total


def _results(model: Any, loss: Any) -> list[Any]:
    return [loss.numpy(), *(metric.result().numpy() for metric in model._all_metrics())]


def _update_metrics(model: Any, outputs: Any, targets: Any, weights: Any) -> None:
    parts = zip(
        outputs, targets, weights, model._per_output, model._per_output_weighted, strict=True
    )
    for output, target, weight, plain, weighted in parts:
        for metric in plain:
            call_metric(metric, target, output)
        for metric in weighted:
            call_metric(metric, target, output, weight)


def eager_step(model: Any, kind: str) -> Callable[[Sequence[Any]], list[Any]]:
    """A function of arrays that trains, evaluates or predicts one batch."""

    def predict(arrays: Sequence[Any]) -> list[Any]:
        inputs = _inputs(model, arrays)
        return [x.numpy() for x in _outputs(model, inputs, False)]

    def test(arrays: Sequence[Any]) -> list[Any]:
        inputs, targets, weights = _split(model, arrays)
        outputs = _outputs(model, inputs, False)
        loss = _total(model, outputs, targets, weights)
        _update_metrics(model, outputs, targets, weights)
        return _results(model, loss)

    def train(arrays: Sequence[Any]) -> list[Any]:
        inputs, targets, weights = _split(model, arrays)
        with GradientTape() as tape:
            outputs = _outputs(model, inputs, True)
            loss = _total(model, outputs, targets, weights)
        _update_metrics(model, outputs, targets, weights)
        variables = model._collected_weights
        pairs = zip(tape.gradient(loss, variables), variables, strict=True)
        getattr(model.optimizer, "optimizer", model.optimizer).apply_gradients(pairs)
        return _results(model, loss)

    return {"train": train, "test": test}.get(kind, predict)
