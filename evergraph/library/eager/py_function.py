"""Python functions of eager tensors as ops: `tf.py_function`."""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api.array_ops import zeros_like
from evergraph.api.resource_variable_ops import BaseResourceVariable
from evergraph.api.script_ops import add_function
from evergraph.base.dtypes import DType, as_dtype
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.library.eager.backprop import GradientTape
from evergraph.library.eager.context import eager_mode


class _EagerFunction:
    """A function on arrays that calls one on tensors, and keeps what gradients of the last call
    need."""

    def __init__(self, function: Callable[..., Any], types: Sequence[DType]) -> None:
        self._function = function
        self._types = types
        self._last: tuple[GradientTape, list[Any], list[Any]] | None = None

    def __call__(self, *arrays: Any) -> list[Any]:
        """The results as arrays.

        Raises:
          RuntimeError: the function returned a variable.
        """
        with eager_mode(), GradientTape() as tape:
            inputs = [convert_to_tensor(a) for a in arrays]
            tape.watch([t for t in inputs if t.dtype.is_floating])
            found = self._function(*inputs)
            results = found if isinstance(found, (tuple, list)) else [found]
            if found is None:
                results = []
            outputs = [self._converted(r, t) for r, t in zip(results, self._types, strict=False)]
        self._last = tape, inputs, outputs
        return [t.numpy() for t in outputs]

    @staticmethod
    def _converted(value: Any, dtype: DType) -> Any:
        if isinstance(value, BaseResourceVariable):
            raise RuntimeError(
                "Attempting to return a variable from an eagerly executed py_func. Only numeric "
                "data structures like Tensors or NumPy arrays should be returned; to return the "
                "value of a variable, make sure to obtain the Tensor backing it by calling "
                f"`.read_value()` on the variable in question: {value}"
            )
        return convert_to_tensor(value, dtype=dtype)

    def gradient(self, *gradients: Any) -> list[Any]:
        """The gradients of the last call by its arguments, for those of its results."""
        assert self._last is not None
        tape, inputs, outputs = self._last
        self._last = None
        with eager_mode():
            given = [convert_to_tensor(g) for g in gradients]
            found = tape.gradient(outputs, inputs, output_gradients=given)
            dense = [zeros_like(t) if g is None else g for t, g in zip(inputs, found, strict=True)]
            return [convert_to_tensor(g).numpy() for g in dense]


@export("py_function", "contrib.eager.py_func")
def py_function(func: Any, inp: Any, Tout: Any, name: str | None = None) -> Any:
    """A Python function as an operation: it is executed eagerly, and has gradients. Stands for
    `tf.py_function`.

    Args:
      func: takes a tensor with a value for each of `inp`, and returns a tensor, or a list of as
        many as `Tout` has, or None where `Tout` is empty.
      inp: a list of tensors.
      Tout: a dtype or a list of dtypes.
      name: the node's name.

    Returns:
      A tensor of unknown shape; a list of them where `Tout` is a list; in a graph the operation
      where it is empty.

    Raises:
      ValueError: `func` cannot be called.
      InvalidArgumentError: at run time, where the results are not as promised; an exception of
        `func` becomes the error that fits, too.
    """
    if not callable(func):
        raise ValueError(f"Expected func to be callable, got func of type {type(func)}")
    types = [as_dtype(t) for t in (Tout if isinstance(Tout, (list, tuple)) else [Tout])]
    return add_function("EagerPyFunc", _EagerFunction(func, types), inp, Tout, name)


eager_py_func = export("contrib.eager.py_func")(py_function)
"""Its older name. Stands for `tf.contrib.eager.py_func`."""
