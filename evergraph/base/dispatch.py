"""Other implementations of an op's function for other types of arguments, as ragged tensors.

`add_dispatch_support` lets a function fall back on dispatchers when it raises TypeError or
ValueError; `dispatch_for_types` registers one.
"""

import itertools
from collections.abc import Callable
from typing import Any

from evergraph.base import tf_inspect
from evergraph.base.decorator import make_decorator

DISPATCH_ATTR = "_tf_dispatchers"


class OpDispatcher:
    """Handles calls of an op's function; derived classes give `handle`."""

    NOT_SUPPORTED = object()

    def handle(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The result of the op for these arguments, or `NOT_SUPPORTED`."""
        return self.NOT_SUPPORTED

    def register(self, op: Any) -> None:
        """Ask this dispatcher, after those before it, when `op` cannot handle its arguments.

        Raises:
            AssertionError: when `op` takes no dispatchers.
        """
        if not hasattr(op, DISPATCH_ATTR):
            raise AssertionError(f"Dispatching not enabled for {op}")
        getattr(op, DISPATCH_ATTR).append(self)


def dispatch(op: Any, *args: Any, **kwargs: Any) -> Any:
    """The result of the first dispatcher of `op` that handles the arguments.

    `OpDispatcher.NOT_SUPPORTED` when none does.
    """
    for dispatcher in getattr(op, DISPATCH_ATTR):
        result = dispatcher.handle(args, kwargs)
        if result is not OpDispatcher.NOT_SUPPORTED:
            return result
    return OpDispatcher.NOT_SUPPORTED


class _TypeBasedDispatcher(OpDispatcher):
    """Handles calls in which an argument, or an element of a list, is of one of some types."""

    def __init__(self, override_func: Callable[..., Any], types: tuple[type, ...]) -> None:
        self._types = types
        self._override_func = override_func

    def handle(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        for arg in itertools.chain(args, kwargs.values()):
            elements = arg if isinstance(arg, (list, tuple)) else ()
            if isinstance(arg, self._types) or any(isinstance(e, self._types) for e in elements):
                return self._override_func(*args, **kwargs)
        return self.NOT_SUPPORTED


def dispatch_for_types(op: Any, *types: type) -> Callable[[Any], Any]:
    """Decorator for a function that stands in for `op` when an argument has one of `types`.

    Raises:
        AssertionError: when the signatures differ.
    """

    def decorator(func: Any) -> Any:
        if tf_inspect.getargspec(func) != tf_inspect.getargspec(op):
            raise AssertionError(
                "The decorated function's signature must exactly match the signature of the "
                "overridden op."
            )
        _TypeBasedDispatcher(func, types).register(op)
        return func

    return decorator


def add_dispatch_list(target: Any) -> Any:
    """Decorator that lets dispatchers be registered for a function."""
    if hasattr(target, DISPATCH_ATTR):
        raise AssertionError(f"{target} already has a dispatch list")
    setattr(target, DISPATCH_ATTR, [])
    return target


def add_dispatch_support(target: Any) -> Any:
    """Decorator that asks the dispatchers when the function raises TypeError or ValueError."""

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return target(*args, **kwargs)
        except (TypeError, ValueError):
            result = dispatch(wrapper, *args, **kwargs)
            if result is OpDispatcher.NOT_SUPPORTED:
                raise
            return result

    add_dispatch_list(wrapper)
    return make_decorator(target, wrapper)
