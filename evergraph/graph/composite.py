"""Things made of several tensors: IndexedSlices and SparseTensor, and their values at run time."""

import collections
from typing import Any

from evergraph.base import dtypes
from evergraph.base.export import export, export_constant
from evergraph.base.tensor_like import _TensorLike
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value_as_shape
from evergraph.graph.tensor import Tensor, eval_using_default_session


class CompositeTensor:
    """Base of what is made of several tensors and is fed, fetched and flattened as one."""

    _is_composite_tensor = True
    _type_spec: Any

    def _to_components(self) -> Any:
        return self._type_spec._to_components(self)

    def _component_metadata(self) -> Any:
        return self._type_spec

    def _shape_invariant_to_type_spec(self, shape: Any) -> Any:
        raise NotImplementedError("CompositeTensor._shape_invariant_to_type_spec")

    def consumers(self) -> list[Any]:
        """The operations that take one of the component tensors as an input."""
        raise NotImplementedError("CompositeTensor.consumers")


@export("IndexedSlices")
class IndexedSlices(_TensorLike, CompositeTensor):
    """Slices of a larger tensor at `indices` of its first axis; all else is zero. Stands for
    `tf.IndexedSlices`.

    Args:
      values: `[N, ...]`, the slices.
      indices: `[N]`, whole numbers; one may occur several times: the slices add up.
      dense_shape: the larger tensor's shape, or None.
    """

    # As a control input it is its operation; a sparse tensor is none.
    _is_control_input = True

    def __init__(self, values: Any, indices: Any, dense_shape: Any = None) -> None:
        self._values = values
        self._indices = indices
        self._dense_shape = dense_shape

    @property
    def values(self) -> Any:
        return self._values

    @property
    def indices(self) -> Any:
        return self._indices

    @property
    def dense_shape(self) -> Any:
        return self._dense_shape

    @property
    def name(self) -> str:
        return self._values.name

    @property
    def device(self) -> str:
        return self._values.device

    @property
    def op(self) -> Any:
        return self._values.op

    @property
    def dtype(self) -> Any:
        return self._values.dtype

    @property
    def graph(self) -> Any:
        return self._values.graph

    @property
    def shape(self) -> TensorShape:
        """The larger tensor's static shape."""
        if self._dense_shape is None:
            rest = self._values.shape[1:]
            return TensorShape([None]).concatenate(rest)
        return constant_value_as_shape(self._dense_shape)

    @property
    def _type_spec(self) -> Any:  # type: ignore[override]
        return _spec_makers["IndexedSlices"](self)

    def _shape_invariant_to_type_spec(self, shape: TensorShape) -> Any:
        """The spec where the shape of the values is `shape`."""
        return _spec_makers["IndexedSlices"](self, shape)

    def consumers(self) -> list[Any]:
        """The operations that take one of the component tensors as an input."""
        found = list(self._values.consumers())
        found.extend(op for op in self._indices.consumers() if op not in found)
        return found

    def __neg__(self) -> "IndexedSlices":
        return IndexedSlices(-self._values, self._indices, self._dense_shape)

    def __str__(self) -> str:
        dense = "" if self._dense_shape is None else f", dense_shape={self._dense_shape!s}"
        return f"IndexedSlices(indices={self._indices!s}, values={self._values!s}{dense})"


@export("SparseTensor", "sparse.SparseTensor")
class SparseTensor(_TensorLike, CompositeTensor):
    """A tensor given by its non-empty places. Stands for `tf.SparseTensor`.

    Args:
      indices: int64 `[N, rank]`.
      values: `[N]`.
      dense_shape: int64 `[rank]`.
    """

    def __init__(self, indices: Any, values: Any, dense_shape: Any) -> None:
        with name_scope(None, "SparseTensor", [indices, values, dense_shape]):
            indices = convert_to_tensor(indices, name="indices", dtype=dtypes.int64)
            values = convert_to_tensor(values, name="values")
            dense_shape = convert_to_tensor(dense_shape, name="dense_shape", dtype=dtypes.int64)
        self._indices = indices
        self._values = values
        self._dense_shape = dense_shape
        indices_shape = indices.shape.with_rank(2)
        values_shape = values.shape.with_rank(1)
        dense_shape_shape = dense_shape.shape.with_rank(1)
        indices_shape.dims[0].merge_with(values_shape.dims[0])
        indices_shape.dims[1].merge_with(dense_shape_shape.dims[0])

    @classmethod
    def from_value(cls, sparse_tensor_value: Any) -> "SparseTensor":
        """A SparseTensor of a SparseTensorValue (or of a SparseTensor)."""
        if not is_sparse(sparse_tensor_value):
            raise TypeError(f"Neither a SparseTensor nor SparseTensorValue: {sparse_tensor_value}.")
        return cls(
            indices=sparse_tensor_value.indices,
            values=sparse_tensor_value.values,
            dense_shape=sparse_tensor_value.dense_shape,
        )

    @property
    def indices(self) -> Any:
        return self._indices

    @property
    def values(self) -> Any:
        return self._values

    @property
    def op(self) -> Any:
        return self._values.op

    @property
    def dtype(self) -> Any:
        return self._values.dtype

    @property
    def dense_shape(self) -> Any:
        return self._dense_shape

    @property
    def shape(self) -> TensorShape:
        return constant_value_as_shape(self._dense_shape)

    def get_shape(self) -> TensorShape:
        """The static shape, as far as it is known."""
        return self.shape

    @property
    def graph(self) -> Any:
        return self._indices.graph

    @property
    def _type_spec(self) -> Any:  # type: ignore[override]
        return _spec_makers["SparseTensor"](self)

    def _shape_invariant_to_type_spec(self, shape: TensorShape) -> Any:
        """The spec where the shape of the dense shape is `shape`: all that is known is the rank."""
        if shape.ndims is not None and shape.ndims != 1:
            raise ValueError("Expected a shape with 1 dimension")
        return _spec_makers["SparseTensor"](self, shape)

    def consumers(self) -> list[Any]:
        """The operations that take one of the component tensors as an input."""
        found: list[Any] = []
        for t in (self._values, self._indices, self._dense_shape):
            found.extend(op for op in t.consumers() if op not in found)
        return found

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """The value in `session` (default: the default session), a SparseTensorValue."""
        indices, values, dense_shape = eval_using_default_session(
            [self.indices, self.values, self.dense_shape], feed_dict, self.graph, session
        )
        return SparseTensorValue(indices, values, dense_shape)

    @staticmethod
    def _override_operator(operator: str, func: Any) -> None:
        setattr(SparseTensor, operator, func)

    def __str__(self) -> str:
        return (
            f"SparseTensor(indices={self._indices!s}, values={self._values!s}, "
            f"dense_shape={self._dense_shape!s})"
        )


IndexedSlicesValue = collections.namedtuple(
    "IndexedSlicesValue", ["values", "indices", "dense_shape"]
)
SparseTensorValue = collections.namedtuple(
    "SparseTensorValue", ["indices", "values", "dense_shape"]
)
export_constant(__name__, "SparseTensorValue", "SparseTensorValue")

_spec_makers: dict[str, Any] = {}


def set_spec_maker(kind: str, maker: Any) -> None:
    """Tells how the type spec of a composite is made (graph/specs.py does)."""
    _spec_makers[kind] = maker


def is_sparse(x: Any) -> bool:
    """Whether `x` is a SparseTensor or SparseTensorValue."""
    return isinstance(x, (SparseTensor, SparseTensorValue))


@export("convert_to_tensor_or_sparse_tensor")
def convert_to_tensor_or_sparse_tensor(
    value: Any, dtype: Any = None, name: str | None = None
) -> Any:
    """`value` as a tensor, or as a SparseTensor where it is one. Stands for
    `tf.convert_to_tensor_or_sparse_tensor`.

    Raises:
      RuntimeError: a sparse value is not of `dtype`.
    """
    if dtype is not None:
        dtype = dtypes.as_dtype(dtype)
    if isinstance(value, SparseTensorValue):
        value = SparseTensor.from_value(value)
    if isinstance(value, SparseTensor):
        if dtype and not dtype.is_compatible_with(value.dtype):
            raise RuntimeError(
                f"Sparse dtype: requested = {dtype.name}, actual = {value.dtype.name}"
            )
        return value
    return convert_to_tensor(value, dtype=dtype, name=name)


def _as_composite_or_tensor(value: Any, dtype: Any, name: str | None, as_ref: bool) -> Any:
    if isinstance(value, CompositeTensor):
        if dtype and not dtypes.as_dtype(dtype).is_compatible_with(value.dtype):  # type: ignore[attr-defined]
            raise ValueError(
                f"Tensor conversion requested dtype {dtypes.as_dtype(dtype).name} for Tensor with "
                "dtype "
                f"{value.dtype.name}: {str(value)!r}"  # type: ignore[attr-defined]
            )
        return value
    return convert_to_tensor(value, dtype, name, as_ref=as_ref, accepted=(Tensor, CompositeTensor))


@export("convert_to_tensor_or_indexed_slices")
def convert_to_tensor_or_indexed_slices(
    value: Any, dtype: Any = None, name: str | None = None
) -> Any:
    """`value` as a tensor, or unchanged where it is IndexedSlices or a SparseTensor. Stands for
    `tf.convert_to_tensor_or_indexed_slices`."""
    return internal_convert_to_tensor_or_indexed_slices(value, dtype, name)


def internal_convert_to_tensor_or_indexed_slices(
    value: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False
) -> Any:
    """As `tf.convert_to_tensor_or_indexed_slices`; `as_ref` asks for a variable's reference."""
    return _as_composite_or_tensor(value, dtype, name, as_ref)


def internal_convert_n_to_tensor_or_indexed_slices(
    values: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False
) -> list[Any]:
    """Each of `values` (None stays None) as a tensor or composite."""
    if not isinstance(values, collections.abc.Iterable):
        raise TypeError("values must be a sequence.")
    return [
        None
        if v is None
        else _as_composite_or_tensor(v, dtype, None if name is None else f"{name}_{i}", as_ref)
        for i, v in enumerate(values)
    ]


def convert_n_to_tensor_or_indexed_slices(
    values: Any, dtype: Any = None, name: str | None = None
) -> list[Any]:
    """Each of `values` (None stays None) as a tensor or composite."""
    return internal_convert_n_to_tensor_or_indexed_slices(values, dtype, name)


def convert_to_tensor_or_composite(value: Any, dtype: Any = None, name: str | None = None) -> Any:
    """`value` as a tensor, or unchanged where it is a composite."""
    return _as_composite_or_tensor(value, dtype, name, as_ref=False)
