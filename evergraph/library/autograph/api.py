"""`tf.autograph`: Python functions as graphs."""

import ast
import enum
import functools
import inspect
import textwrap
from collections.abc import Callable, Iterable
from typing import Any

from evergraph.api import array_ops, list_ops
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.base.ag_ctx import ControlStatusCtx, Status, control_status_ctx
from evergraph.base.decorator import make_decorator
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.tensor import Tensor
from evergraph.library.autograph import conversion
from evergraph.library.autograph.conversion import DO_NOT_CONVERT, as_converted

UNSPECIFIED = object()


@export("contrib.autograph.AutoGraphError")
class AutoGraphError(Exception):
    """A function could not be rewritten. Stands for `tf.contrib.autograph.AutoGraphError`."""


class ConversionError(AutoGraphError):
    """A function could not be rewritten."""


@export("autograph.experimental.Feature", "contrib.autograph.Feature")
class Feature(enum.Enum):
    """What may be asked for besides; kept, without an effect. Stands for
    `tf.autograph.experimental.Feature`."""

    ALL = "ALL"
    AUTO_CONTROL_DEPS = "AUTO_CONTROL_DEPS"
    ASSERT_STATEMENTS = "ASSERT_STATEMENTS"
    BUILTIN_FUNCTIONS = "BUILTIN_FUNCTIONS"
    EQUALITY_OPERATORS = "EQUALITY_OPERATORS"
    LISTS = "LISTS"
    NAME_SCOPES = "NAME_SCOPES"

    @classmethod
    def all(cls) -> tuple[Any, ...]:
        """All of them."""
        return tuple(cls.__members__.values())

    @classmethod
    def all_but(cls, exclude: Any) -> tuple[Any, ...]:
        """All but one or some."""
        excluded = exclude if isinstance(exclude, (list, tuple, set)) else (exclude,)
        return tuple(set(cls.all()) - {*excluded, cls.ALL})


@export("contrib.autograph.ConversionOptions")
class ConversionOptions:
    """How functions are rewritten. Stands for `tf.contrib.autograph.ConversionOptions`.

    Args:
      recursive: whether functions that are called are rewritten, too.
      user_requested: whether a user asked for it.
      internal_convert_user_code: whether users' functions are rewritten.
      optional_features: a Feature, or several.
    """

    def __init__(
        self,
        recursive: bool = False,
        user_requested: bool = False,
        internal_convert_user_code: bool = True,
        optional_features: Any = Feature.ALL,
    ) -> None:
        self.recursive = recursive
        self.user_requested = user_requested
        self.internal_convert_user_code = internal_convert_user_code
        features = optional_features or ()
        several = isinstance(features, Iterable) and not isinstance(features, Feature)
        self.optional_features = frozenset(features if several else (features,))

    def uses(self, feature: Feature) -> bool:
        """Whether a feature is asked for."""
        return Feature.ALL in self.optional_features or feature in self.optional_features


@export("contrib.autograph.StackTraceMapper")
class StackTraceMapper:
    """Says which line of a program a line of a rewritten function is: the same. Stands for
    `tf.contrib.autograph.StackTraceMapper`.

    Args:
      converted_fn: a rewritten function.
    """

    def __init__(self, converted_fn: Any) -> None:
        self._converted_fn = converted_fn

    def get_effective_source_map(self) -> dict[Any, Any]:
        """Nothing: rewritten functions keep their lines."""
        return {}


def _checked(entity: Any) -> Any:
    if inspect.isclass(entity) or not callable(entity):
        raise NotImplementedError(f"cannot convert {entity!r}")
    return entity


def to_graph(entity: Any, recursive: bool, rewrite_at_once: bool = True) -> Any:
    """The function that stands for a Python function: see the exported ones."""
    target = _checked(entity)
    try:
        if inspect.isfunction(target):
            made = conversion.convert_function(target)
        elif inspect.ismethod(target):
            made = conversion.convert_function(target.__func__)
        else:
            made = conversion.convert_function(type(target).__call__)
    except conversion.ConversionError as error:
        raise ConversionError(f"converting {entity}: {error}") from None
    return made if recursive else _alone(made)


def _alone(made: Any) -> Any:
    @functools.wraps(made)
    def call(*args: Any, **kwargs: Any) -> Any:
        with ControlStatusCtx(Status.DISABLED):
            return made(*args, **kwargs)

    return call


def to_code(entity: Any, indentation: str = "  ") -> str:
    """The source of what stands for a Python function."""
    target = _checked(entity)
    function = getattr(target, "__func__", target)
    try:
        node, _ = conversion.rewritten_definition(function)
    except conversion.ConversionError as error:
        raise ConversionError(f"converting {entity}: {error}") from None
    text = textwrap.dedent(ast.unparse(node))
    lines = []
    for line in text.splitlines():
        stripped = line.lstrip(" ")
        lines.append(indentation * ((len(line) - len(stripped)) // 4) + stripped)
    return "\n".join(lines) + "\n"


@export("contrib.autograph.convert")
def convert(
    recursive: bool = False, optional_features: Any = None, user_requested: bool = True
) -> Callable[[Any], Any]:
    """A decorator for functions that are rewritten when they are called. Stands for
    `tf.contrib.autograph.convert`.

    Args:
      recursive: whether functions that they call are rewritten, too.
      optional_features: a Feature, or several; without an effect.
      user_requested: without an effect.
    """

    def decorator(f: Any) -> Any:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            status = Status.ENABLED if recursive else Status.DISABLED
            made = as_converted(f)
            with ControlStatusCtx(status):
                return made(*args, **kwargs)

        wrapped = make_decorator(f, wrapper)
        setattr(wrapped, DO_NOT_CONVERT, True)
        return wrapped

    return decorator


@export("autograph.experimental.do_not_convert", "contrib.autograph.do_not_convert")
def do_not_convert(func: Any = None) -> Any:
    """A decorator for functions that are called as they are. Stands for
    `tf.autograph.experimental.do_not_convert`.

    Args:
      func: the function.
    """
    if func is None:
        return do_not_convert

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with ControlStatusCtx(Status.DISABLED):
            return func(*args, **kwargs)

    if inspect.isfunction(func) or inspect.ismethod(func):
        wrapper = functools.update_wrapper(wrapper, func)
    setattr(wrapper, DO_NOT_CONVERT, True)
    return wrapper


@export("contrib.autograph.converted_call")
def converted_call(
    f: Any, options: Any, args: Any, kwargs: Any, caller_fn_scope: Any = None
) -> Any:
    """Calls a function, rewritten if it is a user's. Stands for
    `tf.contrib.autograph.converted_call`.

    Args:
      f: the function.
      options: without an effect.
      args, kwargs: its arguments; `kwargs` may be None.
      caller_fn_scope: without an effect.
    """
    return conversion.converted_call(f, args, kwargs or {})


def tf_convert(
    f: Any, ctx: Any, convert_by_default: bool = True, user_requested: bool = False
) -> Any:
    """A function as it is to be called where `ctx` is in force."""
    if getattr(f, DO_NOT_CONVERT, False) or ctx.status is Status.DISABLED:
        return f
    if ctx.status is Status.UNSPECIFIED and not convert_by_default:
        return f
    return as_converted(f)


@export("contrib.autograph.stack")
def stack(list_or_tensor: Any, element_dtype: Any = None, strict: bool = True) -> Any:
    """A list of tensors, or a TensorArray, as one tensor. Stands for `tf.contrib.autograph.stack`.

    Args:
      list_or_tensor: the list; a tensor is returned as it is, unless it is a list of tensors.
      element_dtype: the type of elements.
      strict: whether what cannot be stacked is an error.

    Raises:
      ValueError: what is given cannot be stacked.
    """
    if isinstance(list_or_tensor, TensorArray):
        return list_or_tensor.stack()
    if isinstance(list_or_tensor, Tensor):
        if list_or_tensor.dtype.name == "variant":
            return list_ops.tensor_list_stack(list_or_tensor, element_dtype=element_dtype)
        return list_or_tensor
    if isinstance(list_or_tensor, (list, tuple)) and list_or_tensor:
        if strict or all(isinstance(x, Tensor) for x in list_or_tensor):
            return array_ops.stack(list_or_tensor)
    if strict:
        raise ValueError(f"unable to stack {list_or_tensor}")
    return list_or_tensor


_verbosity = 0


@export("autograph.set_verbosity")
def set_verbosity(level: int, alsologtostdout: bool = False) -> None:
    """Sets how much is told of rewriting. Stands for `tf.autograph.set_verbosity`.

    Args:
      level: 0: nothing but warnings.
      alsologtostdout: whether `trace` prints, too.
    """
    global _verbosity
    _verbosity = level


@export("autograph.trace")
def trace(*args: Any) -> None:
    """Prints, when a function is traced. Stands for `tf.autograph.trace`."""
    print(*args)


def is_enabled() -> bool:
    """Whether functions that are called are rewritten."""
    return control_status_ctx().status is Status.ENABLED


def log_verbosely(message: str) -> None:
    """Tells of rewriting, if that is asked for."""
    if _verbosity > 0:
        logging.info(message)
