"""The nearest probabilities to logits."""

from typing import Any

from evergraph.api import array_ops, math_ops, ranking_ops
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("contrib.sparsemax.sparsemax")
def sparsemax(logits: Any, name: str | None = None) -> Tensor:
    """Probabilities as near to logits as can be, many of which are zero. Stands for
    `tf.contrib.sparsemax.sparsemax`.

    Args:
      logits: float16, float32 or float64 [examples, classes].
      name: a scope for the nodes.
    """
    with name_scope(name, "sparsemax", [logits]):
        logits = convert_to_tensor(logits, name="logits")
        dtype = logits.dtype
        count, classes = array_ops.shape(logits)[0], array_ops.shape(logits)[1]
        ranked, _ = ranking_ops.top_k(logits, k=classes)
        sums = math_ops.cumsum(ranked, axis=1)
        ranks = math_ops.range(1, math_ops.cast(classes, dtype) + 1, dtype=dtype)
        # A class has a share where it is above what all larger ones together leave it.
        above = 1 + ranks * ranked > sums
        support = math_ops.reduce_sum(math_ops.cast(above, dtypes.int32), axis=1)
        # None has one where logits are not finite.
        last = math_ops.maximum(support, 1)
        places = array_ops.stack([math_ops.range(0, count), last - 1], axis=1)
        total = array_ops.gather_nd(sums, places)
        threshold = (total - 1) / math_ops.cast(support, dtype)
        shares = math_ops.maximum(math_ops.cast(0, dtype), logits - threshold[:, array_ops.newaxis])
        wrong = math_ops.logical_or(math_ops.equal(support, 0), math_ops.is_nan(sums[:, -1]))
        nothing = array_ops.fill([count, classes], math_ops.cast(float("nan"), dtype))
        return array_ops.where(wrong, nothing, shares)
