"""What cells compute with their gates."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, clip_ops, math_ops, nn_ops
from evergraph.graph.tensor import Tensor


def linear(inputs: Any, state: Any, kernel: Any, bias: Any) -> Tensor:
    """`inputs` and `state` side by side, times a kernel, plus a bias."""
    product = math_ops.matmul(array_ops.concat([inputs, state], 1), kernel)
    return nn_ops.bias_add(product, bias)


def lstm_memory(
    i: Any,
    j: Any,
    f: Any,
    c: Any,
    forget_bias: Any,
    activation: Callable[[Any], Any],
    peepholes: tuple[Any, Any] | None = None,
) -> Tensor:
    """The next memory of an LSTM cell.

    Args:
      i, j, f: input gate, new input and forget gate before their activation.
      c: the present memory.
      forget_bias: added to the forget gate.
      activation: that of the new input.
      peepholes: the diagonals by which forget and input gate see the memory.
    """
    sigmoid = math_ops.sigmoid
    if peepholes is None:
        return sigmoid(f + forget_bias) * c + sigmoid(i) * activation(j)
    w_f, w_i = peepholes
    return sigmoid(f + forget_bias + w_f * c) * c + sigmoid(i + w_i * c) * activation(j)


def lstm_output(o: Any, c: Any, activation: Callable[[Any], Any], peephole: Any = None) -> Tensor:
    """The output of an LSTM cell with the next memory `c`; `peephole` is a diagonal or None."""
    if peephole is not None:
        o = o + peephole * c
    return math_ops.sigmoid(o) * activation(c)


def clipped(x: Any, bound: Any) -> Any:
    """`x` within minus and plus `bound`, if there is one."""
    return x if bound is None else clip_ops.clip_by_value(x, -bound, bound)
