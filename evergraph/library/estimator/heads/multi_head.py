"""`tf.estimator.MultiHead`: several heads as one."""

from typing import Any

from evergraph.api import control_flow_ops, math_ops
from evergraph.base.export import export
from evergraph.graph.defaults import name_scope
from evergraph.library.estimator.head_merging import merged_outputs, split_logits
from evergraph.library.estimator.heads import base_head
from evergraph.library.estimator.metric_keys import MetricKeys
from evergraph.library.estimator.mode_keys import ModeKeys
from evergraph.library.estimator.model_fn import EstimatorSpec
from evergraph.library.keras.metrics import Mean


@export("estimator.MultiHead")
class MultiHead(base_head.Head):
    """A head of several: logits and labels are dicts by head, or logits stand one beside the
    other. Stands for `tf.estimator.MultiHead`.

    Args:
      heads: heads with names.
      head_weights: what their losses are multiplied by before they are added.

    Raises:
      ValueError: there are no heads, one has no name, or weights are of another number.
    """

    def __init__(self, heads: Any, head_weights: Any = None) -> None:
        if not heads:
            raise ValueError(f"Must specify heads. Given: {heads}")
        if head_weights and len(head_weights) != len(heads):
            raise ValueError(
                f"heads and head_weights must have the same size. Given len(heads): {len(heads)}. "
                f"Given len(head_weights): {len(head_weights)}."
            )
        for head in heads:
            if head.name is None:
                raise ValueError(f"All given heads must have name specified. Given: {head}")
        self._heads = tuple(heads)
        self._head_weights = tuple(head_weights or ())

    @property
    def name(self) -> str:
        """The heads' names."""
        return "_".join(head.name for head in self._heads)

    @property
    def logits_dimension(self) -> Any:
        """The sum of the heads' dimensions."""
        return sum(head.logits_dimension for head in self._heads)

    @property
    def loss_reduction(self) -> str:
        """That of all heads. Raises ValueError: they differ in it."""
        found = [head.loss_reduction for head in self._heads]
        if len(set(found)) > 1:
            raise ValueError(
                f"The loss_reduction must be the same for different heads. Given: {found}"
            )
        return found[0]  # type: ignore[no-any-return]

    def _by_head(self, logits: Any, labels: Any = None) -> dict[str, Any]:
        """Logits by head; they and labels are checked."""
        names = {head.name for head in self._heads}
        if not isinstance(logits, dict):
            logits = split_logits(self._heads, logits)
        elif names - set(logits):
            missing = list(names - set(logits))
            raise ValueError(f"logits has missing values for head(s): {missing}")
        if labels is not None:
            if not isinstance(labels, dict):
                raise ValueError(f"labels must be a dict. Given: {labels}")
            if names - set(labels):
                missing = list(names - set(labels))
                raise ValueError(f"labels has missing values for head(s): {missing}")
        return logits  # type: ignore[no-any-return]

    def loss(
        self,
        labels: Any,
        logits: Any,
        features: Any = None,
        mode: Any = None,
        regularization_losses: Any = None,
    ) -> Any:
        """The sum of the heads' losses."""
        by_head = self._by_head(logits, labels)
        losses: Any = tuple(
            head.loss(
                logits=by_head[head.name], labels=labels[head.name], features=features, mode=mode
            )
            for head in self._heads
        )
        with name_scope(None, "merge_losses", losses + self._head_weights):
            if self._head_weights:
                pairs = zip(losses, self._head_weights, strict=True)
                losses = [math_ops.multiply(loss, weight) for loss, weight in pairs]
            merged = math_ops.add_n(losses)
            if regularization_losses is None:
                return merged
            return merged + math_ops.add_n(regularization_losses)

    def predictions(self, logits: Any, keys: Any = None) -> dict[Any, Any]:
        """Predictions by pairs of a head and a name."""
        by_head = self._by_head(logits)
        found = {}
        with name_scope(None, "merge_pred"):
            for head in self._heads:
                for key, value in head.predictions(logits=by_head[head.name]).items():
                    found[head.name, key] = value
        return found

    def metrics(self, regularization_losses: Any = None) -> dict[str, Any]:
        """New metrics of Keras by name: the means of losses."""
        key, made = MetricKeys.LOSS_REGULARIZATION, {}
        if regularization_losses is not None:
            made[self._summary_key(key)] = Mean(name=key)
        with name_scope(None, "merge_eval"):
            for head in self._heads:
                name = f"{MetricKeys.LOSS}/{head.name}"
                made[name] = Mean(name=name)
        return made

    def update_metrics(  # type: ignore[override]
        self,
        eval_metrics: Any,
        features: Any,
        logits: Any,
        labels: Any,
        regularization_losses: Any = None,
    ) -> Any:
        """These metrics and those of the heads, which take a batch in."""
        by_head = self._by_head(logits, labels)
        if regularization_losses is not None:
            key = self._summary_key(MetricKeys.LOSS_REGULARIZATION)
            eval_metrics[key].update_state(values=math_ops.add_n(regularization_losses))
        for head in self._heads:
            given, wanted = by_head[head.name], labels[head.name]
            loss = head.loss(logits=given, labels=wanted, features=features)
            eval_metrics[f"{MetricKeys.LOSS}/{head.name}"].update_state(values=loss)
            found = head.update_metrics(head.metrics(), features, given, wanted)
            eval_metrics.update(found or {})
        return eval_metrics

    def create_estimator_spec(
        self,
        features: Any,
        mode: str,
        logits: Any,
        labels: Any = None,
        optimizer: Any = None,
        trainable_variables: Any = None,
        train_op_fn: Any = None,
        update_ops: Any = None,
        regularization_losses: Any = None,
    ) -> EstimatorSpec:
        """The EstimatorSpec of a model function; arguments as of Head."""
        with name_scope(self.name, "multi_head"):
            by_head = self._by_head(logits, labels)
            specs = {
                head.name: head.create_estimator_spec(
                    features=features,
                    mode=mode,
                    logits=by_head[head.name],
                    labels=labels[head.name] if labels else None,
                    train_op_fn=lambda loss: control_flow_ops.no_op(),
                )
                for head in self._heads
            }
            predictions = self.predictions(logits)
            if mode == ModeKeys.PREDICT:
                outputs = merged_outputs(specs, "tf.estimator")
                return EstimatorSpec(mode, predictions=predictions, export_outputs=outputs)
            loss = self.loss(labels, logits, features, mode, regularization_losses)
            if mode == ModeKeys.EVAL:
                made = self.metrics(regularization_losses=regularization_losses)
                found = self.update_metrics(
                    made, features, logits, labels, regularization_losses=regularization_losses
                )
                return EstimatorSpec(mode, predictions, loss, eval_metric_ops=found)
            if mode == ModeKeys.TRAIN:
                _ = self.loss_reduction
                train_op = base_head.training_op(
                    loss, optimizer, trainable_variables, train_op_fn, update_ops
                )
                base_head.write_summaries(loss, regularization_losses)
                return EstimatorSpec(mode, predictions, loss, train_op)
            raise ValueError(f"mode={mode} unrecognized")
