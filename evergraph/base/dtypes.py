"""Element types: `DType`, the constants `float32`, `int32_ref`, ..., and `as_dtype`.

Numbers are those of TensorFlow's `DataType` enum; a reference dtype is its base plus 100. There is
one object per dtype, so `DType(1) is float32`.
"""

import builtins
from typing import Any, Final, Union

import ml_dtypes
import numpy as np

from evergraph.base.export import export, export_constant

_REF_OFFSET: Final = 100


@export("DType", "dtypes.DType")
class DType:
    """The element type of a tensor, as `tf.float32` or `tf.string`.

    `DType(type_enum)` takes a number of the `DataType` enum and gives the dtype of that number;
    `as_dtype` also takes names and numpy types. Stands for `tf.DType`.

    Raises:
        TypeError: when `type_enum` is not a number of the enum.
    """

    __slots__ = (
        "_as_ref",
        "_is_ref_dtype",
        "_numpy_type",
        "_type_enum",
        "as_datatype_enum",
        "base_dtype",
        "is_bool",
        "is_complex",
        "is_floating",
        "is_integer",
        "is_numpy_compatible",
        "is_quantized",
        "name",
    )

    _as_ref: "DType"
    _is_ref_dtype: builtins.bool
    _numpy_type: Any
    _type_enum: int
    as_datatype_enum: int
    base_dtype: "DType"
    is_bool: builtins.bool
    is_complex: builtins.bool
    is_floating: builtins.bool
    is_integer: builtins.bool
    is_numpy_compatible: builtins.bool
    is_quantized: builtins.bool
    name: str

    def __new__(cls, type_enum: int) -> "DType":
        number = int(type_enum)
        try:
            return _INTERN_TABLE[number]
        except KeyError:
            raise TypeError(f"type_enum is not a valid types_pb2.DataType: {number}") from None

    @property
    def as_numpy_dtype(self) -> Any:
        """The numpy type: a scalar type, a struct dtype if quantized; KeyError for handles."""
        if self._numpy_type is None:
            raise KeyError(self._type_enum)
        return self._numpy_type

    @property
    def real_dtype(self) -> "DType":
        """The dtype of the real part; a dtype that is not complex gives itself."""
        if self.base_dtype is complex64:
            return float32
        if self.base_dtype is complex128:
            return float64
        return self

    @property
    def is_unsigned(self) -> builtins.bool:
        """Whether the smallest value is 0. False for what has no order, and if quantized."""
        return self.is_integer and builtins.bool(np.dtype(self._numpy_type).kind == "u")

    @property
    def min(self) -> Any:
        """The smallest value. Raises TypeError when there is none (strings, bool, quantized)."""
        return self._extreme("min", "minimum")

    @property
    def max(self) -> Any:
        """The largest value. Raises TypeError when there is none (strings, bool, quantized)."""
        return self._extreme("max", "maximum")

    def _extreme(self, attribute: str, description: str) -> Any:
        if self.is_floating:
            finfo: Any = ml_dtypes.finfo  # np.finfo does not know bfloat16
            return getattr(finfo(self._numpy_type), attribute)
        if self.is_integer:
            return getattr(np.iinfo(self._numpy_type), attribute)
        raise TypeError(f"Cannot find {description} value of {self}.")

    @property
    def limits(self) -> tuple[Any, Any]:
        """The range of intensities of an image of this dtype, negative values left out."""
        return 0, dtype_range[self.as_numpy_dtype][1]

    @property
    def size(self) -> int:
        """Bytes per element; 1 for handles, the size of a pointer for strings."""
        if not self.is_numpy_compatible:
            return 1
        return int(np.dtype(self._numpy_type).itemsize)

    def is_compatible_with(self, other: Any) -> builtins.bool:
        """Whether a tensor of `other` is taken where this dtype is wanted (ref to value)."""
        other = as_dtype(other)
        return self is other or self is other.base_dtype

    def __eq__(self, other: object) -> builtins.bool:
        if self is other:
            return True
        if other is None or isinstance(other, DType):
            return False
        try:
            return self is as_dtype(other)
        except TypeError:
            return False

    def __ne__(self, other: object) -> builtins.bool:
        return not self == other

    def __hash__(self) -> int:
        return self._type_enum

    def __str__(self) -> str:
        return f"<dtype: {self.name!r}>"

    def __repr__(self) -> str:
        return "tf." + self.name

    def __reduce__(self) -> tuple[Any, ...]:
        return as_dtype, (self.name,)


_INTERN_TABLE: Final[dict[int, DType]] = {}


def _define(type_enum: int, name: str, numpy_type: Any) -> DType:
    """Make the dtype of number `type_enum` and its reference dtype; return the former."""
    # object.__new__, since DType.__new__ looks up what is being made here.
    base: DType = object.__new__(DType)
    ref: DType = object.__new__(DType)
    kind = "" if numpy_type is None else np.dtype(numpy_type).kind
    for dtype, is_ref in ((base, False), (ref, True)):
        dtype._type_enum = dtype.as_datatype_enum = type_enum + _REF_OFFSET * is_ref
        dtype._numpy_type = numpy_type
        dtype._is_ref_dtype = is_ref
        dtype._as_ref = ref
        dtype.base_dtype = base
        dtype.name = name + "_ref" * is_ref
        dtype.is_numpy_compatible = numpy_type is not None
        dtype.is_bool = kind == "b"
        dtype.is_complex = kind == "c"
        dtype.is_floating = kind == "f" or numpy_type is ml_dtypes.bfloat16
        dtype.is_integer = kind in ("i", "u")
        dtype.is_quantized = kind == "V" and not dtype.is_floating
        _INTERN_TABLE[dtype._type_enum] = dtype
    return base


# Quantized values are told from plain integers by the field name of a struct.
_np_qint8 = np.dtype([("qint8", np.int8)])
_np_quint8 = np.dtype([("quint8", np.uint8)])
_np_qint16 = np.dtype([("qint16", np.int16)])
_np_quint16 = np.dtype([("quint16", np.uint16)])
_np_qint32 = np.dtype([("qint32", np.int32)])
_np_bfloat16 = ml_dtypes.bfloat16
np_resource = np.dtype([("resource", np.ubyte)])

float16 = half = _define(19, "float16", np.float16)
float32 = _define(1, "float32", np.float32)
float64 = double = _define(2, "float64", np.float64)
int32 = _define(3, "int32", np.int32)
uint8 = _define(4, "uint8", np.uint8)
uint16 = _define(17, "uint16", np.uint16)
uint32 = _define(22, "uint32", np.uint32)
uint64 = _define(23, "uint64", np.uint64)
int16 = _define(5, "int16", np.int16)
int8 = _define(6, "int8", np.int8)
string = _define(7, "string", object)
complex64 = _define(8, "complex64", np.complex64)
complex128 = _define(18, "complex128", np.complex128)
int64 = _define(9, "int64", np.int64)
bool = _define(10, "bool", builtins.bool)
qint8 = _define(11, "qint8", _np_qint8)
quint8 = _define(12, "quint8", _np_quint8)
qint16 = _define(15, "qint16", _np_qint16)
quint16 = _define(16, "quint16", _np_quint16)
qint32 = _define(13, "qint32", _np_qint32)
bfloat16 = _define(14, "bfloat16", _np_bfloat16)
resource = _define(20, "resource", None)
variant = _define(21, "variant", None)

float16_ref = half_ref = float16._as_ref
float32_ref = float32._as_ref
float64_ref = double_ref = float64._as_ref
int32_ref = int32._as_ref
uint8_ref = uint8._as_ref
uint16_ref = uint16._as_ref
uint32_ref = uint32._as_ref
uint64_ref = uint64._as_ref
int16_ref = int16._as_ref
int8_ref = int8._as_ref
string_ref = string._as_ref
complex64_ref = complex64._as_ref
complex128_ref = complex128._as_ref
int64_ref = int64._as_ref
bool_ref = bool._as_ref
qint8_ref = qint8._as_ref
quint8_ref = quint8._as_ref
qint16_ref = qint16._as_ref
quint16_ref = quint16._as_ref
qint32_ref = qint32._as_ref
bfloat16_ref = bfloat16._as_ref
resource_ref = resource._as_ref
variant_ref = variant._as_ref

_QUANTIZED_DTYPES_NO_REF = frozenset([qint8, quint8, qint16, quint16, qint32])
_QUANTIZED_DTYPES_REF = frozenset(dtype._as_ref for dtype in _QUANTIZED_DTYPES_NO_REF)
QUANTIZED_DTYPES = _QUANTIZED_DTYPES_REF | _QUANTIZED_DTYPES_NO_REF

for _name in [dtype.name for dtype in _INTERN_TABLE.values() if not dtype._is_ref_dtype]:
    export_constant(__name__, _name, _name, "dtypes." + _name)
for _name in ("half", "double", "QUANTIZED_DTYPES"):
    export_constant(__name__, _name, _name, "dtypes." + _name)

# What images of a numpy type range over; floating-point images lie in 0..1.
dtype_range: Final[dict[Any, tuple[Any, Any]]] = {
    np.bool_: (False, True),
    np.uint8: (0, 255),
    np.uint16: (0, 65535),
    np.int8: (-128, 127),
    np.int16: (-32768, 32767),
    np.int64: (-(2**63), 2**63 - 1),
    np.uint64: (0, 2**64 - 1),
    np.int32: (-(2**31), 2**31 - 1),
    np.uint32: (0, 2**32 - 1),
    np.float32: (-1, 1),
    np.float64: (-1, 1),
}

_NUMPY_INCOMPATIBLE = frozenset(
    number for number, dtype in _INTERN_TABLE.items() if not dtype.is_numpy_compatible
)
_TYPE_TO_STRING = {number: dtype.name for number, dtype in _INTERN_TABLE.items()}
_STRING_TO_TF: dict[str, DType] = {dtype.name: dtype for dtype in _INTERN_TABLE.values()} | {
    "half": float16,
    "half_ref": float16_ref,
    "float": float32,
    "float_ref": float32_ref,
    "double": float64,
    "double_ref": float64_ref,
}
_TF_TO_NP = {
    number: dtype._numpy_type
    for number, dtype in _INTERN_TABLE.items()
    if dtype.is_numpy_compatible
}
_NP_TO_TF: dict[Any, DType] = {
    **{
        dtype._numpy_type: dtype
        for dtype in (float16, float32, float64, int8, int16, int32, int64)
        + (uint8, uint16, uint32, uint64, complex64, complex128, bfloat16)
        + (qint8, quint8, qint16, quint16, qint32)
    },
    np.object_: string,
    np.bytes_: string,
    np.str_: string,
    np.bool_: bool,
}
# C's integer types are types of their own where another type of the same width exists.
for _platform_type in (np.intc, np.uintc, np.int_, np.uint, np.longlong, np.ulonglong):
    if _platform_type not in _NP_TO_TF:
        _NP_TO_TF[_platform_type] = _STRING_TO_TF[np.dtype(_platform_type).name]
TF_VALUE_DTYPES = set(_NP_TO_TF.values())
_PYTHON_TO_TF: dict[Any, DType] = {float: float32, builtins.bool: bool, object: string}
_ANY_TO_TF: dict[Any, DType] = {
    **_INTERN_TABLE,
    **_STRING_TO_TF,
    **_PYTHON_TO_TF,
    **_NP_TO_TF,
}

DTypeLike = Union[DType, int, str, type, "np.dtype[Any]"]


@export("as_dtype", "dtypes.as_dtype")
def as_dtype(type_value: Any) -> DType:
    """The `DType` for a dtype, enum number, name ("float32", "half"), numpy type or Python type.

    Python's `float` is `tf.float32`, `bool` is `tf.bool`, `object` is `tf.string`; `int` and `str`
    are refused, as in TensorFlow. Stands for `tf.as_dtype`.

    Raises:
        TypeError: when `type_value` stands for no dtype.
    """
    if isinstance(type_value, DType):
        return type_value
    if isinstance(type_value, np.dtype):
        found = _NP_TO_TF.get(type_value.type)
        if found is not None:
            return found
        if type_value.names is not None and len(type_value.names) == 1:
            # NumPy now takes ("qint8", np.int8, 1) for a field of shape (1,), earlier for a number.
            field = type_value[0]
            if field.shape == (1,):
                type_value = np.dtype([(type_value.names[0], field.base)])
    try:
        return _ANY_TO_TF[type_value]
    except KeyError:
        raise TypeError(f"Cannot convert value {type_value!r} to a TensorFlow DType.") from None
