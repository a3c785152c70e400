"""tf.roll, tf.unravel_index."""

from typing import Any

from evergraph.base.deprecation import deprecated_endpoints
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.tensor import Tensor


@export("roll", "manip.roll")
@deprecated_endpoints("manip.roll")
def roll(input: Any, shift: Any, axis: Any, name: str | None = None) -> Tensor:
    """`input` with its elements moved on by `shift` along `axis`, round the end. Stands for
    `tf.roll`.

    Args:
      input: a tensor of rank 1 or more.
      shift: an int, or a vector, one number for each of `axis`.
      axis: an int or a vector; shifts along an axis that occurs twice add up.
      name: the node's name.
    """
    return apply_op("Roll", input, shift, axis, name=name)


@export("unravel_index")
def unravel_index(indices: Any, dims: Any, name: str | None = None) -> Tensor:
    """The positions in a tensor of shape `dims` of flat `indices`, one in each column. Stands for
    `tf.unravel_index`."""
    return apply_op("UnravelIndex", indices, dims, name=name)
