"""make_tensor_proto and make_ndarray give TensorFlow 1.15's bytes, arrays and errors."""

import importlib.util
import json
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from evergraph.base import dtypes
from evergraph.base.tensor_shape import Dimension, TensorShape
from evergraph.graph.tensor_proto import make_ndarray, make_tensor_proto, shape_equals
from evergraph.proto.framework.tensor_pb2 import TensorProto

GOLDEN = Path(__file__).resolve().parents[1] / "golden/graphs"
spec = importlib.util.spec_from_file_location("generate", GOLDEN / "generate_tensor_proto.py")
generate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(generate)

NAMES = generate.names(make_tensor_proto, dtypes, TensorShape, Dimension)
CASES = {case["case"]: case for case in json.loads((GOLDEN / "tensor_proto.json").read_text())}
# The wording of these errors is Python's or numpy's, and changes with their versions.
FOREIGN = ("float() argument", "int() argument", "could not", "Python int", "int too large")
FOREIGN += ("__int__", "'int' object", "cannot reshape", "setting an array element")
# TensorFlow fails on these by oversight; here they work.
UNREADABLE = ("Unsupported tensor type: 22", "Unsupported tensor type: 23")
UNWRITABLE = "Buffer dtype mismatch"


def without_addresses(text):
    text = text.replace("tensorflow.python.framework", "evergraph.base")
    return re.sub(r" at 0x\w+", "", text)


def outcome(function):
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)  # TensorFlow warns, too
        try:
            return {"result": function()}
        except Exception as error:
            return {"error": type(error).__name__, "message": str(error)}


def same(ours, golden):
    if "error" not in golden:
        return ours == golden
    foreign = golden["message"].startswith(FOREIGN)
    return ours.get("error") == golden["error"] and (
        foreign or without_addresses(ours["message"]) == without_addresses(golden["message"])
    )


@pytest.mark.parametrize("case", CASES)
def test_golden(case):
    golden = CASES[case]
    ours = outcome(lambda: eval(f"make({case})", dict(NAMES)))
    if golden.get("message", "").startswith(UNWRITABLE):
        assert "qint16" in case or "quint16" in case
        assert make_ndarray(ours["result"]).dtype.names[0] in case
        return
    if "result" not in ours or "error" in golden:
        assert same(ours, golden)
        return
    proto = ours["result"]
    assert proto == TensorProto.FromString(bytes.fromhex(golden["proto"]))
    assert proto.SerializeToString().hex() == golden["proto"]
    read = outcome(lambda: generate.describe(make_ndarray(proto)))
    assert same(read, golden["array"]) or golden["array"]["message"] in UNREADABLE


@pytest.mark.parametrize("dtype", [dtypes.uint32, dtypes.uint64])
def test_unsigned_values_are_read(dtype):
    for value in (7, [7], [], [1, 2**32 - 1]):
        array = make_ndarray(make_tensor_proto(value, dtype))
        assert array.dtype == dtype.as_numpy_dtype
        assert array.tolist() == value


NUMPY_TYPES = st.one_of(
    npst.boolean_dtypes(),
    npst.integer_dtypes(endianness="="),
    npst.unsigned_integer_dtypes(endianness="="),
    npst.floating_dtypes(endianness="=", sizes=(16, 32, 64)),
    npst.complex_number_dtypes(endianness="=", sizes=(64, 128)),
)


@given(npst.arrays(NUMPY_TYPES, npst.array_shapes(min_dims=0, min_side=0, max_side=4)))
def test_arrays_round_trip(array):
    proto = make_tensor_proto(array)
    assert proto.dtype == dtypes.as_dtype(array.dtype).as_datatype_enum
    read = make_ndarray(TensorProto.FromString(proto.SerializeToString()))
    assert read.dtype == array.dtype
    np.testing.assert_array_equal(read, array)
    assert read.flags.writeable
    listed = make_ndarray(make_tensor_proto(array.tolist(), array.dtype, array.shape))
    np.testing.assert_array_equal(listed, array)


@given(st.lists(st.one_of(st.integers(), st.floats(), st.booleans()), max_size=4))
def test_scalars_and_one_element_lists_agree(values):
    """The short way for scalars gives what the long way for lists gives."""
    for value in values:
        for dtype in (None, dtypes.float32, dtypes.int32, dtypes.int64, dtypes.bool):
            scalar = outcome(lambda v=value, d=dtype: make_tensor_proto(v, d, [1]))
            listed = outcome(lambda v=value, d=dtype: make_tensor_proto([v], d, [1]))
            if "result" in scalar:
                assert repr(scalar) == repr(listed)
            else:
                assert scalar["error"] == listed["error"]


def test_big_endian_arrays_keep_their_values():
    array = np.array([1, 2, 258], ">i4")
    assert make_ndarray(make_tensor_proto(array)).tolist() == [1, 2, 258]
    assert make_ndarray(make_tensor_proto(array, dtypes.int64)).tolist() == [1, 2, 258]


def test_results_are_independent():
    first = make_tensor_proto(1.0, shape=[2])
    first.tensor_shape.dim[0].size = 5
    first.float_val.append(2.0)
    assert make_tensor_proto(1.0, shape=[2]).tensor_shape.dim[0].size == 2


def test_mixed_depth_text_is_flattened():
    proto = make_tensor_proto(["a", ["b"]])
    assert (proto.dtype, list(proto.string_val)) == (7, [b"a", b"b"])


def test_reading_odd_messages():
    assert make_ndarray(TensorProto(dtype=1)).tolist() == 0
    shape = make_tensor_proto([1.0, 2.0, 3.0]).tensor_shape
    padded = TensorProto(dtype=1, tensor_shape=shape, float_val=[1, 2])
    assert make_ndarray(padded).tolist() == [1, 2, 2]
    text = TensorProto(dtype=7, tensor_shape=shape, string_val=[b"a\0", b"b"])
    assert make_ndarray(text).tolist() == [b"a\0", b"b", b"b"]
    with pytest.raises(TypeError, match="Cannot convert value 0 to a TensorFlow DType"):
        make_ndarray(TensorProto())
    with pytest.raises(TypeError, match="Unsupported tensor type: 101"):
        make_ndarray(TensorProto(dtype=101))
    with pytest.raises(KeyError, match="20"):
        make_ndarray(TensorProto(dtype=20))
    with pytest.raises(ValueError, match="index can't contain negative values"):
        make_ndarray(TensorProto(dtype=1, float_val=[1, 2]))
    with pytest.raises(ValueError):
        make_ndarray(TensorProto(dtype=7, string_val=[b"a", b"b"]))
    with pytest.raises(ValueError):
        make_ndarray(TensorProto(dtype=1, tensor_content=b"abc"))


def test_shape_equals():
    proto = make_tensor_proto([[1, 2, 3], [4, 5, 6]])
    assert shape_equals(proto, [2, 3]) and shape_equals(proto, (2, 3))
    assert shape_equals(proto, proto.tensor_shape)
    assert not shape_equals(proto, [3, 2])
    with pytest.raises(TypeError, match="tensor_proto is not a tensor_pb2.TensorProto object"):
        shape_equals("x", [2])
    with pytest.raises(TypeError, match="shape is not a list or tuple"):
        shape_equals(proto, 2)
