"""Values of tensors that are known while the graph is being built.

Two questions with two answers. Shape rules ask for whatever can be computed from constants
(`evaluate`, `partial_dims`: what TensorFlow's C++ shape inference knows). Python code that decides
which nodes to
build asks `constant_value`, which knows fewer ops, as TensorFlow's does: node for node equality
hangs on it.
"""

import math
from typing import Any

import numpy as np

from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, dimension_value
from evergraph.graph.constant import const_value
from evergraph.graph.conversion import convert_to_tensor, is_tensor
from evergraph.graph.graph import Graph
from evergraph.graph.operation import Operation
from evergraph.graph.registry import keyword_names
from evergraph.graph.tensor import Dims, Tensor

_MAX_DEPTH = 50
_MAX_SIZE = 1 << 16
_SHAPE_OPS = frozenset(["Shape", "ShapeN", "Size", "Rank"])


def evaluate(tensor: Tensor, depth: int = 0) -> np.ndarray | None:
    """The value of `tensor` if it follows from constants and static shapes alone, else None."""
    op = tensor._op
    if op._type == "Const":
        return const_value(op)
    if op._graph.runs_at_once:
        return tensor._static_array()  # type: ignore[attr-defined]
    # What is computed from a ShapeN is not known to TensorFlow, other than from a Shape.
    if op._type in _SHAPE_OPS and (op._type != "ShapeN" or not depth):
        value = _static_shape_op(tensor)
        if value is not None:
            return value
    known = op._graph._static_values
    if tensor in known:
        return known[tensor]
    value = _compute(tensor, depth)
    if value is not None:
        known[tensor] = value
    return value


def rule_value(tensor: Tensor, depth: int = 0) -> np.ndarray | None:
    """As `evaluate`, for shape rules: TensorFlow's do not know a Size or Rank that they are given
    directly (unless it is of a constant), only what is computed from it."""
    op = tensor._op
    if op._type in ("Size", "Rank") and evaluate(op._inputs[0], depth + 1) is None:
        return None
    return evaluate(tensor, depth)


def _size(dims: Any) -> int:
    size = 1
    for d in dims:
        size *= d
    return size


def _static_shape_op(tensor: Tensor) -> np.ndarray | None:
    op = tensor._op
    dims = op._inputs[tensor._value_index if op._type == "ShapeN" else 0].dims
    if dims is None:
        return None
    dtype = tensor._dtype.as_numpy_dtype
    if op._type == "Rank":
        return np.array(len(dims), dtype)
    known = [d for d in dims if d is not None]
    if len(known) < len(dims):
        return None
    return np.array(math.prod(known) if op._type == "Size" else known, dtype)


def _compute(tensor: Tensor, depth: int) -> np.ndarray | None:
    op = tensor._op
    entry = op._entry
    if entry is None or entry.numpy_kernel is None or entry.signature.is_stateful:
        return None
    if not op._inputs or depth > _MAX_DEPTH or op._type.startswith("Placeholder"):
        return None
    # No value of a large tensor is ever needed for a shape.
    if any(
        t.dims is not None and None not in t.dims and _size(t.dims) > _MAX_SIZE for t in op._inputs
    ):
        return None
    values = []
    for t in op._inputs:
        value = evaluate(t, depth + 1)
        if value is None or value.size > _MAX_SIZE:
            return None
        values.append(value)
    try:
        return _call(op, entry, values, tensor._value_index)
    except Exception:
        # The run reports a failing op with all that is known of it; here it only leaves a shape
        # unknown.
        return None


def _call(op: Operation, entry: Any, values: list[np.ndarray], index: int) -> np.ndarray:
    arguments: list[Any] = []
    position = 0
    for i, arg in enumerate(entry.signature.inputs):
        if arg.is_list:
            attr = arg.number_attr or arg.type_list_attr
            count = op._attrs[attr]
            count = count if isinstance(count, int) else len(count)
            arguments.append(values[position : position + count])
            position += count
        else:
            value: Any = values[position]
            arguments.append(to_host(value) if i in entry.host else value)
            position += 1
    keywords = {}
    for name in keyword_names(entry.numpy_kernel):
        keywords[name] = op if name == "node" else op.attr(name)
    result = entry.numpy_kernel(*arguments, **keywords)
    return np.asarray(result[index] if isinstance(result, (tuple, list)) else result)


def to_host(value: Any) -> Any:
    """An array as a kernel's host input: an int (or float, bytes) for rank 0, nested tuples for
    others."""
    listed = value.tolist() if hasattr(value, "tolist") else value
    return _tuples(listed) if isinstance(listed, list) else listed


def _tuples(value: list[Any]) -> tuple[Any, ...]:
    return tuple([_tuples(v) if isinstance(v, list) else v for v in value])


def partial_dims(tensor: Tensor, depth: int = 0) -> Dims:
    """A shape vector's (or scalar -1's) value as dims, as far as it is known; None: not even its
    length."""
    if tensor.dims == ():
        value = evaluate(tensor)
        return None
    op = tensor._op
    kind = op._type
    found = _partial(tensor, op, kind, depth) if depth < _MAX_DEPTH else None
    if found is not None:
        return found
    value = evaluate(tensor)
    if value is not None and value.ndim == 1:
        for v in value:
            if v < -1:
                raise ValueError(f"Invalid value in tensor used for shape: {v}")
        return tuple([None if v < 0 else int(v) for v in value])
    if tensor.dims is not None and len(tensor.dims) == 1 and tensor.dims[0] is not None:
        return (None,) * tensor.dims[0]
    return None


def _partial(tensor: Tensor, op: Operation, kind: str, depth: int) -> Dims:
    if kind == "Shape":
        return op._inputs[0].dims
    if kind == "ShapeN":
        return op._inputs[tensor._value_index].dims
    if kind == "Pack" and (tensor.dims is None or len(tensor.dims) == 1):
        # What is read as a shape is a vector, also where its parts are of unknown shape.
        parts: list[int | None] = []
        for t in op._inputs:
            value = _scalar(t, depth + 1)
            parts.append(value)
        return tuple(parts)
    if kind in ("Concat", "ConcatV2"):
        pieces = op._inputs[1:] if kind == "Concat" else op._inputs[:-1]
        joined: tuple[int | None, ...] = ()
        for t in pieces:
            piece = partial_dims(t, depth + 1)
            if piece is None:
                return None
            joined += piece
        return joined
    if kind == "StridedSlice":
        return _partial_slice(op, depth)
    return None


def _scalar(tensor: Tensor, depth: int) -> int | None:
    """A scalar's value where it is known."""
    value = rule_value(tensor, depth)
    if value is None:
        return None
    number = int(value)
    return None if number < 0 else number


def _partial_slice(op: Operation, depth: int) -> Dims:
    dims = partial_dims(op._inputs[0], depth + 1)
    bounds = [evaluate(t, depth + 1) for t in op._inputs[1:]]
    if dims is None or any(b is None or b.shape != (1,) for b in bounds):
        return None
    if (
        op._attrs.get("ellipsis_mask")
        or op._attrs.get("new_axis_mask")
        or op._attrs.get("shrink_axis_mask")
    ):
        return None
    begin, end, stride = (int(b[0]) for b in bounds)  # type: ignore[index]
    start = None if op._attrs.get("begin_mask") else begin
    stop = None if op._attrs.get("end_mask") else end
    return dims[slice(start, stop, stride)]


@export("contrib.util.constant_value", "get_static_value")
def constant_value(tensor: Any, partial: bool = False) -> Any:
    """The value of `tensor` as a NumPy array where TensorFlow's Python code knows it, else None.

    Where it is known, feeding the tensor is forbidden from then on: decisions may rest on it.

    Args:
      tensor: a tensor; anything that is none is its own value.
      partial: whether a Pack of partly known parts gives an object array with None inside.
    """
    if not isinstance(tensor, Tensor):
        return None if is_tensor(tensor) else tensor
    value = _python_value(tensor, partial)
    if value is not None:
        tensor.graph.prevent_feeding(tensor)
    return value


def _python_value(tensor: Tensor, partial: bool) -> Any:
    op = tensor._op
    kind = op._type
    if kind == "Const":
        return const_value(op)
    if op._graph.runs_at_once:
        return tensor._static_array()  # type: ignore[attr-defined]
    if kind in ("Shape", "Size", "Rank"):
        return _static_shape_op(tensor)
    if kind == "Placeholder":  # a captured tensor may be known
        return op._graph._static_values.get(tensor)
    rule = _PYTHON_RULES.get(kind)
    return None if rule is None else rule(op, tensor, partial)


def _range(op: Operation, tensor: Tensor, partial: bool) -> Any:
    parts = [constant_value(t) for t in op._inputs]
    if any(p is None for p in parts):
        return None
    return np.arange(*parts, dtype=tensor._dtype.as_numpy_dtype)


def _cast(op: Operation, tensor: Tensor, partial: bool) -> Any:
    before = constant_value(op._inputs[0])
    return None if before is None else before.astype(op._attrs["DstT"].as_numpy_dtype)


def _concat(op: Operation, tensor: Tensor, partial: bool) -> Any:
    axis_first = op._type == "Concat"
    axis = constant_value(op._inputs[0] if axis_first else op._inputs[-1])
    if axis is None:
        return None
    values = []
    for t in op._inputs[1:] if axis_first else op._inputs[:-1]:
        value = constant_value(t)
        if value is None:
            return None
        values.append(value)
    return np.concatenate(values, axis=int(axis))


def _pack(op: Operation, tensor: Tensor, partial: bool) -> Any:
    # A Pack without inputs, or of scalars alone, is what a shape given as a list becomes.
    # TensorFlow knows those along axis 0 only.
    if not op._inputs or op.attr("axis") != 0:
        return None
    values = [constant_value(t, partial) for t in op._inputs]
    if not partial and any(v is None for v in values):
        return None
    if partial and all(v is None for v in values):
        return np.array([None] * len(values)) if partial else None
    if partial and any(v is None for v in values):
        return np.array([None if v is None else v for v in values], dtype=object)
    return np.array(values)


def _fill(op: Operation, tensor: Tensor, partial: bool) -> Any:
    value = constant_value(op._inputs[1])
    dims = tensor.dims
    if value is None or dims is None or None in dims:
        return None
    return np.full(dims, value, dtype=value.dtype)


def _compare(op: Operation, tensor: Tensor, partial: bool) -> Any:
    a, b = (constant_value(t) for t in op._inputs)
    if a is None or b is None:
        return None
    return np.equal(a, b) if op._type == "Equal" else np.not_equal(a, b)


_PYTHON_RULES = {
    "Range": _range,
    "Cast": _cast,
    "Concat": _concat,
    "ConcatV2": _concat,
    "Pack": _pack,
    "Fill": _fill,
    "Equal": _compare,
    "NotEqual": _compare,
}


def constant_value_as_shape(tensor: Tensor) -> TensorShape:
    """The TensorShape that a shape vector holds, as far as it is known.

    Raises:
      ValueError: the vector's length or an element cannot be a shape.
    """
    if tensor.dims == ():
        value = constant_value(tensor)
        if value is None:
            raise ValueError(
                "Received a scalar with unknown value as shape; require a statically known scalar "
                "with value '-1' to describe an unknown shape."
            )
        if value != -1:
            raise ValueError(
                f"Received a scalar value '{value}' as shape; require a statically known scalar "
                "with "
                "value '-1' to describe an unknown shape."
            )
        return TensorShape(None)
    tensor.shape.with_rank(1)
    return TensorShape._from_tuple(_python_dims(tensor))


def _python_dims(tensor: Tensor) -> Dims:
    """As `partial_dims`, as far as TensorFlow's Python code follows a shape through the graph."""
    op = tensor._op
    kind = "" if op._graph.runs_at_once else op._type  # what has its value is not looked through
    if kind == "Shape":
        return op._inputs[0].dims
    if kind == "Pack":
        values = [constant_value(t) for t in op._inputs]
        return tuple([None if v is None or v < 0 else int(v) for v in values])
    if kind in ("Concat", "ConcatV2"):
        joined: Dims = ()
        for t in op._inputs[1:] if kind == "Concat" else op._inputs[:-1]:
            piece = _python_dims(t)
            joined = None if joined is None or piece is None else joined + piece
        return joined
    if kind == "StridedSlice":
        sliced = _python_slice(op)
        if sliced is not None:
            return sliced
    value = constant_value(tensor)
    if value is not None:
        return tuple([None if d < 0 else int(d) for d in value])
    length = tensor.dims[0] if tensor.dims else None
    return None if length is None else (None,) * length


def _python_slice(op: Operation) -> Dims:
    bounds = [constant_value(t) for t in op._inputs[1:]]
    masks = ("ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    if any(b is None or b.shape != (1,) for b in bounds) or any(op._attrs.get(m) for m in masks):
        return None
    begin, end, stride = (int(b[0]) for b in bounds)
    dims = _python_dims(op._inputs[0])
    if dims is None:
        return None
    start = None if op._attrs.get("begin_mask") else begin
    return dims[slice(start, None if op._attrs.get("end_mask") else end, stride)]


def constant_value_as_dims(tensor: Tensor) -> Dims:
    """As `constant_value_as_shape`, as dims."""
    return constant_value_as_shape(tensor)._dims_tuple


Graph._static_value = staticmethod(rule_value)  # type: ignore[assignment]
Graph._static_dims = staticmethod(partial_dims)  # type: ignore[assignment]


def shape_tensor(shape: Any) -> Tensor:
    """A shape as a tensor; int32 if it is empty."""
    dtype = None
    if isinstance(shape, (tuple, list)):
        dtype = None if shape else dtypes.int32
        shape = tuple(dimension_value(size) for size in shape)
    return convert_to_tensor(shape, dtype=dtype, name="shape")


_ENABLE_MAYBE_SET_STATIC_SHAPE = True


def maybe_set_static_shape(tensor: Tensor, shape: Any) -> None:
    """Sets what is known of a shape, in the body of a function, as the shape of a tensor."""
    if (
        _ENABLE_MAYBE_SET_STATIC_SHAPE
        and tensor.graph.building_function
        and not tensor.shape.is_fully_defined()
        and isinstance(shape, Tensor)
    ):
        tensor.set_shape(constant_value_as_shape(shape_tensor(shape)))
