"""`tf.hessians`."""

from typing import Any

from evergraph.api import array_ops
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.api.while_loop import while_loop
from evergraph.autodiff.backward import as_list
from evergraph.autodiff.gradients import gradients
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.tensor import Tensor


@export("hessians")
def hessians(
    ys: Any,
    xs: Any,
    name: str = "hessians",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
) -> list[Tensor]:
    """The second derivatives of the sum of `ys` by each of `xs`. Stands for `tf.hessians`.

    A loop makes them: a gradient for each element of the gradient. Mixed derivatives of two xs are
    not made.

    Args:
      ys: a tensor or a list of tensors.
      xs: a tensor or a list of tensors.
      name: is not used.
      colocate_gradients_with_ops, gate_gradients, aggregation_method: as in `tf.gradients`, for
        the first derivatives.

    Returns:
      For each x a tensor of the shape of x, twice.

    Raises:
      LookupError: a node on the way has no gradient.
      ValueError: the ys do not depend on an x, or not twice.
    """
    xs = as_list(xs)
    first = gradients(
        ys,
        xs,
        colocate_gradients_with_ops=colocate_gradients_with_ops,
        gate_gradients=gate_gradients,
        aggregation_method=aggregation_method,
    )
    return [_hessian(gradient, x) for gradient, x in zip(first, xs, strict=True)]


def _hessian(gradient: Any, x: Any) -> Tensor:
    gradient = array_ops.reshape(gradient, [-1])
    size = array_ops.size(x)
    start = [constant(0, dtypes.int32), TensorArray(x.dtype, size)]
    _, rows = while_loop(
        lambda i, _: i < size,
        lambda i, rows: (i + 1, rows.write(i, gradients(gradient[i], x)[0])),
        start,
    )
    shape = array_ops.shape(x)
    return array_ops.reshape(rows.stack(), array_ops.concat((shape, shape), 0))
