"""What kinds of columns share: checks of arguments, lengths of sequences."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.base import dtypes, nest
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


def assert_key_is_string(key: Any) -> None:
    """Complains of a feature's name that is no text."""
    if not isinstance(key, str):
        raise ValueError(f"key must be a string. Got: type {type(key)}. Given key: {key}.")


def assert_string_or_int(dtype: Any, prefix: str) -> None:
    """Complains of element types that cannot name categories."""
    if dtype != dtypes.string and not dtype.is_integer:
        raise ValueError(f"{prefix} dtype must be string or integer. dtype: {dtype}.")


def check_default_value(shape: tuple[int, ...], default_value: Any, dtype: Any, key: Any) -> Any:
    """The default value as nested tuples of the shape."""
    if default_value is None:
        return None
    if isinstance(default_value, int) or (isinstance(default_value, float) and dtype.is_floating):
        for dim in reversed(shape):
            default_value = (default_value,) * dim
        return default_value
    if callable(getattr(default_value, "tolist", None)):
        default_value = default_value.tolist()
    if nest.is_sequence(default_value):
        if not _has_shape(default_value, shape):
            raise ValueError(
                "The shape of default_value must be equal to given shape. "
                f"default_value: {default_value}, shape: {shape}, key: {key}"
            )
        leaves = nest.flatten(default_value)
        if all(isinstance(v, int) for v in leaves):
            return _as_tuples(default_value)
        if dtype.is_floating and any(isinstance(v, float) for v in leaves):
            return _as_tuples(default_value)
    raise TypeError(
        "default_value must be compatible with dtype. "
        f"default_value: {default_value}, dtype: {dtype}, key: {key}"
    )


def _has_shape(value: Any, shape: tuple[int, ...]) -> bool:
    if not shape or not nest.is_sequence(value):
        return not shape and not nest.is_sequence(value)
    return len(value) == shape[0] and all(_has_shape(v, shape[1:]) for v in value)


def _as_tuples(value: Any) -> Any:
    return tuple(map(_as_tuples, value)) if nest.is_sequence(value) else value


def sequence_length_from_sparse_tensor(sp_tensor: Any, num_elements: int = 1) -> Tensor:
    """How many steps each row has, [batch], int64: the place of its last value, in groups of
    `num_elements`."""
    with name_scope(None, "sequence_length") as scope:
        rows = sp_tensor.indices[:, 0]
        columns = sp_tensor.indices[:, 1]
        columns += array_ops.ones_like(columns)
        lengths = math_ops.segment_max(columns, segment_ids=rows)
        lengths = math_ops.cast(math_ops.ceil(lengths / num_elements), dtypes.int64)
        # Empty rows at the end have no segment.
        missing = array_ops.shape(sp_tensor)[:1] - array_ops.shape(lengths)[:1]
        zeros = array_ops.zeros(missing, dtype=lengths.dtype)
        return array_ops.concat([lengths, zeros], axis=0, name=scope)
