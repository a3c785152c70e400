"""What can stand for a tensor: the registry of conversions, and `convert_to_tensor`."""

from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.base import dtypes
from evergraph.base.dtypes import DType
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.graph import Graph, get_default_graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor

Conversion = Callable[..., Any]

_conversions: dict[int, list[tuple[Any, Conversion]]] = {}
_by_type: dict[type, list[Conversion]] = {}
_dense_like: tuple[type, ...] = (Tensor,)
CAPTURE = "Attempting to capture an EagerTensor without building a function."
_python_numbers = (bool, int, float, str, bytes, complex)


@export("register_tensor_conversion_function")
def register_tensor_conversion_function(
    base_type: Any, conversion_func: Conversion, priority: int = 100
) -> None:
    """Makes `conversion_func(value, dtype, name, as_ref)` convert objects of `base_type` to
    tensors.

    Functions of lower priority numbers are asked first; one that returns NotImplemented passes on
    to the next.
    """
    types = base_type if isinstance(base_type, tuple) else (base_type,)
    if not all(isinstance(t, type) for t in types):
        raise TypeError("base_type must be a type or a tuple of types.")
    if any(issubclass(t, _python_numbers + (np.ndarray, np.generic)) for t in types):
        raise TypeError(
            "Cannot register conversions for Python numeric types and NumPy scalars and arrays."
        )
    if not callable(conversion_func):
        raise TypeError("conversion_func must be callable.")
    _register(base_type, conversion_func, priority)


def _register(base_type: Any, conversion_func: Conversion, priority: int) -> None:
    _conversions.setdefault(priority, []).append((base_type, conversion_func))
    _by_type.clear()


def _conversions_for(cls: type) -> list[Conversion]:
    found = _by_type.get(cls)
    if found is None:
        found = [
            function
            for priority in sorted(_conversions)
            for base, function in _conversions[priority]
            if issubclass(cls, base)
        ]
        _by_type[cls] = found
    return found


def register_dense_tensor_like_type(tensor_type: type) -> None:
    """Marks a class with `name` and `dtype` properties (a variable) as standing for a dense
    tensor."""
    global _dense_like
    for attribute in ("name", "dtype"):
        if not isinstance(getattr(tensor_type, attribute, None), property):
            raise TypeError(f"Type {tensor_type.__name__} does not define a `{attribute}` property")
    _dense_like = (*_dense_like, tensor_type)


def is_dense_tensor_like(t: Any) -> bool:
    """Whether `t` is a tensor or a variable."""
    return isinstance(t, _dense_like)


@export("contrib.framework.is_tensor", "is_tensor")
def is_tensor(x: Any) -> bool:
    """Whether `x` is symbolic: a tensor, a variable, a sparse tensor or indexed slices, or says of
    itself that it `is_tensor_like`."""
    return isinstance(x, _dense_like) or bool(getattr(x, "is_tensor_like", False))


def _convert_tensor(t: Tensor, dtype: DType | None) -> Tensor:
    if dtype is not None and not dtype.is_compatible_with(t._dtype):
        raise ValueError(
            f"Tensor conversion requested dtype {dtype.name} for Tensor with dtype {t.dtype.name}: "
            f"{t!r}"
        )
    return t


@export("convert_to_tensor")
def convert_to_tensor_v1(
    value: Any,
    dtype: Any = None,
    name: str | None = None,
    preferred_dtype: Any = None,
    dtype_hint: Any = None,
) -> Tensor:
    """`value` as a tensor. Stands for `tf.convert_to_tensor`.

    Args:
      value: a tensor, a number, a string, a nested list, an array, or an object of a registered
        type.
      dtype: the element type it must have; default: `value`'s own.
      name: the name of a node that has to be made.
      preferred_dtype: an element type to use where `dtype` is not given and the conversion allows.
      dtype_hint: the same under TensorFlow 2's name.

    Raises:
      TypeError: there is no conversion for `value`, or not to `dtype`.
      ValueError: `value` is a tensor of another type.
    """
    return convert_to_tensor(
        value, dtype, name, preferred_dtype if dtype_hint is None else dtype_hint
    )


def convert_to_tensor(
    value: Any,
    dtype: Any = None,
    name: str | None = None,
    preferred_dtype: Any = None,
    as_ref: bool = False,
    accepted: tuple[type, ...] = (Tensor,),
) -> Tensor:
    """As `tf.convert_to_tensor`; `as_ref` asks for the reference of a variable instead of its
    value."""
    if dtype is not None and type(dtype) is not DType:
        dtype = dtypes.as_dtype(dtype)
    if isinstance(value, Tensor):
        return _convert_tensor(value, dtype)
    if preferred_dtype is not None and type(preferred_dtype) is not DType:
        preferred_dtype = dtypes.as_dtype(preferred_dtype)
    error = ""
    for function in _conversions_for(type(value)):
        result = NotImplemented
        # A preference is a try; what cannot take it is converted without.
        if dtype is None and preferred_dtype is not None:
            try:
                result = function(value, dtype=preferred_dtype, name=name, as_ref=as_ref)
            except (TypeError, ValueError):
                result = NotImplemented
            else:
                if (
                    result is not NotImplemented
                    and result.dtype.base_dtype != preferred_dtype.base_dtype
                ):
                    raise TypeError(
                        f"{error}Conversion function {function!r} for type {type(value)} returned "
                        f"incompatible dtype: requested = {preferred_dtype.base_dtype.name}, "
                        f"actual = {result.dtype.base_dtype.name}"
                    )
        if result is NotImplemented:
            result = function(value, dtype=dtype, name=name, as_ref=as_ref)
        if result is NotImplemented:
            continue
        return _checked(result, function, value, dtype, error, accepted)
    raise TypeError(
        f"{error}Cannot convert {value!r} with type {type(value)} to Tensor: no conversion "
        "function "
        "registered."
    )


def _checked(
    result: Any,
    function: Conversion,
    value: Any,
    dtype: DType | None,
    error: str,
    accepted: tuple[type, ...],
) -> Any:
    fits: bool = isinstance(result, accepted)  # a bare isinstance would narrow Any to object
    if not fits:
        raise RuntimeError(
            f"{error}Conversion function {function!r} for type {type(value)} returned non-Tensor: "
            f"{result!r}"
        )
    if dtype is not None and not dtype.is_compatible_with(result.dtype):
        raise RuntimeError(
            f"{error}Conversion function {function!r} for type {type(value)} returned incompatible "
            f"dtype: requested = {dtype.name}, actual = {result.dtype.name}"
        )
    return result


internal_convert_to_tensor = convert_to_tensor


def internal_convert_n_to_tensor(
    values: Any,
    dtype: Any = None,
    name: str | None = None,
    as_ref: bool = False,
    preferred_dtype: Any = None,
    ctx: Any = None,
) -> list[Tensor]:
    """Each of `values` as a tensor; `name_0`, `name_1`, ... name the nodes made."""
    if not isinstance(values, (list, tuple)):
        raise TypeError("values must be a sequence.")
    return [
        convert_to_tensor(
            v, dtype, None if name is None else f"{name}_{i}", preferred_dtype, as_ref
        )
        for i, v in enumerate(values)
    ]


def convert_n_to_tensor(
    values: Any, dtype: Any = None, name: str | None = None, preferred_dtype: Any = None
) -> list[Tensor]:
    """Each of `values` as a tensor; `name_0`, `name_1`, ... name the nodes made."""
    return internal_convert_n_to_tensor(values, dtype, name, preferred_dtype=preferred_dtype)


def _constant_conversion(
    value: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False
) -> Tensor:
    return constant(value, dtype, name=name or "Const")


def _operation_conversion(
    value: Operation, dtype: Any = None, name: str | None = None, as_ref: bool = False
) -> Any:
    raise TypeError(
        f"Can't convert Operation '{value.name}' to Tensor (target dtype={dtype!r}, name={name!r}, "
        f"as_ref={as_ref!r})"
    )


_register((list, tuple), _constant_conversion, 100)
_register((np.ndarray, np.generic), _constant_conversion, 100)
_register(object, _constant_conversion, 200)
_register(Operation, _operation_conversion, 100)


def get_graph_from_inputs(op_input_list: Any, graph: Graph | None = None) -> Graph:
    """The graph that all given tensors, operations and variables are of; the default one if there
    are none.

    Raises:
      TypeError: `op_input_list` is not a list or tuple.
      ValueError: they are of different graphs.
    """
    default = get_default_graph()
    if default._building_function:
        # What is of other graphs becomes an argument of the function.
        return default
    op_input_list = tuple(op_input_list)
    if graph is not None and not isinstance(graph, Graph):
        raise TypeError(f"Input graph needs to be a Graph: {graph}")
    original = None
    for op_input in op_input_list:
        element = op_input
        if not isinstance(element, (Operation, Tensor)):
            found = getattr(op_input, "_as_graph_element", None)
            element = found() if callable(found) else getattr(op_input, "op", None)
        if not isinstance(element, (Operation, Tensor)):
            continue
        if graph is None:
            original, graph = element, element.graph
        elif original is not None:
            if element.graph is not original.graph:
                if element.graph.runs_at_once or original.graph.runs_at_once:
                    raise RuntimeError(CAPTURE)
                raise ValueError(f"{element} must be from the same graph as {original}.")
        elif element.graph is not graph:
            raise ValueError(f"{element} is not from the passed-in graph.")
    return graph or get_default_graph()
