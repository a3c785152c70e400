"""Tensors that print themselves with their names, types and shapes."""

from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops, logging_ops, math_ops
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.api.variables import Variable
from evergraph.base import dtypes
from evergraph.graph.composite import SparseTensor
from evergraph.graph.constant import constant
from evergraph.graph.defaults import control_dependencies
from evergraph.graph.tensor import Tensor

_KINDS = (
    (Tensor, "Tensor"),
    (SparseTensor, "SparseTensor"),
    (TensorArray, "TensorArray"),
    (Variable, "Variable"),
)


def print_op(
    input_: Any,
    data: Sequence[Any] | None = None,
    message: str | None = None,
    first_n: int | None = None,
    summarize: int = 20,
    print_tensor_name: bool = True,
    print_tensor_type: bool = True,
    print_shape: bool = True,
    summarize_indicator_vector: bool = True,
    name: str | None = None,
) -> Any:
    """`input_`, which prints itself and what it is to stderr when it is evaluated. Stands for
    TensorFlow's function of that name in `contrib.framework.python.ops.prettyprint_ops`.

    Args:
      input_: a Tensor, Variable, SparseTensor or TensorArray.
      data: others to print after it.
      message: printed before it.
      first_n: how often to print at most; default: always.
      summarize: how many elements of a tensor to print.
      print_tensor_name, print_tensor_type, print_shape: whether to print these.
      summarize_indicator_vector: whether to print where the first True of bools is.
      name: the name of the Print node.

    Raises:
      ValueError: `input_` is something else.
    """
    if input_ is None:
        raise ValueError("input_ must be of type Tensor, SparseTensor or TensorArray")
    wanted = (print_tensor_name, print_tensor_type, print_shape, summarize_indicator_vector)
    parts = [part for t in (input_, *(data or ())) for part in _description(t, *wanted)]
    message = message or ""
    if isinstance(input_, (Tensor, Variable)):
        return logging_ops.Print(input_, parts, message, first_n, summarize, name)
    printed = logging_ops.Print(constant([]), parts, message, first_n, summarize, name)
    with control_dependencies([printed]):
        if isinstance(input_, TensorArray):
            return TensorArray(dtype=input_.dtype, handle=input_.handle, flow=input_.flow)
        return SparseTensor(
            array_ops.identity(input_.indices),
            array_ops.identity(input_.values),
            array_ops.identity(input_.dense_shape),
        )


def _description(t: Any, name: bool, type_: bool, shape: bool, indicator: bool) -> list[Tensor]:
    """What to print of one: texts, and tensors."""
    parts: list[Tensor] = []
    if name and isinstance(t, Tensor):
        parts.append(constant("Name: " + t.name))
    if type_:
        kinds = [text for kind, text in _KINDS if isinstance(t, kind)]
        if not kinds:
            raise ValueError("t must be a Tensor, SparseTensor, TensorArray or Variable.")
        parts.append(constant(f"Type: {kinds[0]} ({t.dtype.name})"))
    if shape and isinstance(t, SparseTensor):
        parts += [constant("Shape:"), t.dense_shape]
    elif shape and isinstance(t, Tensor):
        parts.append(constant(f"Shape: {t.get_shape().dims}"))
    elif shape and isinstance(t, TensorArray):
        parts += [constant("Size:"), t.size()]
    if indicator and t.dtype == dtypes.bool:
        numbers = math_ops.cast(t, dtypes.uint8)
        parts += [constant("First True in Boolean tensor at:"), math_ops.argmax(numbers, 0)]
    if isinstance(t, SparseTensor):
        parts += [constant("Sparse indices:"), t.indices]
        parts += [constant("Sparse values:"), t.values]
    elif isinstance(t, Tensor):
        parts += [constant("Value:"), t]
    elif isinstance(t, TensorArray):
        parts += [constant("Value:"), t.stack()]
    return parts
