"""Several heads on one model."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, grouping, math_ops, variable_scope
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.defaults import name_scope
from evergraph.library.contrib.learn import head_parts as parts
from evergraph.library.contrib.learn.head import _INSTEAD, Head, check_mode, no_op_train_fn
from evergraph.library.contrib.learn.keys import MetricKey
from evergraph.library.contrib.learn.model_fn import ModeKeys, ModelFnOps
from evergraph.library.summary import summary


class _LossOnlyHead(Head):
    """A loss without labels and predictions."""

    def __init__(self, loss_fn: Callable[[], Any], head_name: str | None = None) -> None:
        self._loss_fn = loss_fn
        self.head_name = head_name or "loss_only_head"

    @property
    def logits_dimension(self) -> int:
        """None are needed."""
        return 0

    def create_model_fn_ops(
        self,
        features: Any,
        mode: str,
        labels: Any = None,
        train_op_fn: Any = None,
        logits: Any = None,
        logits_input: Any = None,
        scope: Any = None,
    ) -> ModelFnOps:
        """As of Head."""
        check_mode(mode)
        loss = train_op = None
        if mode != ModeKeys.INFER:
            with variable_scope.variable_scope(scope, default_name=self.head_name):
                loss = self._loss_fn()
                if isinstance(loss, list):
                    loss = math_ops.add_n(loss)
                with name_scope(""):
                    shown = array_ops.identity(loss)
                    summary.scalar(parts.summary_key(self.head_name, MetricKey.LOSS), shown)
                if mode == ModeKeys.TRAIN:
                    if train_op_fn is None:
                        raise ValueError("train_op_fn can not be None in TRAIN mode")
                    with name_scope(None, "train_op", (loss,)):
                        train_op = train_op_fn(loss)
        return ModelFnOps(
            mode=mode, loss=loss, train_op=train_op, predictions={}, eval_metric_ops={}
        )


class _MultiHead(Head):
    """Several heads; the loss is made of theirs."""

    def __init__(self, heads: Any, loss_merger: Callable[[list[Any]], Any]) -> None:
        for head in heads:
            if not head.head_name:
                raise ValueError("Members of MultiHead must have names.")
        self._heads = heads
        self._loss_merger = loss_merger

    @property
    def logits_dimension(self) -> int:
        """As many as all of them need."""
        return sum(head.logits_dimension for head in self._heads)

    def create_model_fn_ops(
        self,
        features: Any,
        mode: str,
        labels: Any = None,
        train_op_fn: Any = None,
        logits: Any = None,
        logits_input: Any = None,
        scope: Any = None,
    ) -> ModelFnOps:
        """As of Head; `logits` may be a dict by the heads' names."""
        check_mode(mode)
        made = [
            head.create_model_fn_ops(
                features=features,
                mode=mode,
                labels=labels,
                train_op_fn=no_op_train_fn,
                scope=scope,
                **given,
            )
            for head, given in zip(self._heads, self._logits(logits, logits_input), strict=True)
        ]
        if mode == ModeKeys.INFER:
            return self._merge_infer(made)
        metrics = {k: v for ops in made for k, v in (ops.eval_metric_ops or {}).items()}
        if mode == ModeKeys.EVAL:
            loss = self._loss_merger([ops.loss for ops in made])
            return ModelFnOps(mode, self._predictions(made), loss, eval_metric_ops=metrics)
        if train_op_fn is None:
            raise ValueError("train_op_fn can not be None in TRAIN mode.")
        loss = self._loss_merger([ops.loss for ops in made])
        train_op = grouping.group(train_op_fn(loss), *(ops.train_op for ops in made))
        return ModelFnOps(mode, loss=loss, train_op=train_op, eval_metric_ops=metrics)

    def _logits(self, logits: Any, logits_input: Any) -> list[dict[str, Any]]:
        """What of logits each head is given."""
        if logits is None:
            return [{"logits_input": logits_input} for _ in self._heads]
        if isinstance(logits, dict):
            return [
                {"logits": None if isinstance(h, _LossOnlyHead) else logits[h.head_name]}
                for h in self._heads
            ]
        found, begin = [], 0
        for head in self._heads:
            size = head.logits_dimension
            found.append({"logits": array_ops.slice(logits, [0, begin], [-1, size])})
            begin += size
        return found

    def _predictions(self, made: list[ModelFnOps]) -> dict[Any, Any]:
        pairs = zip(self._heads, made, strict=True)
        return {(h.head_name, k): v for h, ops in pairs for k, v in ops.predictions.items()}

    def _merge_infer(self, made: list[ModelFnOps]) -> ModelFnOps:
        outputs = {
            head.head_name: ops.output_alternatives[head.head_name]
            for head, ops in zip(self._heads, made, strict=True)
            if not isinstance(head, _LossOnlyHead)
        }
        return ModelFnOps(ModeKeys.INFER, self._predictions(made), output_alternatives=outputs)


@export("contrib.learn.head.loss_only_head")
@deprecated(None, _INSTEAD)
def loss_only_head(loss_fn: Callable[[], Any], head_name: str | None = None) -> Head:
    """A head that adds a loss without labels. Stands for `tf.contrib.learn.head.loss_only_head`.

    Args:
      loss_fn: gives a loss, or a list of them.
      head_name: for scopes and metrics.
    """
    return _LossOnlyHead(loss_fn, head_name=head_name)


@export("contrib.learn.multi_head", "contrib.learn.head.multi_head")
@deprecated(None, _INSTEAD)
def multi_head(heads: Any, loss_weights: Any = None) -> Head:
    """Several heads on one model. Stands for `tf.contrib.learn.multi_head`.

    Args:
      heads: heads with names.
      loss_weights: by what the losses are multiplied before they are added; default: 1.

    Raises:
      ValueError: a head has no name, or there are more or fewer weights.
    """
    if loss_weights and len(loss_weights) != len(heads):
        raise ValueError("heads and loss_weights must have same size")

    def merger(losses: list[Any]) -> Any:
        if loss_weights:
            pairs = zip(losses, loss_weights, strict=True)
            losses = [math_ops.multiply(loss, weight) for loss, weight in pairs]
        return math_ops.add_n(losses)

    return _MultiHead(heads, merger)
