"""Results that complain in the log when nobody uses them."""

import sys
import traceback
from types import FrameType
from typing import Any

from evergraph.base import decorator
from evergraph.base.platform import logging
from evergraph.graph.defaults import executing_eagerly, get_default_graph

# Attributes of a wrapper that are its own; everything else is the wrapped object's.
_OWN = ("_tf_should_use_helper", "_true_value")


class _TFShouldUseHelper:
    """Goes with a wrapped result; when it goes and `sate` was never called, that is logged."""

    def __init__(
        self, type_: type, repr_: str, stack_frame: FrameType | None, fatal_error_if_unsated: bool
    ) -> None:
        self._type: type | None = type_
        self._repr: str | None = repr_
        self._stack_frame = stack_frame
        self._fatal_error_if_unsated = fatal_error_if_unsated
        # There, what has effects runs in any case.
        self._sated = executing_eagerly() or get_default_graph()._building_function

    def sate(self) -> None:
        """The result was used."""
        self._sated = True
        self._type = self._repr = self._stack_frame = None

    def __del__(self) -> None:
        if self._sated:
            return
        log = logging.fatal if self._fatal_error_if_unsated else logging.error
        lines = traceback.format_stack(self._stack_frame, limit=5)
        made = "".join(line.rstrip() for line in lines)
        rule = "=" * 34
        log(
            f"{rule}\nObject was never used (type {self._type}):\n{self._repr}\nIf you want to "
            'mark it as used call its "mark_used()" method.\nIt was originally created here:\n'
            f"{made}\n{rule}"
        )


def _read(self: Any, key: str) -> Any:
    if key not in _OWN:
        object.__getattribute__(self, "_tf_should_use_helper").sate()
    if key in ("_tf_should_use_helper", "mark_used"):
        return object.__getattribute__(self, key)
    return getattr(object.__getattribute__(self, "_true_value"), key)


def _write(self: Any, key: str, value: Any) -> None:
    if key in _OWN:
        object.__setattr__(self, key, value)
    else:
        setattr(object.__getattribute__(self, "_true_value"), key, value)


def _mark_used(self: Any, *args: Any, **kwargs: Any) -> Any:
    """The result counts as used."""
    object.__getattribute__(self, "_tf_should_use_helper").sate()
    own = getattr(object.__getattribute__(self, "_true_value"), "mark_used", None)
    return None if own is None else own(*args, **kwargs)


def _begin(self: Any, true_value: Any, helper: _TFShouldUseHelper) -> None:
    self._tf_should_use_helper = helper
    self._true_value = true_value


def _same(self: Any, other: Any) -> Any:
    return object.__getattribute__(self, "_true_value") == getattr(other, "_true_value", other)


def _hash(self: Any) -> int:
    return hash(object.__getattribute__(self, "_true_value"))


_WRAPPERS: dict[type, type] = {}


def _get_wrapper(x: Any, tf_should_use_helper: _TFShouldUseHelper) -> Any:
    """An object of a subclass of `type(x)` that hands everything on to `x`."""
    kind = type(x)
    if kind not in _WRAPPERS:
        own = {
            "__init__": _begin,
            "__getattribute__": _read,
            "__setattr__": _write,
            "mark_used": _mark_used,
            # A session looks tensors up in dicts, and shall find the wrapped one.
            "__eq__": _same,
            "__hash__": _hash if kind.__hash__ is not None else None,
        }
        _WRAPPERS[kind] = type(kind.__name__, (kind,), own)
    wrapper = _WRAPPERS[kind].__new__(_WRAPPERS[kind])
    _begin(wrapper, x, tf_should_use_helper)
    return wrapper


def _add_should_use_warning(x: Any, fatal_error: bool = False) -> Any:
    """`x` so wrapped that a message is logged if it goes without having been used.

    Args:
      x: Any object; None and an empty list are returned as they are.
      fatal_error: Log it as fatal rather than as an error.
    """
    if x is None or (isinstance(x, list) and not x):
        return x
    helper = _TFShouldUseHelper(type(x), repr(x), sys._getframe(1), fatal_error)
    return _get_wrapper(x, helper)


def _note(severity: str) -> str:
    return (
        "\n\n  **NOTE** The output of this function is to be used. If it is not, "
        f"{severity} is logged. Call its .mark_used() method to mark it as used."
    )


def should_use_result(fn: Any) -> Any:
    """A decorator: an error is logged if what the function gives is never used.

    It is used when one of its attributes is read or written. Comparing it or asking for its type
    is no use.
    """

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return _add_should_use_warning(fn(*args, **kwargs))

    doc = (fn.__doc__ or "") + _note("a warning")
    return decorator.make_decorator(fn, wrapped, "should_use_result", doc)


def must_use_result_or_fatal(fn: Any) -> Any:
    """As `should_use_result`, but the message is fatal."""

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return _add_should_use_warning(fn(*args, **kwargs), fatal_error=True)

    doc = (fn.__doc__ or "") + _note("a fatal error")
    return decorator.make_decorator(fn, wrapped, "must_use_result_or_fatal", doc)
