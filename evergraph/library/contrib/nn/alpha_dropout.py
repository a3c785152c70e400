"""Dropout that keeps mean and variance of what SELU gives."""

import numbers
from typing import Any

from evergraph.api import array_ops, math_ops, random_ops
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor

# What SELU tends to for large negative numbers.
_ALPHA = -1.7580993408473766


@export("contrib.nn.alpha_dropout")
def alpha_dropout(
    x: Any,
    keep_prob: Any,
    noise_shape: Any = None,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Puts SELU's lowest value in the place of some elements by chance, and scales and shifts so
    that mean and variance stay as they were. Stands for `tf.contrib.nn.alpha_dropout`.

    Args:
      x: a float tensor.
      keep_prob: the probability that an element is kept, a scalar.
      noise_shape: the shape of what is drawn, to be broadcast; default: that of `x`.
      seed: a seed.
      name: a scope for the nodes.

    Raises:
      ValueError: `keep_prob` is a number that is not in (0, 1].
    """
    with name_scope(name, "alpha_dropout", [x]):
        x = convert_to_tensor(x, name="x")
        if isinstance(keep_prob, numbers.Real) and not 0 < keep_prob <= 1.0:
            raise ValueError(
                "keep_prob must be a scalar tensor or a float in the range (0, 1], "
                f"got {keep_prob:g}"
            )
        keep_prob = convert_to_tensor(keep_prob, dtype=x.dtype, name="keep_prob")
        keep_prob.get_shape().assert_has_rank(0)
        if constant_value(keep_prob) == 1:
            return x
        if noise_shape is None:
            noise_shape = array_ops.shape(x)
        drawn = random_ops.random_uniform(noise_shape, seed=seed, dtype=x.dtype)
        kept = math_ops.cast(math_ops.greater_equal(drawn, 1 - keep_prob), x.dtype)
        x = x * kept + _ALPHA * (1 - kept)
        a = (keep_prob + keep_prob * (1 - keep_prob) * _ALPHA**2) ** -0.5
        b = -a * _ALPHA * (1 - keep_prob)
        return a * x + b
