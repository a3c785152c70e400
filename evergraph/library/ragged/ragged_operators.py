"""Operators between ragged tensors: `rt + 1`, `rt > other`, `~rt`."""

from collections.abc import Callable
from typing import Any

from evergraph.api import math_ops
from evergraph.library.ragged.ragged_tensor import RaggedTensor


def _right(operator: Callable[..., Any]) -> Callable[..., Any]:
    """The operator with its operands exchanged."""
    return lambda y, x: operator(x, y)


def _dummy_bool(_: Any) -> bool:
    raise TypeError("RaggedTensor may not be used as a boolean.")


_OPERATORS = {
    "add": math_ops.add,
    "sub": math_ops.subtract,
    "mul": math_ops.multiply,
    "div": math_ops.div,
    "truediv": math_ops.truediv,
    "floordiv": math_ops.floordiv,
    "mod": math_ops.floormod,
    "pow": math_ops.pow,
    "and": math_ops.logical_and,
    "or": math_ops.logical_or,
    "xor": math_ops.logical_xor,
}

for _name, _operator in _OPERATORS.items():
    setattr(RaggedTensor, f"__{_name}__", _operator)
    setattr(RaggedTensor, f"__r{_name}__", _right(_operator))

_OTHERS = {
    "ge": math_ops.greater_equal,
    "gt": math_ops.greater,
    "le": math_ops.less_equal,
    "lt": math_ops.less,
    "abs": math_ops.abs,
    "neg": math_ops.negative,
    "invert": math_ops.logical_not,
    "bool": _dummy_bool,
    "nonzero": _dummy_bool,
}

for _name, _operator in _OTHERS.items():
    setattr(RaggedTensor, f"__{_name}__", _operator)
