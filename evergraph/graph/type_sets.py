"""Names for the lists of dtypes that many op signatures share.

TensorFlow's OpDef keeps the allowed dtypes of an attr in the order of its registration, and
messages print them so. Hence the order here counts, and two sets may differ in nothing else.
In a signature a set name stands for its members in place: `T: number | bool`.
"""

TYPE_SETS: dict[str, tuple[str, ...]] = {
    name: tuple(members.split())
    for name, members in {
        "number": (
            "float32 float64 int32 uint8 int16 int8 complex64 int64 qint8 quint8 qint32 bfloat16 "
            "uint16 complex128 float16 uint32 uint64"
        ),
        "realnumber": (
            "float32 float64 int32 uint8 int16 int8 int64 bfloat16 uint16 float16 uint32 uint64"
        ),
        "quantized": "qint8 quint8 qint32 qint16 quint16",
        "floating": "float16 bfloat16 float32 float64",
        "integer": "int8 int16 int32 int64 uint8 uint16 uint32 uint64",
        # Element-wise operations.
        "unary_real": "bfloat16 float16 float32 float64",
        "unary_complex": "bfloat16 float16 float32 float64 complex64 complex128",
        "unary": "bfloat16 float16 float32 float64 int32 int64 complex64 complex128",
        "binary": (
            "bfloat16 float16 float32 float64 uint8 int8 uint16 int16 int32 int64 "
            "complex64 complex128"
        ),
        # Matrix decompositions and solvers.
        "linalg": "float64 float32 float16 complex64 complex128",
        # Images before they are resized.
        "pixel": "int8 uint8 int16 uint16 int32 int64 float16 float32 float64",
        # Operations of sparse sets.
        "set_value": "int8 int16 int32 int64 uint8 uint16 string",
    }.items()
}
