"""Attention: for each query the mean of values, weighted by how well keys fit."""

from typing import Any

from evergraph.api import array_ops, init_ops, math_ops, nn_ops
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, dimension_value
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.tensor import Tensor
from evergraph.library.keras.backend import floatx
from evergraph.library.keras.engine.base_layer import Layer


class BaseDenseAttention(Layer):
    """What kinds of attention have in common; a derived class defines `_calculate_scores`.

    It is called on a list of query [batch, queries, size], value [batch, values, size] and
    perhaps key, else the value is the key; with masks of query and value in a list.

    Args:
      causal: whether a query sees no value behind its own place.
    """

    def __init__(self, causal: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.causal = causal
        self.supports_masking = True

    def _calculate_scores(self, query: Any, key: Any) -> Any:
        """How well each key fits each query, [batch, queries, values]."""
        return NotImplementedError  # given rather than raised, as TensorFlow does

    def _apply_scores(self, scores: Any, value: Any, scores_mask: Any = None) -> Any:
        """The means of values; where the mask is False, a value does not count."""
        if scores_mask is not None:
            hidden = math_ops.logical_not(scores_mask)
            scores -= 1.0e9 * math_ops.cast(hidden, dtype=floatx())
        return math_ops.matmul(nn_ops.softmax(scores), value)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        self._validate_call_args(inputs, mask)
        query, value = inputs[:2]
        key = inputs[2] if len(inputs) > 2 else value
        query_mask, value_mask = mask or (None, None)
        scores = self._calculate_scores(query=query, key=key)
        if value_mask is not None:
            value_mask = array_ops.expand_dims(value_mask, axis=-2)
        seen = value_mask
        if self.causal:
            past = _past(scores)
            seen = past if value_mask is None else math_ops.logical_and(value_mask, past)
        result = self._apply_scores(scores=scores, value=value, scores_mask=seen)
        if query_mask is not None:
            counts = array_ops.expand_dims(query_mask, axis=-1)
            result *= math_ops.cast(counts, dtype=result.dtype)
        return result

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The query's mask."""
        self._validate_call_args(inputs, mask)
        if not mask or mask[0] is None:
            return None
        return convert_to_tensor(mask[0])

    def _validate_call_args(self, inputs: Any, mask: Any) -> None:
        name = type(self).__name__
        if not isinstance(inputs, list):
            raise ValueError(
                f"{name} layer must be called on a list of inputs, namely [query, value] or "
                "[query, value, key]."
            )
        if not 2 <= len(inputs) <= 3:
            raise ValueError(
                f"{name} layer accepts inputs list of length 2 or 3, namely [query, value] or "
                f"[query, value, key]. Given length: {len(inputs)}"
            )
        if not mask:
            return
        if not isinstance(mask, list):
            raise ValueError(f"{name} layer mask must be a list, namely [query_mask, value_mask].")
        if len(mask) != 2:
            raise ValueError(
                f"{name} layer mask must be a list of length 2, namely [query_mask, value_mask]. "
                f"Given length: {len(mask)}"
            )

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"causal": self.causal}


def _past(scores: Any) -> Tensor:
    """Where the number of the query is not below that of the value, [1, queries, values]."""
    shape = array_ops.shape(scores)
    shape = array_ops.concat([array_ops.ones_like(shape[:-2]), shape[-2:]], axis=0)
    row = math_ops.cumsum(array_ops.ones(shape=shape, dtype="int32"), axis=-2)
    column = math_ops.cumsum(array_ops.ones(shape=shape, dtype="int32"), axis=-1)
    return math_ops.greater_equal(row, column)


@export("keras.layers.Attention")
class Attention(BaseDenseAttention):
    """Attention by products of queries and keys. Stands for `tf.keras.layers.Attention`.

    Args:
      use_scale: whether scores are multiplied by a variable.
      causal: whether a query sees no value behind its own place.

    Raises:
      ValueError: when called on other than two or three inputs, or with other masks than two.
    """

    def __init__(self, use_scale: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.use_scale = use_scale

    def build(self, input_shape: Any) -> None:
        """Makes the factor."""
        self.scale = None
        if self.use_scale:
            self.scale = self.add_weight(
                name="scale",
                shape=(),
                initializer=init_ops.ones_initializer(),
                dtype=self.dtype,
                trainable=True,
            )
        super().build(input_shape)

    def _calculate_scores(self, query: Any, key: Any) -> Any:
        scores = math_ops.matmul(query, key, transpose_b=True)
        return scores if self.scale is None else scores * self.scale

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"use_scale": self.use_scale}


@export("keras.layers.AdditiveAttention")
class AdditiveAttention(BaseDenseAttention):
    """Attention by sums of queries and keys. Stands for `tf.keras.layers.AdditiveAttention`.

    Args:
      use_scale: whether the parts of a sum are weighted by a variable.
      causal: whether a query sees no value behind its own place.

    Raises:
      ValueError: when called on other than two or three inputs, or with other masks than two.
    """

    def __init__(self, use_scale: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.use_scale = use_scale

    def build(self, input_shape: Any) -> None:
        """Makes the weights."""
        self.scale = None
        if self.use_scale:
            self.scale = self.add_weight(
                name="scale",
                shape=[dimension_value(TensorShape(input_shape[1])[-1])],
                initializer=init_ops.glorot_uniform_initializer(),
                dtype=self.dtype,
                trainable=True,
            )
        super().build(input_shape)

    def _calculate_scores(self, query: Any, key: Any) -> Any:
        query = array_ops.expand_dims(query, axis=-2)
        key = array_ops.expand_dims(key, axis=-3)
        scale = 1.0 if self.scale is None else self.scale
        return math_ops.reduce_sum(scale * math_ops.tanh(query + key), axis=-1)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"use_scale": self.use_scale}
