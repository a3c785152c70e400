"""Draws from distributions given by probabilities or logits, as helpers need them."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, math_ops, random_ops
from evergraph.base import dtypes
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor


def _call_sampler(
    sample_n_fn: Callable[[Any], Any], sample_shape: Any, name: str | None = None
) -> Tensor:
    """As many draws as `sample_shape` has elements, in that shape.

    Args:
      sample_n_fn: gives so many draws along a first axis.
      sample_shape: a scalar or a vector.
      name: a name scope.
    """
    with name_scope(name, "call_sampler", values=[sample_shape]):
        shape = convert_to_tensor(sample_shape, dtype=dtypes.int32, name="sample_shape")
        # A scalar becomes a vector of one element, whatever is known of its rank.
        pad = math_ops.cast(math_ops.equal(array_ops.rank(shape), 0), dtypes.int32)
        shape = array_ops.reshape(
            shape,
            array_ops.pad(array_ops.shape(shape), paddings=[[pad, 0]], constant_values=1),
        )
        samples = sample_n_fn(math_ops.reduce_prod(shape))
        rest = array_ops.shape(samples)[1:]
        return array_ops.reshape(samples, array_ops.concat([shape, rest], 0))


def bernoulli_sample(
    probs: Any = None,
    logits: Any = None,
    dtype: Any = dtypes.int32,
    sample_shape: Any = (),
    seed: int | None = None,
) -> Tensor:
    """Ones with given probabilities, else zeros.

    Args:
      probs: the probabilities; or `logits`.
      dtype: of the result.
      sample_shape: its first axes; then come those of `probs`.
      seed: the seed.
    """
    if probs is None:
        probs = math_ops.sigmoid(logits, name="probs")
    else:
        probs = convert_to_tensor(probs, name="probs")
    batch_shape = array_ops.shape(probs)

    def draw(n: Any) -> Tensor:
        shape = array_ops.concat([[n], batch_shape], 0)
        uniform = random_ops.random_uniform(shape, seed=seed, dtype=probs.dtype)
        return math_ops.cast(math_ops.less(uniform, probs), dtype)

    return _call_sampler(draw, sample_shape)


def categorical_sample(
    logits: Any, dtype: Any = dtypes.int32, sample_shape: Any = (), seed: int | None = None
) -> Tensor:
    """Classes, drawn with the probabilities that logits give.

    Args:
      logits: [..., classes].
      dtype: of the result.
      sample_shape: its first axes; then come those of `logits` but the last.
      seed: the seed.
    """
    logits = convert_to_tensor(logits, name="logits")
    classes = array_ops.shape(logits)[-1]
    batch_shape = array_ops.shape(logits)[:-1]

    def draw(n: Any) -> Tensor:
        rows = logits if logits.shape.ndims == 2 else array_ops.reshape(logits, [-1, classes])
        kind = dtypes.int64 if logits.dtype.size > 4 else dtypes.int32
        drawn = random_ops.multinomial(rows, n, seed=seed, output_dtype=kind)
        drawn = array_ops.reshape(
            array_ops.transpose(drawn), array_ops.concat([[n], batch_shape], 0)
        )
        return math_ops.cast(drawn, dtype)

    return _call_sampler(draw, sample_shape)
