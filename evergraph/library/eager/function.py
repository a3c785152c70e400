"""Names of `tensorflow.python.eager.function`: the older way to write tf.function."""

import functools
from collections.abc import Callable
from typing import Any

from evergraph.base.export import export
from evergraph.library.eager.def_function import ConcreteFunction as ConcreteFunction
from evergraph.library.eager.def_function import Function


@export("contrib.eager.defun")
def defun(
    func: Callable[..., Any] | None = None,
    input_signature: Any = None,
    autograph: bool = True,
    experimental_autograph_options: Any = None,
    experimental_relax_shapes: bool = False,
) -> Any:
    """As `tf.function`. Stands for `tf.contrib.eager.defun`."""
    if func is None:
        return functools.partial(defun, input_signature=input_signature)
    return Function(func, input_signature)
