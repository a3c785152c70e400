"""Decorators that keep a way back to what they wrap, as TensorFlow's `tf_decorator`.

`make_decorator(target, wrapper)` makes `wrapper` look like `target`; `unwrap` finds the target
again. Signatures of such callables are read with `evergraph.base.tf_inspect`.
"""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any


class TFDecorator:
    """A decorator that knows its target. A stateful decorator is made by deriving from it.

    Args:
        decorator_name: the name of the decorator.
        target: the callable that is wrapped.
        decorator_doc: the docstring of the result; by default that of `target`.
        decorator_argspec: the signature of the result, when it is not that of `target`.
    """

    def __init__(
        self,
        decorator_name: str,
        target: Any,
        decorator_doc: str = "",
        decorator_argspec: Any = None,
    ) -> None:
        self._decorated_target = target
        self._decorator_name = decorator_name
        self._decorator_doc = decorator_doc
        self._decorator_argspec = decorator_argspec
        if hasattr(target, "__name__"):
            self.__name__ = target.__name__
        if hasattr(target, "__qualname__"):
            self.__qualname__ = target.__qualname__
        self.__doc__ = decorator_doc or getattr(target, "__doc__", None) or ""

    def __get__(self, instance: Any, owner: Any) -> Any:
        return self._decorated_target.__get__(instance, owner)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._decorated_target(*args, **kwargs)

    @property
    def decorated_target(self) -> Any:
        """The callable that is wrapped."""
        return self._decorated_target

    @decorated_target.setter
    def decorated_target(self, target: Any) -> None:
        self._decorated_target = target

    @property
    def decorator_name(self) -> str:
        """The name of the decorator."""
        return self._decorator_name

    @property
    def decorator_doc(self) -> str:
        """What the decorator says about the target; may be empty."""
        return self._decorator_doc

    @property
    def decorator_argspec(self) -> Any:
        """The signature that the decorator gives to the target, or None."""
        return self._decorator_argspec


def make_decorator(
    target: Any,
    decorator_func: Any,
    decorator_name: str | None = None,
    decorator_doc: str = "",
    decorator_argspec: Any = None,
) -> Any:
    """Give `decorator_func`, which wraps `target`, the name, docstring and attributes of `target`.

    `decorator_name` is by default the name of the calling function. Returns `decorator_func`.
    """
    if decorator_name is None:
        decorator_name = sys._getframe(1).f_code.co_name
    decorator = TFDecorator(decorator_name, target, decorator_doc, decorator_argspec)
    decorator_func._tf_decorator = decorator
    for attribute in ("__name__", "__qualname__", "__module__"):
        # A functools.partial has none of these.
        if hasattr(target, attribute):
            setattr(decorator_func, attribute, getattr(target, attribute))
    for name, value in getattr(target, "__dict__", {}).items():
        decorator_func.__dict__.setdefault(name, value)
    decorator_func.__doc__ = decorator.__doc__
    decorator_func.__wrapped__ = target
    decorator_func.__original_wrapped__ = target
    return decorator_func


def _has_tf_decorator_attr(obj: Any) -> bool:
    """Whether `obj` came out of `make_decorator`; mocks, which have every attribute, did not."""
    return isinstance(getattr(obj, "_tf_decorator", None), TFDecorator)


def unwrap(maybe_tf_decorator: Any) -> tuple[list[TFDecorator], Any]:
    """The decorators around a callable, outermost first, and the callable inside."""
    decorators: list[TFDecorator] = []
    current = maybe_tf_decorator
    while True:
        if isinstance(current, TFDecorator):
            decorators.append(current)
        elif _has_tf_decorator_attr(current):
            decorators.append(current._tf_decorator)
        else:
            return decorators, current
        current = decorators[-1].decorated_target


def rewrap(decorator_func: Any, previous_target: Any, new_target: Any) -> Any:
    """Replace `previous_target` inside the decorated `decorator_func` by `new_target`.

    The wrapper must call its `__wrapped__` attribute for this to take effect. What is not decorated
    is replaced as a whole. Returns the callable to use.
    """
    current, innermost, decorator = decorator_func, None, None
    while _has_tf_decorator_attr(current):
        innermost, decorator = current, current._tf_decorator
        if decorator.decorated_target is previous_target:
            break
        current = decorator.decorated_target
        assert current is not None
    if innermost is None or decorator is None:
        assert decorator_func is previous_target
        return new_target
    decorator.decorated_target = new_target
    # A bound method takes no attributes; its function does.
    getattr(innermost, "__func__", innermost).__wrapped__ = new_target
    return decorator_func


def contextmanager(target: Callable[..., Iterator[Any]]) -> Any:
    """`contextlib.contextmanager`, made so that `unwrap` finds the generator function."""
    return make_decorator(target, contextlib.contextmanager(target), "contextmanager")
