"""Values as messages: `make_tensor_proto` and `make_ndarray`, with TensorFlow's exact encoding.

Several elements that fill the shape are stored as raw bytes (`tensor_content`), for the dtypes
where TensorFlow does so; everything else goes to the repeated field of its dtype (`float_val`,
...), where a last element stands for all that follow.
"""

import functools
import math
import struct
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from evergraph.base import dtypes
from evergraph.base.compat import (
    as_bytes,
    bytes_or_text_types,
    complex_types,
    integral_types,
    real_types,
)
from evergraph.base.dtypes import DType
from evergraph.base.export import export
from evergraph.base.tensor_shape import Dimension, TensorShape
from evergraph.graph.tensor import Tensor
from evergraph.proto.framework.tensor_pb2 import TensorProto
from evergraph.proto.framework.tensor_shape_pb2 import TensorShapeProto

_QUANTIZED: Final = frozenset(
    [dtypes.qint8, dtypes.quint8, dtypes.qint16, dtypes.quint16, dtypes.qint32]
)
_RAW_BYTES: Final = _QUANTIZED | {
    *(dtypes.float32, dtypes.float64, dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64),
    *(dtypes.uint8, dtypes.uint32, dtypes.uint64),  # but not uint16
}
_VALUE_FIELD: Final = {
    dtypes.float16: "half_val",
    dtypes.bfloat16: "half_val",
    dtypes.float32: "float_val",
    dtypes.float64: "double_val",
    **dict.fromkeys([dtypes.int8, dtypes.int16, dtypes.int32], "int_val"),
    **dict.fromkeys([dtypes.uint8, dtypes.uint16, *_QUANTIZED], "int_val"),
    dtypes.int64: "int64_val",
    dtypes.uint32: "uint32_val",
    dtypes.uint64: "uint64_val",
    dtypes.complex64: "scomplex_val",
    dtypes.complex128: "dcomplex_val",
    dtypes.bool: "bool_val",
    dtypes.string: "string_val",
}
_MAX_BYTES: Final = 1 << 31

# Python type and dtype wanted → field, number of the dtype found, its code in `struct` if it may be
# stored as raw bytes.
_PLAIN: Final[dict[tuple[type, DType | None], tuple[str, int, str]]] = {
    (float, None): ("float_val", 1, "f"),
    (float, dtypes.float32): ("float_val", 1, "f"),
    (float, dtypes.float64): ("double_val", 2, "d"),
    (int, None): ("int_val", 3, "i"),
    (int, dtypes.int32): ("int_val", 3, "i"),
    (int, dtypes.int64): ("int64_val", 9, "q"),
    (int, dtypes.float32): ("float_val", 1, "f"),
    (bool, None): ("bool_val", 10, ""),
    (bool, dtypes.bool): ("bool_val", 10, ""),
    (str, None): ("string_val", 7, ""),
    (str, dtypes.string): ("string_val", 7, ""),
    (bytes, None): ("string_val", 7, ""),
    (bytes, dtypes.string): ("string_val", 7, ""),
}
_SEQUENCES: Final = frozenset([list, tuple])
# Conversions to these overflow to infinity, as they always did; numpy 2 also warns.
_NARROW: Final = {np.float16, np.float32, np.complex64, dtypes.bfloat16.as_numpy_dtype}

# What a dtype takes of Python's values: the types that need no closer look, and all of them.
_Leaves = tuple[frozenset[type], tuple[type, ...]]
_INTEGERS: Final[_Leaves] = frozenset([int, bool]), (*integral_types, Dimension)
_REALS: Final[_Leaves] = frozenset([int, float, bool]), real_types
_COMPLEX: Final[_Leaves] = frozenset([int, float, bool, complex]), complex_types
_STRINGS: Final[_Leaves] = frozenset([str, bytes]), bytes_or_text_types
_BOOLS: Final[_Leaves] = frozenset([bool]), (bool,)
_ANYTHING: Final = frozenset([int, float, bool, complex, str, bytes])


@functools.lru_cache(maxsize=4096)
def shape_proto(dims: tuple[int, ...]) -> TensorShapeProto:
    """The message of a known shape. It is shared: copy it, never change it."""
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in dims])


def TensorShapeProtoToList(shape: TensorShapeProto) -> list[int]:
    """The sizes that a message tells, -1 where one is not known."""
    return [dim.size for dim in shape.dim]


def _is_array_like(value: Any) -> bool:
    """Whether numpy can read `value`'s memory, or `value` makes an array of itself."""
    if isinstance(value, Tensor):
        return False  # a Tensor has __array__ only to explain that it has no value
    if callable(getattr(value, "__array__", None)):
        return True
    if isinstance(getattr(value, "__array_interface__", None), dict):
        return True
    if isinstance(value, bytes):
        return False
    try:
        memoryview(value)
    except TypeError:
        return False
    return True


# ------------------------------------------------------------------ checks of Python values


def _first_wrong(values: Any, exact: frozenset[type], is_right: Callable[[Any], bool]) -> list[Any]:
    """[the first leaf of nested lists that is wrong], or []."""
    if isinstance(values, (list, tuple)):
        if exact.issuperset(map(type, values)):
            return []
    elif isinstance(values, Mapping):
        values = [values[key] for key in sorted(values)]
    else:
        return [] if type(values) in exact or is_right(values) else [values]
    for value in values:
        found = _first_wrong(value, exact, is_right)
        if found:
            return found
    return []


def _first_wrong_quantized(values: Any) -> list[Any]:
    """As `_first_wrong`, for lists whose leaves are tuples of integers."""
    if isinstance(values, tuple):
        return _first_wrong(values, _INTEGERS[0], lambda v: isinstance(v, _INTEGERS[1]))
    if not isinstance(values, list):
        return [values]
    return next((found for found in map(_first_wrong_quantized, values) if found), [])


def _check_leaves(values: Any, dtype: DType | None) -> None:
    """Raise TypeError when nested lists hold what `dtype` does not take."""
    if dtype is None or not dtype.is_numpy_compatible:
        wrong = _first_wrong(values, _ANYTHING, lambda v: not isinstance(v, Tensor))
        if wrong and dtype is None:
            raise TypeError("List of Tensors when single Tensor expected")
    elif dtype.is_quantized:
        wrong = _first_wrong_quantized(values)
    else:
        exact, allowed = _leaves_of(dtype.base_dtype)
        wrong = _first_wrong(values, exact, lambda v: isinstance(v, allowed))
    if wrong and dtype is not None:
        raise TypeError(f"Expected {dtype.name}, got {_quote(wrong[0])} instead.")


def _leaves_of(dtype: DType) -> _Leaves:
    if dtype is dtypes.string:
        return _STRINGS
    if dtype.is_floating:
        return _REALS
    if dtype.is_integer:
        return _INTEGERS
    return _COMPLEX if dtype.is_complex else _BOOLS


def _quote(value: Any) -> str:
    """`1.5 of type 'float'`; numpy's scalars as numpy 1 printed them."""
    if isinstance(value, np.bool_):
        return f"{value} of type 'bool_'"
    text = str(value) if isinstance(value, np.number) else repr(value)
    return f"{text} of type '{type(value).__name__}'"


def _dense_dims(values: Any) -> list[int]:
    """The shape of nested lists, if the first item of each is like the others."""
    dims = []
    while isinstance(values, (list, tuple)):
        dims.append(len(values))
        if not values:
            break
        values = values[0]
    return dims


def _flatten(values: Any) -> list[Any]:
    if not isinstance(values, (list, tuple)):
        return [values]
    if _ANYTHING.issuperset(map(type, values)):
        return list(values)
    return [leaf for value in values for leaf in _flatten(value)]


# ------------------------------------------------------------------ Python value → array


def _to_array(values: Any, numpy_dtype: Any) -> np.ndarray:
    """`np.array(values, numpy_dtype)`, where numpy 2 is stricter as numpy 1 did it."""
    try:
        if numpy_dtype not in _NARROW:
            return np.array(values, dtype=numpy_dtype)
        with np.errstate(all="ignore"):
            return np.array(values, dtype=numpy_dtype)
    except OverflowError:
        # Python integers used to wrap around, and TensorFlow's constants with them.
        if numpy_dtype is None or np.dtype(numpy_dtype).kind not in "iu":
            raise
        return np.array(values, dtype=np.int64).astype(numpy_dtype)
    except ValueError as error:
        if not str(error).startswith("setting an array element with a sequence"):
            raise
        if numpy_dtype is not None:
            raise ValueError("setting an array element with a sequence.") from None
        return np.array(values, dtype=object)


def _python_to_array(values: Any, dtype: DType | None, dims: tuple[int, ...] | None) -> np.ndarray:
    """The array of Python values: checked, dense, and of TensorFlow's default dtypes."""
    if values is None:
        raise ValueError("None values not supported.")
    numpy_dtype = dtype.as_numpy_dtype if dtype and dtype.is_numpy_compatible else None
    if dims is not None and math.prod(dims) == 0:
        array = np.empty(dims, dtype=numpy_dtype)
    else:
        _check_leaves(values, dtype)
        array = _to_array(values, numpy_dtype)
        # The leaves of quantized values are tuples, which look like one dimension more.
        if dtype not in _QUANTIZED and list(array.shape) != (wanted := _dense_dims(values)):
            raise ValueError(
                f"Argument must be a dense tensor: {values} - "
                f"got shape {list(array.shape)}, but wanted {wanted}."
            )
    if dtype is None and array.dtype == np.float64:
        with np.errstate(all="ignore"):
            return array.astype(np.float32)
    if dtype is None and array.dtype == np.int64:
        narrow = array.astype(np.int32)
        return narrow if (narrow == array).all() else array
    return array


def _plain_proto(
    values: Any, dtype: DType | None, dims: tuple[int, ...] | None
) -> TensorProto | None:
    """The message of plain Python numbers or strings of one type; None for all else.

    It is what the long way would make: nearly all constants of a graph come by here.
    """
    items: Any = (values,)
    sizes: tuple[int, ...] = ()
    kinds = {type(values)}
    while kinds <= _SEQUENCES:
        lengths = set(map(len, items))
        if len(lengths) != 1:
            return None  # ragged, or nothing in it
        items = [leaf for item in items for leaf in item] if sizes else items[0]
        sizes += (lengths.pop(),)
        kinds = set(map(type, items))
    if len(kinds) != 1:
        return None
    if dims is None:
        dims = sizes
    kind = kinds.pop()
    found = _PLAIN.get((kind, dtype))
    size = math.prod(dims)
    if found is None or len(items) > size or (dims and min(dims) < 0):
        return None
    field, number, code = found
    header: dict[str, Any] = {"dtype": number, "tensor_shape": shape_proto(dims)}
    try:
        if code and 1 < len(items) == size:
            return TensorProto(tensor_content=struct.pack(f"<{size}{code}", *items), **header)
        if field == "string_val":
            items = [as_bytes(text) for text in items]
        header[field] = items
        return TensorProto(**header)
    except (ValueError, OverflowError, struct.error):
        return None  # out of range


# ------------------------------------------------------------------ array → message


def _check_size(
    array: np.ndarray, dims: tuple[int, ...], verify_shape: bool, allow_broadcast: bool
) -> None:
    if allow_broadcast:
        wrong = array.shape not in ((), (1,)) and array.size != math.prod(dims)
    else:
        wrong = verify_shape and array.shape != dims
    if wrong:
        raise TypeError(f"Expected Tensor's shape: {dims}, got {array.shape}.")
    if not allow_broadcast and array.size > math.prod(dims):
        raise ValueError(
            f"Too many elements provided. Needed at most {math.prod(dims)}, "
            f"but received {array.size}"
        )


def _elements(array: np.ndarray, dtype: DType) -> list[Any]:
    """What goes into the repeated field: one or, for complex numbers, two items an element."""
    flat = array.ravel()
    if dtype in (dtypes.float16, dtypes.bfloat16):
        flat = flat.view(np.uint16)
    elif dtype is dtypes.complex64:
        flat = flat.view(np.float32)
    elif dtype is dtypes.complex128:
        flat = flat.view(np.float64)
    elif dtype in _QUANTIZED and flat.dtype.names:
        flat = flat[flat.dtype.names[0]]
    elif dtype is dtypes.string:
        return [as_bytes(value) for value in flat.tolist()]
    return flat.tolist()


def _texts(values: Any) -> list[bytes]:
    """Nested lists of text as TensorFlow reads them: flat, trailing zero bytes kept."""
    try:
        return [as_bytes(value) for value in _flatten(values)]
    except TypeError:
        raise TypeError(
            f"Failed to convert object of type {type(values)} to Tensor. Contents: {values}. "
            "Consider casting elements to a supported type."
        ) from None


@export("make_tensor_proto", "contrib.util.make_tensor_proto")
def make_tensor_proto(
    values: Any,
    dtype: Any = None,
    shape: Any = None,
    verify_shape: bool = False,
    allow_broadcast: bool = False,
) -> TensorProto:
    """A `TensorProto` of `values`, encoded byte for byte as `tf.make_tensor_proto` does.

    `values` is a Python scalar, nested lists of them, an array or what numpy can read as one; a
    `TensorProto` is returned as it is. Without a `dtype` Python's floats become float32 and its
    integers int32 where they fit; arrays keep theirs. `shape` may ask for more elements than there
    are: the last stands for those missing. With `verify_shape` the shapes must be equal, with
    `allow_broadcast` only one element may be repeated.

    Raises:
        TypeError: when `values` cannot have the dtype, or its shape is not the one verified.
        ValueError: for None, ragged lists, more elements than `shape` has, more than 2 GB, and
            when both flags are set.
    """
    if allow_broadcast and verify_shape:
        raise ValueError("allow_broadcast and verify_shape are not both allowed.")
    if isinstance(values, TensorProto):
        return values
    if dtype is not None:
        dtype = dtypes.as_dtype(dtype)
    dims = None if shape is None else tuple(map(int, shape))
    exact = verify_shape or (allow_broadcast and isinstance(values, (list, tuple)))
    if dims is None or not exact:
        proto = _plain_proto(values, dtype, dims)
        if proto is not None:
            return proto

    if type(values) not in (list, tuple) and _is_array_like(values):
        values = np.asarray(values)
    if isinstance(values, np.ndarray):
        array = values
        if dtype and dtype.is_numpy_compatible:
            with np.errstate(all="ignore"):
                array = values.astype(dtype.as_numpy_dtype)
        elif not array.dtype.isnative:
            array = array.astype(array.dtype.newbyteorder("="))
    else:
        array = _python_to_array(values, dtype, dims)

    found = dtype if dtype in _QUANTIZED else dtypes.as_dtype(array.dtype)
    if dtype is not None and dtype.base_dtype is not found:
        raise TypeError(f"Incompatible types: {dtype} vs. {array.dtype}. Value is {values}")

    if dims is None:
        dims = array.shape
    else:
        _check_size(array, dims, verify_shape, allow_broadcast)
    if min(dims, default=0) < 0:
        TensorShape(dims)  # raises
    header: dict[str, Any] = {
        "dtype": found.as_datatype_enum,
        "tensor_shape": shape_proto(dims),
    }

    if found in _RAW_BYTES and array.size > 1 and array.size == math.prod(dims):
        if array.nbytes >= _MAX_BYTES:
            raise ValueError("Cannot create a tensor proto whose content is larger than 2GB.")
        return TensorProto(tensor_content=array.tobytes(), **header)
    if found is dtypes.string and not isinstance(values, np.ndarray):
        return TensorProto(string_val=_texts(values), **header)
    header[_VALUE_FIELD[found]] = _elements(array, found)
    return TensorProto(**header)


# ------------------------------------------------------------------ message → array


@export("make_ndarray", "contrib.util.make_ndarray")
def make_ndarray(tensor: TensorProto) -> np.ndarray:
    """The array that a `TensorProto` describes: its shape, its dtype's numpy type, fresh memory.

    Missing elements repeat the last one; a message without any gives zeros or empty strings.
    Stands for `tf.make_ndarray`, and also reads single uint32 and uint64 values, which that cannot.

    Raises:
        TypeError: for a dtype whose values cannot be in a message (KeyError for handles).
        ValueError: when there are more elements than the shape has.
    """
    shape = [dim.size for dim in tensor.tensor_shape.dim]
    dtype = dtypes.as_dtype(tensor.dtype)
    numpy_dtype = np.dtype(dtype.as_numpy_dtype)
    if tensor.tensor_content:
        return np.frombuffer(tensor.tensor_content, dtype=numpy_dtype).copy().reshape(shape)
    if dtype not in _VALUE_FIELD:
        raise TypeError(f"Unsupported tensor type: {tensor.dtype}")

    stored = getattr(tensor, _VALUE_FIELD[dtype])
    if dtype is dtypes.string:
        values = np.empty(len(stored), dtype=object)
        values[:] = stored
    elif dtype in (dtypes.float16, dtypes.bfloat16):
        values = np.array(stored, dtype=np.uint16).view(numpy_dtype)
    elif dtype.is_complex:
        values = np.array(stored, dtype=dtype.real_dtype.as_numpy_dtype)
        values = values[: len(values) // 2 * 2].view(numpy_dtype)
    elif numpy_dtype.names:
        values = np.array(stored, dtype=numpy_dtype[0]).view(numpy_dtype)
    else:
        values = np.array(stored, dtype=numpy_dtype)
    return _fill(values, shape)


def _fill(values: np.ndarray, shape: list[int]) -> np.ndarray:
    """`values` in `shape`, the last one repeated."""
    count = math.prod(shape)
    if values.size == count:
        return values.reshape(shape)
    if not values.size:
        return np.full(shape, b"") if values.dtype == object else np.zeros(shape, values.dtype)
    if values.size > count:
        if values.dtype == object and values.size == 1:
            return np.empty(shape, object)  # an empty string stands for none
        if values.dtype == object:
            return values.reshape(shape)  # raises numpy's error, as for tensor_content
        raise ValueError("index can't contain negative values")
    filled = np.empty(count, values.dtype)
    filled[: values.size] = values
    filled[values.size :] = values[-1]
    return filled.reshape(shape)


def shape_equals(tensor_proto: TensorProto, shape: Any) -> bool:
    """Whether the sizes in a `TensorProto` are those of `shape` (a list, tuple or message).

    As TensorFlow's `tensor_util.ShapeEquals` it compares as many sizes as both have.

    Raises:
        TypeError: when the arguments are anything else.
    """
    if not isinstance(tensor_proto, TensorProto):
        raise TypeError("tensor_proto is not a tensor_pb2.TensorProto object")
    if isinstance(shape, TensorShapeProto):
        shape = [dim.size for dim in shape.dim]
    elif not isinstance(shape, (list, tuple)):
        raise TypeError("shape is not a list or tuple")
    sizes = (dim.size for dim in tensor_proto.tensor_shape.dim)
    return all(x == y for x, y in zip(sizes, shape, strict=False))


# TensorFlow's names in tensor_util, which programs import.
MakeNdarray = make_ndarray
ShapeEquals = shape_equals
