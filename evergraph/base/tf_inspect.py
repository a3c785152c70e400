"""The `inspect` module, seeing through the decorators of `evergraph.base.decorator`."""

import functools
import inspect
from collections import namedtuple
from typing import Any

from evergraph.base import decorator as tf_decorator

# Python 3.11 took inspect.ArgSpec away.
ArgSpec = namedtuple("ArgSpec", "args varargs keywords defaults")
FullArgSpec = inspect.FullArgSpec


def _full(spec: Any) -> FullArgSpec:
    if hasattr(spec, "kwonlyargs"):
        full: FullArgSpec = spec
        return full
    return FullArgSpec(spec.args, spec.varargs, spec.keywords, spec.defaults, [], None, {})


def getfullargspec(obj: Any) -> FullArgSpec:
    """The signature of the outermost decorator that has one of its own, else of the target."""
    decorators, target = tf_decorator.unwrap(obj)
    for decorator in decorators:
        if decorator.decorator_argspec is not None:
            return _full(decorator.decorator_argspec)
    spec = inspect.getfullargspec(target)
    named = target.func if isinstance(target, functools.partial) else target
    if str(getattr(named, "__module__", "")).startswith("evergraph."):
        # Programs compare these with functions of their own, and TensorFlow's have no annotations.
        return spec._replace(annotations={})
    return spec


def getargspec(obj: Any) -> ArgSpec:
    """As `getfullargspec`, in the four fields of Python 2; of a partial object also.

    Raises:
        ValueError: when the signature of a partial object cannot be put this way.
        TypeError: when `obj` has no signature.
    """
    if isinstance(obj, functools.partial):
        return _argspec_of_partial(obj)
    decorators, target = tf_decorator.unwrap(obj)
    for decorator in decorators:
        if decorator.decorator_argspec is not None:
            spec: ArgSpec = decorator.decorator_argspec
            return spec
    candidates: list[Any] = [target]
    if isinstance(target, type):
        candidates += [target.__init__, target.__new__]  # type: ignore[misc]
    for candidate in candidates:
        try:
            return ArgSpec(*getfullargspec(candidate)[:4])
        except TypeError:
            continue
    return ArgSpec(*getfullargspec(type(target).__call__)[:4])


def _argspec_of_partial(obj: "functools.partial[Any]") -> ArgSpec:
    spec = getargspec(obj.func)
    args = spec.args[len(obj.args) :]
    missing = object()
    values = [missing] * len(args)
    if spec.defaults:
        values[-len(spec.defaults) :] = spec.defaults
    for name, value in obj.keywords.items():
        if name in args:
            values[args.index(name)] = value
        elif not spec.keywords:
            raise ValueError(
                "Function does not have **kwargs parameter, but contains an unknown partial "
                "keyword."
            )
    first = next((i for i, value in enumerate(values) if value is not missing), None)
    if first is None:
        return ArgSpec(args, spec.varargs, spec.keywords, None)
    invalid = [args[i] for i in range(first, len(args)) if values[i] is missing]
    if invalid:
        raise ValueError(
            f"Some arguments {invalid} do not have default value, but they are positioned after "
            "those with default values. This can not be expressed with ArgSpec."
        )
    return ArgSpec(args, spec.varargs, spec.keywords, tuple(values[first:]))


def getcallargs(*func_and_positional: Any, **named: Any) -> dict[str, Any]:
    """What each argument of `func` is when it is called with these arguments.

    The first positional argument is the callable.
    """
    func, *positional = func_and_positional
    spec = getfullargspec(func)
    call_args = dict(named)
    this = getattr(func, "__self__", None)
    if ismethod(func) and this is not None:
        positional.insert(0, this)
    remaining = [arg for arg in spec.args if arg not in call_args]
    call_args.update(zip(remaining, positional, strict=False))
    defaults = spec.defaults or ()
    for name, value in zip(spec.args[len(spec.args) - len(defaults) :], defaults, strict=True):
        call_args.setdefault(name, value)
    for name, value in (spec.kwonlydefaults or {}).items():
        call_args.setdefault(name, value)
    return call_args


def getfile(object: Any) -> str:
    """The file in which the target was defined; of a frame, that of its module."""
    target = tf_decorator.unwrap(object)[1]
    module_file = getattr(target, "f_globals", {}).get("__file__")
    return module_file if module_file is not None else inspect.getfile(target)


def currentframe() -> Any:
    """The frame of the caller."""
    frame = inspect.currentframe()
    return frame and frame.f_back


def stack(context: int = 1) -> list[inspect.FrameInfo]:
    """The frames of the caller and of its callers."""
    return inspect.stack(context)[1:]


def getsource(object: Any) -> str:
    """The source text of the target."""
    return inspect.getsource(tf_decorator.unwrap(object)[1])


def getsourcefile(object: Any) -> str | None:
    """The source file of the target."""
    return inspect.getsourcefile(tf_decorator.unwrap(object)[1])


def getsourcelines(object: Any) -> tuple[list[str], int]:
    """The source lines of the target and the number of the first."""
    return inspect.getsourcelines(tf_decorator.unwrap(object)[1])


def isbuiltin(object: Any) -> bool:
    """Whether the target is a built-in function."""
    return inspect.isbuiltin(tf_decorator.unwrap(object)[1])


def isclass(object: Any) -> bool:
    """Whether the target is a class."""
    return inspect.isclass(tf_decorator.unwrap(object)[1])


def isfunction(object: Any) -> bool:
    """Whether the target is a Python function."""
    return inspect.isfunction(tf_decorator.unwrap(object)[1])


def isframe(object: Any) -> bool:
    """Whether the target is a frame."""
    return inspect.isframe(tf_decorator.unwrap(object)[1])


def isgenerator(object: Any) -> bool:
    """Whether the target is a generator."""
    return inspect.isgenerator(tf_decorator.unwrap(object)[1])


def isgeneratorfunction(object: Any) -> bool:
    """Whether the target is a generator function."""
    return inspect.isgeneratorfunction(tf_decorator.unwrap(object)[1])


def ismethod(object: Any) -> bool:
    """Whether the target is a bound method."""
    return inspect.ismethod(tf_decorator.unwrap(object)[1])


def ismodule(object: Any) -> bool:
    """Whether the target is a module."""
    return inspect.ismodule(tf_decorator.unwrap(object)[1])


def isroutine(object: Any) -> bool:
    """Whether the target is a function or method of any kind."""
    return inspect.isroutine(tf_decorator.unwrap(object)[1])


# These need no unwrapping: the outermost decorator has the fullest documentation.
getdoc = inspect.getdoc
getframeinfo = inspect.getframeinfo
getmembers = inspect.getmembers
getmodule = inspect.getmodule
getmro = inspect.getmro
