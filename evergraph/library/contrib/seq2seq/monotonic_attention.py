"""Attention that only ever moves forward.

Raffel, Luong, Liu, Weiss, Eck, "Online and Linear-Time Attention by Enforcing Monotonic
Alignments", https://arxiv.org/abs/1704.00784.
"""

import functools
from typing import Any

import numpy as np

from evergraph.api import array_ops, clip_ops, math_ops, random_ops
from evergraph.api.variable_scope import get_variable, variable_scope
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.tensor_shape import dimension_value
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.seq2seq.attention_mechanisms import (
    _BaseAttentionMechanism,
    bahdanau_score,
    luong_score,
    units_layer,
)
from evergraph.library.folds import scan


@export("contrib.seq2seq.safe_cumprod")
def safe_cumprod(x: Any, *args: Any, **kwargs: Any) -> Tensor:
    """The cumulative product of positive numbers up to 1, as the exponential of a cumulative sum.

    Stands for `tf.contrib.seq2seq.safe_cumprod`. Neither it nor its gradient underflows.

    Args:
      x: a float tensor.
      *args, **kwargs: as of `tf.cumsum`.
    """
    with name_scope(None, "SafeCumprod", [x]):
        x = convert_to_tensor(x, name="x")
        tiny = np.finfo(x.dtype.as_numpy_dtype).tiny
        logarithm = math_ops.log(clip_ops.clip_by_value(x, tiny, 1))
        return math_ops.exp(math_ops.cumsum(logarithm, *args, **kwargs))


@export("contrib.seq2seq.monotonic_attention")
def monotonic_attention(p_choose_i: Any, previous_attention: Any, mode: str) -> Tensor:
    """Where attention goes, from the probability of each place to stop there. Stands for
    `tf.contrib.seq2seq.monotonic_attention`.

    Args:
      p_choose_i: [batch, time], between 0 and 1.
      previous_attention: [batch, time]: where attention was.
      mode: "recursive" (exact, slow), "parallel" (fast, not exact for long inputs), or "hard",
        for probabilities that are all 0 or 1.

    Returns:
      [batch, time].

    Raises:
      ValueError: there is no such mode.
    """
    p_choose_i = convert_to_tensor(p_choose_i, name="p_choose_i")
    previous_attention = convert_to_tensor(previous_attention, name="previous_attention")
    if mode == "recursive":
        return _recursive(p_choose_i, previous_attention)
    if mode == "parallel":
        passed = safe_cumprod(1 - p_choose_i, axis=1, exclusive=True)
        stopped = p_choose_i * passed
        # Not divided by 0.
        reached = previous_attention / clip_ops.clip_by_value(passed, 1e-10, 1.0)
        return stopped * math_ops.cumsum(reached, axis=1)
    if mode == "hard":
        # Nothing before the place of the last time, and nothing after the first choice.
        p_choose_i *= math_ops.cumsum(previous_attention, axis=1)
        return p_choose_i * math_ops.cumprod(1 - p_choose_i, axis=1, exclusive=True)
    raise ValueError("mode must be 'recursive', 'parallel', or 'hard'.")


def _recursive(p: Tensor, previous: Tensor) -> Tensor:
    """p[i] q[i] with q[i] = (1 - p[i - 1]) q[i - 1] + previous[i]."""
    batch_size = dimension_value(p.shape[0]) or array_ops.shape(p)[0]
    passed = array_ops.concat([array_ops.ones((batch_size, 1)), 1 - p[:, :-1]], 1)

    def step(q: Tensor, factors: Any) -> Tensor:
        # Reshaped, so that the loop knows the size again.
        return array_ops.reshape(factors[0] * q + factors[1], (batch_size,))

    columns = [array_ops.transpose(passed), array_ops.transpose(previous)]
    found = scan(step, columns, array_ops.zeros((batch_size,)))
    return p * array_ops.transpose(found)


def _monotonic_probability_fn(
    score: Tensor,
    previous_alignments: Any,
    sigmoid_noise: float,
    mode: str,
    seed: int | None = None,
) -> Tensor:
    """Where attention goes, from scores.

    Args:
      score: [batch, time].
      previous_alignments: [batch, time].
      sigmoid_noise: the deviation of noise that is added to the scores, so that a model learns to
        decide clearly.
      mode: as `monotonic_attention`'s.
      seed: for the noise.
    """
    if sigmoid_noise > 0:
        shape = array_ops.shape(score)
        score += sigmoid_noise * random_ops.random_normal(shape, dtype=score.dtype, seed=seed)
    if mode == "hard":
        p_choose_i = math_ops.cast(score > 0, score.dtype)
    else:
        p_choose_i = math_ops.sigmoid(score)
    return monotonic_attention(p_choose_i, previous_alignments, mode)


class _BaseMonotonicAttentionMechanism(_BaseAttentionMechanism):
    """Starts at the first place of the memory."""

    def initial_alignments(self, batch_size: Any, dtype: Any) -> Any:
        """Ones at the first place, zeros elsewhere."""
        first = array_ops.zeros((batch_size,), dtype=dtypes.int32)
        return array_ops.one_hot(first, self._alignments_size, dtype=dtype)


@export("contrib.seq2seq.BahdanauMonotonicAttention")
class BahdanauMonotonicAttention(_BaseMonotonicAttentionMechanism):
    """`BahdanauAttention` that only moves forward. Stands for
    `tf.contrib.seq2seq.BahdanauMonotonicAttention`.

    Args:
      num_units, memory, memory_sequence_length, normalize, score_mask_value, dtype, name: as
        `BahdanauAttention`'s.
      sigmoid_noise, sigmoid_noise_seed: the deviation of noise added to scores, and its seed.
      score_bias_init: what the variable that is added to scores begins with; below 0 for long
        memories.
      mode: as `monotonic_attention`'s.
    """

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        normalize: bool = False,
        score_mask_value: Any = None,
        sigmoid_noise: float = 0.0,
        sigmoid_noise_seed: int | None = None,
        score_bias_init: float = 0.0,
        mode: str = "parallel",
        dtype: Any = None,
        name: str = "BahdanauMonotonicAttention",
    ) -> None:
        super().__init__(
            query_layer=units_layer(num_units, "query_layer", dtype),
            memory_layer=units_layer(num_units, "memory_layer", dtype),
            memory=memory,
            probability_fn=_probability(sigmoid_noise, mode, sigmoid_noise_seed),
            memory_sequence_length=memory_sequence_length,
            score_mask_value=score_mask_value,
            name=name,
        )
        self._num_units = num_units
        self._normalize = normalize
        self._name = name
        self._score_bias_init = score_bias_init

    def __call__(self, query: Any, state: Any) -> tuple[Any, Any]:
        with variable_scope(None, "bahdanau_monotonic_attention", [query]):
            processed = self.query_layer(query) if self.query_layer else query
            score = bahdanau_score(self, processed, query.dtype)
            score += _score_bias(self, processed.dtype)
        alignments = self._probability_fn(score, state)
        return alignments, alignments


@export("contrib.seq2seq.LuongMonotonicAttention")
class LuongMonotonicAttention(_BaseMonotonicAttentionMechanism):
    """`LuongAttention` that only moves forward. Stands for
    `tf.contrib.seq2seq.LuongMonotonicAttention`.

    Args:
      num_units, memory, memory_sequence_length, scale, score_mask_value, dtype, name: as
        `LuongAttention`'s.
      sigmoid_noise, sigmoid_noise_seed, score_bias_init, mode: as `BahdanauMonotonicAttention`'s.
    """

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        scale: bool = False,
        score_mask_value: Any = None,
        sigmoid_noise: float = 0.0,
        sigmoid_noise_seed: int | None = None,
        score_bias_init: float = 0.0,
        mode: str = "parallel",
        dtype: Any = None,
        name: str = "LuongMonotonicAttention",
    ) -> None:
        super().__init__(
            query_layer=None,
            memory_layer=units_layer(num_units, "memory_layer", dtype),
            memory=memory,
            probability_fn=_probability(sigmoid_noise, mode, sigmoid_noise_seed),
            memory_sequence_length=memory_sequence_length,
            score_mask_value=score_mask_value,
            name=name,
        )
        self._num_units = num_units
        self._scale = scale
        self._score_bias_init = score_bias_init
        self._name = name

    def __call__(self, query: Any, state: Any) -> tuple[Any, Any]:
        with variable_scope(None, "luong_monotonic_attention", [query]):
            score = luong_score(self, query)
            score += _score_bias(self, query.dtype)
        alignments = self._probability_fn(score, state)
        return alignments, alignments


def _probability(noise: float, mode: str, seed: int | None) -> Any:
    return functools.partial(_monotonic_probability_fn, sigmoid_noise=noise, mode=mode, seed=seed)


def _score_bias(mechanism: Any, dtype: Any) -> Any:
    return get_variable("attention_score_bias", dtype=dtype, initializer=mechanism._score_bias_init)
