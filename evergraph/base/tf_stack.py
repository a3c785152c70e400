"""The Python stack, without reading source lines until somebody wants them."""

import linecache
import sys
import threading
from types import FrameType, TracebackType
from typing import Any, NamedTuple

TB_FILENAME = 0
TB_LINENO = 1
TB_FUNCNAME = 2
TB_CODEDICT = 3


class StackFrame(NamedTuple):
    """A line of a stack: file, line, function, the module's globals, where the function starts."""

    filename: str
    lineno: int
    name: str
    globals: dict[str, Any]
    func_start_lineno: int


class _Transforms(threading.local):
    """The mappers and filters that are active in this thread."""

    def __init__(self) -> None:
        self.mappers: list[StackTraceMapper] = []
        self.filters: list[StackTraceFilter] = []


_transforms = _Transforms()


class StackTraceTransform:
    """Context manager that changes what `extract_stack` gives in this thread."""

    parent: Any = None

    def _stack(self) -> list[Any]:
        raise NotImplementedError("subclasses need to override this")

    def __enter__(self) -> "StackTraceTransform":
        self.reset()
        stack = self._stack()
        self.parent = stack[-1] if stack else None
        stack.append(self)
        return self

    def __exit__(
        self,
        unused_type: type[BaseException] | None,
        unused_value: BaseException | None,
        unused_traceback: TracebackType | None,
    ) -> None:
        top = self._stack().pop()
        assert top is self, "Concurrent access?"

    def reset(self) -> None:
        """Called when the context is entered."""


class StackTraceMapper(StackTraceTransform):
    """Gives other files, lines and functions for some lines, as for generated code."""

    def _stack(self) -> list[Any]:
        return _transforms.mappers

    def get_effective_source_map(self) -> dict[tuple[str, int], tuple[str, int, str]]:
        """A dict of (file, line) to (file, line, function)."""
        raise NotImplementedError("subclasses need to override this")


class StackTraceFilter(StackTraceTransform):
    """Leaves out the lines of some files."""

    def _stack(self) -> list[Any]:
        return _transforms.filters

    def get_filtered_filenames(self) -> frozenset[str]:
        """The files to leave out."""
        raise NotImplementedError("subclasses need to override this")


class CurrentModuleFilter(StackTraceFilter):
    """Leaves out the lines of the file that makes the filter."""

    def __init__(self) -> None:
        self._filename = sys._getframe(1).f_code.co_filename

    def get_filtered_filenames(self) -> frozenset[str]:
        """That file and those of the filters around this one."""
        outer: frozenset[str] = self.parent.get_filtered_filenames() if self.parent else frozenset()
        return outer | {self._filename}


def extract_stack(limit: int = -1) -> list[StackFrame]:
    """The stack of the caller, innermost line last; at most `limit` lines unless it is negative."""
    mapping = _transforms.mappers[-1].get_effective_source_map() if _transforms.mappers else {}
    hidden: frozenset[str] = frozenset()
    if _transforms.filters:
        hidden = _transforms.filters[-1].get_filtered_filenames()
    found: list[StackFrame] = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and (limit < 0 or len(found) < limit):
        code = frame.f_code
        place = (code.co_filename, frame.f_lineno)
        filename, line, name = mapping.get(place, (*place, code.co_name))
        if filename not in hidden:
            found.append(StackFrame(filename, line, name, frame.f_globals, code.co_firstlineno))
        frame = frame.f_back
    return found[::-1]


def convert_stack(stack: Any, include_func_start_lineno: bool = False) -> tuple[Any, ...]:
    """What `extract_stack` gave as (file, line, function, source text) tuples.

    With `include_func_start_lineno` the line at which the function starts is a fifth item.
    """
    lines = []
    for frame in stack:
        linecache.checkcache(frame.filename)
        text = linecache.getline(frame.filename, frame.lineno, frame.globals).strip() or None
        line = (frame.filename, frame.lineno, frame.name, text)
        lines.append((*line, frame.func_start_lineno) if include_func_start_lineno else line)
    return tuple(lines)
