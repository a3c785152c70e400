"""A head of an estimator that predicts a distribution of labels."""

from typing import Any

from evergraph.api import array_ops
from evergraph.base.export import export
from evergraph.graph.defaults import name_scope
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.contrib.distributions.quadrature import concat_vectors
from evergraph.library.contrib.learn import head_parts
from evergraph.library.contrib.learn.head import _RegressionHead


@export("contrib.distributions.estimator_head_distribution_regression")
@moved
def estimator_head_distribution_regression(
    make_distribution_fn: Any,
    label_dimension: int = 1,
    logits_dimension: int | None = None,
    label_name: str | None = None,
    weight_column_name: str | None = None,
    enable_centered_bias: bool = False,
    head_name: str | None = None,
) -> Any:
    """A head for `tf.contrib.learn`: the loss is minus the log probability of labels, predictions
    are means. Stands for `tf.contrib.distributions.estimator_head_distribution_regression`.

    Args:
      make_distribution_fn: makes a distribution of logits.
      label_dimension: how many numbers a label has.
      logits_dimension: how many logits an example has; default `label_dimension`.
      label_name: the label among several.
      weight_column_name: the feature with weights.
      enable_centered_bias: True for a bias of its own.
      head_name: prefix of names.

    Raises:
      TypeError: `make_distribution_fn` is not callable.
    """
    return _DistributionRegressionHead(
        make_distribution_fn=make_distribution_fn,
        label_dimension=label_dimension,
        logits_dimension=logits_dimension,
        label_name=label_name,
        weight_column_name=weight_column_name,
        enable_centered_bias=enable_centered_bias,
        head_name=head_name,
    )


class _DistributionRegressionHead(_RegressionHead):
    @moved
    def __init__(
        self,
        make_distribution_fn: Any,
        label_dimension: int,
        logits_dimension: int | None = None,
        **kwargs: Any,
    ) -> None:
        if not callable(make_distribution_fn):
            raise TypeError("`make_distribution_fn` must be a callable function.")
        self._distributions: dict[Any, Any] = {}
        self._make_distribution_fn = make_distribution_fn
        super().__init__(
            label_dimension=label_dimension,
            loss_fn=self._minus_log_prob,
            link_fn=lambda logits: self.distribution(logits).mean(),
            **kwargs,
        )
        if logits_dimension is not None:
            self._logits_dimension = logits_dimension

    def _minus_log_prob(self, labels: Any, logits: Any, weights: Any = None) -> Any:
        d = self.distribution(logits)
        batch = labels.shape.with_rank_at_least(1)[:-1]
        shape = batch.as_list() if batch.is_fully_defined() else array_ops.shape(labels)[:-1]
        labels = array_ops.reshape(labels, shape=concat_vectors(shape, d.event_shape_tensor()))
        return head_parts.weighted(-d.log_prob(labels), weights)

    @property
    def distributions(self) -> dict[Any, Any]:
        """The distributions that were made, by their logits."""
        return self._distributions

    def distribution(self, logits: Any, name: str | None = None) -> Any:
        """The distribution for logits."""
        with name_scope(name, "distribution", [logits]):
            d = self._distributions.get(logits)
            if d is None:
                d = self._distributions[logits] = self._make_distribution_fn(logits)
            return d
