"""Checks of tensors while a graph is built and while it runs, for sequences in parts."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops, math_ops, string_ops
from evergraph.api.assertion import Assert
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor


def _text(*parts: Any) -> Tensor:
    """A string scalar of texts and numbers, some of which are functions that make a tensor."""
    return string_ops.string_join(
        [
            p if isinstance(p, str) else string_ops.as_string(p() if callable(p) else p)
            for p in parts
        ]
    )


def assert_multiple(value: Any, factor: Any, remainder: Any, what: str) -> Any:
    """Fails in a run where `value` is 0 or no multiple.

    Args:
      remainder: of the division.
      what: the words that the message begins with.
    """
    holds = math_ops.logical_and(math_ops.equal(remainder, 0), math_ops.not_equal(value, 0))
    begin = f"{what} should be a multiple of: "
    return Assert(
        holds, [_text(begin, factor, ", but saw value: ", value, ". Consider setting pad=True.")]
    )


def check_multiple_of(value: Tensor, multiple_of: Any) -> Tensor:
    """`value`, which must not be 0 and a multiple."""
    remainder = math_ops.mod(value, multiple_of)
    check = assert_multiple(value, multiple_of, remainder, f"Tensor {value.name}")
    with control_dependencies([check]):
        return array_ops.identity(value, name="multiple_of_checked")


def check_rank(value: Tensor, expected_rank: Any) -> Tensor:
    """`value`, which must have a rank.

    Raises:
      ValueError: its static shape has another.
    """
    holds = math_ops.equal(expected_rank, array_ops.rank(value))
    begin = f"Rank of tensor {value.name} should be: "
    said = [_text(begin, expected_rank, ", shape received:"), array_ops.shape(value)]
    with control_dependencies([Assert(holds, said)]):
        checked = array_ops.identity(value, name="rank_checked")
        if isinstance(expected_rank, Tensor):
            known = constant_value(expected_rank)
            expected_rank = expected_rank if known is None else int(known)
        if not isinstance(expected_rank, Tensor):
            try:
                checked.set_shape(checked.get_shape().with_rank(expected_rank))
            except ValueError as error:
                message = f"Rank check failed for {value.name}: {error}"
                raise ValueError(message) from error
        return checked


def check_shape(value: Tensor, expected_shape: Any) -> Tensor:
    """`value`, which must have a shape: a tensor or ints.

    Raises:
      ValueError: its static shape is another.
    """
    if isinstance(expected_shape, TensorShape):
        expected_shape = expected_shape.as_list()
    if isinstance(expected_shape, Tensor):
        known = constant_value(expected_shape)
        if known is not None:
            expected_shape = [int(d) for d in known]
    if isinstance(expected_shape, Tensor):
        value = check_rank(value, array_ops.size(expected_shape))
    else:
        value = check_rank(value, len(expected_shape))
    holds = math_ops.reduce_all(math_ops.equal(expected_shape, array_ops.shape(value)))
    begin = f"Shape of tensor {value.name} should be: "
    said = _text(begin, expected_shape, ", shape received: ", lambda: array_ops.shape(value))
    with control_dependencies([Assert(holds, [said])]):
        checked = array_ops.identity(value, name="shape_checked")
        if not isinstance(expected_shape, Tensor):
            try:
                checked.set_shape(checked.get_shape().merge_with(expected_shape))
            except ValueError as error:
                message = f"Shape check failed for {value.name}: {error}"
                raise ValueError(message) from error
        return checked


def check_dimensions(
    value: Any, dimensions: Any, expected_sizes: Sequence[Any], debug_prefix: str
) -> Tensor:
    """`value`, some of whose dimensions must have sizes: ints or tensors.

    Raises:
      TypeError: `dimensions` is no list, or `value` no tensor.
      ValueError: dimensions twice, more or fewer sizes, or a static size differs.
    """
    if not isinstance(dimensions, (list, tuple)):
        raise TypeError("dimensions must be a list or tuple")
    if len(set(dimensions)) != len(dimensions):
        raise ValueError(f"dimensions are not unique: {dimensions}")
    if not isinstance(value, Tensor):
        raise TypeError(f"value is not a Tensor: {value}")
    if len(dimensions) != len(expected_sizes):
        raise ValueError(
            f"len(dimensions) != len(expected_sizes): {len(dimensions):d} vs. "
            f"{len(expected_sizes):d}"
        )
    _merge_known(value, dimensions, expected_sizes, debug_prefix)
    checks = [
        _size_check(value, d, size, debug_prefix)
        for d, size in zip(dimensions, expected_sizes, strict=True)
    ]
    with control_dependencies(checks):
        return array_ops.identity(value, name=f"dims_checked_{debug_prefix}")


def _merge_known(value: Tensor, dimensions: Any, sizes: Sequence[Any], prefix: str) -> None:
    """Gives the tensor the sizes that are ints."""
    shape = value.get_shape()
    if shape.ndims is None:
        return
    if shape.ndims <= max(dimensions):
        raise ValueError(
            f"{prefix}: rank of input is not greater than max(dimensions): {shape.ndims:d} vs. "
            f"{max(dimensions):d}"
        )
    dims = shape.as_list()
    for d, size in zip(dimensions, sizes, strict=True):
        if not isinstance(size, Tensor):
            dims[d] = size
    try:
        value.set_shape(shape.merge_with(dims))
    except ValueError as error:
        raise ValueError(f"Dimensions check failed for {prefix}: {error}") from error


def _size_check(value: Tensor, dimension: int, size: Any, prefix: str) -> Any:
    holds = math_ops.equal(size, array_ops.shape(value)[dimension])
    begin = f"Dimension {dimension:d} of tensor labeled {prefix} should be: "
    return Assert(holds, [_text(begin, size, ", shape received: ", lambda: array_ops.shape(value))])
