"""`to_graph` and `to_code` with the arguments of `tf.autograph`, and of `tf.contrib.autograph`."""

from typing import Any

from evergraph.base.export import export
from evergraph.library.autograph import api


@export("autograph.to_graph")
def to_graph_v1(
    entity: Any,
    recursive: bool = True,
    arg_values: Any = None,
    arg_types: Any = None,
    experimental_optional_features: Any = None,
) -> Any:
    """A function whose `if`, `while`, `for`, `and`, `or`, `not`, `assert` on tensors are conditions
    and loops of the graph. Stands for `tf.autograph.to_graph`.

    Args:
      entity: a Python function whose source is there.
      recursive: whether functions that it calls are rewritten, too.
      arg_values, arg_types, experimental_optional_features: without an effect.

    Returns:
      A Python function with the same arguments.

    Raises:
      ConversionError: the function cannot be rewritten.
    """
    return api.to_graph(entity, recursive)


@export("contrib.autograph.to_graph")
def to_graph(
    entity: Any, recursive: bool = True, experimental_optional_features: Any = None
) -> Any:
    """As `tf.autograph.to_graph`. Stands for `tf.contrib.autograph.to_graph`."""
    return api.to_graph(entity, recursive)


@export("autograph.to_code")
def to_code_v1(
    entity: Any,
    recursive: bool = True,
    arg_values: Any = None,
    arg_types: Any = None,
    indentation: str = "  ",
    experimental_optional_features: Any = None,
) -> str:
    """The source of what `to_graph` makes of a function. Stands for `tf.autograph.to_code`.

    Args:
      entity: a Python function whose source is there.
      recursive, arg_values, arg_types, experimental_optional_features: without an effect.
      indentation: what lines are indented by.
    """
    return api.to_code(entity, indentation)


@export("contrib.autograph.to_code")
def to_code(entity: Any, recursive: bool = True, experimental_optional_features: Any = None) -> str:
    """As `tf.autograph.to_code`. Stands for `tf.contrib.autograph.to_code`."""
    return api.to_code(entity)
