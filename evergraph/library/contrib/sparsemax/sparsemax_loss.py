"""The loss whose gradient is the distance of `sparsemax` from the labels."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("contrib.sparsemax.sparsemax_loss")
def sparsemax_loss(logits: Any, sparsemax: Any, labels: Any, name: str | None = None) -> Tensor:
    """A loss for each example. Stands for `tf.contrib.sparsemax.sparsemax_loss`.

    Args:
      logits: [examples, classes].
      sparsemax: what `sparsemax(logits)` gives.
      labels: probabilities of the same shape.
      name: a scope for the nodes.
    """
    with name_scope(name, "sparsemax_loss", [logits, sparsemax, labels]):
        logits = convert_to_tensor(logits, name="logits")
        sparsemax = convert_to_tensor(sparsemax, name="sparsemax")
        labels = convert_to_tensor(labels, name="labels")
        # Zero times infinity is to be zero, but NaN is to stay.
        counts = math_ops.logical_or(sparsemax > 0, math_ops.is_nan(sparsemax))
        own = sparsemax * (logits - 0.5 * sparsemax)
        own = array_ops.where(counts, own, array_ops.zeros_like(sparsemax))
        other = labels * (0.5 * labels - logits)
        lost = math_ops.logical_and(math_ops.equal(labels, 0), math_ops.is_inf(logits))
        other = array_ops.where(lost, array_ops.zeros_like(logits), other)
        return math_ops.reduce_sum(own + other, axis=1)
