"""Default arguments for functions within a block: `arg_scope`."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from evergraph.base.decorator import make_decorator
from evergraph.base.export import export

F = TypeVar("F", bound=Callable[..., Any])

Scope = dict[str, dict[str, Any]]


class _ArgScopes:
    """The open scopes, innermost last, and the functions that take part."""

    def __init__(self) -> None:
        self.stack: list[Scope] = [{}]
        self.keyword_names: dict[str, tuple[str, ...]] = {}


_scopes = _ArgScopes()


@export("contrib.framework.current_arg_scope")
def current_arg_scope() -> Scope:
    """The defaults in force: key of a function → its keyword arguments."""
    return _scopes.stack[-1]


def arg_scope_func_key(op: Any) -> str:
    """What a function's defaults are kept under."""
    return getattr(op, "_key_op", str(op))


@export("contrib.framework.has_arg_scope")
def has_arg_scope(func: Any) -> bool:
    """Whether a function was decorated with `add_arg_scope`."""
    return arg_scope_func_key(func) in _scopes.keyword_names


@export("contrib.framework.arg_scoped_arguments")
def arg_scoped_arguments(func: Any) -> tuple[str, ...]:
    """The arguments of a decorated function that have defaults."""
    assert has_arg_scope(func)
    return _scopes.keyword_names[arg_scope_func_key(func)]


@export("contrib.framework.add_arg_scope")
def add_arg_scope(func: F) -> F:
    """Decorator: lets `arg_scope` set default arguments of the function."""
    key = arg_scope_func_key(func)

    def func_with_args(*args: Any, **kwargs: Any) -> Any:
        defaults = current_arg_scope().get(key)
        return func(*args, **(defaults | kwargs if defaults else kwargs))

    code = func.__code__
    count = len(func.__defaults__ or ())
    # As TensorFlow has it: all names where there are no defaults.
    _scopes.keyword_names[key] = code.co_varnames[-count : code.co_argcount]
    func_with_args._key_op = key  # type: ignore[attr-defined]
    return make_decorator(func, func_with_args)


@export("contrib.framework.arg_scope")
@contextlib.contextmanager
def arg_scope(list_ops_or_scope: Any, **kwargs: Any) -> Iterator[Scope]:
    """In the block, calls of the listed functions have these arguments by default.

    Args:
      list_ops_or_scope: functions decorated with `add_arg_scope`; or a scope that another
        `arg_scope` gave, to be used again.
      **kwargs: the defaults; none with a scope.

    Raises:
      TypeError: the first argument is neither a list nor a scope.
      ValueError: a function is not decorated, or there are arguments beside a scope.
    """
    if isinstance(list_ops_or_scope, dict):
        if kwargs:
            raise ValueError(
                "When attempting to re-use a scope by suppling adictionary, kwargs must be empty."
            )
        scope = list_ops_or_scope.copy()
    elif isinstance(list_ops_or_scope, (list, tuple)):
        scope = current_arg_scope().copy()
        for op in list_ops_or_scope:
            if not has_arg_scope(op):
                raise ValueError(
                    "%s is not decorated with @add_arg_scope", (op.__module__, op.__name__)
                )
            key = arg_scope_func_key(op)
            scope[key] = scope.get(key, {}) | kwargs
    else:
        raise TypeError("list_ops_or_scope must either be a list/tuple or reused scope (i.e. dict)")
    _scopes.stack.append(scope)
    try:
        yield scope
    finally:
        _scopes.stack.pop()
