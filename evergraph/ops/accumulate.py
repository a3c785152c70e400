"""Sums of many tensors of one shape."""

from typing import Any

import numpy as np
import torch

from evergraph.base import dtypes
from evergraph.base.errors import InvalidArgumentError
from evergraph.graph.handles import Elements, elements_of
from evergraph.graph.op_summary import type_name
from evergraph.graph.registry import ShapeError, op
from evergraph.ops import shape_rules

add_n_op = op(
    "AddN(inputs: N * T) -> sum: T",
    "N: int >= 1; T: number | variant",
    commutative=True,
    aggregate=True,
)


@add_n_op.shape
def add_n_shape(node: Any) -> shape_rules.Dims:
    dims = node.inputs[-1].dims
    for i in reversed(range(len(node.inputs) - 1)):
        try:
            dims = shape_rules.merge(node.inputs[i].dims, dims)
        except ShapeError as error:
            text = f"{error}\n\tFrom merging shape {i} with other shapes."
            raise ShapeError(text) from None
    if node.attr("T") == dtypes.variant:
        _note_elements(node)
    return dims


def _note_elements(node: Any) -> None:
    """What is known of the elements of a sum of lists."""
    total = elements_of(node.inputs[-1])
    for i in reversed(range(len(node.inputs) - 1)):
        found = elements_of(node.inputs[i])
        if total is None or found is None:
            total = total or found
            continue
        if found.dtype != total.dtype:
            raise ShapeError(
                f"shapes_and_types[{i}][0].dtype() == {type_name(found.dtype)} != "
                f"shapes_and_types[0][0].dtype == {type_name(total.dtype)}"
            )
        try:
            total = Elements(shape_rules.merge(found.dims, total.dims), total.dtype)
        except ShapeError as error:
            raise ShapeError(
                f"{error}\n\tFrom merging shapes_and_types[{i}][0].shape with "
                "shapes_and_types[0][0].shape"
            ) from None
    node.outputs[0]._handle_data = total


accumulate_n_op = op(
    "AccumulateNV2(inputs: N * T) -> sum: T",
    "N: int >= 1; T: number; shape: shape",
    commutative=True,
    aggregate=True,
)


@accumulate_n_op.shape
def accumulate_n_shape(node: Any) -> shape_rules.Dims:
    return node.attr("shape")


@add_n_op.kernel
@accumulate_n_op.kernel
def add_n(inputs: list[Any], *, node: Any) -> Any:
    first = inputs[0]
    if not isinstance(first, torch.Tensor):
        return _add_objects(inputs)
    if len(inputs) == 1:
        return first.clone()
    for i, other in enumerate(inputs):
        if other.shape != first.shape:
            a, b = (shape_rules.text(tuple(t.shape)) for t in (first, other))
            raise InvalidArgumentError(
                None,
                None,
                f"Inputs to operation {node.name} of type {node.type} must have the same size and "
                f"shape.  Input 0: {a} != input {i}: {b}",
            )
    total = torch.add(first, inputs[1])
    for other in inputs[2:]:
        total.add_(other)
    return total


def _add_objects(inputs: list[Any]) -> Any:
    """Variants (lists of tensors) know how to add themselves."""
    total = inputs[0]
    for other in inputs[1:]:
        total = total + other
    return total


@add_n_op.numpy
@accumulate_n_op.numpy
def add_n_numpy(inputs: list[Any]) -> Any:
    total = inputs[0]
    for other in inputs[1:]:
        total = np.add(total, other)
    return total.copy() if len(inputs) == 1 else total


@add_n_op.gradient
@accumulate_n_op.gradient
def add_n_gradient(node: Any, grad: Any) -> Any:
    return [grad] * len(node.inputs)
