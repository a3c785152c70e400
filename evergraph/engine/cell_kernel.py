"""Kernels for a variable that is only known at run time: an argument of a graph function.

A scalar variable's value is a NumPy scalar, any other's a torch tensor; so the kernel is chosen
when it is called.
"""

from collections.abc import Callable
from typing import Any

from evergraph.engine import values
from evergraph.engine.state import Variable
from evergraph.graph.registry import keyword_names

Kernel = Callable[..., Any]


def kernel_for_any_cell(torch_kernel: Kernel, numpy_kernel: Kernel) -> Kernel:
    """A kernel that calls the one of two that fits the variable, its first argument; results are
    torch's."""
    torch_names, numpy_names = keyword_names(torch_kernel), keyword_names(numpy_kernel)

    def run(cell: Any, *args: Any, **keywords: Any) -> Any:
        if not (isinstance(cell, Variable) and (cell.dims == () or values.on_host(cell.dtype))):
            return torch_kernel(cell, *args, **{n: keywords[n] for n in torch_names})
        arrays = [values.to_array(a) for a in args]
        result = numpy_kernel(cell, *arrays, **{n: keywords[n] for n in numpy_names})
        if result is None or result is cell or values.on_host(cell.dtype):
            return result
        return values.to_torch(result)

    return run
