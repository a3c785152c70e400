"""Nodes of mathematical ops with inputs of many static shapes; math_shapes.json has what TensorFlow
infers.

An input is a type and dims, or an array, which becomes a constant. Runs under Python 3.7, too.
"""

import itertools

import numpy as np

DIMS = (None, (), (2,), (3,), (1,), (0,), (None,), (2, 3), (1, 3), (None, 3), (2, None), (2, 3, 4))
ALL_DIMS = DIMS + ((5, 2, 3), (None, None), (1, 2, 3), (None, 3, 4))

UNARY = ("Exp", "Neg", "IsNan", "Lgamma", "Cast", "Sigmoid")
BINARY = ("AddV2", "Mul", "Less", "Pow", "Maximum", "Xdivy", "Igamma", "SquaredDifference")


def ints(*values):
    return np.array(values, "int32")


def scalar(value):
    return np.array(value, "int32")


def f(dims):
    return ("float32", dims)


def i(dims):
    return ("int32", dims)


def cases():
    for op in UNARY:
        for dims in DIMS:
            yield op, [f(dims)], {"DstT": "int32"} if op == "Cast" else {}
    for op in BINARY:
        for a, b in itertools.product(DIMS, DIMS):
            yield op, [f(a), f(b)], {}
    for a, b in itertools.product(DIMS, DIMS):
        for error in (True, False):
            yield "Equal", [f(a), f(b)], {"incompatible_shape_error": error}
        yield "ApproximateEqual", [f(a), f(b)], {}
        yield "Cross", [f(a), f(b)], {}
        yield "TanhGrad", [f(a), f(b)], {}
        yield "Complex", [f(a), f(b)], {"Tout": "complex64"}
        yield "AddN", [[f(a), f(b)]], {}
        yield "MatMul", [f(a), f(b)], {}
        yield "MatMul", [f(a), f(b)], {"transpose_a": True, "transpose_b": True}
        yield "SegmentSum", [f(a), i(b)], {}
        yield "Sum", [f(a), i(b)], {"keep_dims": False}
        yield "ArgMax", [f(a), i(b)], {"output_type": "int64"}
        yield "Betainc", [f(a), f(b), f((2, 3))], {}
        yield "ClipByValue", [f(a), f(b), f(())], {}
    for a, b in itertools.product(ALL_DIMS, ALL_DIMS):
        for op in ("BatchMatMul", "BatchMatMulV2"):
            yield op, [f(a), f(b)], {}
            yield op, [f(a), f(b)], {"adj_x": True, "adj_y": True}
    for dims in DIMS:
        for axes in (
            ints(0),
            ints(1),
            ints(-1, 0),
            ints(),
            scalar(1),
            ints(5),
            ints(-4),
            ints(0, 0),
        ):
            for keep in (True, False):
                yield "Max", [f(dims), axes], {"keep_dims": keep}
            yield "Mean", [f(dims), axes], {}
        for axis in (0, 1, -1, -3, 4):
            yield "ArgMin", [f(dims), scalar(axis)], {"output_type": "int32"}
            yield "Cumsum", [f(dims), scalar(axis)], {}
        for target in ("uint8", "int16", "float64", "int32", "complex128"):
            yield "Bitcast", [f(dims)], {"type": target}
        yield "AccumulateNV2", [[f(dims), f(dims)]], {"shape": (2, 3)}
        yield "CompareAndBitpack", [f(dims), f(())], {}
        yield "Bucketize", [f(dims)], {"boundaries": [1.0, 2.0]}
        yield "Range", [scalar(0), i(dims), scalar(1)], {}
        yield "LinSpace", [f(dims), f(()), scalar(3)], {}
        yield "LinSpace", [f(()), f(()), i(dims)], {}
        yield "Bincount", [i(dims), scalar(4), i((0,))], {}
        yield "Bincount", [i((3,)), i(dims), i((0,))], {}
        yield "HistogramFixedWidth", [f((3,)), f(dims), scalar(4)], {"dtype": "int32"}
    for values in ((0, 5, 2), (5, 0, -2), (0, 5, 0), (5, 0, 1), (0, 5, -1), (3, 3, 1), (0, 7, 3)):
        yield "Range", [scalar(v) for v in values], {}
        yield "Range", [np.array(v, "float32") for v in values], {}
    for size in (-1, 0, 3):
        yield "Bincount", [i((3,)), scalar(size), i((0,))], {}
        yield "LinSpace", [f(()), f(()), scalar(size)], {}
        yield "HistogramFixedWidth", [f((3,)), f((2,)), scalar(size)], {"dtype": "int32"}
        for op in ("UnsortedSegmentSum", "UnsortedSegmentMax"):
            for a, b in itertools.product(DIMS, DIMS):
                yield op, [f(a), i(b), scalar(size)], {}
        yield "SparseSegmentSumWithNumSegments", [f((2, 3)), i((2,)), i((2,)), scalar(size)], {}
        yield "SparseSegmentMeanGrad", [f((2, 3)), i((2,)), i((2,)), scalar(size)], {}
    for a in DIMS:
        yield "UnsortedSegmentProd", [f((2, 3)), i((2,)), i(a)], {}
        yield "SparseSegmentSum", [f(a), i((2,)), i((2,))], {}
        yield "SparseSegmentMean", [f((2, 3)), i(a), i((2,))], {}
        yield "SparseSegmentSqrtN", [f((2, 3)), i((2,)), i(a)], {}
