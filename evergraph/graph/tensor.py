"""Tensor: one output of a node."""

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from evergraph.base import ag_ctx, dtypes
from evergraph.base.dtypes import DType
from evergraph.base.export import export
from evergraph.base.tensor_like import _TensorLike
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph import scopes

if TYPE_CHECKING:
    from evergraph.graph.graph import Graph
    from evergraph.graph.operation import Operation

Dims = tuple[int | None, ...] | None

_uids = itertools.count()


def uid() -> int:
    """A number that nothing else in the process has."""
    return next(_uids)


def dims_text(dims: Dims) -> str:
    """Dims as TensorFlow's messages write them: `[2,?]`, or `<unknown>`."""
    if dims is None:
        return "<unknown>"
    return "[" + ",".join("?" if d is None else str(d) for d in dims) + "]"


def merge_dims(a: Dims, b: Dims) -> Dims:
    """The dims that both agree with. Raises ValueError, with TensorFlow's text, where they
    contradict."""
    if a is None:
        return b
    if b is None or a == b:
        return a
    if len(a) != len(b):
        raise ValueError(f"Shapes must be equal rank, but are {len(a)} and {len(b)}")
    merged = []
    for i, (x, y) in enumerate(zip(a, b, strict=True)):
        if x is not None and y is not None and x != y:
            raise ValueError(
                f"Dimension {i} in both shapes must be equal, but are {x} and {y}. "
                f"Shapes are {dims_text(a)} and {dims_text(b)}."
            )
        merged.append(y if x is None else x)
    return tuple(merged)


def as_dims(shape: Any) -> Dims:
    """Dims of anything that TensorShape takes: a TensorShape, a list, an int, a TensorShapeProto,
    None."""
    if type(shape) is tuple and all(type(d) is int and d >= 0 for d in shape):
        return shape
    return (
        TensorShape(shape)._dims_tuple if not isinstance(shape, TensorShape) else shape._dims_tuple
    )


@export("errors.OperatorNotAllowedInGraphError")
class OperatorNotAllowedInGraphError(TypeError):
    """A Python operator that needs a value was applied to a symbolic tensor."""


class TensorReference:
    """A hashable stand-in for a tensor or variable, equal for the same object."""

    __slots__ = ("_wrapped",)

    def __init__(self, wrapped: Any) -> None:
        self._wrapped = wrapped

    def deref(self) -> Any:
        return self._wrapped

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorReference) and self._wrapped is other._wrapped

    def __hash__(self) -> int:
        return id(self._wrapped)

    def __repr__(self) -> str:
        return f"<Reference wrapping {self._wrapped!r}>"


@export("Tensor")
class Tensor(_TensorLike):
    """The symbolic result of an Operation: a handle that a Session evaluates. Stands for
    `tf.Tensor`.

    `dims` is the static shape as a plain tuple (None: unknown rank; None inside: unknown size);
    `shape` is the same as a TensorShape.
    """

    __slots__ = (
        "_op",
        "_value_index",
        "_dtype",
        "dims",
        "_consumers",
        "_id",
        "_handle_data",
        "__dict__",
        "__weakref__",
    )

    OVERLOADABLE_OPERATORS: ClassVar[set[str]] = {
        "__" + name + "__"
        for name in (
            "add radd sub rsub mul rmul div rdiv truediv rtruediv floordiv rfloordiv mod rmod "
            "lt le gt ge ne eq and rand or ror xor rxor getitem pow rpow invert neg abs matmul "
            "rmatmul"
        ).split()
    }
    if TYPE_CHECKING:
        # The operators that the api assigns when it is imported.
        def _unary(self) -> "Tensor": ...
        def _binary(self, other: Any) -> "Tensor": ...

        __neg__ = __invert__ = __abs__ = _unary
        __add__ = __sub__ = __mul__ = __truediv__ = __floordiv__ = __mod__ = __pow__ = _binary
        __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rfloordiv__ = __rmod__ = _binary
        __rpow__ = __matmul__ = __rmatmul__ = __getitem__ = _binary
        __and__ = __or__ = __xor__ = __rand__ = __ror__ = __rxor__ = _binary
        __lt__ = __le__ = __gt__ = __ge__ = _binary

    # NumPy must leave `array + tensor` to the tensor's reflected operator.
    __array_priority__ = 100

    def __init__(self, op: "Operation", value_index: int, dtype: Any) -> None:
        self._op = op
        self._value_index = value_index
        self._dtype: DType = dtypes.as_dtype(dtype)
        self.dims: Dims = None
        self._consumers: list[Operation] = []
        self._id = next(_uids)
        self._handle_data: Any = None

    @property
    def op(self) -> "Operation":
        return self._op

    @property
    def dtype(self) -> DType:
        return self._dtype

    @property
    def graph(self) -> "Graph":
        return self._op._graph

    @property
    def name(self) -> str:
        return f"{self._op._name}:{self._value_index}"

    @property
    def device(self) -> str:
        return self._op.device

    @property
    def value_index(self) -> int:
        return self._value_index

    @property
    def shape(self) -> TensorShape:
        return TensorShape._from_tuple(self.dims)

    def get_shape(self) -> TensorShape:
        """The static shape. The same as `shape`."""
        return TensorShape._from_tuple(self.dims)

    def _rank(self) -> int | None:
        return None if self.dims is None else len(self.dims)

    _shape = shape

    def _shape_tuple(self) -> Dims:
        return self.dims

    def _shape_as_list(self) -> list[int | None] | None:
        return None if self.dims is None else list(self.dims)

    def set_shape(self, shape: Any) -> None:
        """Adds what `shape` says to the static shape. Raises ValueError where the two
        contradict."""
        dims = as_dims(shape)
        self.dims = merge_dims(self.dims, dims)

    def consumers(self) -> list["Operation"]:
        """The operations that take this tensor as an input; one that takes it twice comes twice."""
        return list(self._consumers)

    def _as_node_def_input(self) -> str:
        name = self._op._name
        return name if self._value_index == 0 else f"{name}:{self._value_index}"

    def _as_tf_output(self) -> "Tensor":
        return self

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """The tensor's value in `session` (default: the default session), as a NumPy array or
        scalar."""
        return eval_using_default_session(self, feed_dict, self.graph, session)

    def experimental_ref(self) -> TensorReference:
        """A hashable reference to this very tensor."""
        return TensorReference(self)

    def __iter__(self) -> Any:
        self._disallow("iterating over `tf.Tensor`")
        yield None

    def __bool__(self) -> bool:
        self._disallow("using a `tf.Tensor` as a Python `bool`")
        return False

    __nonzero__ = __bool__

    def __len__(self) -> int:
        raise TypeError(
            f"len is not well defined for symbolic Tensors. ({self.name}) "
            "Please call `x.shape` rather than `len(x)` for shape information."
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        # NumPy used to make arrays of objects of lists of symbolic tensors, which programs add up;
        # parts of lists are what it asks for without a copy.
        if copy:
            raise NotImplementedError(
                f"Cannot convert a symbolic Tensor ({self.name}) to a numpy array."
            )
        found = np.empty((), object)
        found[()] = self
        return found

    def _disallow(self, task: str) -> None:
        status = ag_ctx.control_status_ctx().status
        if status is ag_ctx.Status.UNSPECIFIED:
            raise OperatorNotAllowedInGraphError(
                f"{task} is not allowed in Graph execution. Use Eager execution or decorate this "
                "function with @tf.function."
            )
        enabled = status is ag_ctx.Status.ENABLED
        reason = "did not convert" if enabled else "is disabled in"
        raise OperatorNotAllowedInGraphError(
            f"{task} is not allowed: AutoGraph {reason} this function. Try decorating it directly "
            "with @tf.function."
        )

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __copy__(self) -> "Tensor":
        copied = Tensor.__new__(Tensor)
        copied._op, copied._value_index, copied._dtype = self._op, self._value_index, self._dtype
        copied.dims, copied._consumers = self.dims, self._consumers
        copied._id, copied._handle_data = self._id, self._handle_data
        copied.__dict__.update(self.__dict__)
        return copied

    def __str__(self) -> str:
        shape = "" if self.dims is None else f", shape={self.shape}"
        dtype = f", dtype={self._dtype.name}" if self._dtype else ""
        device = f", device={self.device}" if self.device else ""
        return f'Tensor("{self.name}"{shape}{dtype}{device})'

    def __repr__(self) -> str:
        return f"<tf.Tensor '{self.name}' shape={self.shape} dtype={self._dtype.name}>"

    @staticmethod
    def _override_operator(operator: str, func: Callable[..., Any]) -> None:
        """Makes `func` the meaning of a Python operator on tensors; it may be set once."""
        # Not getattr: the class of classes has `|` itself.
        if operator in vars(Tensor):
            raise ValueError(f"operator {operator} cannot be overwritten again on class {Tensor}.")
        if operator not in Tensor.OVERLOADABLE_OPERATORS:
            raise ValueError(f"Overriding {operator} is disallowed")
        setattr(Tensor, operator, func)


def eval_using_default_session(
    tensors: Any, feed_dict: Any, graph: "Graph", session: Any = None
) -> Any:
    """Runs `tensors` in `session` or the default session. Raises ValueError where there is none
    that fits."""
    if session is None:
        session = scopes.get_default_session()
        if session is None:
            raise ValueError(
                "Cannot evaluate tensor using `eval()`: No default session is registered. Use "
                "`with sess.as_default()` or pass an explicit session to `eval(session=sess)`"
            )
        if session.graph is not graph:
            raise ValueError(
                "Cannot use the default session to evaluate tensor: the tensor's graph is "
                "different "
                "from the session's graph. Pass an explicit session to `eval(session=sess)`."
            )
    elif session.graph is not graph:
        raise ValueError(
            "Cannot use the given session to evaluate tensor: the tensor's graph is different from "
            "the session's graph."
        )
    return session.run(tensors, feed_dict)


def run_using_default_session(
    operation: Any, feed_dict: Any, graph: "Graph", session: Any = None
) -> None:
    """Runs `operation` in `session` or the default session. Raises ValueError where there is none
    that fits."""
    if session is None:
        session = scopes.get_default_session()
        if session is None:
            raise ValueError(
                "Cannot execute operation using `run()`: No default session is registered. Use "
                "`with sess.as_default():` or pass an explicit session to `run(session=sess)`"
            )
        if session.graph is not graph:
            raise ValueError(
                "Cannot use the default session to execute operation: the operation's graph is "
                "different from the session's graph. Pass an explicit session to run(session=sess)."
            )
    elif session.graph is not graph:
        raise ValueError(
            "Cannot use the given session to execute operation: the operation's graph is different "
            "from the session's graph."
        )
    session.run(operation, feed_dict)
