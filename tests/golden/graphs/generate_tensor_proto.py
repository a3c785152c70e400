"""Write tensor_proto.json: make_tensor_proto and make_ndarray of many values. Run under TensorFlow.

Each case is an expression over `make` (make_tensor_proto), `np`, `dt` (the dtypes) and `shape`
(TensorShape), with its result: the proto's bytes in hex and, as text, the array read back from it;
or the class and text of the error.
"""

import array
import collections
import json
import os
import sys
import warnings

import numpy as np

NUMBERS = (
    "float16 bfloat16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 complex64 "
    "complex128 bool"
).split()
QUANTIZED = "qint8 quint8 qint16 quint16 qint32".split()

CASES = [
    # Python values without a dtype
    *["1.5", "1", "True", "'x'", "b'x'", "u'\\xe9'", "1j", "-0.0", "1e300", "0.1", "1e-50"],
    *["2**31 - 1", "2**31", "-2**31", "-2**31 - 1", "2**63 - 1", "2**63", "2**64", "-2**63 - 1"],
    *["float('nan')", "float('inf')", "''", "[]", "[[]]", "[[], []]", "()", "[1]", "[[1]]"],
    *["[1, 2]", "[1., 2.]", "[1, 2.]", "[True, False]", "[True, 1]", "[1, 2**40]", "[1, 1j]"],
    *["[[1, 2], [3, 4]]", "((1, 2), (3, 4))", "[(1., 2.)]", "['a', 'b']", "[['a'], ['b']]"],
    *["[b'a\\0', b'b']", "['a', b'b']", "['a', 1]", "[1, 'a']", "[1, None]", "None", "[None]"],
    *["[[1, 2], [3]]", "[[1], 2]", "[1, [2]]", "[[1, 2], []]", "[['a'], ['b', 'c']]"],
    *["[[[1], [2]], [[3], [4, 5]]]", "{'a': 1}", "object()", "[object()]", "{1}", "range(3)"],
    *["[[1, 2], (3, 4)]", "[1.0, True]", "(1, 2.5, True)", "[0.1, 0.2]", "[1.0]", "[2.5]"],
    # numpy values
    *["np.float64(1.5)", "np.float32(1.5)", "np.int64(3)", "np.int32(3)", "np.bool_(True)"],
    *[
        "np.uint8(200)",
        "np.float16(0.1)",
        "np.complex64(1+2j)",
        "np.str_('ab')",
        "np.bytes_(b'ab')",
    ],
    *["np.array(1.5)", "np.array([1.5, 2])", "np.array([1, 2])", "np.array([1, 2], np.int32)"],
    *["np.array(['a', 'bc'])", "np.array([b'a', b'bc\\0'])", "np.array([b'a\\0b', 'x'], object)"],
    *["np.array([1, None], object)", "np.array([[1, 2], [3, 4]], order='F')", "np.zeros((0, 2))"],
    *["np.arange(6).reshape(2, 3).T", "np.array([True, False])", "np.array([1+2j, 3])"],
    *["[np.float32(1), 2.0]", "[np.int64(1), 2]", "[np.array([1, 2]), [3, 4]]", "[np.float64(2)]"],
    *["[np.array(1), np.array(2)]", "[np.array([1.0]), np.array([2.0])]", "np.array(['x'], 'O')"],
    *["np.arange(10)[::3]", "np.array([], np.float32)"],
    *["np.array('2020-01-01', 'datetime64[D]')", "np.array([(1, 2)], [('a', 'i4'), ('b', 'i4')])"],
    *["memoryview(b'abc')", "bytearray(b'abc')", "array.array('f', [1, 2])", "Arrayed()"],
    *["Pair(1, 2)", "[Pair(1, 2)]", "[np.bool_(True)]", "Interface()"],
    # wrong types for a dtype
    *[
        "'x', dt.float32",
        "['x'], dt.float32",
        "1.5, dt.int32",
        "[1, 2.5], dt.int32",
        "1j, dt.float32",
    ],
    *["1, dt.string", "1.5, dt.string", "['a', 1], dt.string", "1, dt.bool", "[True, 1], dt.bool"],
    *[
        "'a', dt.bool",
        "None, dt.float32",
        "[None], dt.float32",
        "[1, None], dt.int32",
        "1, dt.qint8",
    ],
    *[
        "'a', dt.complex64",
        "[[1, 2], [3, 'x']], dt.float32",
        "{'a': 1}, dt.float32",
        "1, dt.resource",
    ],
    *["1, dt.variant", "[1, 2], dt.variant", "[[1, 2], [3]], dt.float32", "[[1], 2], dt.float32"],
    *["[[1, 2], []], dt.int32", "[np.bool_(True)], dt.bool", "np.array([1.5, -2]), dt.int32"],
    *["np.array(['a']), dt.float32", "np.array(['1.5']), dt.float32", "np.array([1]), dt.string"],
    *["np.array([1.5]), dt.bool", "np.array([1e300]), dt.float32", "np.array([300]), dt.uint8"],
    *[
        "np.array([np.nan]), dt.float64",
        "np.array([1+2j]), dt.float32",
        "np.array([-1]), dt.uint32",
    ],
    *[
        "object(), dt.float32",
        "[object()], dt.string",
        "1, 'float'",
        "1, 'nonsense'",
        "1, np.float64",
    ],
    *["1, 1", "1, dt.float32_ref", "[1, 2], dt.int32_ref", "1.0, float", "1, int", "True, bool"],
    *[
        "[dim(2), 3]",
        "[dim(2), 3], dt.int32",
        "dim(2)",
        "dim(2), dt.int64",
        "[dim(None)], dt.int32",
    ],
    *[
        "[np.float32(1.5), 'x'], dt.float32",
        "[1, np.float32(1.5)], dt.int32",
        "np.float32(1), dt.int32",
    ],
    # range
    *["2**31, dt.int32", "[1, 2**31], dt.int32", "-2**31 - 1, dt.int32", "2**63, dt.int64"],
    *["[2**63], dt.int64", "-1, dt.uint8", "256, dt.uint8", "[1, 256], dt.uint8", "300, dt.int8"],
    *[
        "-1, dt.uint32",
        "2**32, dt.uint32",
        "-1, dt.uint64",
        "2**64 - 1, dt.uint64",
        "2**64, dt.uint64",
    ],
    *[
        "[0, 2**63], dt.uint64",
        "70000, dt.uint16",
        "-1, dt.uint16",
        "40000, dt.int16",
        "1e40, dt.float32",
    ],
    *["[1e40], dt.float32", "1e10, dt.float16", "2**64, dt.float32", "10**400, dt.float32"],
    *["[10**400, 1], dt.float64", "1e300, dt.bfloat16", "1e300, dt.complex64", "2**31, dt.qint32"],
    *["2**31, dt.float64", "[2**53 + 1], dt.float64", "16777217, dt.float32", "10**400"],
    # shapes
    *["1.0, shape=[2, 2]", "1, shape=[]", "1, shape=[1]", "1, shape=[0]", "1.5, shape=[0, 3]"],
    *["[1, 2, 3, 4], shape=[2, 2]", "[1, 2, 3], shape=[2, 2]", "[1, 2, 3, 4, 5], shape=[2, 2]"],
    *[
        "[1, 2], shape=[3], dtype=dt.float64",
        "'a', shape=[2]",
        "['a', 'b'], shape=[3]",
        "'a', shape=[0]",
    ],
    *[
        "['a', 'b', 'c'], shape=[2]",
        "True, shape=[3]",
        "[[1, 2], [3, 4]], shape=[4]",
        "1, shape=shape([2, 3])",
    ],
    *["1, shape=shape([None, 3])", "1, shape=shape(None)", "1, shape=[-1]", "1, shape=[-1, -1]"],
    *[
        "1, shape=[None]",
        "1, shape=2",
        "1, shape=np.array([2, 2])",
        "1, shape=[dim(2), 2]",
        "1, shape=[2.0]",
    ],
    *[
        "1, shape=(2,)",
        "[1, 2], shape=[2], verify_shape=True",
        "[1, 2], shape=[3], verify_shape=True",
    ],
    *[
        "1, shape=[1], verify_shape=True",
        "[], shape=[0], verify_shape=True",
        "[1], shape=[0], verify_shape=True",
    ],
    *["1, shape=[2], allow_broadcast=True", "[1], shape=[2, 2], allow_broadcast=True"],
    *["[1, 2], shape=[2, 2], allow_broadcast=True", "[1, 2], shape=[2], allow_broadcast=True"],
    *["[1, 2], shape=[1, 2], allow_broadcast=True", "1, allow_broadcast=True, verify_shape=True"],
    *[
        "1, verify_shape=True",
        "1j, shape=[2]",
        "(1,), dt.qint8, [1]",
        "[(1,), (2,)], dt.qint8, [2]",
    ],
    *[
        "[(1,)], dt.qint8, [3]",
        "np.ones(3), shape=[4]",
        "np.ones((2, 2)), shape=[4]",
    ],
    *[
        "1, dt.int64, [2, 0]",
        "[[1, 2], [3]], shape=[0]",
        "1.5, dt.int32, [0]",
        "1, shape=[2], dtype=dt.float16",
    ],
    # a proto is handed through
    "make([1, 2])",
]
CASES += ["1, dt." + name for name in NUMBERS if name != "bool"]
CASES += ["[1, 2], dt." + name for name in NUMBERS if name != "bool"]
CASES += ["[[1], [0]], dt." + name for name in NUMBERS if name != "bool"]
CASES += ["1.5, dt." + name for name in NUMBERS]
CASES += ["True, dt." + name for name in NUMBERS]
CASES += ["[True, False], dt." + name for name in NUMBERS]
CASES += ["np.array([1.5, 0]), dt." + name for name in NUMBERS]
CASES += ["np.array([[1, 2], [3, 0]]), dt." + name for name in NUMBERS]
CASES += [f"np.array([1, 2]).astype(dt.{name}.as_numpy_dtype)" for name in NUMBERS]
CASES += [f"np.array([1, 2]).astype(dt.{name}.as_numpy_dtype)[0]" for name in NUMBERS]
CASES += [f"np.zeros([0, 3], dt.{name}.as_numpy_dtype)" for name in NUMBERS]
CASES += ["[], dt." + name for name in [*NUMBERS, "string"]]
CASES += ["[0.1, 1e-8, 65504.0, 1e6], dt." + name for name in NUMBERS[:4]]
CASES += ["[1+2j, 3-4j], dt." + name for name in NUMBERS]
CASES += ["(21,), dt." + name for name in QUANTIZED]
CASES += ["[(21,)], dt." + name for name in QUANTIZED]
CASES += ["[(21,), (22,)], dt." + name for name in QUANTIZED]
CASES += ["[[(21,)], [(22,)]], dt." + name for name in QUANTIZED]
CASES += ["[21, 22], dt." + name for name in QUANTIZED]
CASES += ["(1, 2), dt." + name for name in QUANTIZED]
CASES += ["np.array([1, 2]), dt." + name for name in QUANTIZED]
CASES += [f"np.array([(1,), (2,)], dt.{name}.as_numpy_dtype)" for name in QUANTIZED]
CASES += [f"np.array([(1,)], dt.{name}.as_numpy_dtype), dt.{name}" for name in QUANTIZED]
CASES += ["'a', dt.string", "['a', b'b'], dt.string", "[['a', ''], ['b', u'\\u20ac']], dt.string"]


Pair = collections.namedtuple("Pair", "a b")


class Arrayed:
    """Becomes an array by itself."""

    def __array__(self, dtype=None, copy=None):
        return np.array([1.5, 2.5], dtype)


class Interface:
    """Gives its memory by numpy's interface."""

    data = np.array([1, 2, 3], np.int16)
    __array_interface__ = data.__array_interface__


def names(make, dtypes, shape, dim):
    """What the expressions may speak of; the test gives ours."""
    return {
        **{"make": make, "dt": dtypes, "shape": shape, "dim": dim, "np": np, "array": array},
        **{"Arrayed": Arrayed, "Pair": Pair, "Interface": Interface},
    }


def describe(value):
    """dtype, shape and elements of an array, the elements as Python prints them."""
    value = np.asarray(value)
    dtype = "object" if value.dtype == object else str(value.dtype)
    if value.dtype.names:
        dtype, value = value.dtype.names[0], value[value.dtype.names[0]]
    elif dtype == "bfloat16" or value.dtype.kind == "V":
        dtype, value = "bfloat16", value.astype(np.float32)
    return [dtype, list(value.shape), repr(value.ravel().tolist())]


def outcome(function):
    """The result, or the class and the text of the error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return {"result": function()}
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)}


def main():
    from tensorflow.python.framework import dtypes, tensor_shape, tensor_util

    known = names(
        tensor_util.make_tensor_proto, dtypes, tensor_shape.TensorShape, tensor_shape.Dimension
    )
    lines = []
    for case in CASES:
        proto = outcome(lambda case=case: eval(f"make({case})", dict(known)))
        record = {"case": case}
        if "result" in proto:
            message = proto["result"]
            record["proto"] = message.SerializeToString().hex()
            record["array"] = outcome(lambda m=message: describe(tensor_util.MakeNdarray(m)))
        else:
            record.update(proto)
        lines.append(json.dumps(record))
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tensor_proto.json")
    with open(path, "w") as out:
        out.write("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    sys.exit(main())
