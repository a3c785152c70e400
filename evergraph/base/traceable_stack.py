"""Objects with the line of code where they came up, and stacks of them."""

from collections.abc import Iterator
from typing import Any

from evergraph.base import tf_stack


class TraceableObject:
    """An object with the file and line where it was made."""

    SUCCESS, HEURISTIC_USED, FAILURE = (0, 1, 2)

    def __init__(self, obj: Any, filename: str | None = None, lineno: int | None = None) -> None:
        self.obj = obj
        self.filename = filename
        self.lineno = lineno

    def set_filename_and_line_from_caller(self, offset: int = 0) -> int:
        """Takes file and line of the caller, or of the one `offset` calls further out.

        Returns SUCCESS; HEURISTIC_USED where there are fewer calls, and the outermost was taken;
        FAILURE where there are none.
        """
        wanted = offset + 2  # the caller is one call out from here
        frames = tf_stack.extract_stack(limit=wanted)
        if not frames:
            return self.FAILURE
        self.filename, self.lineno = frames[0].filename, frames[0].lineno
        return self.SUCCESS if len(frames) == wanted else self.HEURISTIC_USED

    def copy_metadata(self) -> "TraceableObject":
        """File and line alone, without the object."""
        return type(self)(None, filename=self.filename, lineno=self.lineno)


class TraceableStack:
    """A stack of objects that knows where each was pushed."""

    def __init__(self, existing_stack: list[TraceableObject] | None = None) -> None:
        self._stack = list(existing_stack or [])

    def push_obj(self, obj: Any, offset: int = 0) -> int:
        """Pushes an object, as made by the caller or `offset` calls further out.

        Returns what `TraceableObject.set_filename_and_line_from_caller` does.
        """
        traceable = TraceableObject(obj)
        self._stack.append(traceable)
        return traceable.set_filename_and_line_from_caller(offset + 1)

    def pop_obj(self) -> Any:
        """The object pushed last, which is no longer on the stack."""
        return self._stack.pop().obj

    def peek_top_obj(self) -> Any:
        """The object pushed last."""
        return self._stack[-1].obj

    def peek_objs(self) -> Iterator[Any]:
        """The objects, the last one first."""
        return (traceable.obj for traceable in reversed(self._stack))

    def peek_traceable_objs(self) -> Iterator[TraceableObject]:
        """The objects with their places, the last one first."""
        return reversed(self._stack)

    def __len__(self) -> int:
        return len(self._stack)

    def copy(self) -> "TraceableStack":
        """Another stack of the same objects."""
        return TraceableStack(self._stack)
