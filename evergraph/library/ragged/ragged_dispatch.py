"""Functions of tensors, told what to do with ragged ones.

A function that was made with `add_dispatch_support` asks the dispatchers registered here when it
cannot take its arguments. Imported for that effect.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from evergraph.api import (
    array_ops,
    bitwise_ops,
    clip_ops,
    gathering,
    math_ops,
    parsing_ops,
    string_ops,
)
from evergraph.api.variable_base import Variable
from evergraph.base import dispatch, dtypes, tf_inspect
from evergraph.base.deprecation import deprecated_argument_lookup
from evergraph.graph.composite import SparseTensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.tensor import Tensor
from evergraph.library.ragged import (
    ragged_array_ops,
    ragged_batch_gather_ops,
    ragged_concat_ops,
    ragged_gather_ops,
    ragged_math_ops,
    ragged_squeeze_op,
    ragged_string_ops,
    ragged_util,
    ragged_where_op,
)
from evergraph.library.ragged.ragged_tensor import (
    RaggedTensor,
    is_ragged,
    match_row_splits_dtypes,
)
from evergraph.library.ragged.ragged_tensor_shape import (
    RaggedTensorDynamicShape,
    broadcast_dynamic_shape,
    broadcast_to,
)


class _ArgInfo(NamedTuple):
    """An argument that may be ragged, or a list of such."""

    name: str
    position: int
    is_list: bool


def _get_arg_infos(func: Any, arg_names: Sequence[str]) -> list[_ArgInfo]:
    """The arguments of a function by their names; "[x]" is one that takes a list.

    Raises:
      ValueError: the function has no such argument.
    """
    args = tf_inspect.getfullargspec(func).args
    found = []
    for name in arg_names:
        is_list = name.startswith("[") and name.endswith("]")
        bare = name[1:-1] if is_list else name
        if bare not in args:
            raise ValueError(f"Argument {bare!r} not found function in {func}.  Args={args}")
        found.append(_ArgInfo(bare, args.index(bare), is_list))
    return found


def _is_convertible_to_tensor(value: Any) -> bool:
    if value is None or isinstance(value, (Tensor, Variable, np.ndarray, int, float, str)):
        return True
    if isinstance(value, SparseTensor):
        return False
    try:
        convert_to_tensor(value)
    except (TypeError, ValueError):
        return False
    return True


class UnaryRaggedElementwiseDispatcher(dispatch.OpDispatcher):
    """Lets a function of one tensor, or of a list of tensors, work on innermost values."""

    def __init__(self, original_op: Any, arg_is_list: bool = False) -> None:
        self._original_op = original_op
        self._arg_is_list = arg_is_list
        self._x = tf_inspect.getfullargspec(original_op).args[0]

    def handle(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The result where the first argument is ragged."""
        if args:
            x, args = args[0], args[1:]
        else:
            kwargs = dict(kwargs)
            x = kwargs.pop(self._x, None)
        if x is None:
            return self.NOT_SUPPORTED
        if self._arg_is_list:
            return self._handle_list(x, args, kwargs)
        if not is_ragged(x):
            return self.NOT_SUPPORTED
        return x.with_flat_values(self._original_op(x.flat_values, *args, **kwargs))

    def _handle_list(self, x: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not all(is_ragged(e) or _is_convertible_to_tensor(e) for e in x):
            return self.NOT_SUPPORTED
        if not any(is_ragged(e) for e in x):
            return self.NOT_SUPPORTED
        x = match_row_splits_dtypes(*x)
        nested_splits = [e.nested_row_splits for e in x if is_ragged(e)]
        flat = [e.flat_values if is_ragged(e) else e for e in x]
        with control_dependencies(ragged_util.assert_splits_match(nested_splits)):
            result = self._original_op(flat, *args, **kwargs)
            return RaggedTensor.from_nested_row_splits(result, nested_splits[0], validate=False)


class BinaryRaggedElementwiseDispatcher(dispatch.OpDispatcher):
    """Lets a function of two tensors work on innermost values, with broadcasting."""

    def __init__(self, original_op: Any) -> None:
        self._original_op = original_op
        self._x, self._y = tf_inspect.getfullargspec(original_op).args[:2]

    def handle(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The result where one of the first two arguments is ragged, or both are."""
        kwargs = dict(kwargs)
        x = args[0] if args else kwargs.pop(self._x, None)
        y = args[1] if len(args) > 1 else kwargs.pop(self._y, None)
        if not (is_ragged(x) or is_ragged(y)):
            return self.NOT_SUPPORTED
        both = is_ragged(x) and is_ragged(y)
        try:
            if not is_ragged(x):
                x = convert_to_tensor(x, name=self._x, preferred_dtype=y.dtype)
            if not is_ragged(y):
                y = convert_to_tensor(y, name=self._y, preferred_dtype=x.dtype)
        except (TypeError, ValueError):
            return self.NOT_SUPPORTED
        if both:
            x, y = match_row_splits_dtypes(x, y)
        if both or _reaches_rows(x, y) or _reaches_rows(y, x):
            shape = broadcast_dynamic_shape(
                RaggedTensorDynamicShape.from_tensor(x), RaggedTensorDynamicShape.from_tensor(y)
            )
            x = broadcast_to(x, shape, broadcast_inner_dimensions=False)
            y = broadcast_to(y, shape, broadcast_inner_dimensions=False)
        flat = [v.flat_values if is_ragged(v) else v for v in (x, y)]
        result = self._original_op(*flat, *args[2:], **kwargs)
        return (x if is_ragged(x) else y).with_flat_values(result)


def _reaches_rows(x: Any, y: Any) -> bool:
    """Whether `y` has too many axes to broadcast to the innermost values of `x` alone."""
    return is_ragged(x) and x.flat_values.shape.ndims <= y.shape.ndims


class RaggedDispatcher(dispatch.OpDispatcher):
    """Calls another function where one of some arguments is ragged and the others are tensors."""

    def __init__(self, original_op: Any, ragged_op: Any, ragged_args: Sequence[str]) -> None:
        own = tf_inspect.getfullargspec(original_op).args
        other = tf_inspect.getfullargspec(ragged_op).args
        if own != other:
            raise AssertionError(
                f"Signature must exactly match when overriding {original_op} with {ragged_op}: "
                f"{own} vs {other}"
            )
        self._ragged_op = ragged_op
        self._ragged_args = _get_arg_infos(ragged_op, ragged_args)

    def handle(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The other function's result, if it is the one to call."""
        if not self.is_supported(args, kwargs):
            return self.NOT_SUPPORTED
        return self._ragged_op(*args, **kwargs)

    def is_supported(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Whether one of the arguments is ragged, and the others can be tensors."""
        values: list[Any] = []
        for info in self._ragged_args:
            arg = args[info.position] if info.position < len(args) else kwargs.get(info.name)
            if info.is_list and not isinstance(arg, (list, tuple)):
                return False
            values += arg if info.is_list else [arg]
        return any(map(is_ragged, values)) and all(
            is_ragged(value) or _is_convertible_to_tensor(value) for value in values
        )


# --------------------------------------------------------------------------- functions
_UNARY_ELEMENTWISE_OPS = [
    *(
        getattr(array_ops, name)
        for name in (
            "check_numerics identity ones_like ones_like_v2 zeros_like zeros_like_v2".split()
        )
    ),
    clip_ops.clip_by_value,
    bitwise_ops.invert,
    *(
        getattr(math_ops, name)
        for name in (
            "abs acos acosh angle asin asinh atan atanh cast ceil conj cos cosh digamma erf erfc "
            "exp expm1 floor imag is_finite is_inf is_nan lgamma log log1p log_sigmoid "
            "logical_not negative real reciprocal rint round rsqrt saturate_cast sign sin sinh "
            "sqrt square tan"
        ).split()
    ),
    parsing_ops.decode_compressed,
    *(
        getattr(string_ops, name)
        for name in (
            "string_to_number string_to_hash_bucket as_string decode_base64 encode_base64 "
            "regex_full_match regex_replace string_strip string_to_hash_bucket_fast "
            "string_to_hash_bucket_strong substr substr_v2 string_length string_length_v2 "
            "unicode_script"
        ).split()
    ),
]

_UNARY_LIST_ELEMENTWISE_OPS = [math_ops.add_n, string_ops.string_join]

_BINARY_ELEMENTWISE_OPS = [
    *(
        getattr(bitwise_ops, name)
        for name in "bitwise_and bitwise_or bitwise_xor left_shift right_shift".split()
    ),
    *(
        getattr(math_ops, name)
        for name in (
            "add atan2 complex div_no_nan divide equal floordiv floormod greater greater_equal "
            "less less_equal logical_and logical_or logical_xor maximum minimum multiply "
            "not_equal pow realdiv squared_difference subtract truediv truncatediv truncatemod"
        ).split()
    ),
]


def _ragged_gather_v1(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    name: str | None = None,
    axis: Any = 0,
    batch_dims: int = 0,
) -> Any:
    return ragged_gather_ops.gather(params, indices, validate_indices, axis, batch_dims, name)


def _ragged_gather_nd_v1(
    params: Any, indices: Any, name: str | None = None, batch_dims: int = 0
) -> Any:
    return ragged_gather_ops.gather_nd(params, indices, batch_dims, name)


def _ragged_expand_dims_v1(
    input: Any, axis: Any = None, name: str | None = None, dim: Any = None
) -> Any:
    return ragged_array_ops.expand_dims(input, axis if dim is None else dim, name)


def _ragged_size_v1(input: Any, name: str | None = None, out_type: Any = dtypes.int32) -> Any:
    return ragged_array_ops.size(input=input, out_type=out_type, name=name)


def _ragged_squeeze_v1(
    input: Any, axis: Any = None, name: str | None = None, squeeze_dims: Any = None
) -> Any:
    axis = deprecated_argument_lookup("axis", axis, "squeeze_dims", squeeze_dims)
    return ragged_squeeze_op.squeeze(input, axis, name)


def _ragged_dynamic_partition(
    data: Any, partitions: Any, num_partitions: Any, name: str | None = None
) -> list[Any]:
    if not isinstance(num_partitions, int) or num_partitions < 0:
        raise TypeError("num_partitions must be a non-negative integer")
    rows = ragged_array_ops.stack_dynamic_partitions(data, partitions, num_partitions, name)
    return [rows[i] for i in range(num_partitions)]


_RAGGED_DISPATCH_OPS = [
    (array_ops.batch_gather, ragged_batch_gather_ops.batch_gather, ["params", "indices"]),
    (array_ops.concat, ragged_concat_ops.concat, ["[values]"]),
    (array_ops.expand_dims, _ragged_expand_dims_v1, ["input"]),
    (array_ops.expand_dims_v2, ragged_array_ops.expand_dims, ["input"]),
    (array_ops.gather, _ragged_gather_v1, ["params", "indices"]),
    (array_ops.gather_v2, ragged_gather_ops.gather, ["params", "indices"]),
    (array_ops.gather_nd, _ragged_gather_nd_v1, ["params", "indices"]),
    (array_ops.gather_nd_v2, ragged_gather_ops.gather_nd, ["params", "indices"]),
    (array_ops.one_hot, ragged_array_ops.ragged_one_hot, ["indices"]),
    (array_ops.rank, ragged_array_ops.rank, ["input"]),
    (array_ops.size, _ragged_size_v1, ["input"]),
    (array_ops.size_v2, ragged_array_ops.size, ["input"]),
    (array_ops.squeeze, _ragged_squeeze_v1, ["input"]),
    (array_ops.squeeze_v2, ragged_squeeze_op.squeeze, ["input"]),
    (array_ops.stack, ragged_concat_ops.stack, ["[values]"]),
    (array_ops.tile, ragged_array_ops.tile, ["input"]),
    (array_ops.where, ragged_where_op.where, ["condition", "x", "y"]),
    (gathering.dynamic_partition, _ragged_dynamic_partition, ["data", "partitions"]),
    (string_ops.reduce_join_v2, ragged_string_ops.reduce_join, ["inputs"]),
    *(
        (
            getattr(math_ops, f"unsorted_segment_{what}"),
            getattr(ragged_math_ops, f"segment_{what}"),
            ["data", "segment_ids"],
        )
        for what in ("sum", "prod", "min", "max", "mean", "sqrt_n")
    ),
    *(
        (
            getattr(math_ops, f"reduce_{what}"),
            getattr(ragged_math_ops, f"reduce_{what}"),
            ["input_tensor"],
        )
        for what in ("sum", "prod", "min", "max", "mean", "any", "all")
    ),
]


def register_dispatchers() -> None:
    """Registers what this module knows; called when it is imported."""
    for op in _UNARY_ELEMENTWISE_OPS:
        UnaryRaggedElementwiseDispatcher(op).register(op)
    for op in _UNARY_LIST_ELEMENTWISE_OPS:
        UnaryRaggedElementwiseDispatcher(op, True).register(op)
    for op in _BINARY_ELEMENTWISE_OPS:
        BinaryRaggedElementwiseDispatcher(op).register(op)
    for original, ragged, args in _RAGGED_DISPATCH_OPS:
        RaggedDispatcher(original, ragged, args).register(original)


def ragged_op_list(tf_version: int = 1) -> str:
    """The functions that take ragged tensors, as a text."""
    lines = []
    for op in _UNARY_ELEMENTWISE_OPS + _UNARY_LIST_ELEMENTWISE_OPS:
        lines.append(_signature(op, [0]))
    for op in _BINARY_ELEMENTWISE_OPS:
        lines.append(_signature(op, [0, 1]))
    for op, _, names in _RAGGED_DISPATCH_OPS:
        lines.append(_signature(op, [info.position for info in _get_arg_infos(op, names)]))
    return (
        "\n\n### Additional ops that support `RaggedTensor`\n\n"
        "Arguments that accept `RaggedTensor`s are marked in **bold**.\n\n"
        + "\n".join(sorted(lines))
    )


def _signature(op: Any, ragged: Sequence[int]) -> str:
    names = list(tf_inspect.getfullargspec(op).args)
    for position in ragged:
        names[position] = f"**{names[position]}**"
    return f"* `tf.{op.__name__}`({', '.join(names)})"


register_dispatchers()
