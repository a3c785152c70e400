"""Calls of mathematical ops: what TensorFlow answers is in math.npz and math_errors.json.

Runs under TensorFlow's Python 3.7 as well as under ours.
"""

import collections

import numpy as np

Case = collections.namedtuple("Case", "key family op inputs attrs")

FLOATS = ("float16", "float32", "float64")
COMPLEX = ("complex64", "complex128")
INTEGERS = ("int32", "int64")
SMALL = ("uint8", "int8", "int16", "uint16")


def numbers(dtype, low=-3.0, high=3.0, shape=(2, 9), seed=0):
    """Evenly spread numbers in a shuffled order."""
    random = np.random.RandomState(seed)
    size = int(np.prod(shape))
    values = random.permutation(np.linspace(low, high, size)).reshape(shape)
    if np.dtype(dtype).kind == "c":
        other = random.permutation(np.linspace(low, high, size)).reshape(shape)
        return (values + 1j * other).astype(dtype)
    if np.dtype(dtype).kind == "u":
        values = np.abs(values)
    return values.astype(dtype)


EDGES = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, 1e-3, 30.0]

UNARY = {
    # op: (types, least, greatest argument)
    "Abs": (FLOATS + INTEGERS + ("int16",), -5, 5),
    "Neg": (FLOATS + COMPLEX + INTEGERS, -5, 5),
    "Sign": (FLOATS + COMPLEX + INTEGERS, -2, 2),
    "Inv": (FLOATS + COMPLEX, 0.1, 3),
    "Reciprocal": (FLOATS + COMPLEX, 0.1, 3),
    "Square": (FLOATS + COMPLEX + INTEGERS, -5, 5),
    "Sqrt": (FLOATS + COMPLEX, 0, 9),
    "Rsqrt": (FLOATS + COMPLEX, 0.1, 9),
    "Exp": (FLOATS + COMPLEX, -4, 4),
    "Expm1": (FLOATS + COMPLEX, -2, 2),
    "Log": (FLOATS + COMPLEX, 0.1, 9),
    "Log1p": (FLOATS + COMPLEX, -0.5, 2),
    "Sin": (FLOATS + COMPLEX, -3, 3),
    "Cos": (FLOATS + COMPLEX, -3, 3),
    "Tan": (FLOATS, -1.5, 1.5),
    "Asin": (FLOATS, -1, 1),
    "Acos": (FLOATS, -1, 1),
    "Atan": (FLOATS, -5, 5),
    "Sinh": (FLOATS + COMPLEX, -2, 2),
    "Cosh": (FLOATS + COMPLEX, -2, 2),
    "Tanh": (FLOATS + COMPLEX, -2, 2),
    "Asinh": (FLOATS + COMPLEX, -2, 2),
    "Acosh": (FLOATS + COMPLEX, 1, 5),
    "Atanh": (FLOATS + COMPLEX, -0.9, 0.9),
    "Sigmoid": (FLOATS + COMPLEX, -5, 5),
    "Floor": (FLOATS, -3, 3),
    "Ceil": (FLOATS, -3, 3),
    "Round": (FLOATS + INTEGERS, -3.5, 3.5),
    "Rint": (FLOATS[1:], -3.5, 3.5),
    "IsNan": (FLOATS, -1, 1),
    "IsInf": (FLOATS, -1, 1),
    "IsFinite": (FLOATS, -1, 1),
    "Lgamma": (FLOATS, 0.1, 6),
    "Digamma": (FLOATS, 0.1, 6),
    "Erf": (FLOATS, -2, 2),
    "Erfc": (FLOATS, -2, 2),
    "BesselI0e": (FLOATS, -3, 3),
    "BesselI1e": (FLOATS, -3, 3),
}

# Their packets of 8 floats give NaN for infinity, and single floats do not.
FAST_ROOTS = ("Sqrt", "Rsqrt")
GRADS = ("InvGrad", "ReciprocalGrad", "SqrtGrad", "RsqrtGrad", "TanhGrad", "SigmoidGrad")

BINARY = {
    "Add": FLOATS + COMPLEX + INTEGERS + ("uint8", "int8", "int16"),
    "AddV2": FLOATS + COMPLEX + INTEGERS + ("uint8", "int8", "int16"),
    "Sub": FLOATS + COMPLEX + INTEGERS,
    "Mul": FLOATS + COMPLEX + INTEGERS + SMALL,
    "Div": FLOATS + COMPLEX + INTEGERS + ("uint8", "int16"),
    "RealDiv": FLOATS + COMPLEX,
    "FloorDiv": FLOATS + INTEGERS + ("uint8", "int16"),
    "TruncateDiv": INTEGERS + ("uint8", "int16"),
    "Mod": FLOATS[1:] + INTEGERS,
    "FloorMod": FLOATS[1:] + INTEGERS,
    "TruncateMod": FLOATS[1:] + INTEGERS,
    "DivNoNan": FLOATS[1:] + COMPLEX,
    "MulNoNan": FLOATS + COMPLEX,
    "Xdivy": FLOATS + COMPLEX,
    "Maximum": FLOATS + INTEGERS,
    "Minimum": FLOATS + INTEGERS,
    "SquaredDifference": FLOATS + COMPLEX + INTEGERS,
    "Atan2": FLOATS[1:],
    "NextAfter": FLOATS[1:],
    "Less": FLOATS + INTEGERS + ("uint8", "int8", "int16"),
    "LessEqual": FLOATS + INTEGERS,
    "Greater": FLOATS + INTEGERS,
    "GreaterEqual": FLOATS + INTEGERS,
    "Equal": FLOATS + INTEGERS + COMPLEX + ("uint8", "bool"),
    "NotEqual": FLOATS + INTEGERS + COMPLEX + ("uint8", "bool"),
}


def case(family, op, *inputs, **attrs):
    return Case(None, family, op, inputs, attrs)


def unary_cases():
    for op, (types, low, high) in UNARY.items():
        family = "special" if op in SPECIAL else "elementwise"
        for dtype in types:
            yield case(family, op, numbers(dtype, low, high))
        if "float32" in types and op not in FAST_ROOTS:
            yield case(family, op, np.array(EDGES, "float32"))
        yield case(family, op, np.array(0.5, types[-1] if types[-1] in FLOATS else "float32"))
        yield case(family, op, np.zeros([0, 3], "float32"))
    for op in GRADS:
        for dtype in FLOATS + COMPLEX:
            yield case("elementwise", op, numbers(dtype, 0.1, 2), numbers(dtype, -2, 2, seed=1))


SPECIAL = ("Lgamma", "Digamma", "Erf", "Erfc", "BesselI0e", "BesselI1e")
SHAPES = (((2, 9), (2, 9)), ((2, 3), ()), ((), (2, 3)), ((2, 1, 3), (4, 1)), ((0, 3), (1, 3)))


def binary_cases():
    for op, types in BINARY.items():
        family = "comparison" if op in BINARY_BOOL else "arithmetic"
        for dtype in types:
            for i, (a, b) in enumerate(SHAPES if dtype == types[0] else SHAPES[:1]):
                y = numbers(dtype, -4, 5, b or (1,), seed=i + 1).reshape(b)
                if np.dtype(dtype).kind in "iu" and ("Div" in op or "Mod" in op):
                    y = np.where(y == 0, 3, y).astype(dtype)
                yield case(family, op, numbers(dtype, -9, 9, a or (1,), seed=i).reshape(a), y)
        if "float32" in types:
            x, y = np.meshgrid(np.array(EDGES, "float32"), np.array(EDGES, "float32"))
            yield case(family, op, x, y)
    for dtype in FLOATS + COMPLEX:
        yield case("arithmetic", "Pow", numbers(dtype, 0.1, 3), numbers(dtype, -2, 2, seed=1))
        yield case("arithmetic", "Xlogy", numbers(dtype, 0, 3), numbers(dtype, 0.1, 2, seed=1))
    for dtype in INTEGERS:
        yield case("arithmetic", "Pow", numbers(dtype, -3, 3), numbers(dtype, 0, 7, seed=1))
        yield case("arithmetic", "Pow", numbers(dtype, -3, 3), numbers(dtype, -2, 2, seed=1))
        for op in ("Div", "FloorDiv", "TruncateDiv", "Mod", "FloorMod", "TruncateMod"):
            yield case("arithmetic", op, np.array([7, 3], dtype), np.array([0, 2], dtype))
            yield case("arithmetic", op, np.array([7, 3], dtype), np.array(0, dtype))
    texts = np.array([b"a", b"", b"b\xff"], object)
    yield case("arithmetic", "Add", texts, np.array([b"c"], object))
    yield case("comparison", "Equal", texts, np.array([b"a"], object))
    yield case("comparison", "NotEqual", texts, texts)
    for op in ("Equal", "NotEqual"):
        one, two = np.array([1, 2]), np.array([1, 2, 3])
        yield case("comparison", op, one, two, incompatible_shape_error=False)
        yield case("comparison", op, one, one, incompatible_shape_error=False)
    for dtype in ("float32", "int32", "complex64"):
        x = numbers(dtype)
        yield case("comparison", "ApproximateEqual", x, x)
        yield case("comparison", "ApproximateEqual", x, numbers(dtype, seed=2), tolerance=1.5)
    truth = np.array([True, True, False, False])
    for op in ("LogicalAnd", "LogicalOr"):
        yield case("comparison", op, truth, truth[[0, 2, 0, 2]])
    yield case("comparison", "LogicalNot", truth)
    for dtype in ("float32", "int32"):
        t = numbers(dtype)
        low, high = np.array(-1, dtype), np.array(2, dtype)
        yield case("arithmetic", "ClipByValue", t, low, high)
    for op in ("AddV2", "Mul", "Less", "Maximum"):
        yield case("arithmetic", op, np.zeros([2, 3], "float32"), np.zeros([4], "float32"))


BINARY_BOOL = ("Less", "LessEqual", "Greater", "GreaterEqual", "Equal", "NotEqual")


def special_cases():
    for dtype in FLOATS[1:]:
        a = numbers(dtype, 0.1, 20)
        x = numbers(dtype, 0, 30, seed=1)
        for op in ("Igamma", "Igammac", "IgammaGradA"):
            yield case("special", op, a, x)
        yield case("special", "Zeta", numbers(dtype, 1.1, 6), numbers(dtype, 0.2, 6, seed=1))
        n = np.floor(numbers(dtype, 0, 5))
        yield case("special", "Polygamma", n, numbers(dtype, 0.3, 6, seed=1))
        b = numbers(dtype, 0.2, 12, seed=2)
        yield case("special", "Betainc", a, b, numbers(dtype, 0, 1, seed=3))
    f = "float32"
    edges = np.array([1, 0, -1, 2, np.nan, 0], f), np.array([2, 1, 1, -1, 1, 0], f)
    for op in ("Igamma", "Igammac", "Zeta", "Polygamma"):
        yield case("special", op, *edges)
    n, x = np.array([0, 1, 2, 1.5, -1, 3], f), np.array([2, 2, 3, 2, 2, -1.5], f)
    yield case("special", "Polygamma", n, x)
    a, b = np.array([1, 2, 0.5, -1, 1, 1, 1], f), np.array([2, 3, 0.5, 1, 1, 1, 1], f)
    x = np.array([0.5, 0.1, 0.9, 0.5, 2, 0, 1], f)
    yield case("special", "Betainc", a, b, x)


CASTS = ("bool", "uint8", "int8", "uint16", "int16", "int32", "int64", "uint32", "uint64")


def cast_cases():
    types = CASTS + FLOATS + COMPLEX
    for source in types:
        for target in types:
            yield case("cast", "Cast", numbers(source, -100, 100), DstT=target)
            if source == target:
                break
    for target in FLOATS + COMPLEX:
        for source in CASTS:
            yield case("cast", "Cast", numbers(source, -100, 100), DstT=target)
    wild = np.array([1.9, -1.9, 300, -300, 3e9, -3e9, 40000, 0], "float32")
    for target in ("bool", "uint8", "int8", "int16", "uint16", "int32", "int64"):
        yield case("cast", "Cast", wild, DstT=target)
    yield case("cast", "Cast", np.array([1.0006, 1.0009, 3.14159, 1e6], "float32"), DstT="float16")
    for target in ("float16",):
        x = np.array([1.0006, 1.0009, 3.14159], "float32")
        yield case("cast", "Cast", x, DstT=target, Truncate=True)
    yield case("cast", "Cast", np.array([1j, 1, 0], "complex64"), DstT="bool")
    bits = np.arange(16, dtype="uint8").reshape(2, 2, 4)
    for target in ("int8", "int32", "float32", "uint32", "qint8"):
        yield case("cast", "Bitcast", bits, type=target)
    for target in ("uint8", "int32", "float16", "uint16", "int16"):
        yield case("cast", "Bitcast", numbers("float32"), type=target)
    yield case("cast", "Bitcast", np.arange(3, dtype="uint8"), type="int32")
    x, y = numbers("float32"), numbers("float32", seed=1)
    yield case("cast", "Complex", x, y, Tout="complex64")
    yield case("cast", "Complex", x.astype("float64"), np.float64(2), Tout="complex128")
    for dtype, real in (("complex64", "float32"), ("complex128", "float64")):
        z = numbers(dtype)
        for op in ("Real", "Imag", "Angle", "ComplexAbs"):
            yield case("cast", op, z, Tout=real)
        yield case("cast", "Conj", z)


AXES = ([0], [1], [-1], [0, 1], [], [0, 2], 1, [1, 1])


def reduction_cases():
    for op in ("Sum", "Mean", "Prod", "Max", "Min", "EuclideanNorm"):
        types = FLOATS + INTEGERS + ("uint8", "int8", "int16")
        types += () if op in ("Max", "Min") else COMPLEX
        for dtype in types:
            x = numbers(dtype, -3, 3, (2, 3, 4))
            for axes in AXES if dtype == "float32" else ([1], [0, 1, 2]):
                for keep in (False, True):
                    yield case("reduction", op, x, np.array(axes, "int32"), keep_dims=keep)
        for dtype in ("float32", "int32"):
            yield case("reduction", op, np.zeros([2, 0], dtype), np.array([1], "int64"))
        yield case("reduction", op, np.array(2.5, "float32"), np.array([], "int32"))
        yield case("reduction", op, np.zeros([2, 3], "float32"), np.array([5], "int32"))
    holes = np.array([[np.nan, 1, 2], [3, np.nan, -1], [np.nan] * 3], "float32")
    for op in ("Max", "Min"):
        for axes in ([0], [1], [0, 1]):
            yield case("reduction", op, holes, np.array(axes, "int32"))
    for op in ("ArgMax", "ArgMin"):
        for dtype in FLOATS[1:] + INTEGERS + ("uint8",):
            x = numbers(dtype, -3, 3, (2, 3, 4))
            for axis in (0, 1, -1):
                yield case("reduction", op, x, np.array(axis, "int32"), output_type="int64")
        for axis in (0, 1):
            yield case("reduction", op, holes, np.array(axis, "int32"), output_type="int32")
        ties = np.array([1, 3, 3, 1, 3], "float32")
        yield case("reduction", op, ties, np.array(0, "int32"), output_type="int64")
        empty = np.zeros([0, 3], "float32")
        yield case("reduction", op, empty, np.array(0, "int32"), output_type="int64")
        yield case("reduction", op, ties, np.array(5, "int32"), output_type="int64")
    truth = np.array([[True, True, False], [True, True, True]])
    for op in ("All", "Any"):
        for axes in ([0], [1], [0, 1], []):
            yield case("reduction", op, truth, np.array(axes, "int32"), keep_dims=True)
        yield case("reduction", op, np.zeros([0, 2], bool), np.array([0], "int32"))


def cumulative_cases():
    flags = [(e, r) for e in (False, True) for r in (False, True)]
    for op in ("Cumsum", "Cumprod"):
        for dtype in FLOATS + COMPLEX + INTEGERS + ("uint8", "int16"):
            x = numbers(dtype, -2, 2, (2, 3, 4))
            for exclusive, reverse in flags:
                for axis in (0, -1) if dtype == "float32" else (1,):
                    a = np.array(axis, "int32")
                    yield case("cumulative", op, x, a, exclusive=exclusive, reverse=reverse)
        yield case("cumulative", op, np.zeros([2, 0], "float32"), np.array(1, "int32"))
        yield case("cumulative", op, np.zeros([2], "float32"), np.array(3, "int32"))
    for exclusive, reverse in flags:
        x, a = numbers("float32"), np.array(1, "int32")
        yield case("cumulative", "CumulativeLogsumexp", x, a, exclusive=exclusive, reverse=reverse)


def segment_cases():
    ids = np.array([0, 0, 2, 2, 3], "int32")
    for op in ("SegmentSum", "SegmentMean", "SegmentProd", "SegmentMax", "SegmentMin"):
        for dtype in ("float32", "float64", "int32", "int64", "uint8"):
            yield case("segment", op, numbers(dtype, -4, 4, (5, 3)), ids)
        yield case("segment", op, numbers("float32", shape=(5,)), ids.astype("int64"))
        yield case("segment", op, np.zeros([0, 3], "float32"), np.zeros([0], "int32"))
        for bad in ([0, 2, 1, 3, 4], [0, 1], [-1, 0, 1, 2, 3]):
            yield case("segment", op, numbers("float32", shape=(5, 3)), np.array(bad, "int32"))
    yield case("segment", "SegmentSum", numbers("complex64", shape=(5, 2)), ids)
    mixed = np.array([2, 0, -1, 2, 0], "int32")
    size = np.array(4, "int32")
    for op in ("Sum", "Prod", "Max", "Min"):
        op = "UnsortedSegment" + op
        for dtype in ("float32", "float64", "int32", "int64", "uint8"):
            yield case("segment", op, numbers(dtype, -4, 4, (5, 3)), mixed, size)
        pairs = np.array([[0, 1], [3, 3]], "int64")
        yield case("segment", op, numbers("float32", shape=(2, 2, 3)), pairs, size)
        yield case("segment", op, np.zeros([0, 3], "float32"), np.zeros([0], "int32"), size)
        yield case("segment", op, numbers("float32", shape=(2, 2)), pairs + 2, size)
        yield case("segment", op, numbers("float32", shape=(2, 2)), np.array([1, 2, 3]), size)
    rows, ids = np.array([0, 3, 3, 1], "int32"), np.array([0, 0, 2, 2], "int32")
    for op in ("Sum", "Mean", "SqrtN"):
        op = "SparseSegment" + op
        for dtype in FLOATS[1:]:
            x = numbers(dtype, shape=(4, 3))
            yield case("segment", op, x, rows, ids)
            yield case("segment", op + "WithNumSegments", x, rows, ids, np.array(5, "int32"))
        x = numbers("float32", shape=(4, 3))
        yield case("segment", op, x, rows + 2, ids)
        yield case("segment", op, x, rows, ids[::-1].copy())
        yield case("segment", op + "WithNumSegments", x, rows, ids, np.array(2, "int32"))
        if op != "SparseSegmentSum":
            grad = numbers("float32", shape=(3, 2))
            yield case("segment", op + "Grad", grad, rows, ids, np.array(5, "int32"))


def matmul_cases():
    for dtype in FLOATS + COMPLEX + INTEGERS:
        for ta, tb in ((False, False), (True, False), (False, True), (True, True)):
            a = numbers(dtype, shape=(3, 2) if ta else (2, 3))
            b = numbers(dtype, shape=(4, 3) if tb else (3, 4), seed=1)
            yield case("matmul", "MatMul", a, b, transpose_a=ta, transpose_b=tb)
            x = numbers(dtype, shape=(2, 3, 2) if ta else (2, 2, 3))
            y = numbers(dtype, shape=(2, 4, 3) if tb else (2, 3, 4), seed=1)
            yield case("matmul", "BatchMatMul", x, y, adj_x=ta, adj_y=tb)
            yield case("matmul", "BatchMatMulV2", x[:1], y, adj_x=ta, adj_y=tb)
    f = "float32"
    yield case("matmul", "MatMul", np.zeros([2, 0], f), np.zeros([0, 3], f))
    yield case("matmul", "MatMul", np.zeros([2, 3], f), np.zeros([4, 5], f))
    yield case("matmul", "BatchMatMulV2", numbers(f, shape=(2, 3)), numbers(f, shape=(5, 3, 1)))
    yield case("matmul", "BatchMatMulV2", np.zeros([2, 3, 4], f), np.zeros([4, 4, 6], f))
    yield case("matmul", "BatchMatMulV2", np.zeros([4, 3, 4], f), np.zeros([4, 5, 6], f))
    a, b = numbers(f, shape=(2, 3)), numbers(f, shape=(4, 3), seed=1)
    yield case("matmul", "SparseMatMul", a, b, transpose_b=True, a_is_sparse=True)
    for dtype in ("float32", "float64", "int32", "uint8"):
        u, v = numbers(dtype, shape=(2, 3)), numbers(dtype, -9, 9, shape=(2, 3), seed=1)
        yield case("matmul", "Cross", u, v)
    yield case("matmul", "Cross", np.zeros([2], f), np.zeros([2], f))


def sequence_cases():
    for dtype in FLOATS[1:] + INTEGERS:
        for values in ((0, 10, 3), (10, 0, -3), (3, 3, 1), (5, 0, 1), (0, 5, -1), (0, 5, 0)):
            yield case("sequence", "Range", *[np.array(v, dtype) for v in values])
    yield case("sequence", "Range", *[np.array(v, "float32") for v in (0, 1, 0.1)])
    yield case("sequence", "Range", *[np.array(v, "float32") for v in (0, 100, 0.1)])
    for dtype in FLOATS[1:]:
        for start, stop, num in ((0, 1, 7), (0.1, 0.7, 23), (3, 1, 1), (1, 2, 0), (5, -5, 4)):
            ends = np.array(start, dtype), np.array(stop, dtype)
            yield case("sequence", "LinSpace", *ends, np.array(num, "int32"))
    arr = np.array([1, 2, 2, 5, 1], "int32")
    for size in (3, 8, 0):
        for dtype in ("int32", "int64", "float32", "float64"):
            size = np.array(size, "int32")
            yield case("sequence", "Bincount", arr, size, np.array([], dtype))
            weights = numbers(dtype, 1, 5, (5,))
            yield case("sequence", "Bincount", arr, size, weights)
    size = np.array(3, "int32")
    yield case("sequence", "Bincount", np.array([-1, 2], "int32"), size, np.array([], "int32"))
    for dtype in ("int32", "int64", "float32", "float64"):
        values = np.array([-1, 0, 1.5, 2, 5, 15], dtype)
        for low, high, bins in ((0, 5, 5), (5, 0, 5), (0, 5, 0)):
            ends, bins = np.array([low, high], dtype), np.array(bins, "int32")
            yield case("sequence", "HistogramFixedWidth", values, ends, bins, dtype="int32")
        yield case("sequence", "Bucketize", values, boundaries=[0.0, 2.0, 10.0])


def bitwise_cases():
    for dtype in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"):
        x, y = numbers(dtype, -60, 60), numbers(dtype, -9, 70, seed=1)
        for op in ("BitwiseAnd", "BitwiseOr", "BitwiseXor", "LeftShift", "RightShift"):
            yield case("bitwise", op, x, y)
        for op in ("Invert", "PopulationCount"):
            yield case("bitwise", op, x)
    for dtype in ("float32", "int16", "bool"):
        x = numbers(dtype, shape=(2, 16))
        yield case("bitwise", "CompareAndBitpack", x, np.array(0, dtype))


def accumulate_cases():
    for dtype in FLOATS + COMPLEX + INTEGERS + ("uint8",):
        tensors = [numbers(dtype, seed=i) for i in range(4)]
        for n in (1, 2, 4):
            yield case("accumulate", "AddN", tensors[:n])
    tensors = [numbers("float32", seed=i) for i in range(3)]
    yield case("accumulate", "AccumulateNV2", tensors, shape=(2, 9))
    yield case("accumulate", "AddN", [np.zeros([2, 3], "float32"), np.zeros([3], "float32")])


FAMILIES = {
    "elementwise": unary_cases,
    "arithmetic": binary_cases,
    "special": special_cases,
    "cast": cast_cases,
    "reduction": reduction_cases,
    "cumulative": cumulative_cases,
    "segment": segment_cases,
    "matmul": matmul_cases,
    "sequence": sequence_cases,
    "bitwise": bitwise_cases,
    "accumulate": accumulate_cases,
}


def cases():
    """All cases; each key is an op with a running number."""
    seen = collections.Counter()
    found = []
    for family in FAMILIES.values():
        for c in family():
            seen[c.op] += 1
            found.append(c._replace(key=f"{c.op}_{seen[c.op]}"))
    return found
