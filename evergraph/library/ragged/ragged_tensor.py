"""RaggedTensor: a tensor whose rows differ in length, as values and row splits."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, control_flow_ops, math_ops, shape_checks
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, dimension_at_index
from evergraph.base.tensor_spec import TensorSpec
from evergraph.engine.fetches import register_session_run_conversion_functions
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import (
    CompositeTensor,
    SparseTensor,
    _spec_makers,
    convert_to_tensor_or_sparse_tensor,
    is_sparse,
)
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.ragged import (
    ragged_checks,
    ragged_config,
    ragged_parts,
    ragged_util,
    segment_id_ops,
)
from evergraph.library.ragged.ragged_checks import assert_monotonic_increasing, assert_zero
from evergraph.library.ragged.ragged_tensor_value import RaggedTensorValue

SPLITS = (dtypes.int32, dtypes.int64)


def _check_validate(validate: Any) -> None:
    if not isinstance(validate, bool):
        raise TypeError("validate must have type bool")


def _nrows(tensor: Any, out_type: Any = dtypes.int32) -> Tensor:
    if isinstance(tensor, RaggedTensor):
        return tensor.nrows(out_type=out_type)
    return array_ops.shape(tensor, out_type=out_type)[0]


def _checked(partition: Tensor, checks: list[Any], values: Any) -> Tensor:
    """`partition` after `checks`, and a check that `values` has rows."""
    if not isinstance(values, RaggedTensor):
        checks.append(shape_checks.assert_rank_at_least(values, 1))
    return control_flow_ops.with_dependencies(checks, partition)


def _invalid(factory: str) -> str:
    return f"Arguments to {factory} do not form a valid RaggedTensor"


@export("RaggedTensor")
class RaggedTensor(CompositeTensor):
    """A tensor with one or more axes along which slices differ in length. Stands for
    `tf.RaggedTensor`.

    Row i is `values[row_splits[i]:row_splits[i + 1]]`; where `values` is a RaggedTensor, there are
    more ragged
    axes. Made by its class methods.
    """

    def __init__(
        self,
        values: Any,
        row_splits: Any,
        cached_row_lengths: Any = None,
        cached_value_rowids: Any = None,
        cached_nrows: Any = None,
        internal: bool = False,
    ) -> None:
        if not internal:
            raise ValueError(
                "RaggedTensor constructor is private; please use one of the factory methods "
                "instead "
                "(e.g., RaggedTensor.from_row_lengths())"
            )
        if not isinstance(row_splits, Tensor):
            raise TypeError(f"Row-partitioning argument must be a Tensor, got {row_splits!r}")
        if not isinstance(values, (RaggedTensor, Tensor)):
            raise TypeError(f"values must be a Tensor or RaggedTensor, got {values!r}")
        if row_splits.dtype not in SPLITS:
            raise ValueError("Row-partitioning argument must be int32 or int64")
        row_splits.shape.assert_has_rank(1)
        values.shape.with_rank_at_least(1)
        row_splits.set_shape([None])
        if isinstance(values, RaggedTensor):
            assert row_splits.dtype == values.row_splits.dtype
        for tensor in (cached_row_lengths, cached_value_rowids, cached_nrows):
            if tensor is not None and not isinstance(tensor, Tensor):
                raise TypeError("Cached value must be a Tensor or None.")
            if tensor is not None and tensor.dtype not in SPLITS:
                raise TypeError("Cached value must be int32 or int64.")
        self._values = values
        self._row_splits = row_splits
        self._cached_row_lengths = cached_row_lengths
        self._cached_value_rowids = cached_value_rowids
        self._cached_nrows = cached_nrows

    # -- making ragged tensors

    @classmethod
    def from_value_rowids(
        cls,
        values: Any,
        value_rowids: Any,
        nrows: Any = None,
        name: str | None = None,
        validate: bool = True,
    ) -> "RaggedTensor":
        """The ragged tensor whose row i has the values with id i; ids are sorted."""
        _check_validate(validate)
        with name_scope(name, "RaggedFromValueRowIds", [values, value_rowids, nrows]):
            values, value_rowids = cls._convert_values_and_row_partition(
                values, value_rowids, "value_rowids"
            )
            nrows, known_nrows = ragged_parts.row_count(value_rowids, nrows)
            value_rowids.shape.assert_has_rank(1)
            nrows.shape.assert_has_rank(0)
            values.shape[:1].assert_is_compatible_with(value_rowids.shape)
            if validate:
                message = _invalid("from_value_rowids")
                nvals1, nvals2 = _nrows(values), _nrows(value_rowids)
                checks = [
                    shape_checks.assert_rank(value_rowids, 1, message=message),
                    shape_checks.assert_rank(nrows, 0, message=message),
                    check_ops.assert_equal(nvals1, nvals2, message=message),
                    check_ops.assert_non_negative(value_rowids[:1], message=message),
                    assert_monotonic_increasing(value_rowids, message=message),
                    check_ops.assert_less(value_rowids[-1:], nrows, message=message),
                ]
                value_rowids = _checked(value_rowids, checks, values)
            ids = math_ops.cast(value_rowids, dtypes.int32)
            count = math_ops.cast(nrows, dtypes.int32)
            row_lengths = math_ops.bincount(
                ids, minlength=count, maxlength=count, dtype=value_rowids.dtype
            )
            row_splits = array_ops.concat([[0], math_ops.cumsum(row_lengths)], axis=0)
            if known_nrows is not None:
                row_lengths.set_shape([known_nrows])
                row_splits.set_shape([known_nrows + 1])
            return cls(values, row_splits, row_lengths, value_rowids, nrows, internal=True)

    @classmethod
    def from_row_splits(
        cls, values: Any, row_splits: Any, name: str | None = None, validate: bool = True
    ) -> "RaggedTensor":
        """The ragged tensor whose row i is `values[row_splits[i]:row_splits[i + 1]]`."""
        _check_validate(validate)
        if isinstance(row_splits, (list, tuple)) and not row_splits:
            raise ValueError("row_splits tensor may not be empty.")
        if isinstance(row_splits, TensorSpec):
            return cls(values=values, row_splits=row_splits, internal=True)
        with name_scope(name, "RaggedFromRowSplits", [values, row_splits]):
            values, row_splits = cls._convert_values_and_row_partition(
                values, row_splits, "row_splits"
            )
            row_splits.shape.assert_has_rank(1)
            if validate:
                message = _invalid("from_row_splits")
                nvals = _nrows(values, row_splits.dtype)
                checks = [
                    shape_checks.assert_rank(row_splits, 1, message=message),
                    assert_zero(row_splits[0], message=message),
                    assert_monotonic_increasing(row_splits, message=message),
                    check_ops.assert_equal(row_splits[-1], nvals, message=message),
                ]
                row_splits = _checked(row_splits, checks, values)
            return cls(values=values, row_splits=row_splits, internal=True)

    @classmethod
    def from_row_lengths(
        cls, values: Any, row_lengths: Any, name: str | None = None, validate: bool = True
    ) -> "RaggedTensor":
        """The ragged tensor whose row i takes the next `row_lengths[i]` values."""
        _check_validate(validate)
        with name_scope(name, "RaggedFromRowLengths", [values, row_lengths]):
            values, row_lengths = cls._convert_values_and_row_partition(
                values, row_lengths, "row_lengths"
            )
            row_lengths.shape.assert_has_rank(1)
            if validate:
                message = _invalid("from_row_lengths")
                total = math_ops.reduce_sum(row_lengths)
                nvals = _nrows(values, row_lengths.dtype)
                checks = [
                    shape_checks.assert_rank(row_lengths, 1, message=message),
                    check_ops.assert_non_negative(row_lengths, message=message),
                    check_ops.assert_equal(total, nvals, message=message),
                ]
                row_lengths = _checked(row_lengths, checks, values)
            row_limits = math_ops.cumsum(row_lengths)
            row_splits = array_ops.concat([[0], row_limits], axis=0)
            return cls(values, row_splits, cached_row_lengths=row_lengths, internal=True)

    @classmethod
    def from_row_starts(
        cls, values: Any, row_starts: Any, name: str | None = None, validate: bool = True
    ) -> "RaggedTensor":
        """The ragged tensor whose row i begins at `row_starts[i]`."""
        _check_validate(validate)
        with name_scope(name, "RaggedFromRowStarts", [values, row_starts]):
            values, row_starts = cls._convert_values_and_row_partition(
                values, row_starts, "row_starts"
            )
            row_starts.shape.assert_has_rank(1)
            nvals = _nrows(values, row_starts.dtype)
            if validate:
                message = _invalid("from_row_starts")
                checks = [
                    shape_checks.assert_rank(row_starts, 1, message=message),
                    assert_zero(row_starts[:1], message=message),
                    assert_monotonic_increasing(row_starts, message=message),
                    check_ops.assert_less_equal(row_starts[-1:], nvals, message=message),
                ]
                row_starts = _checked(row_starts, checks, values)
            row_splits = array_ops.concat([row_starts, [nvals]], axis=0)
            return cls(values=values, row_splits=row_splits, internal=True)

    @classmethod
    def from_row_limits(
        cls, values: Any, row_limits: Any, name: str | None = None, validate: bool = True
    ) -> "RaggedTensor":
        """The ragged tensor whose row i ends before `row_limits[i]`."""
        _check_validate(validate)
        with name_scope(name, "RaggedFromRowLimits", [values, row_limits]):
            values, row_limits = cls._convert_values_and_row_partition(
                values, row_limits, "row_limits"
            )
            row_limits.shape.assert_has_rank(1)
            if validate:
                message = _invalid("from_row_limits")
                nvals = _nrows(values, row_limits.dtype)
                checks = [
                    shape_checks.assert_rank(row_limits, 1, message=message),
                    check_ops.assert_non_negative(row_limits[:1], message=message),
                    assert_monotonic_increasing(row_limits, message=message),
                    check_ops.assert_equal(row_limits[-1:], nvals, message=message),
                ]
                row_limits = _checked(row_limits, checks, values)
            zero = array_ops.zeros([1], row_limits.dtype)
            row_splits = array_ops.concat([zero, row_limits], axis=0)
            return cls(values=values, row_splits=row_splits, internal=True)

    @classmethod
    def from_nested_value_rowids(
        cls,
        flat_values: Any,
        nested_value_rowids: Any,
        nested_nrows: Any = None,
        name: str | None = None,
        validate: bool = True,
    ) -> Any:
        """`from_value_rowids` for each of a list of ids, outermost first."""
        _check_validate(validate)
        if isinstance(nested_value_rowids, Tensor):
            raise TypeError("nested_value_rowids must be a list of Tensors")
        if nested_nrows is None:
            nested_nrows = [None] * len(nested_value_rowids)
        elif isinstance(nested_nrows, Tensor):
            raise TypeError("nested_nrows must be a list of Tensors")
        elif len(nested_nrows) != len(nested_value_rowids):
            raise ValueError("nested_nrows must have the same length as nested_value_rowids")
        scope_values = [flat_values, *nested_value_rowids, *nested_nrows]
        with name_scope(name, "RaggedFromNestedValueRowIds", scope_values):
            result = flat_values
            pairs = list(zip(nested_value_rowids, nested_nrows, strict=True))
            for value_rowids, nrows in reversed(pairs):
                result = cls.from_value_rowids(result, value_rowids, nrows, validate=validate)
            return result

    @classmethod
    def from_nested_row_splits(
        cls,
        flat_values: Any,
        nested_row_splits: Any,
        name: str | None = None,
        validate: bool = True,
    ) -> Any:
        """`from_row_splits` for each of a list of splits, outermost first."""
        _check_validate(validate)
        if isinstance(nested_row_splits, Tensor):
            raise TypeError("nested_row_splits must be a list of Tensors")
        with name_scope(name, "RaggedFromNestedRowSplits", [flat_values, *nested_row_splits]):
            result = flat_values
            for splits in reversed(nested_row_splits):
                result = cls.from_row_splits(result, splits, validate=validate)
            return result

    @classmethod
    def from_nested_row_lengths(
        cls,
        flat_values: Any,
        nested_row_lengths: Any,
        name: str | None = None,
        validate: bool = True,
    ) -> Any:
        """`from_row_lengths` for each of a list of lengths, outermost first."""
        _check_validate(validate)
        if isinstance(nested_row_lengths, Tensor):
            raise TypeError("nested_row_lengths must be a list of Tensors")
        with name_scope(name, "RaggedFromNestedRowlengths", [flat_values, *nested_row_lengths]):
            result = flat_values
            for lengths in reversed(nested_row_lengths):
                result = cls.from_row_lengths(result, lengths, validate=validate)
            return result

    @classmethod
    def _convert_values_and_row_partition(
        cls, values: Any, partition: Any, name: str
    ) -> tuple[Any, Tensor]:
        if not isinstance(values, RaggedTensor):
            values = convert_to_tensor(values, name="values")
            is_int32 = isinstance(partition, np.ndarray) and partition.dtype == np.int32
            preferred = None if is_int32 else dtypes.int64
            partition = convert_to_tensor(partition, preferred_dtype=preferred, name=name)
            if partition.dtype not in SPLITS:
                raise ValueError(f"{name} must have dtype int32 or int64")
            return values, partition
        splits_dtype = values.row_splits.dtype
        if not isinstance(partition, Tensor):
            return values, convert_to_tensor(partition, splits_dtype, name=name)
        if partition.dtype not in SPLITS:
            raise ValueError(f"{name} must have dtype int32 or int64")
        if splits_dtype != partition.dtype:
            if not ragged_config.auto_cast_partition_dtype():
                raise ValueError(
                    f"dtype mismatch: {name} ({partition.dtype}) vs values.row_splits "
                    f"({splits_dtype})"
                )
            partition = math_ops.cast(partition, dtypes.int64)
            values = values.with_row_splits_dtype(dtypes.int64)
        return values, partition

    @classmethod
    def from_tensor(
        cls,
        tensor: Any,
        lengths: Any = None,
        padding: Any = None,
        ragged_rank: int = 1,
        name: str | None = None,
        row_splits_dtype: Any = dtypes.int64,
    ) -> Any:
        """The ragged tensor of a dense one.

        Args:
          tensor: a tensor of rank `ragged_rank + 1` or more.
          lengths: the lengths of its rows, or of rows along several axes.
          padding: the value at the end of rows that is to be dropped.
          ragged_rank: how many axes become ragged.
          name: a name scope for the nodes.
          row_splits_dtype: int32 or int64.

        Raises:
          ValueError: both `lengths` and `padding` are given, or `ragged_rank` is not positive.
        """
        row_splits_dtype = dtypes.as_dtype(row_splits_dtype)
        if lengths is not None and padding is not None:
            raise ValueError("Specify lengths or padding, but not both")
        if not isinstance(ragged_rank, int):
            raise TypeError(f"ragged_rank expected int, got {ragged_rank!r}")
        if ragged_rank <= 0:
            raise ValueError(f"ragged_rank must be greater than 0; got {ragged_rank}")
        with name_scope(name, "RaggedFromTensor", [tensor, lengths, padding]):
            tensor = convert_to_tensor(tensor, name="tensor")
            tensor.shape.with_rank_at_least(ragged_rank + 1)
            input_shape = array_ops.shape(tensor, out_type=row_splits_dtype)
            ncols = input_shape[1]
            if ragged_rank > 1:
                return cls._from_deep_tensor(
                    tensor, lengths, padding, ragged_rank, input_shape, row_splits_dtype
                )
            if padding is not None:
                lengths = ragged_parts.lengths_without(tensor, padding, ncols, row_splits_dtype)
            if lengths is not None:
                return cls._from_tensor_and_lengths(tensor, lengths, ncols, row_splits_dtype)
            nrows = input_shape[0]
            count = nrows * ncols
            splits = math_ops.range(nrows + 1) * ncols
            values_shape = array_ops.concat([[count], input_shape[2:]], axis=0)
            values = array_ops.reshape(tensor, values_shape)
            return cls.from_row_splits(values, splits, validate=False)

    @classmethod
    def _from_deep_tensor(
        cls,
        tensor: Tensor,
        lengths: Any,
        padding: Any,
        ragged_rank: int,
        shape: Tensor,
        row_splits_dtype: Any,
    ) -> Any:
        flat_shape = array_ops.concat(
            [convert_to_tensor([-1], row_splits_dtype), shape[ragged_rank:]], axis=0
        )
        flattened = array_ops.reshape(tensor, flat_shape)
        values = cls.from_tensor(flattened, lengths, padding, row_splits_dtype=row_splits_dtype)
        dim_size = math_ops.cumprod(shape)
        splits = [
            math_ops.range(0, dim_size[dim - 1] + 1) * shape[dim] for dim in range(1, ragged_rank)
        ]
        return cls.from_nested_row_splits(values, splits, validate=False)

    @classmethod
    def _from_tensor_and_lengths(
        cls, tensor: Tensor, lengths: Any, ncols: Tensor, row_splits_dtype: Any
    ) -> Any:
        nested = isinstance(lengths, (list, tuple)) and len(lengths)
        if nested and not isinstance(lengths[0], (int, float)):
            tensor.shape.with_rank_at_least(len(lengths) + 1)
            ones = array_ops.ones([math_ops.reduce_sum(lengths[-1])], dtype=dtypes.bool)
            ragged_mask = cls.from_nested_row_lengths(ones, lengths, validate=False)
            data = array_ops.boolean_mask(tensor, ragged_mask.to_tensor(default_value=False))
            return cls.from_nested_row_lengths(data, lengths, validate=False)
        lengths = ragged_util.convert_to_int_tensor(lengths, "lengths", row_splits_dtype)
        lengths.shape.assert_has_rank(1)
        lengths = math_ops.maximum(math_ops.minimum(lengths, ncols), 0)
        limits = math_ops.cumsum(lengths)
        splits = array_ops.concat([array_ops.zeros([1], row_splits_dtype), limits], axis=0)
        values = array_ops.boolean_mask(tensor, array_ops.sequence_mask(lengths, maxlen=ncols))
        return cls.from_row_splits(values, splits, validate=False)

    @classmethod
    def from_sparse(
        cls, st_input: Any, name: str | None = None, row_splits_dtype: Any = dtypes.int64
    ) -> "RaggedTensor":
        """The ragged tensor of a sparse matrix whose rows have no holes.

        Raises:
          TypeError: `st_input` is not sparse.
          ValueError: it is not a matrix.
        """
        row_splits_dtype = dtypes.as_dtype(row_splits_dtype)
        if not is_sparse(st_input):
            raise TypeError(f"Expected SparseTensor, got {type(st_input).__name__}")
        with name_scope(name, "RaggedFromSparse", [st_input]):
            st_input = convert_to_tensor_or_sparse_tensor(st_input, name="st_input")
            ranks = [
                None if shape.ndims is None else shape.dims[axis].value
                for shape, axis in ((st_input.dense_shape.shape, 0), (st_input.indices.shape, 1))
            ]
            if 2 not in ranks:
                raise ValueError("rank(st_input) must be 2")
            checks = ragged_checks.assert_sparse_indices_are_ragged_right(st_input.indices)
            with control_dependencies(checks):
                rows = math_ops.cast(st_input.indices[:, 0], row_splits_dtype)
                nrows = math_ops.cast(st_input.dense_shape[0], row_splits_dtype)
                return cls.from_value_rowids(st_input.values, rows, nrows, validate=False)

    # -- what it is made of

    @property
    def dtype(self) -> Any:
        """The type of the values."""
        return self._values.dtype

    @property
    def shape(self) -> TensorShape:
        """The static shape; ragged axes are unknown."""
        nrows = dimension_at_index(self._row_splits.shape, 0) - 1
        return TensorShape([nrows, None]).concatenate(self._values.shape[1:])

    def get_shape(self) -> TensorShape:
        return self.shape

    @property
    def ragged_rank(self) -> int:
        """How many axes are ragged."""
        return len(self.nested_row_splits)

    @property
    def values(self) -> Any:
        """The values of all rows, one after the other."""
        return self._values

    @property
    def row_splits(self) -> Tensor:
        """Where rows begin and end in `values`."""
        return self._row_splits

    @property
    def flat_values(self) -> Tensor:
        """The innermost values, a dense tensor."""
        inner = self._values
        return inner.flat_values if isinstance(inner, RaggedTensor) else inner

    @property
    def nested_row_splits(self) -> tuple[Tensor, ...]:
        """The row splits of all ragged axes, outermost first."""
        inner = self._values
        more = inner.nested_row_splits if isinstance(inner, RaggedTensor) else ()
        return (self._row_splits, *more)

    def value_rowids(self, name: str | None = None) -> Tensor:
        """The row of each value."""
        if self._cached_value_rowids is not None:
            return self._cached_value_rowids
        with name_scope(name, "RaggedValueRowIds", [self]):
            return segment_id_ops.row_splits_to_segment_ids(self.row_splits)

    def nested_value_rowids(self, name: str | None = None) -> tuple[Tensor, ...]:
        """`value_rowids` of all ragged axes, outermost first."""
        with name_scope(name, "RaggedNestedValueRowIds", [self]):
            return tuple([rt.value_rowids() for rt in self._levels()])

    def nested_row_lengths(self, name: str | None = None) -> tuple[Tensor, ...]:
        """`row_lengths` of all ragged axes, outermost first."""
        with name_scope(name, "RaggedNestedRowLengths", [self]):
            return tuple([rt.row_lengths() for rt in self._levels()])

    def _levels(self) -> list["RaggedTensor"]:
        found: list[RaggedTensor] = []
        rt: Any = self
        while isinstance(rt, RaggedTensor):
            found.append(rt)
            rt = rt.values
        return found

    def nrows(self, out_type: Any = None, name: str | None = None) -> Tensor:
        """How many rows there are."""
        out_type = self._row_splits.dtype if out_type is None else dtypes.as_dtype(out_type)
        if self._cached_nrows is not None:
            return math_ops.cast(self._cached_nrows, out_type)
        with name_scope(name, "RaggedNRows", [self]):
            return array_ops.shape(self.row_splits, out_type=out_type)[0] - 1

    def row_starts(self, name: str | None = None) -> Tensor:
        """Where each row begins in `values`."""
        with name_scope(name, "RaggedRowStarts", [self]):
            return self.row_splits[:-1]

    def row_limits(self, name: str | None = None) -> Tensor:
        """Where each row ends in `values`."""
        with name_scope(name, "RaggedRowLimits", [self]):
            return self.row_splits[1:]

    def row_lengths(self, axis: int = 1, name: str | None = None) -> Any:
        """The lengths of rows along `axis`."""
        if self._cached_row_lengths is not None:
            return self._cached_row_lengths
        with name_scope(name, "RaggedRowLengths", [self]):
            axis = ragged_util.get_positive_axis(axis, self.shape.ndims)
            if axis == 0:
                return self.nrows()
            if axis == 1:
                return self.row_splits[1:] - self.row_splits[:-1]
            if isinstance(self.values, RaggedTensor):
                return self.with_values(self.values.row_lengths(axis - 1))
            dtype = self._row_splits.dtype
            shape = array_ops.shape(self.values, out_type=dtype)
            return self.with_values(array_ops.ones(shape[: axis - 1], dtype) * shape[axis - 1])

    def bounding_shape(
        self, axis: Any = None, name: str | None = None, out_type: Any = None
    ) -> Tensor:
        """The shape of the smallest dense tensor that has room for all."""
        out_type = self._row_splits.dtype if out_type is None else dtypes.as_dtype(out_type)
        with name_scope(name, "RaggedBoundingBox", [self, axis]):
            nested_splits = self.nested_row_splits
            if isinstance(axis, int) and axis == 0:
                return array_ops.shape(nested_splits[0], out_type=out_type)[0] - 1
            if isinstance(axis, int) and axis == 1:
                return math_ops.maximum(math_ops.reduce_max(self.row_lengths()), 0)
            splits_shape = array_ops.shape(self.row_splits, out_type=out_type)
            flat_shape = array_ops.shape(self.flat_values, out_type=out_type)
            longest = [
                math_ops.maximum(math_ops.reduce_max(splits[1:] - splits[:-1]), 0)
                for splits in nested_splits
            ]
            ragged = array_ops.stack([splits_shape[0] - 1, *longest])
            box = array_ops.concat([ragged, flat_shape[1:]], axis=0)
            return box if axis is None else array_ops.gather(box, axis)

    # -- others like it

    def with_values(self, new_values: Any) -> "RaggedTensor":
        """The same rows with other values.

        Raises:
          ValueError: the types of row splits differ.
        """
        new_values.shape.with_rank_at_least(1)
        self.values.shape[:1].assert_is_compatible_with(new_values.shape[:1])
        if isinstance(new_values, RaggedTensor):
            if self._row_splits.dtype != new_values.row_splits.dtype:
                raise ValueError(
                    "self and new_values have mismatched row_splits dtypes; use "
                    "RaggedTensor.with_row_splits_dtype() to convert them to compatible dtypes."
                )
        return RaggedTensor(new_values, self._row_splits, *self._cached(), internal=True)

    def _cached(self) -> tuple[Any, Any, Any]:
        return self._cached_row_lengths, self._cached_value_rowids, self._cached_nrows

    def with_flat_values(self, new_values: Any) -> "RaggedTensor":
        """The same rows with other innermost values."""
        if isinstance(self._values, RaggedTensor):
            new_values = self._values.with_flat_values(new_values)
        return self.with_values(new_values)

    def with_row_splits_dtype(self, dtype: Any) -> "RaggedTensor":
        """The same with row splits of type int32 or int64."""
        dtype = dtypes.as_dtype(dtype)
        if dtype not in SPLITS:
            raise ValueError("dtype must be int32 or int64")
        if self._row_splits.dtype == dtype:
            return self
        row_splits = math_ops.cast(self._row_splits, dtype)
        values = self._values
        if isinstance(values, RaggedTensor):
            values = values.with_row_splits_dtype(dtype)
        cached = [None if t is None else math_ops.cast(t, dtype) for t in self._cached()]
        return RaggedTensor(values, row_splits, *cached, internal=True)

    def to_tensor(self, default_value: Any = None, name: str | None = None) -> Tensor:
        """The dense tensor, short rows filled up with `default_value` (default: zero or empty)."""
        with name_scope(name, "RaggedToTensor", [self, default_value]):
            if default_value is not None:
                default_value = convert_to_tensor(
                    default_value, name="default_value", dtype=self.dtype
                )
            values = self.values
            if is_ragged(values):
                values = values.to_tensor(default_value)
            if default_value is not None:
                default_value = ragged_parts.broadcast_default(default_value, values)
            dtype = self._row_splits.dtype
            row_lengths = [self.row_splits[1:] - self.row_splits[:-1]]
            nrows = array_ops.shape(self.row_splits, out_type=dtype)[0] - 1
            ncols = math_ops.maximum(math_ops.reduce_max(row_lengths), 0)
            values_shape = array_ops.shape(values, out_type=dtype)
            value_shape = values_shape[1:]
            nvals = values_shape[0]
            if default_value is None:
                default_value = array_ops.zeros(value_shape, dtype=values.dtype)
            default_value.shape.assert_is_compatible_with(values.shape[1:])
            default_value.set_shape(values.shape[1:])
            starts = array_ops.expand_dims(self.row_splits[:-1], 1)
            limits = array_ops.expand_dims(self.row_splits[1:], 1)
            columns = array_ops.expand_dims(math_ops.range(0, ncols), 0)
            # The default stands behind the values, at index nvals.
            padded = array_ops.concat([values, array_ops.stack([default_value])], axis=0)
            index = starts + columns
            has_value = index < limits
            default_index = array_ops.fill(array_ops.stack([nrows, ncols]), nvals)
            return array_ops.gather(padded, array_ops.where(has_value, index, default_index))

    def to_sparse(self, name: str | None = None) -> SparseTensor:
        """The sparse tensor with the same values."""
        with name_scope(name, "RaggedToSparse", [self]):
            result = apply_op(
                "RaggedTensorToSparse", list(self.nested_row_splits), self.flat_values, name=name
            )
            return SparseTensor(
                result.sparse_indices, result.sparse_values, result.sparse_dense_shape
            )

    def to_list(self) -> list[Any]:
        """The values as lists of lists, in eager execution.

        Raises:
          ValueError: it is of a graph. Evaluate it; RaggedTensorValue has `to_list`.
        """
        if self._is_eager():
            return self._eager_value().to_list()
        raise ValueError(
            "RaggedTensor.to_list() is only supported in eager mode; in graph mode, evaluate the "
            "RaggedTensor first and then use RaggedTensorValue.to_list()."
        )

    def _is_eager(self) -> bool:
        """Whether all parts have their values."""
        return all(hasattr(t, "numpy") for t in (self.flat_values, *self.nested_row_splits))

    def _eager_value(self) -> RaggedTensorValue:
        """What it holds. There must be values."""
        value: Any = self.flat_values.numpy()  # type: ignore[attr-defined]
        for splits in reversed(self.nested_row_splits):
            value = RaggedTensorValue(value, splits.numpy())  # type: ignore[attr-defined]
        return value

    def __repr__(self) -> str:
        if self._is_eager():
            return f"<tf.RaggedTensor {self.to_list()}>"
        return f"tf.RaggedTensor(values={self._values}, row_splits={self._row_splits})"

    def _as_graph_element(self) -> Tensor:
        return self.flat_values

    @property
    def graph(self) -> Any:
        return self._row_splits.graph

    @property
    def _type_spec(self) -> Any:  # type: ignore[override]
        return self._shape_invariant_to_type_spec(self.shape)

    def _shape_invariant_to_type_spec(self, shape: Any) -> Any:
        make = _spec_makers["RaggedTensor"]
        return make(shape, self.dtype, self.ragged_rank, self.row_splits.dtype)

    def consumers(self) -> list[Any]:
        """The operations that take one of the component tensors as an input."""
        found: list[Any] = []
        for t in (self.flat_values, *self.nested_row_splits):
            found.extend(op for op in t.consumers() if op not in found)
        return found


def is_ragged(value: Any) -> bool:
    """Whether `value` is a RaggedTensor or a RaggedTensorValue."""
    return isinstance(value, (RaggedTensor, RaggedTensorValue))


def match_row_splits_dtypes(*tensors: Any, **kwargs: Any) -> Any:
    """Checks that all ragged tensors have row splits of one type.

    Args:
      *tensors: tensors, some of them ragged.
      **kwargs: `return_dtype=True` to give the type, too.

    Raises:
      ValueError: the types differ.
    """
    return_dtype = kwargs.pop("return_dtype", False)
    if kwargs:
        raise ValueError(f"Unexpected keyword args {kwargs!r}")
    found = {t.row_splits.dtype for t in tensors if isinstance(t, RaggedTensor)}
    if len(found) > 1:
        raise ValueError(
            "Input RaggedTensors have mismatched row_splits dtypes; use "
            "RaggedTensor.with_row_splits_dtype() to convert them to compatible dtypes."
        )
    dtype = found.pop() if found else dtypes.int64
    return (dtype, tensors) if return_dtype else tensors


def convert_to_tensor_or_ragged_tensor(
    value: Any, dtype: Any = None, preferred_dtype: Any = None, name: str | None = None
) -> Any:
    """`value` as a tensor, or as a RaggedTensor where it is ragged.

    Raises:
      ValueError: it is a RaggedTensor of another type than `dtype`.
    """
    if isinstance(value, RaggedTensor):
        if dtype and not dtypes.as_dtype(dtype).is_compatible_with(value.dtype):
            raise ValueError(
                f"Tensor conversion requested dtype {dtypes.as_dtype(dtype).name} for RaggedTensor "
                f"with dtype {value.dtype.name}: {value!r}"
            )
        return value
    if isinstance(value, RaggedTensorValue):
        with name_scope(name, "ConvertToTensorOrRaggedTensor", []):
            flat_values = convert_to_tensor(
                value.flat_values, dtype=dtype, preferred_dtype=preferred_dtype, name="flat_values"
            )
            return RaggedTensor.from_nested_row_splits(
                flat_values, value.nested_row_splits, validate=False
            )
    return convert_to_tensor(value, dtype=dtype, preferred_dtype=preferred_dtype, name=name)


# Sessions feed and fetch the parts.


def _parts(rt: Any) -> tuple[Any, ...]:
    return (*rt.nested_row_splits, rt.flat_values)


def _value_of_parts(parts: Sequence[Any]) -> RaggedTensorValue:
    value = parts[-1]
    for splits in reversed(parts[:-1]):
        value = RaggedTensorValue(value, splits)
    return value


register_session_run_conversion_functions(
    RaggedTensor,
    lambda rt: (list(_parts(rt)), _value_of_parts),
    lambda rt, value: list(zip(_parts(rt), _parts(value), strict=True)),
    lambda rt: list(_parts(rt)),
)
