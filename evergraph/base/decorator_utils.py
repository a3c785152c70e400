"""Small things that decorators need: names, docstrings, checks."""

from collections.abc import Callable
from typing import Any


def get_qualified_name(function: Any) -> str:
    """The name of a function with that of its class."""
    return str(getattr(function, "__qualname__", None) or function.__name__)


def validate_callable(func: Any, decorator_name: str) -> None:
    """Raise ValueError when `func` is not callable, as a property is not."""
    if not callable(func):
        raise ValueError(
            f"{func} is not a function. If this is a property, make sure @property appears before "
            f"@{decorator_name} in your source code:"
            f"\n\n@property\n@{decorator_name}\ndef method(...)"
        )


def _normalize_docstring(docstring: str | None) -> str:
    """The docstring without indentation and without blank lines at its ends."""
    if not docstring:
        return ""
    first, *rest = docstring.expandtabs().splitlines()
    indent = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    lines = [first.strip(), *(line[indent:].rstrip() for line in rest)]
    return "\n".join(lines).strip("\n")


def add_notice_to_docstring(
    doc: str | None, instructions: str | None, no_doc_str: str, suffix_str: str, notice: list[str]
) -> str:
    """`doc` with `suffix_str` after its first line, and a warning between it and the rest.

    Raises:
        ValueError: when `notice` is empty.
    """
    if not notice:
        raise ValueError("The `notice` arg must not be empty.")
    if doc:
        lines = _normalize_docstring(doc).splitlines()
        lines[0] += " " + suffix_str
    else:
        lines = [no_doc_str]
    text = ["", "Warning: " + notice[0], *notice[1:], *([instructions] if instructions else [])]
    if len(lines) > 1 and lines[1].strip():
        text.append("")
    return "\n".join([lines[0], *text, *lines[1:]])


class classproperty:
    """A read-only property of the class."""

    def __init__(self, func: Callable[[Any], Any]) -> None:
        self._func = func

    def __get__(self, owner_self: Any, owner_cls: Any) -> Any:
        return self._func(owner_cls)
