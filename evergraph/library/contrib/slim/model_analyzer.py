"""slim.model_analyzer: how large a model is."""

from collections.abc import Iterable
from typing import Any

from evergraph.base.export import export

_LINE = "---------"


@export("contrib.slim.model_analyzer.tensor_description")
def tensor_description(var: Any) -> str:
    """Type and shape of a tensor or variable, such as "(float32 2x3)"."""
    return f"({var.dtype.name} {'x'.join(str(size) for size in var.get_shape())})"


@export("contrib.slim.model_analyzer.analyze_ops")
def analyze_ops(graph: Any, print_info: bool = False) -> int:
    """The number of elements of all outputs of a graph's operations, as far as it is known.

    Args:
      graph: the graph.
      print_info: whether each operation is printed.
    """
    if print_info:
        print(_LINE)
        print("Operations: name -> (type shapes) [size]")
        print(_LINE)
    total = 0
    for op in graph.get_operations():
        size = sum(output.get_shape().num_elements() or 0 for output in op.outputs)
        if print_info:
            shapes = [tensor_description(o) for o in op.outputs if o.get_shape()]
            print(op.name, "\t->", ", ".join(shapes), f"[{size}]")
        total += size
    return total


@export("contrib.slim.model_analyzer.analyze_vars")
def analyze_vars(variables: Iterable[Any], print_info: bool = False) -> tuple[int, int]:
    """The number of elements of variables, and of bytes.

    Args:
      variables: the variables.
      print_info: whether each variable is printed.
    """
    if print_info:
        print(_LINE)
        print("Variables: name (type shape) [size]")
        print(_LINE)
    total_size = total_bytes = 0
    for variable in variables:
        size = variable.get_shape().num_elements() or 0
        size_in_bytes = size * variable.dtype.size
        total_size += size
        total_bytes += size_in_bytes
        if print_info:
            description = tensor_description(variable)
            print(variable.name, description, f"[{size}, bytes: {size_in_bytes}]")
    if print_info:
        print(f"Total size of variables: {total_size}")
        print(f"Total bytes of variables: {total_bytes}")
    return total_size, total_bytes
