"""Python functions as ops: PyFunc, PyFuncStateless, EagerPyFunc."""

import traceback
from typing import Any

import numpy as np

from evergraph.api.script_ops import add_function, registered
from evergraph.base import dtypes, errors
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.registry import op
from evergraph.kernels.dtypes import numpy_dtype
from evergraph.kernels.host import invalid
from evergraph.ops import shape_rules

_TYPES = "Tin: list(type) >= 0; Tout: list(type) >= 0"

py_func_op = op(
    "PyFunc(input: list(Tin)) -> output: list(Tout)", f"token: string; {_TYPES}", stateful=True
)
py_func_stateless_op = op(
    "PyFuncStateless(input: list(Tin)) -> output: list(Tout)", f"token: string; {_TYPES}"
)
eager_py_func_op = op(
    "EagerPyFunc(input: list(Tin)) -> output: list(Tout)",
    f"token: string; is_async: bool = false; {_TYPES}",
    stateful=True,
)
for _entry in (py_func_op, py_func_stateless_op, eager_py_func_op):
    _entry.shape(shape_rules.unknown)
py_func_op.not_differentiable()
py_func_stateless_op.not_differentiable()

_ERRORS: tuple[tuple[type[Exception], Any], ...] = (
    (ValueError, errors.InvalidArgumentError),
    (TypeError, errors.InvalidArgumentError),
    (StopIteration, errors.OutOfRangeError),
    (MemoryError, errors.ResourceExhaustedError),
    (NotImplementedError, errors.UnimplementedError),
)
_UNSUPPORTED = {"M": "DATETIME", "m": "TIMEDELTA", "g": "LONGDOUBLE", "G": "CLONGDOUBLE"}
_CPP_NAMES = {dtypes.float32: "float", dtypes.float64: "double", dtypes.float16: "half"}


def _plain(value: Any) -> Any:
    """What a function is given: an array, a NumPy scalar, or bytes."""
    return value[()] if value.ndim == 0 else value


def _call(token: str, args: list[Any]) -> list[Any]:
    function = registered(token)
    if function is None:
        raise invalid(f"ValueError: callback {token} is not found")
    try:
        result = function(*[_plain(a) for a in args])
    except Exception as error:
        kind = next((k for base, k in _ERRORS if isinstance(error, base)), errors.UnknownError)
        message = f"{type(error).__name__}: {error}\n{traceback.format_exc()}"
        raise kind(None, None, message) from error
    if result is None:
        return []
    if isinstance(result, (tuple, list)):
        return [_array(r) for r in result]
    return [_array(result)]


def _array(value: Any) -> Any:
    array = np.asarray(value, order="C")
    if array.dtype.kind == "V":
        raise errors.InternalError(None, None, "Unsupported numpy data type")
    kind = _UNSUPPORTED.get(array.dtype.char)
    if kind is not None:
        raise errors.InternalError(None, None, f"Unsupported numpy type: NPY_{kind}")
    if array.dtype.kind == "S":
        return array.astype(object)
    if array.dtype.kind == "U":
        encoded = np.empty(array.shape, object)
        encoded[...] = np.vectorize(lambda s: s.encode("utf-8"), otypes=[object])(array)
        return encoded
    if array.dtype == object:
        encoded = np.empty(array.shape, object)
        for at in np.ndindex(*array.shape):
            item = array[at]
            if not isinstance(item, (str, bytes)):
                raise errors.InternalError(
                    None, None, f"Unsupported object type {type(item).__name__}"
                )
            encoded[at] = item.encode("utf-8") if isinstance(item, str) else item
        return encoded
    return array


@eager_py_func_op.gradient
def eager_py_func_gradient(node: Any, *grads: Any) -> Any:
    function: Any = registered(node.attr("token"))
    types = [t.dtype for t in node.inputs]
    with control_dependencies(node.outputs):
        return add_function("EagerPyFunc", function.gradient, list(grads), types, None)


@py_func_op.numpy
@py_func_stateless_op.numpy
@eager_py_func_op.numpy
def py_func_kernel(args: list[Any], *, token: str, Tout: list[Any]) -> Any:
    results = _call(token, args)
    if len(results) != len(Tout):
        raise invalid(
            f"{token} returns {len(results)} values, but expects to see {len(Tout)} values."
        )
    for i, (result, dtype) in enumerate(zip(results, Tout, strict=True)):
        if result.dtype != numpy_dtype(dtype):
            found = dtypes.as_dtype(result.dtype)
            raise invalid(
                f"{i}-th value returned by {token} is {_CPP_NAMES.get(found, found.name)}, but "
                f"expects {_CPP_NAMES.get(dtype, dtype.name)}"
            )
    return tuple(r[()] if r.ndim == 0 and r.dtype != object else r for r in results)
