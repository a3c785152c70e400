"""What a table of expressions cannot say about shapes."""

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergraph.base import tensor_shape
from evergraph.base.dtypes import DType, float32
from evergraph.base.tensor_shape import Dimension, TensorShape

SIZES = st.one_of(st.none(), st.integers(0, 3))
DIMS = st.one_of(st.none(), st.lists(SIZES, max_size=3).map(tuple))
KNOWN = st.lists(st.integers(0, 3), max_size=3).map(tuple)


def covers(dims: Any, known: Any) -> bool:
    """Whether a tensor of the shape `known` may have the static shape `dims`."""
    return dims is None or (
        len(dims) == len(known) and all(d in (None, k) for d, k in zip(dims, known, strict=True))
    )


@given(DIMS, DIMS, KNOWN)
def test_merging_keeps_what_fits_both(a: Any, b: Any, known: Any) -> None:
    try:
        merged = TensorShape(a).merge_with(b)._dims_tuple
    except ValueError:
        assert not (covers(a, known) and covers(b, known))
    else:
        assert covers(merged, known) == (covers(a, known) and covers(b, known))


@given(DIMS, DIMS, KNOWN)
def test_most_specific_shape_keeps_what_fits_one(a: Any, b: Any, known: Any) -> None:
    common = TensorShape(a).most_specific_compatible_shape(b)._dims_tuple
    if covers(a, known) or covers(b, known):
        assert covers(common, known)


@given(DIMS)
def test_a_tuple_is_all_there_is(dims: Any) -> None:
    shape = TensorShape._from_tuple(dims)
    assert shape._dims_tuple == dims == TensorShape(dims)._dims_tuple
    assert repr(shape) == repr(TensorShape(dims))
    assert shape._dims is shape.dims
    assert pickle.loads(pickle.dumps(shape))._dims_tuple == dims


def test_an_unknown_size_equals_itself_only() -> None:
    shape = TensorShape([None, 3])
    assert shape == shape
    assert shape == TensorShape(shape)
    assert shape == TensorShape([shape[0], 3])
    assert not shape == TensorShape([None, 3])


class Proto:
    """A message as far as TensorShape cares."""

    class Dim:
        def __init__(self, size: int) -> None:
            self.size = size

    def __init__(self, unknown_rank: bool = False, dim: Any = ()) -> None:
        self.unknown_rank, self.dim = unknown_rank, dim


@given(DIMS)
def test_messages(dims: Any) -> None:
    before = tensor_shape._Settings.proto_class
    tensor_shape.set_proto_class(Proto)
    try:
        assert TensorShape(TensorShape(dims).as_proto())._dims_tuple == dims
    finally:
        tensor_shape.set_proto_class(before)


def test_v2_behaviour_gives_numbers() -> None:
    shape = TensorShape([None, 3])
    tensor_shape.enable_v2_tensorshape()
    try:
        assert list(shape) == [None, 3]
        assert shape[1] == 3 and shape[0] is None
        assert str(shape) == "(None, 3)" and repr(shape) == "TensorShape([None, 3])"
    finally:
        tensor_shape.disable_v2_tensorshape()
    assert isinstance(shape[1], Dimension)


def test_dtypes_are_one_object_each() -> None:
    assert DType(1) is float32
    assert copy.deepcopy(float32) is float32
    assert pickle.loads(pickle.dumps(float32)) is float32
    with pytest.raises(TypeError):
        hash(TensorShape([1]))
