"""How the gradients that reach one tensor on several ways become one."""

import collections
from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.api.product_ops import _as_indexed_slices_list
from evergraph.autodiff.colocation import colocate_with_for_gradient
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.defaults import name_scope
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


@export("AggregationMethod")
class AggregationMethod:
    """How `tf.gradients` sums the gradients that reach one tensor. Stands for
    `tf.AggregationMethod`.

    `ADD_N` (the default) sums all in one AddN node; `EXPERIMENTAL_TREE` two at a time, so that
    memory is
    given back early; `EXPERIMENTAL_ACCUMULATE_N` with AccumulateN where the shape is known and
    there are more
    than two, else as a tree.
    """

    ADD_N = 0
    DEFAULT = ADD_N
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


_METHODS = (
    AggregationMethod.ADD_N,
    AggregationMethod.EXPERIMENTAL_TREE,
    AggregationMethod.EXPERIMENTAL_ACCUMULATE_N,
)


def aggregated(
    grads: list[Any], op: Operation, gradient_uid: str, aggregation_method: int | None = None
) -> list[Any]:
    """One gradient for each output of `op`, None where there is none; `grads` (lists) is changed
    so.

    Raises:
      TypeError: a gradient is neither a tensor nor IndexedSlices.
      ValueError: there is no such method.
    """
    method = AggregationMethod.DEFAULT if aggregation_method is None else aggregation_method
    if method not in _METHODS:
        raise ValueError(f"Invalid aggregation_method specified {method}.")
    for i, received in enumerate(grads):
        if not isinstance(received, list):
            continue
        if any(g is not None and not isinstance(g, (Tensor, IndexedSlices)) for g in received):
            raise TypeError("gradients have to be either all Tensors or all IndexedSlices")
        grads[i] = _aggregate(received, op, gradient_uid, method) if received else None
    return grads


def _aggregate(received: list[Any], op: Operation, gradient_uid: str, method: int) -> Any:
    if len(received) == 1:
        return received[0]
    if not all(isinstance(g, Tensor) for g in received if g is not None):
        return aggregate_indexed_slices_gradients(received)
    shape = TensorShape(None)
    for g in received:
        if isinstance(g, Tensor):
            shape = shape.merge_with(g.shape)
    if method == AggregationMethod.ADD_N:
        return _multi_device_add_n(received, gradient_uid)
    if (
        method == AggregationMethod.EXPERIMENTAL_ACCUMULATE_N
        and len(received) > 2
        and shape.is_fully_defined()
    ):
        return math_ops.accumulate_n(received)
    with name_scope(op.name + "_gradient_sum"):
        running = received[0]
        for g in received[1:]:
            running = math_ops.add_n([running, g])
        return running


def _multi_device_add_n(tensors: Sequence[Tensor], gradient_uid: str) -> Any:
    """The sum, first on each device alone, then over devices."""
    by_device: dict[str, list[Tensor]] = collections.defaultdict(list)
    for tensor in tensors:
        by_device[tensor.device].append(tensor)
    summands = []
    for device in sorted(by_device):
        here = by_device[device]
        with colocate_with_for_gradient(here[0].op, gradient_uid, ignore_existing=True):
            summands.append(math_ops.add_n(here))
    return math_ops.add_n(summands)


def aggregate_indexed_slices_gradients(grads: Sequence[Any]) -> Any:
    """The sum of gradients some of which are IndexedSlices: dense where one is dense, else all
    slices."""
    if not grads:
        return None
    if len(grads) == 1:
        return grads[0]
    grads = [g for g in grads if g is not None]
    if any(isinstance(g, Tensor) for g in grads):
        return math_ops.add_n(grads)
    slices = [flatten_nested_indexed_slices(g) for g in _as_indexed_slices_list(grads)]
    return IndexedSlices(
        array_ops.concat([s.values for s in slices], axis=0),
        array_ops.concat([s.indices for s in slices], axis=0),
        slices[0].dense_shape,
    )


def flatten_nested_indexed_slices(grad: Any) -> IndexedSlices:
    """IndexedSlices whose values are a tensor, of ones whose values may be IndexedSlices again."""
    assert isinstance(grad, IndexedSlices)
    if isinstance(grad.values, Tensor):
        return grad
    inner = flatten_nested_indexed_slices(grad.values)
    return IndexedSlices(
        inner.values, array_ops.gather(grad.indices, inner.indices), grad.dense_shape
    )
