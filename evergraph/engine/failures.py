"""Errors of a run: TensorFlow's class and first line, the node, and where the user made it."""

import traceback
from collections.abc import Sequence
from types import FrameType
from typing import Any

from evergraph.base import errors
from evergraph.engine.plan import Step, Value
from evergraph.engine.state import MissingResourceError
from evergraph.graph.operation import Operation


def _as_op_error(error: Exception) -> errors.OpError:
    """A kernel's error as the TensorFlow error that stands for it."""
    message = str(error) or type(error).__name__
    if isinstance(error, errors.OpError):
        return error
    if isinstance(error, MemoryError) or "can't allocate memory" in message:
        return errors.ResourceExhaustedError(None, None, message)
    if isinstance(error, NotImplementedError) or "not implemented for" in message:
        return errors.UnimplementedError(None, None, message)
    if isinstance(error, (ValueError, RuntimeError, IndexError, TypeError)):
        return errors.InvalidArgumentError(None, None, message)
    return errors.UnknownError(None, None, f"{type(error).__name__}: {message}")


def _missing(error: MissingResourceError, op: Operation) -> errors.OpError:
    """What node `op` says of a variable that has no value: a read says more than ops that write."""
    if op.type.startswith(("ResourceApply", "ResourceSparseApply")):
        return errors.InternalError(None, None, "Invalid variable reference.")
    if op.type.startswith("Resource") or op.type in _LOOK_UP:
        return errors.NotFoundError(None, None, error.missing)
    return errors.FailedPreconditionError(None, None, error.message)


_LOOK_UP = ("AssignAddVariableOp", "AssignSubVariableOp", "VariableShape")


def located(error: Exception, op: Operation | None) -> Exception:
    """The error to raise for a failure in node `op`."""
    if op is None:
        return error
    if isinstance(error, MissingResourceError):
        error = _missing(error, op)
    known = _as_op_error(error)
    if known.op is not None:
        return known
    where = op.created_at
    place = f" (defined at {where}) " if where else ""
    message = f"{known.message}\n\t [[node {op.name}{place}]]"
    kind: Any = type(known)  # each but OpError itself knows its code
    found = kind(op.node_def, op, message)
    found.add_note(
        f"  node '{op.name}' (op: '{op.type}') was created at {where or 'an unknown place'}"
    )
    for note in getattr(error, "__notes__", ()):
        found.add_note(note)
    return found


def retold(error: Exception, op: Operation, args: Sequence[Any]) -> Exception:
    """A kernel's error in TensorFlow's words, where the op's entry has a rule for that."""
    complaint = op._entry.complaint if op._entry is not None else None
    if complaint is None or isinstance(error, errors.OpError):
        return error
    try:
        complaint(op, *args)
    except errors.OpError as better:
        return better
    except Exception:
        return error
    return error


def arguments_in(frame: FrameType | None, step: Step) -> list[Any]:
    """What a step's arguments were when the generated function stopped."""

    def value(arg: Any) -> Any:
        if isinstance(arg, list):
            return [value(a) for a in arg]
        if isinstance(arg, Value):
            return None if frame is None else frame.f_locals.get(arg.name)
        return getattr(arg, "value", arg)

    return [value(a) for a in step.args]


def frame_of(error: BaseException, filename: str) -> FrameType | None:
    """The innermost frame of `filename` that an error came through."""
    found = None
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename == filename:
            found = frame
    return found


def line_in(error: BaseException, filename: str) -> int | None:
    """The innermost line of `filename` that an error came through."""
    line = None
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename == filename:
            line = number
    return line
