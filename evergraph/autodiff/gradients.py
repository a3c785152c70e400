"""`tf.gradients` and what stands on it."""

from typing import Any

from evergraph.api import array_ops, math_ops
from evergraph.autodiff import branch_gradients as branch_gradients
from evergraph.autodiff import indexed_slices as indexed_slices
from evergraph.autodiff import while_gradients as while_gradients
from evergraph.autodiff.aggregation import AggregationMethod as AggregationMethod
from evergraph.autodiff.backward import UnconnectedGradients, gradients_helper
from evergraph.base.export import export


@export("gradients")
def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str | None = "gradients",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
    stop_gradients: Any = None,
    unconnected_gradients: Any = UnconnectedGradients.NONE,
) -> list[Any]:
    """Builds the derivatives of the sum of `ys` with respect to each of `xs`. Stands for
    `tf.gradients`.

    Args:
      ys: a tensor or a list of tensors.
      xs: a tensor, a variable, or a list of them.
      grad_ys: the gradient of each y; default: ones.
      name: a name scope for the nodes.
      colocate_gradients_with_ops: whether gradient nodes go where the node is that they are the
        gradient of.
      gate_gradients: whether the gradients of a node's inputs wait for one another.
      aggregation_method: how gradients of one tensor are summed, see `tf.AggregationMethod`.
      stop_gradients: tensors to be taken as constants.
      unconnected_gradients: what is given for an x that the ys do not depend on, see
        `tf.UnconnectedGradients`.

    Returns:
      For each x a tensor in its shape, IndexedSlices (where parts of it were gathered), or None.

    Raises:
      LookupError: a node on the way has no gradient.
      TypeError: a grad_y does not fit its y, or is missing for a complex one.
      ValueError: the arguments are not valid.
    """
    return gradients_helper(
        ys,
        xs,
        grad_ys,
        name,
        colocate_gradients_with_ops,
        gate_gradients,
        aggregation_method,
        stop_gradients,
        unconnected_gradients,
    )


def gradients_v2(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str | None = "gradients",
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
    stop_gradients: Any = None,
    unconnected_gradients: Any = UnconnectedGradients.NONE,
) -> list[Any]:
    """TensorFlow 2's `tf.gradients`: always with `colocate_gradients_with_ops`."""
    return gradients_helper(
        ys,
        xs,
        grad_ys,
        name,
        True,
        gate_gradients,
        aggregation_method,
        stop_gradients,
        unconnected_gradients,
    )


def _hessian_vector_product(ys: Any, xs: list[Any], v: list[Any]) -> list[Any]:
    """The product of the Hessian of `ys` with `v`, without making the Hessian.

    Raises:
      ValueError: `xs` and `v` are not of one length.
    """
    if len(v) != len(xs):
        raise ValueError("xs and v must have the same length.")
    grads = gradients(ys, xs)
    products = [
        math_ops.multiply(g, array_ops.stop_gradient(e))
        for g, e in zip(grads, v, strict=True)
        if g is not None
    ]
    return gradients(products, xs)
