"""Nodes that make summaries: `tf.summary.scalar`."""

from typing import Any

from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.library.summary_op_util import collect, summary_scope


@export("summary.scalar")
def scalar(name: str, tensor: Any, collections: Any = None, family: str | None = None) -> Tensor:
    """A Summary message with one number, as a string scalar. Stands for `tf.summary.scalar`.

    Args:
      name: the node's name, and the tag in TensorBoard.
      tensor: a real number.
      collections: collections for the node; default: SUMMARIES.
      family: put before the tag.
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        result = apply_op("ScalarSummary", tag, tensor, name=scope)
        collect(result, collections, [GraphKeys.SUMMARIES])
    return result
