"""Several heads as one: `tf.contrib.estimator.multi_head`."""

from typing import Any

from evergraph.api import control_flow_ops, math_ops
from evergraph.base.export import export
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.estimator.head import LossSpec
from evergraph.library.estimator.head_merging import merged_outputs, split_logits
from evergraph.library.estimator.metric_keys import MetricKeys
from evergraph.library.estimator.mode_keys import ModeKeys
from evergraph.library.estimator.model_fn import EstimatorSpec
from evergraph.library.metrics.means import mean
from evergraph.library.summary import summary
from evergraph.library.train import training_util

_PREDICT = "predict"


@export("contrib.estimator.multi_head")
def multi_head(heads: Any, head_weights: Any = None) -> "_MultiHead":
    """A head of several: logits and labels are dicts by head, or logits stand one beside the
    other. Stands for `tf.contrib.estimator.multi_head`.

    Args:
      heads: heads with names.
      head_weights: what their losses are multiplied by before they are added.

    Raises:
      ValueError: there are no heads, one has no name, or weights are of another number.
    """
    if head_weights and len(head_weights) != len(heads):
        raise ValueError(
            f"heads and head_weights must have the same size. Given len(heads): {len(heads)}. "
            f"Given len(head_weights): {len(head_weights)}."
        )
    if not heads:
        raise ValueError(f"Must specify heads. Given: {heads}")
    for head in heads:
        if not head.name:
            raise ValueError(f"All given heads must have name specified. Given: {head}")
    return _MultiHead(tuple(heads), tuple(head_weights or ()))


def _merged(losses: Any, weights: tuple[Any, ...]) -> Tensor:
    losses = tuple(losses)
    with name_scope("merge_losses", values=losses + weights):
        if weights:
            losses = [math_ops.multiply(*pair) for pair in zip(losses, weights, strict=True)]
        return math_ops.add_n(losses)


class _MultiHead:
    """Several heads as one; see `multi_head`."""

    def __init__(self, heads: tuple[Any, ...], head_weights: tuple[Any, ...]) -> None:
        self._heads = heads
        self._head_weights = head_weights

    @property
    def name(self) -> str:
        """The heads' names."""
        return "_".join(head.name for head in self._heads)

    @property
    def logits_dimension(self) -> Any:
        """The sum of the heads' dimensions."""
        return sum(head.logits_dimension for head in self._heads)

    def create_loss(self, features: Any, mode: str, logits: Any, labels: Any) -> LossSpec:
        """The sum of the heads' losses; the other parts are dicts by head."""
        logits = logits if isinstance(logits, dict) else split_logits(self._heads, logits)
        specs = {}
        for head in self._heads:
            name = head.name
            specs[name] = head.create_loss(features, mode, logits[name], labels[name])
        parts: list[dict[str, Any]] = [{}, {}]
        for i, (name, spec) in enumerate(specs.items()):
            for part, value in zip(parts, (spec.unreduced_loss, spec.weights), strict=True):
                weighted = self._head_weights
                part[name] = math_ops.multiply(value, weighted[i]) if weighted else value
        return LossSpec(
            _merged([spec.training_loss for spec in specs.values()], self._head_weights),
            *parts,
            {name: spec.processed_labels for name, spec in specs.items()},
        )

    def create_estimator_spec(
        self,
        features: Any,
        mode: str,
        logits: Any,
        labels: Any = None,
        optimizer: Any = None,
        train_op_fn: Any = None,
    ) -> EstimatorSpec:
        """The EstimatorSpec of a model function; arguments as of other heads, logits and labels
        by head. Predictions are by pairs of a head and a name.

        Raises:
          ValueError: labels are no dict, or logits do not fit.
        """
        logits = logits if isinstance(logits, dict) else split_logits(self._heads, logits)
        if labels and not isinstance(labels, dict):
            raise ValueError(f"labels must be a dict. Given: {labels}")
        specs = {
            head.name: head.create_estimator_spec(
                features=features,
                mode=mode,
                logits=logits[head.name],
                labels=labels[head.name] if labels else None,
                train_op_fn=lambda loss: control_flow_ops.no_op(),
            )
            for head in self._heads
        }
        predictions = {
            (name, key): value
            for name, spec in specs.items()
            for key, value in spec.predictions.items()
        }
        if mode == ModeKeys.TRAIN:
            return self._trained(specs, predictions, optimizer, train_op_fn)
        if mode == ModeKeys.PREDICT:
            outputs = merged_outputs(specs, "tf.contrib.estimator")
            return EstimatorSpec(mode, predictions=predictions, export_outputs=outputs)
        if mode == ModeKeys.EVAL:
            return self._evaluated(specs, predictions)
        raise ValueError(f"mode={mode} unrecognized")

    def _trained(
        self, specs: dict[str, Any], predictions: Any, optimizer: Any, train_op_fn: Any
    ) -> EstimatorSpec:
        loss = _merged([spec.loss for spec in specs.values()], self._head_weights)
        if optimizer is not None and train_op_fn is not None:
            raise ValueError("train_op_fn and optimizer cannot both be set.")
        if optimizer is not None:
            train_op = optimizer.minimize(loss, global_step=training_util.get_global_step())
        elif train_op_fn is not None:
            train_op = train_op_fn(loss)
        else:
            raise ValueError("train_op_fn and optimizer cannot both be None.")
        with name_scope(""):
            summary.scalar(MetricKeys.LOSS, loss)
        return EstimatorSpec(ModeKeys.TRAIN, predictions, loss, train_op)

    def _evaluated(self, specs: dict[str, Any], predictions: Any) -> EstimatorSpec:
        metrics = {}
        with name_scope("merge_eval"):
            for name, spec in specs.items():
                key = f"{MetricKeys.LOSS}/{name}"
                metrics[key] = mean(spec.loss, name=key)
                metrics.update(spec.eval_metric_ops or {})
            loss = _merged([spec.loss for spec in specs.values()], self._head_weights)
        return EstimatorSpec(ModeKeys.EVAL, predictions, loss, eval_metric_ops=metrics)
