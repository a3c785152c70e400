"""Marks for deprecated functions, arguments and names: a warning at the first use."""

import functools
import re
import sys
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from evergraph.base import tf_inspect
from evergraph.base.decorator import contextmanager, make_decorator
from evergraph.base.decorator_utils import (
    add_notice_to_docstring,
    get_qualified_name,
    validate_callable,
)
from evergraph.base.platform import logging

F = TypeVar("F", bound=Callable[..., Any])

# Programs set this to False to have no warnings, so it must be a name of this module.
_PRINT_DEPRECATION_WARNINGS = True

# What has been warned about: functions, or (function, argument) pairs.
_PRINTED_WARNING: dict[Any, bool] = {}


class DeprecatedNamesAlreadySet(Exception):
    """`deprecated_endpoints` is applied twice to the same object."""


class DeprecatedArgSpec(NamedTuple):
    """Where a deprecated argument stands, and the value for which there is no warning."""

    position: int
    has_ok_value: bool
    ok_value: Any


def _when(date: str | None) -> str:
    return "in a future version" if date is None else f"after {date}"


def _validate_deprecation_args(date: str | None, instructions: str | None) -> None:
    if date is not None and not re.match(r"20\d\d-[01]\d-[0123]\d", date):
        raise ValueError("Date must be YYYY-MM-DD.")
    if not instructions:
        raise ValueError("Don't deprecate things without conversion instructions!")


def _call_location(depth: int) -> str:
    """File and line of the frame that many levels above the caller."""
    frame = sys._getframe(depth + 1)
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _warn_once(key: Any, warn_once: bool, message: str, *args: Any) -> None:
    """Log a warning for the caller of the wrapper that calls this, unless it is known already."""
    if key in _PRINTED_WARNING:
        return
    if warn_once:
        _PRINTED_WARNING[key] = True
    logging.warning("From %s: " + message, _call_location(2), *args)


def _function_doc(doc: str | None, date: str | None, instructions: str | None) -> str:
    notice = [f"THIS FUNCTION IS DEPRECATED. It will be removed {_when(date)}."]
    if instructions:
        notice.append("Instructions for updating:")
    return add_notice_to_docstring(doc, instructions, "DEPRECATED FUNCTION", "(deprecated)", notice)


def deprecated(
    date: str | None, instructions: str | None, warn_once: bool = True
) -> Callable[[F], F]:
    """Decorator for a deprecated function or method.

    Args:
        date: the day after which it goes, as "2016-07-04", or None for some future version.
        instructions: what to use instead; a call logs it.
        warn_once: False to log at every call.

    Raises:
        ValueError: when `date` is no such date or `instructions` is empty.
    """
    _validate_deprecation_args(date, instructions)

    def decorate(func: F) -> F:
        validate_callable(func, "deprecated")

        @functools.wraps(func)
        def new_func(*args: Any, **kwargs: Any) -> Any:
            if _PRINT_DEPRECATION_WARNINGS:
                _warn_once(
                    func,
                    warn_once,
                    "%s (from %s) is deprecated and will be removed %s.\n"
                    "Instructions for updating:\n%s",
                    get_qualified_name(func),
                    func.__module__,
                    _when(date),
                    instructions,
                )
            return func(*args, **kwargs)

        doc = _function_doc(func.__doc__, date, instructions)
        wrapped: F = make_decorator(func, new_func, "deprecated", doc)
        return wrapped

    return decorate


def _same_value(a: Any, b: Any) -> bool:
    """Whether a == b, for values whose == may give an array or fail."""
    if a is b:
        return True
    try:
        equal = a == b
    except TypeError:
        return False
    return equal if isinstance(equal, bool) else False


def deprecated_args(
    date: str | None,
    instructions: str | None,
    *deprecated_arg_names_or_tuples: str | tuple[str, Any],
    **kwargs: Any,
) -> Callable[[F], F]:
    """Decorator for a function with deprecated arguments.

    Args:
        date, instructions: as for `deprecated`.
        *deprecated_arg_names_or_tuples: names, or pairs of a name and the value for which nothing
            is logged.
        **kwargs: `warn_once=False` to log at every such call.

    Raises:
        ValueError: as for `deprecated`; or when the function has no such argument.
    """
    _validate_deprecation_args(date, instructions)
    if not deprecated_arg_names_or_tuples:
        raise ValueError("Specify which argument is deprecated.")
    if kwargs and list(kwargs) != ["warn_once"]:
        kwargs.pop("warn_once", None)
        raise ValueError(f"Illegal argument to deprecated_args: {kwargs}")
    warn_once = kwargs.get("warn_once", True)
    ok_values = {
        item[0] if isinstance(item, tuple) else item: item[1:] if isinstance(item, tuple) else ()
        for item in deprecated_arg_names_or_tuples
    }

    def decorate(func: F) -> F:
        validate_callable(func, "deprecated_args")
        spec = tf_inspect.getfullargspec(func)
        known = [*spec.args, spec.varargs, spec.varkw]
        missing = [name for name in ok_values if name not in [*known, *spec.kwonlyargs]]
        if missing:
            raise ValueError(
                "The following deprecated arguments are not present in the function signature: "
                f"{missing}. Found next arguments: {known}."
            )

        def used(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[str]:
            """The deprecated arguments among those of a call."""
            names = []
            for name, ok in ok_values.items():
                if name == spec.varargs:
                    found = len(args) > len(spec.args)
                elif name == spec.varkw:
                    found = bool(kwargs)
                elif name in kwargs:
                    found = not (ok and _same_value(kwargs[name], ok[0]))
                else:
                    position = positions.get(name, len(args))
                    found = position < len(args) and not (ok and _same_value(args[position], ok[0]))
                if found:
                    names.append(name)
            return names

        positions = {name: i for i, name in enumerate(spec.args)}

        @functools.wraps(func)
        def new_func(*args: Any, **kwargs: Any) -> Any:
            if _PRINT_DEPRECATION_WARNINGS:
                for name in used(args, kwargs):
                    _warn_once(
                        (func, name),
                        warn_once,
                        "calling %s (from %s) with %s is deprecated and will be removed %s.\n"
                        "Instructions for updating:\n%s",
                        get_qualified_name(func),
                        func.__module__,
                        name,
                        _when(date),
                        instructions,
                    )
            return func(*args, **kwargs)

        doc = add_notice_to_docstring(
            func.__doc__,
            instructions,
            "DEPRECATED FUNCTION ARGUMENTS",
            "(deprecated arguments)",
            [
                f"SOME ARGUMENTS ARE DEPRECATED: `({', '.join(sorted(ok_values))})`. "
                f"They will be removed {_when(date)}.",
                "Instructions for updating:",
            ],
        )
        wrapped: F = make_decorator(func, new_func, "deprecated", doc)
        return wrapped

    return decorate


def deprecated_arg_values(
    date: str | None, instructions: str | None, warn_once: bool = True, **deprecated_kwargs: Any
) -> Callable[[F], F]:
    """Decorator for a function some of whose arguments have a deprecated value.

    A call in which an argument has the value given here, be it by default, is logged.

    Raises:
        ValueError: as for `deprecated`; or when no value is given.
    """
    _validate_deprecation_args(date, instructions)
    if not deprecated_kwargs:
        raise ValueError("Specify which argument values are deprecated.")

    def decorate(func: F) -> F:
        validate_callable(func, "deprecated_arg_values")

        @functools.wraps(func)
        def new_func(*args: Any, **kwargs: Any) -> Any:
            if _PRINT_DEPRECATION_WARNINGS:
                named = tf_inspect.getcallargs(func, *args, **kwargs)
                for name, value in deprecated_kwargs.items():
                    if name in named and _same_value(named[name], value):
                        _warn_once(
                            (func, name),
                            warn_once,
                            "calling %s (from %s) with %s=%s is deprecated and will be removed "
                            "%s.\nInstructions for updating:\n%s",
                            get_qualified_name(func),
                            func.__module__,
                            name,
                            value,
                            _when(date),
                            instructions,
                        )
            return func(*args, **kwargs)

        pairs = ", ".join(f"{name}={value!r}" for name, value in sorted(deprecated_kwargs.items()))
        doc = add_notice_to_docstring(
            func.__doc__,
            instructions,
            "DEPRECATED FUNCTION ARGUMENT VALUES",
            "(deprecated argument values)",
            [
                f"SOME ARGUMENT VALUES ARE DEPRECATED: `({pairs})`. "
                f"They will be removed {_when(date)}.",
                "Instructions for updating:",
            ],
        )
        wrapped: F = make_decorator(func, new_func, "deprecated", doc)
        return wrapped

    return decorate


def deprecated_alias(
    deprecated_name: str, name: str, func_or_class: Any, warn_once: bool = True
) -> Any:
    """An old name for a function or class: it works as the new one and logs that it is old."""
    message = "The name %s is deprecated. Please use %s instead.\n"
    if tf_inspect.isclass(func_or_class):
        return _class_alias(message, deprecated_name, name, func_or_class, warn_once)
    validate_callable(func_or_class, "deprecated")

    @functools.wraps(func_or_class)
    def new_func(*args: Any, **kwargs: Any) -> Any:
        if _PRINT_DEPRECATION_WARNINGS:
            _warn_once(new_func, warn_once, message, deprecated_name, name)
        return func_or_class(*args, **kwargs)

    doc = _function_doc(func_or_class.__doc__, None, f"Please use {name} instead.")
    return make_decorator(func_or_class, new_func, "deprecated", doc)


def _class_alias(message: str, deprecated_name: str, name: str, cls: Any, warn_once: bool) -> Any:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if _PRINT_DEPRECATION_WARNINGS:
            _warn_once(alias, warn_once, message, deprecated_name, name)
        cls.__init__(self, *args, **kwargs)

    doc = add_notice_to_docstring(
        cls.__doc__,
        f"Please use {name} instead.",
        "DEPRECATED CLASS",
        "(deprecated)",
        ["THIS CLASS IS DEPRECATED. It will be removed in a future version. "],
    )
    alias = type(
        cls.__name__,
        (cls,),
        {
            "__doc__": doc,
            "__module__": _call_location(2),
            "__init__": make_decorator(cls.__init__, __init__),
        },
    )
    return alias


def deprecated_endpoints(*args: str) -> Callable[[F], F]:
    """Decorator that records which public names of an object are old; nothing is logged.

    Raises:
        DeprecatedNamesAlreadySet: when the object has such a record.
    """

    def decorate(func: F) -> F:
        if "_tf_deprecated_api_names" in vars(func):
            raise DeprecatedNamesAlreadySet(
                f"Cannot set deprecated names for {func.__name__} to {args}. Deprecated names are "
                f"already set to {vars(func)['_tf_deprecated_api_names']}."
            )
        func._tf_deprecated_api_names = args  # type: ignore[attr-defined]
        return func

    return decorate


def deprecated_argument_lookup(new_name: str, new_value: Any, old_name: str, old_value: Any) -> Any:
    """The value of an argument that has a new and an old name; None means not given.

    Raises:
        ValueError: when both are given.
    """
    if old_value is None:
        return new_value
    if new_value is not None:
        raise ValueError(f"Cannot specify both '{old_name}' and '{new_name}'")
    return old_value


def rewrite_argument_docstring(old_doc: str, old_argument: str, new_argument: str) -> str:
    """`old_doc` with another name for one argument."""
    doc = old_doc.replace(f"`{old_argument}`", f"`{new_argument}`")
    return doc.replace(f"{old_argument}:", f"{new_argument}:")


@contextmanager
def silence() -> Any:
    """Context manager in which no deprecation is logged."""
    global _PRINT_DEPRECATION_WARNINGS
    before = _PRINT_DEPRECATION_WARNINGS
    _PRINT_DEPRECATION_WARNINGS = False
    try:
        yield
    finally:
        _PRINT_DEPRECATION_WARNINGS = before


class HiddenTfApiAttribute(property):
    """An attribute that a base class has and this class does not: AttributeError when read."""

    def __init__(self, deprecation_message: str) -> None:
        def refuse(self: Any) -> None:
            raise AttributeError(deprecation_message)

        super().__init__(refuse)


hide_attribute_from_api = HiddenTfApiAttribute
HIDDEN_ATTRIBUTE = HiddenTfApiAttribute("This attribute has been deprecated.")
