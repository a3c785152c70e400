"""Parts of tensors: tf.slice, tf.strided_slice, and Python's `tensor[...]`."""

import builtins
import sys
from typing import Any

import numpy as np

from evergraph.api.creation import ones_like
from evergraph.api.gathering import boolean_mask
from evergraph.api.joining import stack
from evergraph.base import dtypes
from evergraph.base.export import export, export_constant
from evergraph.base.tensor_shape import Dimension
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor

newaxis = None
export_constant(__name__, "newaxis", "newaxis")

_TYPE_ERROR = (
    "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar "
    "tf.int32/tf.int64 tensors are valid indices"
)
_INDEX_DTYPES = (dtypes.int32, dtypes.int32_ref, dtypes.int64, dtypes.int64_ref)


@export("slice")
def slice(input_: Any, begin: Any, size: Any, name: str | None = None) -> Tensor:
    """The part of `input_` that starts at `begin` and has shape `size`. Stands for `tf.slice`.

    Args:
      input_: a tensor.
      begin: a vector, int32 or int64, a start for each axis.
      size: a vector; -1 is all that is left.
      name: the node's name.

    Raises:
      ValueError, InvalidArgumentError: the part is not within `input_`.
    """
    return apply_op("Slice", input_, begin, size, name=name)


@export("strided_slice")
def strided_slice(
    input_: Any,
    begin: Any,
    end: Any,
    strides: Any = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    var: Any = None,
    name: str | None = None,
) -> Tensor:
    """What `input_[begin[0]:end[0]:strides[0], ...]` is in Python. Stands for `tf.strided_slice`.

    Args:
      input_: a tensor.
      begin, end, strides: vectors of one length; default strides: ones.
      begin_mask, end_mask: bits of the positions where the begin or end is left out.
      ellipsis_mask: the bit of the position that is `...`.
      new_axis_mask: bits of the positions that are a new axis.
      shrink_axis_mask: bits of the positions that are a single index, whose axis goes.
      var: the variable that `assign` of the result changes.
      name: the node's name.
    """
    if strides is None:
        strides = ones_like(begin)
    masks = {
        "begin_mask": begin_mask,
        "end_mask": end_mask,
        "ellipsis_mask": ellipsis_mask,
        "new_axis_mask": new_axis_mask,
        "shrink_axis_mask": shrink_axis_mask,
    }
    part = apply_op("StridedSlice", input_, begin, end, strides, name=name, **masks)
    parent_name = name

    def assign(val: Any, name: str | None = None) -> Any:
        """Sets this part of the variable to `val`."""
        if var is None:
            raise ValueError("Sliced assignment is only supported for variables")
        if name is None:
            name = f"{parent_name}_assign"
        return var._strided_slice_assign(
            begin=begin, end=end, strides=strides, value=val, name=name, **masks
        )

    part.assign = assign  # type: ignore[attr-defined]
    return part


def strided_slice_grad(
    shape: Any, begin: Any, end: Any, strides: Any, dy: Any, name: str | None = None, **masks: int
) -> Tensor:
    """Zeros of `shape` with `dy` in the part that the numbers name."""
    return apply_op("StridedSliceGrad", shape, begin, end, strides, dy, name=name, **masks)


def _check_index(index: Any) -> None:
    if isinstance(index, (int, np.integer, Dimension)):
        return
    dtype = getattr(index, "dtype", None)
    if (
        dtype is None
        or dtypes.as_dtype(dtype) not in _INDEX_DTYPES
        or (index.shape and len(index.shape) == 1)
    ):
        raise TypeError(f"{_TYPE_ERROR}, got {index!r}")


class _Spec:
    """The begins, ends, strides and masks of an index expression."""

    def __init__(self) -> None:
        self.begin: list[Any] = []
        self.end: list[Any] = []
        self.strides: list[Any] = []
        self.masks = dict.fromkeys(
            ["begin_mask", "end_mask", "shrink_axis_mask", "new_axis_mask", "ellipsis_mask"], 0
        )

    def add(self, begin: Any, end: Any, stride: Any, *masks: str) -> None:
        for mask in masks:
            self.masks[mask] |= 1 << len(self.begin)
        self.begin.append(begin)
        self.end.append(end)
        self.strides.append(stride)

    def add_item(self, item: Any) -> None:
        if isinstance(item, builtins.slice):
            self._add_slice(item)
        elif item is Ellipsis:
            self.add(0, 0, 1, "ellipsis_mask")
        elif item is None:
            self.add(0, 0, 1, "new_axis_mask")
        else:
            _check_index(item)
            self.add(item, item + 1, 1, "shrink_axis_mask")

    def _add_slice(self, item: Any) -> None:
        masks = []
        bounds = []
        for bound, mask in ((item.start, "begin_mask"), (item.stop, "end_mask")):
            if bound is not None and (isinstance(bound, Tensor) or bound != sys.maxsize):
                _check_index(bound)
                bounds.append(bound)
            else:
                bounds.append(0)
                masks.append(mask)
        if item.step is not None:
            _check_index(item.step)
        self.add(*bounds, 1 if item.step is None else item.step, *masks)


def _slice_helper(tensor: Any, slice_spec: Any, var: Any = None) -> Tensor:
    """`tensor[slice_spec]`. A bool tensor or array as the index is `tf.boolean_mask`."""
    if isinstance(slice_spec, (bool, np.bool_)) or (
        isinstance(slice_spec, (Tensor, np.ndarray)) and slice_spec.dtype == bool
    ):
        return boolean_mask(tensor=tensor, mask=slice_spec)
    if not isinstance(slice_spec, (list, tuple)):
        slice_spec = [slice_spec]
    spec = _Spec()
    for item in slice_spec:
        spec.add_item(item)
    with name_scope(None, "strided_slice", [tensor, *spec.begin, *spec.end, *spec.strides]) as name:
        if spec.begin:
            numbers = [stack(spec.begin), stack(spec.end), stack(spec.strides)]
            if any(n.dtype == dtypes.int64 for n in numbers):
                numbers = [
                    n if n.dtype == dtypes.int64 else apply_op("Cast", n, DstT=dtypes.int64)
                    for n in numbers
                ]
        else:
            numbers = [constant([], dtype=dtypes.int32)] * 3
        return strided_slice(tensor, *numbers, var=var, name=name, **spec.masks)


def _SliceHelperVar(var: Any, slice_spec: Any) -> Tensor:
    """`variable[slice_spec]`; `assign` of the result changes the variable."""
    return _slice_helper(var.value(), slice_spec, var)


Tensor._override_operator("__getitem__", _slice_helper)
