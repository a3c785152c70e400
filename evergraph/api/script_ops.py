"""Python functions in graphs: tf.py_func, tf.numpy_function."""

import itertools
import weakref
from collections.abc import Callable
from typing import Any

from evergraph.base import nest
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import executing_eagerly
from evergraph.graph.graph import get_default_graph


class _Functions:
    """Python functions by the token that a node keeps. A function lives as long as its graph."""

    def __init__(self) -> None:
        self.by_token: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
        self.numbers = itertools.count()

    def insert(self, function: Any) -> str:
        token = f"pyfunc_{next(self.numbers)}"
        self.by_token[token] = function
        return token

    def size(self) -> int:
        """The number of functions that are alive."""
        return len(self.by_token)


class _Held:
    """A function in a form that can be referred to weakly."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function


_py_funcs = _Functions()


def registered(token: str) -> Callable[..., Any] | None:
    """The function that a token stands for, or None."""
    held = _py_funcs.by_token.get(token)
    return None if held is None else held.function


def add_function(kind: str, func: Any, inp: Any, Tout: Any, name: str | None) -> Any:
    """A node of type `kind` that calls a Python function; other arguments as of `py_func`."""
    if not callable(func):
        raise ValueError(f"Expected func to be callable, got func of type {type(func)}")
    many = isinstance(Tout, (list, tuple))
    held = _Held(func)
    token = _py_funcs.insert(held)
    graph: Any = get_default_graph()
    while getattr(graph, "_outer_graph", None) is not None:
        graph = graph._outer_graph
    used = graph.__dict__.setdefault("_py_funcs_used_in_graph", [])
    used.append(held)
    result = apply_op(kind, inp, token=token, Tout=list(Tout) if many else [Tout], name=name)
    if many and not Tout and graph.runs_at_once:
        return []
    return result if many else result[0]


@export("py_func")
@deprecated(
    date=None,
    instructions="tf.py_func is deprecated in TF V2. Instead, there are two\n"
    "    options available in V2.\n"
    "    - tf.py_function takes a python function which manipulates tf eager\n"
    "    tensors instead of numpy arrays. It's easy to convert a tf eager tensor to\n"
    "    an ndarray (just call tensor.numpy()) but having access to eager tensors\n"
    "    means `tf.py_function`s can use accelerators such as GPUs as well as\n"
    "    being differentiable using a gradient tape.\n"
    "    - tf.numpy_function maintains the semantics of the deprecated tf.py_func\n"
    "    (it is not differentiable, and manipulates numpy arrays). It drops the\n"
    "    stateful argument making all functions stateful.\n"
    "    ",
)
def py_func(func: Any, inp: Any, Tout: Any, stateful: bool = True, name: str | None = None) -> Any:
    """A Python function on NumPy arrays as an operation. Stands for `tf.py_func`.

    Args:
      func: takes an array for each of `inp` (bytes or a NumPy scalar for a scalar), and returns an
        array, or a list of as many as `Tout` has; the dtypes must be those of `Tout`.
      inp: a list of tensors.
      Tout: a dtype or a list of dtypes.
      stateful: False where equal arguments give equal results.
      name: the node's name.

    Returns:
      A tensor of unknown shape, or a list of them where `Tout` is a list. In eager execution what
      `func` returns, as a tensor, or as a list where it returns several.

    Raises:
      ValueError: `func` cannot be called.
      InvalidArgumentError: at run time, where the results are not as promised; an exception of
        `func` becomes the error that fits, too. In eager execution it stays what it is.
    """
    return py_func_common(func, inp, Tout, stateful, name)


def py_func_common(
    func: Any, inp: Any, Tout: Any, stateful: bool = True, name: str | None = None
) -> Any:
    """As `py_func`, without its warning."""
    if executing_eagerly():
        found = nest.flatten(func(*[x.numpy() for x in inp]))
        results = [x if x is None else convert_to_tensor(x) for x in found]
        return results[0] if len(results) == 1 else results
    return add_function("PyFunc" if stateful else "PyFuncStateless", func, inp, Tout, name)


@export("numpy_function")
def numpy_function(func: Any, inp: Any, Tout: Any, name: str | None = None) -> Any:
    """As `tf.py_func`, stateful. Stands for `tf.numpy_function`."""
    return py_func_common(func, inp, Tout, stateful=True, name=name)
