"""The errors of TensorFlow: `OpError`, a subclass for each status code, and the codes."""

import inspect
import os
import traceback
import warnings
from types import TracebackType
from typing import Any, Final, Literal

from evergraph.base.export import export, export_constant

OK: Final = 0
CANCELLED: Final = 1
UNKNOWN: Final = 2
INVALID_ARGUMENT: Final = 3
DEADLINE_EXCEEDED: Final = 4
NOT_FOUND: Final = 5
ALREADY_EXISTS: Final = 6
PERMISSION_DENIED: Final = 7
RESOURCE_EXHAUSTED: Final = 8
FAILED_PRECONDITION: Final = 9
ABORTED: Final = 10
OUT_OF_RANGE: Final = 11
UNIMPLEMENTED: Final = 12
INTERNAL: Final = 13
UNAVAILABLE: Final = 14
DATA_LOSS: Final = 15
UNAUTHENTICATED: Final = 16

for _name in [name for name in globals() if name.isupper()]:
    export_constant(__name__, _name, "errors." + _name)


class InaccessibleTensorError(ValueError):
    """A tensor is used outside the function or graph that it belongs to."""


class OperatorNotAllowedInGraphError(TypeError):
    """A Python operator (`if t:`, `for x in t:`) needs the value of a symbolic tensor."""


@export("errors.OpError", "OpError")
class OpError(Exception):
    """What goes wrong while a graph runs; mostly raised as one of its subclasses.

    Args:
        node_def: the `NodeDef` of the failing node, or None.
        op: the failing `Operation`, or None when unknown.
        message: what happened; `str(error)` adds where `op` was made.
        error_code: one of the codes of this module, such as `errors.NOT_FOUND`.
    """

    def __init__(self, node_def: Any, op: Any, message: Any, error_code: Any) -> None:
        super().__init__()
        self._node_def = node_def
        self._op = op
        self._message = message
        self._error_code = error_code

    def __reduce__(self) -> tuple[Any, ...]:
        # Subclasses take fewer arguments than OpError.
        names = list(inspect.signature(type(self).__init__).parameters)[1:]
        return type(self), tuple(getattr(self, name) for name in names)

    @property
    def message(self) -> Any:
        """What happened, without the stack trace of the node."""
        return self._message

    @property
    def op(self) -> Any:
        """The `Operation` that failed, or None when it is not known."""
        return self._op

    @property
    def error_code(self) -> Any:
        """The number of the kind of error."""
        return self._error_code

    @property
    def node_def(self) -> Any:
        """The `NodeDef` of the node that failed, or None when it is not known."""
        return self._node_def

    def __str__(self) -> str:
        if self._op is None:
            return str(self.message)
        parts = [f"{self.message}\n\nOriginal stack trace for {self._op.name!r}:\n"]
        parts += _format_trace(self._op)
        origin = getattr(self._op, "_original_op", None)
        while origin is not None:
            parts.append(f"\n...which was originally created as op {origin.name!r}, defined at:\n")
            parts += _format_trace(origin)
            origin = getattr(origin, "_original_op", None)
        return "".join(parts)


def _format_trace(op: Any) -> list[str]:
    """Where `op` was made, in lines; the folder that all its files share is left out."""
    frames = [tuple(frame)[:4] for frame in op.traceback or ()]
    if not frames:
        return []
    start = len(os.path.dirname(os.path.commonprefix([frame[0] for frame in frames])))
    return traceback.format_list([(frame[0][start:], *frame[1:]) for frame in frames])


@export("errors.CancelledError")
class CancelledError(OpError):
    """The step or operation was cancelled, by closing a queue or the session for example."""

    def __init__(self, node_def: Any, op: Any, message: Any) -> None:
        super().__init__(node_def, op, message, CANCELLED)


@export("errors.UnknownError")
class UnknownError(OpError):
    """An error of no known kind."""

    def __init__(self, node_def: Any, op: Any, message: Any, error_code: Any = UNKNOWN) -> None:
        super().__init__(node_def, op, message, error_code)


@export("errors.InvalidArgumentError")
class InvalidArgumentError(OpError):
    """An operation got an input of wrong shape or value."""

    def __init__(self, node_def: Any, op: Any, message: Any) -> None:
        super().__init__(node_def, op, message, INVALID_ARGUMENT)


@export("errors.DeadlineExceededError")
class DeadlineExceededError(OpError):
    """A time limit ended before the operation did."""

    def __init__(self, node_def: Any, op: Any, message: Any) -> None:
        super().__init__(node_def, op, message, DEADLINE_EXCEEDED)


@export("errors.NotFoundError")
class NotFoundError(OpError):
    """A file, directory, checkpoint key or other thing does not exist."""

    def __init__(self, node_def: Any, op: Any, message: Any) -> None:
        super().__init__(node_def, op, message, NOT_FOUND)


@export("errors.AlreadyExistsError")
class AlreadyExistsError(OpError):
    """What should be made exists already."""

    def __init__(self, node_def: Any, op: Any, message: Any) -> None:
        super().__init__(node_def, op, message, ALREADY_EXISTS)


@export("errors.PermissionDeniedError")
class PermissionDeniedError(OpError):
    """The caller may not do this, as reading a protected file."""

    def __init__(self, node_def: Any, op: Any, message: Any) -> None:
        super().__init__(node_def, op, message, PERMISSION_DENIED)


@export("errors.UnauthenticatedError")
class UnauthenticatedError(OpError):
    """The request has no valid credentials."""

    def __init__(self, node_def: Any, op: Any, message: Any) -> None:
        super().__init__(node_def, op, message, UNAUTHENTICATED)


@export("errors.ResourceExhaustedError")
class ResourceExhaustedError(OpError):
    """Memory, disk or a quota is used up."""

    def __init__(self, node_def: Any, op: Any, message: Any) -> None:
        super().__init__(node_def, op, message, RESOURCE_EXHAUSTED)


@export("errors.FailedPreconditionError")
class FailedPreconditionError(OpError):
    """The system is not ready for this, as when a variable is read before it is initialized."""

    def __init__(self, node_def: Any, op: Any, message: Any) -> None:
        super().__init__(node_def, op, message, FAILED_PRECONDITION)


@export("errors.AbortedError")
class AbortedError(OpError):
    """The operation was given up because of something that happened at the same time."""

    def __init__(self, node_def: Any, op: Any, message: Any) -> None:
        super().__init__(node_def, op, message, ABORTED)


@export("errors.OutOfRangeError")
class OutOfRangeError(OpError):
    """The input is at its end: a closed, empty queue, an exhausted iterator, the end of a file."""

    def __init__(self, node_def: Any, op: Any, message: Any) -> None:
        super().__init__(node_def, op, message, OUT_OF_RANGE)


@export("errors.UnimplementedError")
class UnimplementedError(OpError):
    """The arguments are valid, but nothing is written for them."""

    def __init__(self, node_def: Any, op: Any, message: Any) -> None:
        super().__init__(node_def, op, message, UNIMPLEMENTED)


@export("errors.InternalError")
class InternalError(OpError):
    """Something that the runtime relies on does not hold."""

    def __init__(self, node_def: Any, op: Any, message: Any) -> None:
        super().__init__(node_def, op, message, INTERNAL)


@export("errors.UnavailableError")
class UnavailableError(OpError):
    """The service cannot be reached now."""

    def __init__(self, node_def: Any, op: Any, message: Any) -> None:
        super().__init__(node_def, op, message, UNAVAILABLE)


@export("errors.DataLossError")
class DataLossError(OpError):
    """Data is lost or damaged for good, as in a file that was cut off."""

    def __init__(self, node_def: Any, op: Any, message: Any) -> None:
        super().__init__(node_def, op, message, DATA_LOSS)


_CODE_TO_EXCEPTION_CLASS: Final[dict[int, Any]] = {
    CANCELLED: CancelledError,
    UNKNOWN: UnknownError,
    INVALID_ARGUMENT: InvalidArgumentError,
    DEADLINE_EXCEEDED: DeadlineExceededError,
    NOT_FOUND: NotFoundError,
    ALREADY_EXISTS: AlreadyExistsError,
    PERMISSION_DENIED: PermissionDeniedError,
    UNAUTHENTICATED: UnauthenticatedError,
    RESOURCE_EXHAUSTED: ResourceExhaustedError,
    FAILED_PRECONDITION: FailedPreconditionError,
    ABORTED: AbortedError,
    OUT_OF_RANGE: OutOfRangeError,
    UNIMPLEMENTED: UnimplementedError,
    INTERNAL: InternalError,
    UNAVAILABLE: UnavailableError,
    DATA_LOSS: DataLossError,
}
_EXCEPTION_CLASS_TO_CODE = {cls: code for code, cls in _CODE_TO_EXCEPTION_CLASS.items()}


@export("errors.exception_type_from_error_code")
def exception_type_from_error_code(error_code: int) -> Any:
    """The subclass of `OpError` for a code. Raises KeyError for OK and for unknown codes."""
    return _CODE_TO_EXCEPTION_CLASS[error_code]


@export("errors.error_code_from_exception_type")
def error_code_from_exception_type(cls: Any) -> Any:
    """The code of a subclass of `OpError`.

    An unknown class gives a warning and, as in TensorFlow, an `UnknownError` object.
    """
    try:
        return _EXCEPTION_CLASS_TO_CODE[cls]
    except KeyError:
        warnings.warn("Unknown class exception", stacklevel=2)
        return UnknownError(None, None, "Unknown class exception", None)


def _make_specific_exception(node_def: Any, op: Any, message: Any, error_code: int) -> OpError:
    """The error object for a code; an unknown code gives a warning and an `UnknownError`."""
    try:
        error: OpError = exception_type_from_error_code(error_code)(node_def, op, message)
    except KeyError:
        warnings.warn(f"Unknown error code: {error_code}", stacklevel=2)
        return UnknownError(node_def, op, message, error_code)
    return error


class Status:
    """A code and a message that a callee sets for its caller."""

    def __init__(self) -> None:
        self.code: int = OK
        self.message = ""

    def set(self, code: int, message: str) -> None:
        """Report an error."""
        self.code = code
        self.message = message


@export("errors.raise_exception_on_not_ok_status")
class raise_exception_on_not_ok_status:
    """``with raise_exception_on_not_ok_status() as status:`` raises what `status` was set to."""

    def __enter__(self) -> Status:
        self.status = Status()
        return self.status

    def __exit__(
        self,
        type_arg: type[BaseException] | None,
        value_arg: BaseException | None,
        traceback_arg: TracebackType | None,
    ) -> Literal[False]:
        if self.status.code != OK:
            raise _make_specific_exception(None, None, self.status.message, self.status.code)
        return False
