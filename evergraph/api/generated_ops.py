"""A function for each op type in the registry, as TensorFlow's generated modules have them.

`tf.raw_ops.MatMul(a=..., b=...)` is `raw_op("MatMul")`; `gen_math_ops.mat_mul(a, b)` is the
attribute `mat_mul` of this module. Nobody writes these functions: the op's signature says it all.
"""

import functools
from collections.abc import Callable
from typing import Any

from evergraph.base.missing import missing_attribute, tensorflow_symbols
from evergraph.graph.apply import apply_op
from evergraph.graph.names import snake_case
from evergraph.graph.op_def_library import _op_def_lib as _op_def_lib
from evergraph.graph.registry import REGISTRY
from evergraph.graph.signature import AttrDef, Signature

# Where TensorFlow's Python calls an input otherwise than its OpDef: {op type: {OpDef's: Python's}}.
RENAMED = {
    **dict.fromkeys(
        ("All", "Any", "EuclideanNorm", "Max", "Mean", "Min", "Prod", "Sum"),
        {"reduction_indices": "axis"},
    ),
    "ExpandDims": {"dim": "axis"},
    "Select": {"t": "x", "e": "y"},
    "Split": {"split_dim": "axis"},
    "SplitV": {"split_dim": "axis"},
    "Squeeze": {"squeeze_dims": "axis"},
    "Where": {"input": "condition"},
}


def __getattr__(name: str) -> Callable[..., Any]:
    """The function of the op type whose name in snake case this is, perhaps after `_`."""
    for op_type in REGISTRY:
        if snake_case(op_type) == name.removeprefix("_"):
            return function(op_type, name)
    raise AttributeError(f"No op type is called {name!r} in Python")


def raw_op(name: str) -> Callable[..., Any]:
    """The function `tf.raw_ops.<name>`, which takes its arguments by keyword only.

    Raises:
        AttributeError: there is no such op; also NotImplementedError where TensorFlow has it.
    """
    if name not in raw_op_names():
        raise missing_attribute("raw_ops", name)
    return keyword_only(function(name, name))


def raw_op_names() -> list[str]:
    """The op types of the registry that `tf.raw_ops` offers."""
    return sorted(name for name in REGISTRY if f"raw_ops.{name}" in tensorflow_symbols())


@functools.cache
def function(op_type: str, name: str) -> Callable[..., Any]:
    """A function `name` which adds a node; inputs, attrs without and with default, and `name`.

    Attrs that follow from the inputs are no arguments. An attr given as None takes its default.
    """
    signature = REGISTRY[op_type].signature
    renamed = RENAMED.get(op_type, {})
    attrs = [attr for attr in signature.attrs if attr.name not in signature.inferred_attrs]
    optional = {attr.name: attr for attr in attrs if attr.has_default}
    required = [arg.name for arg in signature.inputs]
    required += [attr.name for attr in attrs if not attr.has_default]
    arguments = [renamed.get(arg, arg) for arg in required]
    defaults = {renamed.get(arg, arg): default_of(attr) for arg, attr in optional.items()}
    parameters = arguments + [f"{arg}=_defaults[{arg!r}]" for arg in defaults] + ["name=None"]
    passed = dict(zip([*required, *optional], [*arguments, *defaults], strict=True))
    items = ", ".join(f"{key!r}: {argument}" for key, argument in passed.items())
    # Compiled from source, so that a wrong call is refused in Python's own words.
    source = (
        f"def {name}({', '.join(parameters)}):\n"
        f"    _values = {{{items}}}\n"
        "    for _key in _optional:\n"
        "        if _values[_key] is None:\n"
        "            del _values[_key]\n"
        "    return _apply_op(_op_type, name=name, **_values)\n"
    )
    scope: dict[str, Any] = {
        "_apply_op": apply_op,
        "_defaults": defaults,
        "_op_type": op_type,
        "_optional": tuple(optional),
    }
    # A place in this package: such lines are no user's.
    exec(compile(source, f"{__file__}:{op_type}", "exec"), scope)
    made = scope[name]
    made.__doc__ = f"Adds a node of type {op_type}.\n\n{described(signature)}"
    made.__module__ = __name__
    return made


def default_of(attr: AttrDef) -> Any:
    return list(attr.default) if isinstance(attr.default, list | tuple) else attr.default


def described(signature: Signature) -> str:
    inputs = ", ".join(arg.name for arg in signature.inputs) or "none"
    outputs = ", ".join(arg.name for arg in signature.outputs) or "none"
    return f"Inputs: {inputs}. Outputs: {outputs}."


@functools.cache
def keyword_only(made: Callable[..., Any]) -> Callable[..., Any]:
    """`made`, refusing positional arguments."""

    @functools.wraps(made)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if args:
            names = list(made.__code__.co_varnames[: made.__code__.co_argcount])
            raise TypeError(
                f"{made.__name__} only takes keyword args (possible keys: {names}). "
                "Please pass these args as kwargs instead."
            )
        return made(**kwargs)

    return wrapper
