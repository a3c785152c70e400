"""Python functions rewritten: their source found, changed, compiled with what is around them."""

import ast
import functools
import inspect
import sys
import textwrap
import types
import weakref
from typing import Any

from evergraph.base.ag_ctx import ControlStatusCtx, Status, control_status_ctx
from evergraph.base.platform import logging
from evergraph.library.autograph import operators
from evergraph.library.autograph.directives import loop_options
from evergraph.library.autograph.rewriting import AG, rewritten

# What is in these is not rewritten, nor what is in Python's own library.
_LEFT_ALONE = frozenset(
    """evergraph tensorflow tensorflow_core tensorflow_estimator numpy torch scipy pandas six absl
    google matplotlib PIL pytest _pytest""".split()
) | frozenset(sys.stdlib_module_names)
DO_NOT_CONVERT = "_autograph_do_not_convert"

_codes: "weakref.WeakKeyDictionary[types.CodeType, types.CodeType]" = weakref.WeakKeyDictionary()
_converted: "weakref.WeakKeyDictionary[Any, Any]" = weakref.WeakKeyDictionary()


class ConversionError(ValueError):
    """A function cannot be rewritten."""


class _Module:
    """What is called `ag__` in rewritten functions."""

    Undefined = operators.Undefined
    and_ = staticmethod(operators.and_)
    assert_stmt = staticmethod(operators.assert_stmt)
    for_stmt = staticmethod(operators.for_stmt)
    if_exp = staticmethod(operators.if_exp)
    if_stmt = staticmethod(operators.if_stmt)
    loop_options = staticmethod(loop_options)
    not_ = staticmethod(operators.not_)
    or_ = staticmethod(operators.or_)
    while_stmt = staticmethod(operators.while_stmt)

    @staticmethod
    def converted_call(f: Any, *args: Any, **kwargs: Any) -> Any:
        """Calls a function, rewritten if it is a user's."""
        return converted_call(f, args, kwargs)


def definition(function: Any) -> tuple[ast.FunctionDef, str, int]:
    """A function's definition as a tree, its file, and the line that it begins at.

    Raises:
      ConversionError: there is no source, or it is not that of one function.
    """
    code = function.__code__
    try:
        lines, first = inspect.getsourcelines(code)
    except (OSError, TypeError) as error:
        raise ConversionError(f"No source of {function!r} was found: {error}") from None
    source = textwrap.dedent("".join(lines))
    try:
        tree = ast.parse(source)
    except SyntaxError:
        # A lambda, in the middle of something.
        tree = ast.parse(f"(\n{source}\n)") if _closes(source) else ast.Module([], [])
    ast.increment_lineno(tree, first - 1)
    if code.co_name == "<lambda>":
        return _lambda_definition(tree, code), code.co_filename, first
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == function.__code__.co_name:
            return node, code.co_filename, first
    raise ConversionError(f"The source of {function!r} is not that of a function")


def _closes(source: str) -> bool:
    try:
        ast.parse(f"(\n{source}\n)")
    except SyntaxError:
        return False
    return True


def _lambda_definition(tree: ast.AST, code: types.CodeType) -> ast.FunctionDef:
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Lambda)
        and tuple(a.arg for a in (*node.args.args, *node.args.kwonlyargs)) == names
    ]
    if len(found) != 1:
        raise ConversionError("The source of a lambda was not found, or there are several like it")
    node = found[0]
    body = ast.copy_location(ast.Return(node.body), node)
    made = ast.FunctionDef("lambda_", node.args, [body], [])
    made.type_params = []  # type: ignore[attr-defined]
    return ast.fix_missing_locations(ast.copy_location(made, node))


def rewritten_definition(function: Any) -> tuple[ast.FunctionDef, str]:
    """A function's definition, rewritten and called tf__NAME, and its file."""
    node, file, _ = definition(function)
    if any(isinstance(n, (ast.Yield, ast.YieldFrom, ast.Await)) for n in ast.walk(node)):
        raise ConversionError("Generators and coroutines are not rewritten")
    node.args.defaults = [ast.Constant(None) for _ in node.args.defaults]
    node.args.kw_defaults = [d and ast.Constant(None) for d in node.args.kw_defaults]
    for arg in ast.walk(node.args):
        if isinstance(arg, ast.arg):
            arg.annotation = None
    node.returns = None
    made = rewritten(node)
    made.name = "tf__" + made.name
    return made, file


def _compiled(function: Any) -> types.CodeType:
    code = function.__code__
    if code not in _codes:
        node, file = rewritten_definition(function)
        names = [AG, *code.co_freevars]
        outer = ast.FunctionDef(
            "around",
            ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, []),
            [node],
            [],
        )
        outer.type_params = []  # type: ignore[attr-defined]
        ast.fix_missing_locations(ast.copy_location(outer, node))
        module = compile(ast.Module([outer], []), file, "exec", dont_inherit=True)
        around = next(c for c in module.co_consts if isinstance(c, types.CodeType))
        _codes[code] = next(
            c for c in around.co_consts if isinstance(c, types.CodeType) and c.co_name == node.name
        )
    return _codes[code]


def convert_function(function: types.FunctionType) -> types.FunctionType:
    """The rewritten form of a Python function, with the same defaults and variables around it.

    Raises:
      ConversionError: it cannot be rewritten.
    """
    if function in _converted:
        return _converted[function]
    try:
        code = _compiled(function)
    except (SyntaxError, RecursionError) as error:
        raise ConversionError(f"{function!r} cannot be rewritten: {error}") from error
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    cells[AG] = types.CellType(_Module)
    closure = tuple(cells[name] for name in code.co_freevars)
    defaults = function.__defaults__
    made = types.FunctionType(code, function.__globals__, code.co_name, defaults, closure)
    made.__kwdefaults__ = function.__kwdefaults__
    made.__dict__.update(function.__dict__)
    made.__module__ = function.__module__
    setattr(made, DO_NOT_CONVERT, True)
    made.ag_original = function  # type: ignore[attr-defined]
    _converted[function] = made
    return made


def is_left_alone(f: Any) -> bool:
    """Whether a function is called as it is."""
    if getattr(f, DO_NOT_CONVERT, False):
        return True
    function = getattr(f, "__func__", f)
    if not inspect.isfunction(function):
        return True
    # Where it was written; its __module__ may be that of what it wraps.
    module: str = function.__globals__.get("__name__") or ""
    return module.partition(".")[0] in _LEFT_ALONE


def converted_call(f: Any, args: Any, kwargs: Any) -> Any:
    """Calls a function, rewritten if it is a user's."""
    try:
        special = operators.BUILTINS.get(f)
    except TypeError:
        special = None
    if special is not None:
        return special(*args, **kwargs)
    if control_status_ctx().status is Status.DISABLED:
        return f(*args, **kwargs)
    return as_converted(f)(*args, **kwargs)


def as_converted(f: Any) -> Any:
    """The rewritten form of a function, or itself where it is not a user's or cannot be
    rewritten."""
    if isinstance(f, functools.partial):
        return functools.partial(as_converted(f.func), *f.args, **f.keywords)
    if not (inspect.isfunction(f) or inspect.ismethod(f)):
        call = getattr(type(f), "__call__", None)  # noqa: B004
        if inspect.isclass(f) or not inspect.isfunction(call) or is_left_alone(call):
            return f
        return types.MethodType(_or_itself(call), f)
    if is_left_alone(f):
        return f
    if inspect.ismethod(f):
        return types.MethodType(_or_itself(f.__func__), f.__self__)
    return _or_itself(f)


def _or_itself(function: Any) -> Any:
    try:
        return convert_function(function)
    except ConversionError as error:
        logging.warning(
            f"Entity {function!r} could not be transformed and will be executed as-is: {error}"
        )
        return function


def call_converted(f: Any, args: Any, kwargs: Any) -> Any:
    """Calls a function in its rewritten form, and with it those that it calls."""
    if control_status_ctx().status is Status.DISABLED:
        return f(*args, **kwargs)
    made = as_converted(f)
    with ControlStatusCtx(Status.ENABLED):
        return made(*args, **kwargs)


def autographed(f: Any) -> Any:
    """A function that calls another one in its rewritten form."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return call_converted(f, args, kwargs)

    return functools.update_wrapper(call, f) if hasattr(f, "__name__") else call
