"""`tf.nn.dropout`."""

import numbers
from typing import Any

from evergraph.api import array_ops, math_ops, random_ops
from evergraph.base.deprecation import deprecated_args, deprecated_argument_lookup
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import TensorShape, as_shape
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor


def _noise_shape(x: Tensor, noise_shape: Any) -> Any:
    """The shape of the random choices; sizes left open are those of `x`."""
    if noise_shape is None:
        return array_ops.shape(x)
    try:
        wanted = as_shape(noise_shape)
    except (TypeError, ValueError):
        return noise_shape
    if x.dims is None or len(x.dims) != len(wanted.dims):
        return noise_shape
    return TensorShape(
        [own if size is None else size for size, own in zip(wanted.as_list(), x.dims, strict=True)]
    )


@export("nn.dropout")
@deprecated_args(
    None,
    "Please use `rate` instead of `keep_prob`. Rate should be set to `rate = 1 - keep_prob`.",
    "keep_prob",
)
def dropout(
    x: Any,
    keep_prob: Any = None,
    noise_shape: Any = None,
    seed: int | None = None,
    name: str | None = None,
    rate: Any = None,
) -> Tensor:
    """`x` with a random share of its elements set to 0 and the others scaled up, so that the sum is
    expected to stay. Stands for `tf.nn.dropout`.

    Args:
      x: a float tensor.
      keep_prob: the probability that an element is kept; older than `rate`, which is 1 - keep_prob.
      noise_shape: the shape of the choices, which broadcasts to `x`; default: one for each element.
      seed: see `tf.set_random_seed`.
      name: a name scope for the nodes.
      rate: the probability that an element is dropped, a float in [0, 1) or a scalar tensor.

    Raises:
      ValueError: neither or both of keep_prob and rate are given, or no number; `rate` is outside
        of [0, 1); `x` is not of a float dtype.
    """
    try:
        dropped = None if keep_prob is None else 1.0 - keep_prob
    except TypeError:
        raise ValueError(
            f"keep_prob must be a floating point number or Tensor (got {keep_prob!r})"
        ) from None
    rate = deprecated_argument_lookup("rate", rate, "keep_prob", dropped)
    if rate is None:
        raise ValueError("You must provide a rate to dropout.")
    return dropout_v2(x, rate, noise_shape=noise_shape, seed=seed, name=name)


def _check_rate(rate: float) -> None:
    if not 0 <= rate < 1:
        raise ValueError(
            f"rate must be a scalar tensor or a float in the range [0, 1), got {float(rate):g}"
        )
    if rate > 0.5:
        logging.log_first_n(
            logging.WARN,
            "Large dropout rate: %g (>0.5). In TensorFlow 2.x, dropout() uses dropout rate instead "
            "of "
            "keep_prob. Please ensure that this is intended.",
            5,
            rate,
        )


def dropout_v2(
    x: Any, rate: Any, noise_shape: Any = None, seed: int | None = None, name: str | None = None
) -> Tensor:
    """As `tf.nn.dropout`, with TensorFlow 2's arguments."""
    with name_scope(name, "dropout", [x]) as name:
        x = convert_to_tensor(x, name="x")
        if not x.dtype.is_floating:
            raise ValueError(
                "x has to be a floating point tensor since it's going to be scaled. Got a "
                f"{x.dtype} tensor instead."
            )
        if isinstance(rate, numbers.Real):
            _check_rate(float(rate))
            if rate == 0:
                return x
        rate = convert_to_tensor(rate, dtype=x.dtype, name="rate")
        rate.get_shape().assert_has_rank(0)
        if constant_value(rate) == 0:
            return x
        uniform = random_ops.random_uniform(_noise_shape(x, noise_shape), seed=seed, dtype=x.dtype)
        scale = 1 / (1 - rate)
        kept = uniform >= rate
        result = x * scale * math_ops.cast(kept, x.dtype)
        result.set_shape(x.get_shape())
        return result
