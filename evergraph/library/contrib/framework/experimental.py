"""A mark of functions that may change."""

import functools
from collections.abc import Callable
from typing import Any

from evergraph.base.platform import logging


def experimental(func: Callable[..., Any]) -> Any:
    """A function that warns each time that it may change."""

    @functools.wraps(func)
    def warned(*args: Any, **kwargs: Any) -> Any:
        logging.warning(
            "%s (from %s) is experimental and may change or be removed at any time, and without "
            "warning.",
            func.__qualname__,
            func.__module__,
        )
        return func(*args, **kwargs)

    return warned
