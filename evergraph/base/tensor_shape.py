"""Static shapes: `TensorShape` and `Dimension`, with the behaviour of TensorFlow 1.

Inside evergraph a static shape is a tuple of int or None, or None for an unknown rank. Such a tuple
is `TensorShape._dims_tuple`; `TensorShape._from_tuple` wraps one without checks. `Dimension`
objects are made when somebody asks for them.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn

from evergraph.base import dtypes, tf2
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export

DimsTuple = tuple[int | None, ...] | None


class _Settings:
    """What a program, and the layer of protocol messages, may set."""

    v2_override: bool | None = None
    proto_class: Any = None


def set_proto_class(cls: Any) -> None:
    """Tell `TensorShape.as_proto` which message class to make (`TensorShapeProto`)."""
    _Settings.proto_class = cls


@export("enable_v2_tensorshape")
def enable_v2_tensorshape() -> None:
    """Make iterating over and indexing a `TensorShape` give int or None, not `Dimension`."""
    _Settings.v2_override = True


@export("disable_v2_tensorshape")
def disable_v2_tensorshape() -> None:
    """Make iterating over and indexing a `TensorShape` give `Dimension` objects (the default)."""
    _Settings.v2_override = False


@export("dimension_value", "compat.dimension_value")
def dimension_value(dimension: Any) -> Any:
    """The int or None of a `Dimension`; anything else is returned as it is."""
    return dimension._value if isinstance(dimension, Dimension) else dimension


@export("dimension_at_index", "compat.dimension_at_index")
def dimension_at_index(shape: "TensorShape", index: int) -> "Dimension":
    """The `Dimension` at `index`, an unknown one when the rank of `shape` is unknown."""
    assert isinstance(shape, TensorShape)
    dims = shape.dims
    return Dimension(None) if dims is None else dims[index]


def _value_of(value: Any) -> int | None:
    """Check one dimension and return its size. The usual cases come first."""
    if value is None:
        return None
    if type(value) is int:
        size = value
    elif isinstance(value, Dimension):
        return value._value
    elif isinstance(value, dtypes.DType):
        raise TypeError(f"Cannot convert {value} to Dimension")
    else:
        size = int(value)
        if not isinstance(value, (bytes, str)) and size != value:
            raise ValueError(f"Ambiguous dimension: {value}")
    if size < 0:
        raise ValueError(f"Dimension {size} must be >= 0")
    return size


@export("Dimension")
class Dimension:
    """The size of a tensor along one axis: an int, or None when unknown.

    Arithmetic and comparison with an unknown size give an unknown size and None. Stands for
    `tf.Dimension`.

    Raises:
        TypeError, ValueError: when `value` is no whole number of at least 0.
    """

    __slots__ = ("_value",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any) -> None:
        self._value = _value_of(value)

    @property
    def value(self) -> int | None:
        """The size, or None when unknown."""
        return self._value

    def __repr__(self) -> str:
        return f"Dimension({self._value!r})"

    def __str__(self) -> str:
        return "?" if self._value is None else str(self._value)

    def __int__(self) -> int:
        return self._value  # type: ignore[return-value]

    def __index__(self) -> int:
        return self._value  # type: ignore[return-value]

    def __reduce__(self) -> tuple[Any, ...]:
        return Dimension, (self._value,)

    def is_compatible_with(self, other: Any) -> Any:
        """Whether both sizes can be the same: they are equal, or one is unknown."""
        try:
            value = _value_of(other)
        except (TypeError, ValueError):
            return NotImplemented
        return self._value is None or value is None or self._value == value

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raise ValueError unless `is_compatible_with(other)`."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Dimensions {self} and {other} are not compatible")

    def merge_with(self, other: Any) -> Any:
        """The known one of the two sizes. Raises ValueError when they are known and differ."""
        try:
            other = as_dimension(other)
        except (TypeError, ValueError):
            return NotImplemented
        self.assert_is_compatible_with(other)
        return Dimension(other._value if self._value is None else self._value)

    def _lenient(self, other: Any, function: Callable[[int, int], Any], unknown: Any) -> Any:
        """Apply `function` to both sizes; leave what is no dimension to the other operand."""
        try:
            value = _value_of(other)
        except (TypeError, ValueError):
            return NotImplemented
        if self._value is None or value is None:
            return unknown
        return function(self._value, value)

    def _strict(self, other: Any, function: Callable[[int, int], Any], unknown: Any) -> Any:
        """As `_lenient`, but raise when `other` is no dimension."""
        value = _value_of(other)
        if self._value is None or value is None:
            return unknown
        return function(self._value, value)

    def __eq__(self, other: object) -> Any:
        return self._lenient(other, lambda x, y: x == y, None)

    def __ne__(self, other: object) -> Any:
        return self._lenient(other, lambda x, y: x != y, None)

    def __lt__(self, other: Any) -> Any:
        return self._strict(other, lambda x, y: x < y, None)

    def __le__(self, other: Any) -> Any:
        return self._strict(other, lambda x, y: x <= y, None)

    def __gt__(self, other: Any) -> Any:
        return self._strict(other, lambda x, y: x > y, None)

    def __ge__(self, other: Any) -> Any:
        return self._strict(other, lambda x, y: x >= y, None)

    def __add__(self, other: Any) -> Any:
        return self._lenient(other, lambda x, y: Dimension(x + y), Dimension(None))

    def __radd__(self, other: Any) -> Any:
        return self + other

    def __sub__(self, other: Any) -> Any:
        return self._lenient(other, lambda x, y: Dimension(x - y), Dimension(None))

    def __rsub__(self, other: Any) -> Any:
        return self._strict(other, lambda x, y: Dimension(y - x), Dimension(None))

    def __mul__(self, other: Any) -> Any:
        return self._lenient(other, lambda x, y: Dimension(x * y), Dimension(None))

    def __rmul__(self, other: Any) -> Any:
        return self * other

    def __floordiv__(self, other: Any) -> Any:
        return self._lenient(other, lambda x, y: Dimension(x // y), Dimension(None))

    def __rfloordiv__(self, other: Any) -> Any:
        return self._strict(other, lambda x, y: Dimension(y // x), Dimension(None))

    def __mod__(self, other: Any) -> Any:
        return self._strict(other, lambda x, y: Dimension(x % y), Dimension(None))

    def __rmod__(self, other: Any) -> Any:
        return self._strict(other, lambda x, y: Dimension(y % x), Dimension(None))

    def __div__(self, other: Any) -> Any:
        return self // other

    def __truediv__(self, other: Any) -> NoReturn:
        raise TypeError(
            f"unsupported operand type(s) for /: 'Dimension' and '{type(other).__name__}', "
            "please use // instead"
        )

    def __rtruediv__(self, other: Any) -> NoReturn:
        raise TypeError(
            f"unsupported operand type(s) for /: '{type(other).__name__}' and 'Dimension', "
            "please use // instead"
        )

    __rdiv__ = __rtruediv__


def as_dimension(value: Any) -> Dimension:
    """`value` if it is a `Dimension`, else the `Dimension` of that size."""
    return value if isinstance(value, Dimension) else Dimension(value)


@export("TensorShape")
class TensorShape:
    """The static shape of a tensor, known in full, in part (None for a size) or not at all.

    `dims` is None for an unknown rank, one size, an iterable of sizes (int, None, `Dimension`), a
    `TensorShape` or a `TensorShapeProto`. Stands for `tf.TensorShape`.

    Raises:
        TypeError, ValueError: when `dims` cannot be read as a shape.
    """

    __slots__ = ("_dimensions", "_dims_tuple")
    __hash__ = None  # type: ignore[assignment]

    _dims_tuple: DimsTuple
    # The Dimension objects, once asked for. Which objects they are counts: see __eq__.
    _dimensions: list[Dimension] | None

    def __init__(self, dims: Any) -> None:
        self._dimensions = None
        if dims is None:
            self._dims_tuple = None
        elif isinstance(dims, (bytes, str)):
            raise TypeError(
                "A string has ambiguous TensorShape, please wrap in a list or convert to an "
                f"int: {dims!s}"
            )
        elif isinstance(dims, TensorShape):
            self._dims_tuple = dims._dims_tuple
            self._dimensions = dims.dims
        elif hasattr(dims, "unknown_rank") and hasattr(dims, "dim"):
            self._dims_tuple = (
                None
                if dims.unknown_rank
                else tuple(None if d.size == -1 else _value_of(d.size) for d in dims.dim)
            )
        else:
            self._set_dims(dims)

    def _set_dims(self, dims: Any) -> None:
        try:
            items = list(dims)
        except TypeError:
            items = [dims]
        self._dims_tuple = tuple(map(_value_of, items))
        if None in self._dims_tuple and any(isinstance(d, Dimension) for d in items):
            self._dimensions = [as_dimension(d) for d in items]

    @classmethod
    def _from_tuple(cls, dims: DimsTuple) -> "TensorShape":
        """Wrap a tuple of int and None, or None, without checks."""
        shape = object.__new__(cls)
        shape._dims_tuple = dims
        shape._dimensions = None
        return shape

    @property
    def _v2_behavior(self) -> bool:
        override = _Settings.v2_override
        return tf2.enabled() if override is None else override

    @property
    def rank(self) -> int | None:
        """The number of dimensions, or None when unknown."""
        return None if self._dims_tuple is None else len(self._dims_tuple)

    @property
    def ndims(self) -> int | None:
        """The older name of `rank`."""
        return self.rank

    @property
    def dims(self) -> list[Dimension] | None:
        """A list of `Dimension` objects, or None when the rank is unknown."""
        if self._dimensions is None and self._dims_tuple is not None:
            self._dimensions = [Dimension(size) for size in self._dims_tuple]
        return self._dimensions

    @property
    def _dims(self) -> list[Dimension] | None:
        """`dims` by the name that Keras reads."""
        return self.dims

    def __repr__(self) -> str:
        if self._v2_behavior:
            return f"TensorShape({self._dims_tuple if self.rank is None else self.as_list()!r})"
        return f"TensorShape({self.dims!r})"

    def __str__(self) -> str:
        if self._dims_tuple is None:
            return "<unknown>"
        unknown = "None" if self._v2_behavior else "?"
        sizes = [unknown if size is None else str(size) for size in self._dims_tuple]
        return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return TensorShape, (self.dims,)

    def __len__(self) -> int:
        if self._dims_tuple is None:
            raise ValueError("Cannot take the length of shape with unknown rank.")
        return len(self._dims_tuple)

    def __bool__(self) -> bool:
        return self._dims_tuple is not None

    __nonzero__ = __bool__

    def __iter__(self) -> Iterator[Any]:
        if self._dims_tuple is None:
            raise ValueError("Cannot iterate over a shape with unknown rank.")
        return iter(self._dims_tuple if self._v2_behavior else self.dims or ())

    def __getitem__(self, key: Any) -> Any:
        """The `Dimension` at an index (int or None under v2 behaviour), or the shape of a slice.

        Of an unknown rank every index gives an unknown size, and a slice `[a:b]` with a stop an
        unknown shape of rank `b - a`; ValueError with a step.
        """
        if self._dims_tuple is not None:
            if isinstance(key, slice):
                return TensorShape((self.dims or [])[key])
            return self._dims_tuple[key] if self._v2_behavior else (self.dims or [])[key]
        if not isinstance(key, slice):
            return None if self._v2_behavior else Dimension(None)
        if key.step is not None:
            raise ValueError("Steps are not yet handled")
        start = 0 if key.start is None else key.start
        if key.stop is None or start < 0 or key.stop < 0:
            return unknown_shape()
        return unknown_shape(rank=key.stop - start)

    def num_elements(self) -> int | None:
        """The product of all sizes, or None when one is unknown."""
        if self._dims_tuple is None:
            return None
        product = 1
        for size in self._dims_tuple:
            if size is None:
                return None
            product *= size
        return product

    def is_fully_defined(self) -> bool:
        """Whether the rank and every size are known."""
        return self._dims_tuple is not None and None not in self._dims_tuple

    def assert_is_fully_defined(self) -> None:
        """Raise ValueError unless `is_fully_defined()`."""
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    def as_list(self) -> list[int | None]:
        """The sizes as a list of int and None. Raises ValueError when the rank is unknown."""
        if self._dims_tuple is None:
            raise ValueError("as_list() is not defined on an unknown TensorShape.")
        return list(self._dims_tuple)

    def as_proto(self) -> Any:
        """The shape as a `TensorShapeProto`."""
        proto = _Settings.proto_class
        if self._dims_tuple is None:
            return proto(unknown_rank=True)
        return proto(dim=[proto.Dim(size=-1 if d is None else d) for d in self._dims_tuple])

    def merge_with(self, other: Any) -> "TensorShape":
        """What is known of this shape or of `other`. Raises ValueError when they disagree."""
        shape = as_shape(other)
        mine, theirs = self._dims_tuple, shape._dims_tuple
        if mine is None:
            return shape
        if theirs is None:
            return TensorShape._from_tuple(mine)
        if not self.is_compatible_with(shape):
            raise ValueError(f"Shapes {self} and {shape} are not compatible")
        return TensorShape._from_tuple(
            tuple(y if x is None else x for x, y in zip(mine, theirs, strict=True))
        )

    def __add__(self, other: Any) -> "TensorShape":
        return self.concatenate(other)

    def __radd__(self, other: Any) -> "TensorShape":
        return as_shape(other).concatenate(self)

    def concatenate(self, other: Any) -> "TensorShape":
        """This shape followed by `other`; of unknown rank when one of them is."""
        mine, theirs = self.dims, as_shape(other).dims
        if mine is None or theirs is None:
            return unknown_shape()
        return TensorShape(mine + theirs)

    __concat__ = concatenate

    def assert_same_rank(self, other: Any) -> None:
        """Raise ValueError when both ranks are known and differ."""
        other = as_shape(other)
        if self.rank is not None and other.rank is not None and self.rank != other.rank:
            raise ValueError(f"Shapes {self} and {other} must have the same rank")

    def assert_has_rank(self, rank: int) -> None:
        """Raise ValueError when the rank is known and not `rank`."""
        if self.rank not in (None, rank):
            raise ValueError(f"Shape {self} must have rank {rank:d}")

    def with_rank(self, rank: int) -> "TensorShape":
        """This shape, an unknown one with the given rank. Raises ValueError for another rank."""
        try:
            return self.merge_with(unknown_shape(rank=rank))
        except ValueError:
            raise ValueError(f"Shape {self} must have rank {rank:d}") from None

    def with_rank_at_least(self, rank: int) -> "TensorShape":
        """This shape. Raises ValueError when its rank is known and lower than `rank`."""
        if self.rank is not None and self.rank < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank:d}")
        return self

    def with_rank_at_most(self, rank: int) -> "TensorShape":
        """This shape. Raises ValueError when its rank is known and higher than `rank`."""
        if self.rank is not None and self.rank > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank:d}")
        return self

    def is_compatible_with(self, other: Any) -> bool:
        """Whether a fully known shape exists that both shapes can stand for."""
        mine, theirs = self._dims_tuple, as_shape(other)._dims_tuple
        if mine is None or theirs is None:
            return True
        return len(mine) == len(theirs) and all(
            x is None or y is None or x == y for x, y in zip(mine, theirs, strict=True)
        )

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raise ValueError unless `is_compatible_with(other)`."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {other} are incompatible")

    def most_specific_compatible_shape(self, other: Any) -> "TensorShape":
        """The shape that both fit: sizes where they are equal, None elsewhere."""
        mine, theirs = self._dims_tuple, as_shape(other)._dims_tuple
        if mine is None or theirs is None or len(mine) != len(theirs):
            return unknown_shape()
        return TensorShape._from_tuple(
            tuple(x if x == y else None for x, y in zip(mine, theirs, strict=True))
        )

    def __eq__(self, other: object) -> Any:
        """Whether both shapes are surely the same.

        An unknown size equals only itself, as the same `Dimension` object: two tensors of
        shape (?, 3) do not have equal shapes.
        """
        try:
            shape = as_shape(other)
        except TypeError:
            return NotImplemented
        if self._dims_tuple != shape._dims_tuple:
            return False
        if self._dims_tuple is None or None not in self._dims_tuple:
            return True
        return self.dims == shape.dims

    def __ne__(self, other: object) -> Any:
        """The contrary of `==`; ValueError when a rank is unknown."""
        try:
            shape = as_shape(other)
        except TypeError:
            return NotImplemented
        if self._dims_tuple is None or shape._dims_tuple is None:
            raise ValueError("The inequality of unknown TensorShapes is undefined.")
        return not self == shape


ShapeLike = TensorShape | Dimension | int | Iterable[Any] | None


def as_shape(shape: Any) -> TensorShape:
    """`shape` if it is a `TensorShape`, else `TensorShape(shape)`."""
    return shape if isinstance(shape, TensorShape) else TensorShape(shape)


def unknown_shape(rank: int | None = None, **kwargs: Any) -> TensorShape:
    """A shape of `rank` unknown sizes, or of unknown rank. `ndims` is an older name of `rank`.

    Raises:
        TypeError: for any other keyword.
    """
    if rank is None and "ndims" in kwargs:
        rank = kwargs.pop("ndims")
    if kwargs:
        raise TypeError(f"Unknown argument: {kwargs}")
    return TensorShape._from_tuple(None if rank is None else (None,) * rank)


@deprecated(None, "Use tf.TensorShape([]).")
def scalar() -> TensorShape:
    """The shape of a scalar."""
    return TensorShape([])


@deprecated(None, "Use tf.TensorShape([length]).")
def vector(length: Any) -> TensorShape:
    """The shape of a vector."""
    return TensorShape([length])


@deprecated(None, "Use tf.TensorShape([rows, cols]).")
def matrix(rows: Any, cols: Any) -> TensorShape:
    """The shape of a matrix."""
    return TensorShape([rows, cols])
