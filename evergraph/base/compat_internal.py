"""Paths as text."""

from typing import Any

from evergraph.base.compat import as_str_any


def path_to_str(path: Any) -> Any:
    """The text of a `PathLike` object; anything else as it is."""
    return as_str_any(path.__fspath__()) if hasattr(path, "__fspath__") else path
