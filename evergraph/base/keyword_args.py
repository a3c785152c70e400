"""Functions that take keyword arguments only."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from evergraph.base.decorator_utils import validate_callable

T = TypeVar("T")


def keyword_args_only(func: Callable[..., T]) -> Callable[..., T]:
    """Decorator: a call with a positional argument raises ValueError.

    Raises:
        ValueError: when `func` is not callable.
    """
    validate_callable(func, "keyword_args_only")

    @functools.wraps(func)
    def new_func(*args: Any, **kwargs: Any) -> T:
        if args:
            raise ValueError(f"Must use keyword args to call {func.__name__}.")
        return func(**kwargs)

    return new_func
