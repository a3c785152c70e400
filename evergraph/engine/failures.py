"""Errors of a run: TensorFlow's class and first line, the node, and where the user made it."""

import traceback

from evergraph.base import errors
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


def located(error: Exception, op: Operation | None) -> Exception:
    """The error to raise for a failure in node `op`."""
    if op is None:
        return error
    known = _as_op_error(error)
    if known.op is not None:
        return known
    where = op.created_at
    place = f" (defined at {where}) " if where else ""
    message = f"{known.message}\n\t [[node {op.name}{place}]]"
    found = type(known)(op.node_def, op, message)
    found.add_note(
        f"  node '{op.name}' (op: '{op.type}') was created at {where or 'an unknown place'}"
    )
    for note in getattr(error, "__notes__", ()):
        found.add_note(note)
    return found


def line_in(error: BaseException, filename: str) -> int | None:
    """The innermost line of `filename` that an error came through."""
    line = None
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename == filename:
            line = number
    return line
