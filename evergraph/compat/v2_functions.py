"""Functions that TensorFlow 2 has with other arguments, in terms of those of version 1."""

import importlib
from collections.abc import Callable
from typing import Any


def _tf() -> Any:
    return importlib.import_module("evergraph.tf")


def convert_to_tensor(
    value: Any, dtype: Any = None, dtype_hint: Any = None, name: str | None = None
) -> Any:
    """A value as a tensor; `dtype_hint` is taken where it is possible."""
    return _tf().convert_to_tensor(value, dtype=dtype, preferred_dtype=dtype_hint, name=name)


def set_seed(seed: int) -> None:
    """Sets the graph's seed."""
    _tf().set_random_seed(seed)


def case(
    pred_fn_pairs: Any,
    default: Callable[[], Any] | None = None,
    exclusive: bool = False,
    strict: bool = False,
    name: str = "case",
) -> Any:
    """As `tf.case`."""
    return _tf().case(pred_fn_pairs, default, exclusive=exclusive, strict=strict, name=name)


def device(device_name: Any) -> Any:
    """A `with` block for nodes on a device. Raises RuntimeError for a function."""
    if callable(device_name):
        raise RuntimeError("tf.device does not support functions.")
    return _tf().device(device_name)


def tuple_(tensors: Any, control_inputs: Any = None, name: str | None = None) -> Any:
    """As `tf.tuple`."""
    return _tf().tuple(tensors, name=name, control_inputs=control_inputs)


def batch_to_space(input: Any, block_shape: Any, crops: Any, name: str | None = None) -> Any:
    """As `tf.batch_to_space_nd`; a number is the size of both sides of a block."""
    if isinstance(block_shape, int):
        block_shape = [block_shape, block_shape]
    return _tf().batch_to_space_nd(input, block_shape, crops, name=name)


def space_to_batch(input: Any, block_shape: Any, paddings: Any, name: str | None = None) -> Any:
    """As `tf.space_to_batch_nd`."""
    return _tf().space_to_batch_nd(input, block_shape, paddings, name=name)


def depth_to_space(
    input: Any, block_size: int, data_format: str = "NHWC", name: str | None = None
) -> Any:
    """As `tf.depth_to_space`."""
    return _tf().depth_to_space(input, block_size, name=name, data_format=data_format)


def space_to_depth(
    input: Any, block_size: int, data_format: str = "NHWC", name: str | None = None
) -> Any:
    """As `tf.space_to_depth`."""
    return _tf().space_to_depth(input, block_size, name=name, data_format=data_format)


def hessians(
    ys: Any,
    xs: Any,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
    name: str = "hessians",
) -> Any:
    """As `tf.hessians`."""
    return _tf().hessians(ys, xs, name, False, gate_gradients, aggregation_method)


def sufficient_statistics(
    x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: str | None = None
) -> Any:
    """As `tf.nn.sufficient_statistics`."""
    return _tf().nn.sufficient_statistics(x, axes, shift, keepdims, name)


def sparse_reduce_sum(
    sp_input: Any,
    axis: Any = None,
    keepdims: Any = None,
    output_is_sparse: bool = False,
    name: str | None = None,
) -> Any:
    """Sums over axes, dense or sparse."""
    call = _tf().sparse.reduce_sum_sparse if output_is_sparse else _tf().sparse.reduce_sum
    return call(sp_input, axis=axis, keepdims=keepdims)


def sparse_reduce_max(
    sp_input: Any,
    axis: Any = None,
    keepdims: Any = None,
    output_is_sparse: bool = False,
    name: str | None = None,
) -> Any:
    """Maxima over axes, dense or sparse."""
    call = _tf().sparse.reduce_max_sparse if output_is_sparse else _tf().sparse.reduce_max
    return call(sp_input, axis=axis, keepdims=keepdims)


def sparse_split(
    sp_input: Any = None, num_split: Any = None, axis: Any = None, name: str | None = None
) -> Any:
    """As `tf.sparse.split`."""
    return _tf().sparse.split(sp_input=sp_input, num_split=num_split, axis=axis, name=name)


def assert_all_finite(x: Any, message: str, name: str | None = None) -> Any:
    """As `tf.debugging.assert_all_finite`."""
    return _tf().debugging.assert_all_finite(x=x, message=message, name=name)


NAMES: dict[str, Callable[..., Any]] = {
    "batch_to_space": batch_to_space,
    "case": case,
    "convert_to_tensor": convert_to_tensor,
    "debugging.assert_all_finite": assert_all_finite,
    "device": device,
    "hessians": hessians,
    "nn.depth_to_space": depth_to_space,
    "nn.space_to_batch": space_to_batch,
    "nn.space_to_depth": space_to_depth,
    "nn.sufficient_statistics": sufficient_statistics,
    "random.set_seed": set_seed,
    "space_to_batch": space_to_batch,
    "sparse.reduce_max": sparse_reduce_max,
    "sparse.reduce_sum": sparse_reduce_sum,
    "sparse.split": sparse_split,
    "tuple": tuple_,
}
