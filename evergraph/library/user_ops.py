"""`tf.user_ops`, the place of an op of one's own in TensorFlow's sources."""

from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.tensor import Tensor


@export("user_ops.my_fact")
def my_fact() -> Tensor:
    """A fact, a scalar string tensor. Stands for `tf.user_ops.my_fact`."""
    found: Tensor = apply_op("Fact")
    return found
