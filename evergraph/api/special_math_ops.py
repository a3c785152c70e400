"""Special functions made of others; `einsum` under the module that TensorFlow has it in."""

from typing import Any

from evergraph.api import math_ops
from evergraph.api.einsum import einsum as einsum
from evergraph.base.deprecation import deprecated_endpoints
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


@export("math.lbeta", "lbeta")
@deprecated_endpoints("lbeta")
def lbeta(x: Any, name: str | None = None) -> Tensor:
    """The logarithm of the beta function of the numbers along the last axis. Stands for
    `tf.math.lbeta`.

    Args:
      x: a float tensor of rank 1 or more.
      name: a name scope for the nodes.
    """
    with name_scope(name, "lbeta", [x]):
        x = convert_to_tensor(x, name="x")
        log_prod_gamma_x = math_ops.reduce_sum(math_ops.lgamma(x), axis=[-1])
        log_gamma_sum_x = math_ops.lgamma(math_ops.reduce_sum(x, axis=[-1]))
        return log_prod_gamma_x - log_gamma_sum_x


@export("math.bessel_i0")
def bessel_i0(x: Any, name: str | None = None) -> Tensor:
    """The modified Bessel function of order 0. Stands for `tf.math.bessel_i0`.

    Args:
      x: a float tensor.
      name: a name scope for the nodes.
    """
    with name_scope(name, "bessel_i0", [x]):
        return math_ops.exp(math_ops.abs(x)) * math_ops.bessel_i0e(x)


@export("math.bessel_i1")
def bessel_i1(x: Any, name: str | None = None) -> Tensor:
    """The modified Bessel function of order 1. Stands for `tf.math.bessel_i1`.

    Args:
      x: a float tensor.
      name: a name scope for the nodes.
    """
    with name_scope(name, "bessel_i1", [x]):
        return math_ops.exp(math_ops.abs(x)) * math_ops.bessel_i1e(x)
