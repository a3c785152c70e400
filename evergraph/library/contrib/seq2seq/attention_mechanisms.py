"""Attention mechanisms: how well a query fits each place of a memory."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, init_ops, math_ops, nn_ops
from evergraph.api.variable_scope import get_variable, variable_scope
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.base.tensor_shape import dimension_value
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.layers.base import Layer
from evergraph.library.layers.core import Dense
from evergraph.library.rnn.cell import _zero_state_tensors


@export("contrib.seq2seq.AttentionMechanism")
class AttentionMechanism:
    """What all attention mechanisms are. Stands for `tf.contrib.seq2seq.AttentionMechanism`."""

    @property
    def alignments_size(self) -> Any:
        """The number of places in the memory."""
        raise NotImplementedError

    @property
    def state_size(self) -> Any:
        """The size of the mechanism's state, without the batch."""
        raise NotImplementedError


def _prepare_memory(
    memory: Any,
    memory_sequence_length: Any = None,
    memory_mask: Any = None,
    check_inner_dims_defined: bool = True,
) -> Any:
    """The memory as tensors, with zeros behind the end of each sequence.

    Args:
      memory: [batch, time, ...], or a structure of such tensors.
      memory_sequence_length: [batch] ints, or None.
      memory_mask: [batch, time] bools, or None; not both.
      check_inner_dims_defined: whether the sizes behind time must be known.

    Raises:
      ValueError: sizes are not known, or lengths and mask are both given.
    """
    memory = nest.map_structure(lambda m: convert_to_tensor(m, name="memory"), memory)
    _check_one_mask(memory_sequence_length, memory_mask)
    if memory_sequence_length is not None:
        memory_sequence_length = convert_to_tensor(
            memory_sequence_length, name="memory_sequence_length"
        )
    first = nest.flatten(memory)[0]
    if check_inner_dims_defined:
        for m in nest.flatten(memory):
            if not m.get_shape()[2:].is_fully_defined():
                raise ValueError(
                    f"Expected memory {m.name} to have fully defined inner dims, but saw shape: "
                    f"{m.get_shape()}"
                )
    if memory_sequence_length is not None:
        mask = array_ops.sequence_mask(
            memory_sequence_length, maxlen=array_ops.shape(first)[1], dtype=first.dtype
        )
    elif memory_mask is not None:
        mask = math_ops.cast(memory_mask, dtype=first.dtype)
    else:
        return memory

    def masked(m: Tensor) -> Tensor:
        rank = m.get_shape().ndims
        rank = array_ops.rank(m) if rank is None else rank
        ones = array_ops.ones(rank - 2, dtype=dtypes.int32)
        return m * array_ops.reshape(mask, array_ops.concat((array_ops.shape(mask), ones), 0))

    return nest.map_structure(masked, memory)


def _check_one_mask(lengths: Any, mask: Any) -> None:
    if lengths is not None and mask is not None:
        raise ValueError("memory_sequence_length and memory_mask can't be provided at same time.")


def _maybe_mask_score(
    score: Tensor,
    memory_sequence_length: Any = None,
    memory_mask: Any = None,
    score_mask_value: Any = None,
) -> Tensor:
    """Scores, with `score_mask_value` behind the end of each sequence, if ends are known."""
    if memory_sequence_length is None and memory_mask is None:
        return score
    _check_one_mask(memory_sequence_length, memory_mask)
    if memory_sequence_length is not None:
        message = "All values in memory_sequence_length must be greater than zero."
        with control_dependencies(
            [check_ops.assert_positive(memory_sequence_length, message=message)]
        ):
            memory_mask = array_ops.sequence_mask(
                memory_sequence_length, maxlen=array_ops.shape(score)[1]
            )
    return array_ops.where(memory_mask, score, score_mask_value * array_ops.ones_like(score))


def _check_layer(name: str, layer: Any) -> None:
    if layer is not None and not isinstance(layer, Layer):
        raise TypeError(f"{name} is not a Layer: {type(layer).__name__}")


class _BaseAttentionMechanism(AttentionMechanism):
    """Keeps the memory and the layers for it and for queries.

    Args:
      query_layer: a layer for queries, or None.
      memory: [batch, time, ...]: usually the outputs of an encoder.
      probability_fn: called with scores and the last state, gives the weights of the places.
      memory_sequence_length: [batch] ints: how much of the memory counts; default: all.
      memory_layer: a layer for the memory, whose results are the keys.
      check_inner_dims_defined: whether the sizes behind time must be known.
      score_mask_value: the score of places that do not count; default: minus infinity.
      custom_key_value_fn: called with keys and values, gives others.
      name: a name scope.

    Raises:
      TypeError: a layer is no layer, or `probability_fn` cannot be called.
    """

    def __init__(
        self,
        query_layer: Any,
        memory: Any,
        probability_fn: Callable[[Any, Any], Any],
        memory_sequence_length: Any = None,
        memory_layer: Any = None,
        check_inner_dims_defined: bool = True,
        score_mask_value: Any = None,
        custom_key_value_fn: Callable[[Any, Any], Any] | None = None,
        name: str | None = None,
    ) -> None:
        _check_layer("query_layer", query_layer)
        _check_layer("memory_layer", memory_layer)
        self._query_layer = query_layer
        self._memory_layer = memory_layer
        self.dtype = memory_layer.dtype
        if not callable(probability_fn):
            kind = type(probability_fn).__name__
            raise TypeError(f"probability_fn must be callable, saw type: {kind}")
        if score_mask_value is None:
            score_mask_value = dtypes.as_dtype(self.dtype).as_numpy_dtype(-np.inf)

        def masked_probability(score: Any, previous: Any) -> Any:
            masked = _maybe_mask_score(
                score,
                memory_sequence_length=memory_sequence_length,
                score_mask_value=score_mask_value,
            )
            return probability_fn(masked, previous)

        self._probability_fn = masked_probability
        with name_scope(name, "BaseAttentionMechanismInit", nest.flatten(memory)):
            self._values = _prepare_memory(
                memory,
                memory_sequence_length=memory_sequence_length,
                check_inner_dims_defined=check_inner_dims_defined,
            )
            self._keys = self.memory_layer(self._values) if self.memory_layer else self._values
            if custom_key_value_fn is not None:
                self._keys, self._values = custom_key_value_fn(self._keys, self._values)
            self._batch_size = _size(self._keys, 0)
            self._alignments_size = _size(self._keys, 1)

    @property
    def memory_layer(self) -> Any:
        """The layer that makes keys of the memory."""
        return self._memory_layer

    @property
    def query_layer(self) -> Any:
        """The layer for queries, or None."""
        return self._query_layer

    @property
    def values(self) -> Any:
        """The memory, masked."""
        return self._values

    @property
    def keys(self) -> Any:
        """What queries are compared with."""
        return self._keys

    @property
    def batch_size(self) -> Any:
        """The batch size of the memory, an int where it is known."""
        return self._batch_size

    @property
    def alignments_size(self) -> Any:
        """The number of places in the memory, an int where it is known."""
        return self._alignments_size

    @property
    def state_size(self) -> Any:
        """The size of the state: that of the alignments."""
        return self._alignments_size

    def initial_alignments(self, batch_size: Any, dtype: Any) -> Any:
        """The alignments before the first step: zeros [batch, time]."""
        return _zero_state_tensors(self._alignments_size, batch_size, dtype)

    def initial_state(self, batch_size: Any, dtype: Any) -> Any:
        """The state before the first step: `initial_alignments`."""
        return self.initial_alignments(batch_size, dtype)


def _size(x: Any, axis: int) -> Any:
    """A size, as an int where it is known."""
    return dimension_value(x.shape[axis]) or array_ops.shape(x)[axis]


def units_layer(units: int, name: str, dtype: Any) -> Dense:
    """The layer for a memory or for queries."""
    return Dense(units, name=name, use_bias=False, dtype=dtypes.float32 if dtype is None else dtype)


def without_state(probability_fn: Callable[..., Any] | None) -> Callable[[Any, Any], Any]:
    """A function of scores, softmax by default, as one of scores and state."""
    function = nn_ops.softmax if probability_fn is None else probability_fn
    return lambda score, _: function(score)


def _luong_score(query: Tensor, keys: Tensor, scale: Any) -> Tensor:
    """The products of queries and keys: Luong, Pham, Manning, "Effective Approaches to
    Attention-based Neural Machine Translation", https://arxiv.org/abs/1508.04025.

    Args:
      query: [batch, units].
      keys: [batch, time, units].
      scale: a scalar factor, or None.

    Returns:
      [batch, time].

    Raises:
      ValueError: queries and keys are of different or unknown sizes.
    """
    depth, key_units = query.get_shape()[-1], keys.get_shape()[-1]
    if depth != key_units:
        raise ValueError(
            "Incompatible or unknown inner dimensions between query and keys.  Query "
            f"({query}) has units: {depth}.  Keys ({keys}) have units: {key_units}.  Perhaps you "
            f"need to set num_units to the keys' dimension ({key_units})?"
        )
    query = array_ops.expand_dims(query, 1)
    score = array_ops.squeeze(math_ops.matmul(query, keys, transpose_b=True), [1])
    return score if scale is None else scale * score


def _bahdanau_score(
    processed_query: Tensor,
    keys: Tensor,
    attention_v: Any,
    attention_g: Any = None,
    attention_b: Any = None,
) -> Tensor:
    """v · tanh(keys + query): Bahdanau, Cho, Bengio, "Neural Machine Translation by Jointly
    Learning to Align and Translate", https://arxiv.org/abs/1409.0473.

    With `attention_g` and `attention_b` v has length g, and b is added within tanh: Salimans,
    Kingma, "Weight Normalization", https://arxiv.org/abs/1602.07868.

    Args:
      processed_query: [batch, units].
      keys: [batch, time, units].
      attention_v: [units].
      attention_g: a scalar, or None.
      attention_b: [units], or None.

    Returns:
      [batch, time].
    """
    query = array_ops.expand_dims(processed_query, 1)
    if attention_g is None or attention_b is None:
        return math_ops.reduce_sum(attention_v * math_ops.tanh(keys + query), [2])
    v = attention_g * attention_v
    v *= math_ops.rsqrt(math_ops.reduce_sum(math_ops.square(attention_v)))
    return math_ops.reduce_sum(v * math_ops.tanh(keys + query + attention_b), [2])


def luong_score(mechanism: Any, query: Tensor) -> Tensor:
    """The score of a mechanism, with its variables in the present scope."""
    g = None
    if mechanism._scale:
        g = get_variable(
            "attention_g", dtype=query.dtype, initializer=init_ops.ones_initializer, shape=()
        )
    return _luong_score(query, mechanism._keys, g)


def bahdanau_score(mechanism: Any, processed_query: Tensor, dtype: Any) -> Tensor:
    """The score of a mechanism, with its variables in the present scope."""
    units = mechanism._num_units
    v = get_variable("attention_v", [units], dtype=dtype)
    g = b = None
    if mechanism._normalize:
        g = get_variable(
            "attention_g",
            dtype=dtype,
            initializer=init_ops.constant_initializer(math.sqrt(1.0 / units)),
            shape=(),
        )
        b = get_variable(
            "attention_b", [units], dtype=dtype, initializer=init_ops.zeros_initializer()
        )
    return _bahdanau_score(processed_query, mechanism._keys, v, attention_g=g, attention_b=b)


@export("contrib.seq2seq.LuongAttention")
class LuongAttention(_BaseAttentionMechanism):
    """Attention by products of queries and keys. Stands for `tf.contrib.seq2seq.LuongAttention`.

    Called with a query [batch, units] and the last state, it gives the alignments [batch, time],
    twice: they are the next state.

    Args:
      num_units: the size of keys, which must be that of queries.
      memory: [batch, time, ...]: usually the outputs of an encoder.
      memory_sequence_length: [batch] ints: how much of the memory counts; default: all.
      scale: whether products are multiplied by a variable.
      probability_fn: makes weights of scores; default: softmax.
      score_mask_value: the score of places that do not count; default: minus infinity.
      dtype: of the memory's layer; default: float32.
      custom_key_value_fn: called with keys and values, gives others.
      name: a name scope.
    """

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        scale: bool = False,
        probability_fn: Callable[..., Any] | None = None,
        score_mask_value: Any = None,
        dtype: Any = None,
        custom_key_value_fn: Callable[[Any, Any], Any] | None = None,
        name: str = "LuongAttention",
    ) -> None:
        super().__init__(
            query_layer=None,
            memory_layer=units_layer(num_units, "memory_layer", dtype),
            memory=memory,
            probability_fn=without_state(probability_fn),
            memory_sequence_length=memory_sequence_length,
            score_mask_value=score_mask_value,
            custom_key_value_fn=custom_key_value_fn,
            name=name,
        )
        self._num_units = num_units
        self._scale = scale
        self._name = name

    def __call__(self, query: Any, state: Any) -> tuple[Any, Any]:
        with variable_scope(None, "luong_attention", [query]):
            score = luong_score(self, query)
        alignments = self._probability_fn(score, state)
        return alignments, alignments


@export("contrib.seq2seq.BahdanauAttention")
class BahdanauAttention(_BaseAttentionMechanism):
    """Attention by a small network over query and key. Stands for
    `tf.contrib.seq2seq.BahdanauAttention`.

    Called with a query [batch, any size] and the last state, it gives the alignments [batch, time],
    twice: they are the next state.

    Args:
      num_units: the size of keys and of what is made of queries.
      normalize: whether weights are normalized.
      memory, memory_sequence_length, probability_fn, score_mask_value, dtype, custom_key_value_fn,
        name: as `LuongAttention`'s.
    """

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        normalize: bool = False,
        probability_fn: Callable[..., Any] | None = None,
        score_mask_value: Any = None,
        dtype: Any = None,
        custom_key_value_fn: Callable[[Any, Any], Any] | None = None,
        name: str = "BahdanauAttention",
    ) -> None:
        super().__init__(
            query_layer=units_layer(num_units, "query_layer", dtype),
            memory_layer=units_layer(num_units, "memory_layer", dtype),
            memory=memory,
            probability_fn=without_state(probability_fn),
            custom_key_value_fn=custom_key_value_fn,
            memory_sequence_length=memory_sequence_length,
            score_mask_value=score_mask_value,
            name=name,
        )
        self._num_units = num_units
        self._normalize = normalize
        self._name = name

    def __call__(self, query: Any, state: Any) -> tuple[Any, Any]:
        with variable_scope(None, "bahdanau_attention", [query]):
            processed = self.query_layer(query) if self.query_layer else query
            score = bahdanau_score(self, processed, query.dtype)
        alignments = self._probability_fn(score, state)
        return alignments, alignments
