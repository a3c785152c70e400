"""The greatest elements, and whether a class is among them."""

from typing import Any

from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("math.top_k", "nn.top_k")
def top_k(input: Any, k: Any = 1, sorted: bool = True, name: str | None = None) -> Any:
    """The `k` greatest elements along the last axis and where they are. Stands for `tf.nn.top_k`.

    Args:
      input: a tensor of real numbers of rank 1 or more.
      k: how many, an int32 scalar.
      sorted: whether the greatest must come first.
      name: the node's name.

    Returns:
      A named tuple: `values`, and int32 `indices`. Of equal elements the first comes first.
    """
    return apply_op("TopKV2", input, k, sorted=sorted, name=name)


@export("math.in_top_k", "nn.in_top_k")
def in_top_k(predictions: Any, targets: Any, k: Any, name: str | None = None) -> Tensor:
    """Whether the target class is among the `k` with the greatest predictions. Stands for
    `tf.nn.in_top_k`.

    Args:
      predictions: a float32 matrix, with a row for each example.
      targets: an int32 or int64 vector of classes.
      k: how many, a scalar like `targets`.
      name: the node's name, in a scope `in_top_k`.

    Returns:
      A bool vector: false too where the prediction of the target is not finite. Classes that tie
      with the last of the greatest count as in.
    """
    with name_scope(name, "in_top_k"):
        return apply_op("InTopKV2", predictions, targets, k, name=name)


def in_top_k_v2(targets: Any, predictions: Any, k: Any, name: str | None = None) -> Tensor:
    """As `tf.nn.in_top_k`, with TensorFlow 2's arguments."""
    return in_top_k(predictions, targets, k, name)


def nth_element(input: Any, n: Any, reverse: bool = False, name: str | None = None) -> Tensor:
    """The element that stands at place `n` of the sorted last axis.

    Args:
      input: a tensor of real numbers of rank 1 or more.
      n: an int32 scalar, from 0.
      reverse: whether to sort from the greatest.
      name: the node's name.
    """
    return apply_op("NthElement", input, n, reverse=reverse, name=name)
