"""Questions about callables: argument names, keyword arguments, name, code."""

import functools
import inspect
from types import CodeType
from typing import Any

from evergraph.base import tf_inspect
from evergraph.base.decorator import unwrap


def _call_method(obj: Any) -> Any:
    """`obj.__call__` of an object that is callable by its class's method, else None."""
    call = getattr(obj, "__call__", None)  # noqa: B004
    return call if inspect.ismethod(call) else None


def fn_args(fn: Any) -> tuple[str, ...]:
    """The names of the arguments of a function, method, callable object or partial object.

    `self` and what a partial object has bound are left out.
    """
    if isinstance(fn, functools.partial):
        names = fn_args(fn.func)[len(fn.args) :]
        return tuple(name for name in names if name not in fn.keywords)
    fn = _call_method(fn) or fn
    names = tuple(tf_inspect.getfullargspec(fn).args)
    target = unwrap(fn)[1]
    return names[1:] if inspect.ismethod(target) and target.__self__ is not None else names


def has_kwargs(fn: Any) -> bool:
    """Whether a callable takes any keyword argument.

    Raises:
        TypeError: when `fn` is not callable.
    """
    if isinstance(fn, functools.partial):
        fn = fn.func
    elif _call_method(fn):
        fn = fn.__call__
    elif not callable(fn):
        raise TypeError(f"fn should be a function-like object, but is of type {type(fn)}.")
    return tf_inspect.getfullargspec(fn).varkw is not None


def get_func_name(func: Any) -> str:
    """The name of a callable; of a method with its class, of an object that of its class.

    Raises:
        ValueError: when `func` is not callable.
    """
    target = unwrap(func)[1]
    if not callable(target):
        raise ValueError("Argument must be callable")
    if inspect.isfunction(target):
        return target.__name__
    if inspect.ismethod(target):
        return f"{type(target.__self__).__name__}.{target.__func__.__name__}"
    return str(type(target))


def get_func_code(func: Any) -> CodeType | None:
    """The code object of a callable, or None when it has none.

    Raises:
        ValueError: when `func` is not callable.
    """
    target = unwrap(func)[1]
    if not callable(target):
        raise ValueError("Argument must be callable")
    if inspect.isfunction(target) or inspect.ismethod(target):
        return target.__code__
    return getattr(getattr(target, "__call__", None), "__code__", None)  # noqa: B004
