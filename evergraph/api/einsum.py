"""tf.einsum: products and sums of tensors whose axes are named by letters."""

import re
import string
from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("einsum", "linalg.einsum")
def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Tensor:
    """Multiplies tensors and sums over the axes that the result lacks. Stands for `tf.einsum`.

    Args:
      equation: letters for the axes of each input, and after "->" for those of the result; without
        that the
        letters that occur once, sorted. "..." stands for further axes.
      *inputs: tensors of one type.
      name: a name scope for the nodes.

    Raises:
      ValueError: the equation is wrong or does not fit the inputs.
      TypeError: an unknown keyword argument.
    """
    name = kwargs.pop("name", None)
    if kwargs:
        unknown = ", ".join(sorted(kwargs))
        raise TypeError(f"invalid keyword arguments for this function: {unknown}")
    with name_scope(name, "einsum", [equation, inputs]) as name:
        tensors = list(inputs)
        labels, output = _parse(equation, tensors)
        if _is_trace(equation, labels):
            return math_ops.trace(tensors[0])
        _check_no_repeats(labels)
        for axis in set("".join(labels) + output):
            if sum(axis in s for s in labels) > 2 and axis not in output:
                logging.warn(
                    "Falling back to exponential-space implementation of einsum() because index "
                    '"%s" is summed over more than two inputs.',
                    axis,
                )
                return _by_broadcasting(tensors, labels, output)
        return _pairwise(equation, tensors, labels, output)


def _is_trace(equation: str, labels: list[str]) -> bool:
    return (
        len(labels) == 1
        and "->" not in equation
        and len(labels[0]) == 2
        and labels[0][0] == labels[0][1]
    )


def _check_no_repeats(labels: list[str]) -> None:
    for s in labels:
        if len(set(s)) != len(s):
            raise ValueError(f"Subscript not supported: an axis appears more than once: {s}")


def _parse(equation: str, inputs: list[Any]) -> tuple[list[str], str]:
    """The letters of each input and of the output, dots resolved."""
    equation = equation.replace(" ", "")
    match = re.match("^([a-zA-Z,.]+)(->[a-zA-Z.]*)?$", equation)
    if not match:
        raise ValueError(f"Indices have incorrect format: {equation}")
    labels = match.group(1).split(",")
    output = match.group(2)[2:] if match.group(2) else None
    if len(inputs) != len(labels):
        raise ValueError(
            f'Got {len(inputs)} arguments for equation "{equation}", expecting {len(labels)}'
        )
    dots = ""
    if "..." in equation:
        unused = "".join(c for c in string.ascii_letters if c not in "".join(labels))
        for i, tensor in enumerate(inputs):
            if "..." in labels[i]:
                letters = _letters_for_dots(labels[i], tensor, unused)
                labels[i] = labels[i].replace("...", letters)
                dots = max(dots, letters, key=len)
        if any("." in s for s in labels):
            raise ValueError('period "." found outside of ellipsis')
        if output is not None:
            output = output.replace("...", dots)
            if "." in output:
                raise ValueError('period "." found outside of ellipsis')
    if output is None:
        every = "".join(labels)
        single = sorted(a for a in set(every) - set(dots) if every.count(a) == 1)
        output = dots + "".join(single)
    return labels, output


def _letters_for_dots(labels: str, tensor: Any, unused: str) -> str:
    parts = labels.split("...")
    if len(parts) != 2:
        raise ValueError("Unable to resolve ellipsis. Excess number found.")
    rank = tensor.get_shape().ndims
    if rank is None:
        raise ValueError("Unable to statically infer ellipsis axes.")
    number = rank - len("".join(parts))
    if number < 0:
        raise ValueError("Ellipses lengths do not match.")
    if len(unused) < number:
        raise ValueError("Unable to resolve ellipsis, too many distinct labels.")
    return unused[-number:] if number else ""


def _pairwise(equation: str, tensors: list[Any], labels: list[str], output: str) -> Tensor:
    """Multiplies the inputs one after the other, summing as early as possible."""
    value, axes = tensors[0], labels[0]
    for tensor, other in zip(tensors[1:], labels[1:], strict=True):
        summed = set(axes) & set(other) - set(output)
        value, axes = _product(value, axes, tensor, other, summed)
    if set(axes) - set(output):
        value = math_ops.reduce_sum(value, axis=[i for i, a in enumerate(axes) if a not in output])
        axes = "".join(a for a in axes if a in output)
    if sorted(axes) != sorted(output):
        raise ValueError(f"Invalid equation: {equation}")
    return _transposed(value, [axes.index(a) for a in output])


def _product(a: Any, a_axes: str, b: Any, b_axes: str, summed: set[str]) -> tuple[Tensor, str]:
    """The product of `a` and `b` without the axes `summed` over, and its axes: first those of
    both."""
    for name, tensor, axes in (("t0", a, a_axes), ("t1", b, b_axes)):
        rank = len(tensor.get_shape())
        if rank != len(axes):
            raise ValueError(
                f"Tensor {name} of rank {rank} does not match einsum reduction of length "
                f"{len(axes)}"
            )
    kept = (set(a_axes) & set(b_axes)) - summed
    a_only, b_only = set(a_axes) - kept - summed, set(b_axes) - kept - summed
    # Both are put in order as batches of matrices: kept, own, summed times kept, summed, own.
    a_order = sorted(kept) + sorted(a_only) + sorted(summed)
    b_order = sorted(kept) + sorted(summed) + sorted(b_only)
    a = _transposed(a, [a_axes.find(x) for x in a_order])
    b = _transposed(b, [b_axes.find(x) for x in b_order])
    axes = "".join(sorted(kept) + sorted(a_only) + sorted(b_only))
    batch, own = len(kept), len(a_only)
    if not summed:
        for _ in b_only:
            a = array_ops.expand_dims(a, -1)
        for _ in a_only:
            b = array_ops.expand_dims(b, batch)
        return math_ops.multiply(a, b), axes
    a_shape = _sizes(a)
    rows, inner = _total(a_shape[batch : batch + own]), _total(a_shape[batch + own :])
    a = _reshaped(a, a_shape[:batch] + [rows, inner])
    b_shape = _sizes(b)
    columns = _total(b_shape[batch + len(summed) :])
    inner = _total(b_shape[batch : batch + len(summed)])
    b = _reshaped(b, b_shape[:batch] + [inner, columns])
    product = math_ops.matmul(a, b)
    return _reshaped(product, a_shape[: batch + own] + b_shape[batch + len(summed) :]), axes


def _transposed(tensor: Any, order: list[int]) -> Any:
    return tensor if order == sorted(order) else array_ops.transpose(tensor, perm=order)


def _sizes(tensor: Any) -> list[Any]:
    """The sizes of all axes, as tensors where they are not known while building."""
    sizes = tensor.get_shape().as_list()
    if None in sizes:
        shape = array_ops.shape(tensor)
        sizes = [shape[i] if s is None else s for i, s in enumerate(sizes)]
    return sizes


def _total(sizes: list[Any]) -> Any:
    total: Any = 1
    for size in sizes:
        total *= size
    return total


def _reshaped(tensor: Any, shape: list[Any]) -> Any:
    current = tensor.get_shape().as_list()
    same = len(shape) == len(current) and all(
        not isinstance(c, Tensor) and (c == s or s == -1)
        for c, s in zip(current, [-1 if s is None else s for s in shape], strict=True)
    )
    return tensor if same else array_ops.reshape(tensor, tuple(shape))


def _by_broadcasting(tensors: list[Any], labels: list[str], output: str) -> Tensor:
    """Broadcasts all inputs to all axes, multiplies and sums: much memory, but any equation."""
    every = set("".join(labels))
    missing = set(output) - every
    if missing:
        raise ValueError(f"Unknown output axes: {missing}")
    order = sorted(every - set(output)) + list(output)
    shapes = []
    for i, (tensor, axes) in enumerate(zip(tensors, labels, strict=True)):
        rank = tensor.get_shape().ndims
        if rank != len(axes):
            raise ValueError(
                f"Input {i} with axes {axes} has incorrect number of dimensions "
                f"(expected {len(axes)}, got {rank})"
            )
        axes_in_order = sorted(axes, key=order.index)
        if list(axes) != axes_in_order:
            tensors[i] = array_ops.transpose(tensor, [axes.find(a) for a in axes_in_order])
        sizes = iter(tensors[i].get_shape().as_list())
        shapes.append([(next(sizes) or -1) if a in axes else 1 for a in order])
    for axis, sizes_of_axis in zip(order, zip(*shapes, strict=True), strict=True):
        if len({s for s in sizes_of_axis if s > 1}) > 1:
            raise ValueError(f"Dimension mismatch on axis: {axis}")
    expanded = [array_ops.reshape(t, s) for t, s in zip(tensors, shapes, strict=True)]
    product: Any = 1
    for tensor in expanded:
        product *= tensor
    return math_ops.reduce_sum(product, list(range(len(order) - len(output))))
