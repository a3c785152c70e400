"""Attention mechanisms that are Keras layers, which may be given their memory later."""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.api import array_ops, init_ops, nn_ops
from evergraph.base import dtypes, nest
from evergraph.base.tensor_shape import dimension_value
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.seq2seq.attention_mechanisms import (
    AttentionMechanism,
    _bahdanau_score,
    _luong_score,
    _maybe_mask_score,
    _prepare_memory,
    _zero_state_tensors,
)
from evergraph.library.contrib.seq2seq.attention_wrapper import hardmax
from evergraph.library.contrib.seq2seq.monotonic_attention import _monotonic_probability_fn
from evergraph.library.keras import initializers
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.layers.core import Dense
from evergraph.library.keras.layers.serialization import deserialize


class _BaseAttentionMechanismV2(AttentionMechanism, Layer):
    """Keeps the memory and the layers for it and for queries.

    Called with a memory, or [memory, lengths], and `setup_memory=True`, it keeps them; called with
    [query, state] after that, it gives alignments and the next state.

    Args:
      memory: [batch, time, ...], or None.
      probability_fn: Called with scores and the last state, gives the weights of the places.
      query_layer: A layer for queries, or None.
      memory_layer: A layer for the memory, whose results are the keys, or None.
      memory_sequence_length: [batch] ints: how much of the memory counts.
      **kwargs: As of `tf.keras.layers.Layer`.

    Raises:
      TypeError: If a layer is no layer, or `probability_fn` cannot be called.
    """

    def __init__(
        self,
        memory: Any,
        probability_fn: Callable[[Any, Any], Any],
        query_layer: Any = None,
        memory_layer: Any = None,
        memory_sequence_length: Any = None,
        **kwargs: Any,
    ) -> None:
        for label, layer in (("query_layer", query_layer), ("memory_layer", memory_layer)):
            if layer is not None and not isinstance(layer, Layer):
                raise TypeError(f"{label} is not a Layer: {type(layer).__name__}")
        self.query_layer = query_layer
        self.memory_layer = memory_layer
        if memory_layer is not None and "dtype" not in kwargs:
            kwargs["dtype"] = memory_layer.dtype
        super().__init__(**kwargs)
        if not callable(probability_fn):
            raise TypeError(
                f"probability_fn must be callable, saw type: {type(probability_fn).__name__}"
            )
        self.probability_fn = probability_fn
        self.keys: Any = None
        self.values: Any = None
        self.batch_size: Any = None
        self._memory_initialized = False
        self._check_inner_dims_defined = True
        self.supports_masking = True
        self.score_mask_value = dtypes.as_dtype(self.dtype).as_numpy_dtype(-np.inf)
        if memory is not None:
            given = memory if memory_sequence_length is None else [memory, memory_sequence_length]
            self.values = super().__call__(given, setup_memory=True)

    def build(self, input_shape: Any) -> None:
        """Makes the weights of the memory's layer, later those of the query's."""
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        layer = self.query_layer if self._memory_initialized else self.memory_layer
        if layer is not None and not layer.built:
            layer.build(shape)

    def __call__(self, inputs: Any, **kwargs: Any) -> Any:
        if self._memory_initialized:
            if len(inputs) not in (2, 3):
                raise ValueError(f"Expect the inputs to have 2 or 3 tensors, got {len(inputs)}")
            if len(inputs) == 2:
                # So that Keras sees that the result hangs on the memory.
                inputs.append(self.values)
        return super().__call__(inputs, **kwargs)

    def call(self, inputs: Any, mask: Any = None, setup_memory: bool = False, **kwargs: Any) -> Any:
        """Takes the memory, or gives alignments and the next state."""
        if setup_memory:
            given = inputs if isinstance(inputs, list) else [inputs]
            if len(given) not in (1, 2):
                raise ValueError(f"Expect inputs to have 1 or 2 tensors, got {len(given)}")
            self._setup_memory(given[0], given[1] if len(given) == 2 else None, mask)
            self.built = False  # the query's layer is still to be built
            return self.values
        if not self._memory_initialized:
            raise ValueError("Cannot query the attention before the setup of memory")
        if len(inputs) not in (2, 3):
            raise ValueError(
                "Expect the inputs to have query, state, and optional processed memory, got "
                f"{len(inputs)} items"
            )
        return self._calculate_attention(inputs[0], inputs[1])

    def _setup_memory(
        self, memory: Any, memory_sequence_length: Any = None, memory_mask: Any = None
    ) -> None:
        if self._memory_initialized:
            raise ValueError("The memory for the attention has already been setup.")
        if memory_sequence_length is not None and memory_mask is not None:
            raise ValueError(
                "memory_sequence_length and memory_mask cannot be used at same time for attention."
            )
        with name_scope(self.name, "BaseAttentionMechanismInit", nest.flatten(memory)):
            self.values = _prepare_memory(
                memory,
                memory_sequence_length=memory_sequence_length,
                memory_mask=memory_mask,
                check_inner_dims_defined=self._check_inner_dims_defined,
            )
            layer = self.memory_layer
            self.keys = self.values if layer is None else layer(self.values)
            shape = self.keys.shape
            self.batch_size = dimension_value(shape[0]) or array_ops.shape(self.keys)[0]
            self._alignments_size = dimension_value(shape[1]) or array_ops.shape(self.keys)[1]
            if memory_mask is not None:
                plain = self.probability_fn

                def of_masked(score: Tensor, previous: Any) -> Any:
                    masked = _maybe_mask_score(
                        score, memory_mask=memory_mask, score_mask_value=self.score_mask_value
                    )
                    return plain(masked, previous)

                self.probability_fn = of_masked
        self._memory_initialized = True

    def _calculate_attention(self, query: Any, state: Any) -> Any:
        raise NotImplementedError("_calculate_attention need to be implemented by subclasses.")

    def _answer(self, score: Any, state: Any) -> Any:
        alignments = self.probability_fn(score, state)
        return alignments, alignments

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """No masks for the two results."""
        return None, None

    def get_config(self) -> dict[str, Any]:
        """The arguments to make the layer again, without the memory."""
        config: dict[str, Any] = {}
        for label, layer in (
            ("query_layer", self.query_layer),
            ("memory_layer", self.memory_layer),
        ):
            if layer is not None:
                config[label] = {
                    "class_name": type(layer).__name__,
                    "config": layer.get_config(),
                }
        return {**super().get_config(), **config, "memory": None, **self._own_config()}

    def _own_config(self) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The layer of a configuration."""
        return cls(**cls.deserialize_inner_layer_from_config(config, custom_objects))

    @classmethod
    def deserialize_inner_layer_from_config(
        cls, config: dict[str, Any], custom_objects: Any
    ) -> dict[str, Any]:
        """A configuration with the layers in it made."""
        config = dict(config)
        for label in ("query_layer", "memory_layer"):
            inner = config.pop(label, None)
            if inner:
                config[label] = deserialize(inner, custom_objects=custom_objects)
        return config

    def _process_probability_fn(self, func_name: str) -> Callable[[Any], Any]:
        known = {"softmax": nn_ops.softmax, "hardmax": hardmax}
        if func_name not in known:
            raise ValueError(
                f"Invalid probability function: {func_name}, options are {known.keys()}"
            )
        return known[func_name]

    @property
    def alignments_size(self) -> Any:
        """The number of places in the memory."""
        return self._alignments_size

    @property
    def state_size(self) -> Any:
        """The size of the state, which is the alignments."""
        return self._alignments_size

    def initial_alignments(self, batch_size: Any, dtype: Any) -> Any:
        """Zeros."""
        return _zero_state_tensors(self._alignments_size, batch_size, dtype)

    def initial_state(self, batch_size: Any, dtype: Any) -> Any:
        """The alignments to begin with."""
        return self.initial_alignments(batch_size, dtype)


def _units(kwargs: dict[str, Any], label: str, units: Any, dtype: Any) -> Layer:
    """The layer that is given for the memory or queries, or a new one."""
    return kwargs.pop(label, None) or Dense(units, name=label, use_bias=False, dtype=dtype)


class _Luong(_BaseAttentionMechanismV2):
    """Scores are products of queries and keys."""

    units: Any
    scale: bool

    def _score(self, query: Any, factor: Any) -> Any:
        return _luong_score(query, self.keys, factor)


class _Bahdanau(_BaseAttentionMechanismV2):
    """Scores are those of a small network."""

    units: Any
    normalize: bool
    kernel_initializer: Any

    def _keep(self, units: Any, normalize: bool, kernel_initializer: Any) -> None:
        self.units = units
        self.normalize = normalize
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.attention_v = self.attention_g = self.attention_b = None

    def build(self, input_shape: Any) -> None:
        """Makes the weights."""
        super().build(input_shape)
        if self.attention_v is None:
            self.attention_v = self.add_weight(
                "attention_v",
                [self.units],
                dtype=self.dtype,
                initializer=self.kernel_initializer,
            )
        self._build_bias()
        if self.normalize and self.attention_g is None and self.attention_b is None:
            self.attention_g = self.add_weight(
                "attention_g",
                initializer=init_ops.constant_initializer(math.sqrt(1.0 / self.units)),
                shape=(),
            )
            self.attention_b = self.add_weight(
                "attention_b", shape=[self.units], initializer=init_ops.zeros_initializer()
            )
        self.built = True

    def _build_bias(self) -> None:
        """Makes the bias of scores, if there is one."""

    def _score(self, query: Any) -> Any:
        query = self.query_layer(query) if self.query_layer else query
        return _bahdanau_score(
            query,
            self.keys,
            self.attention_v,
            attention_g=self.attention_g,
            attention_b=self.attention_b,
        )


class LuongAttentionV2(_Luong):
    """Attention by products of queries and keys.

    Args:
      units: The size of the keys.
      memory: [batch, time, ...], or None.
      memory_sequence_length: [batch] ints: how much of the memory counts.
      scale: Whether scores have a factor that is learnt.
      probability_fn: "softmax" or "hardmax".
      dtype: The type of the weights (default: float32).
      name: The layer's name.
      **kwargs: `memory_layer`, and as of `tf.keras.layers.Layer`.
    """

    def __init__(
        self,
        units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        scale: bool = False,
        probability_fn: str = "softmax",
        dtype: Any = None,
        name: str = "LuongAttention",
        **kwargs: Any,
    ) -> None:
        self.probability_fn_name = probability_fn
        function = self._process_probability_fn(probability_fn)
        dtype = dtypes.float32 if dtype is None else dtype
        memory_layer = _units(kwargs, "memory_layer", units, dtype)
        self.units = units
        self.scale = scale
        self.scale_weight = None
        super().__init__(
            memory=memory,
            memory_sequence_length=memory_sequence_length,
            query_layer=None,
            memory_layer=memory_layer,
            probability_fn=lambda score, _: function(score),
            name=name,
            dtype=dtype,
            **kwargs,
        )

    def build(self, input_shape: Any) -> None:
        """Makes the weights."""
        super().build(input_shape)
        if self.scale and self.scale_weight is None:
            self.scale_weight = self.add_weight(
                "attention_g", initializer=init_ops.ones_initializer, shape=()
            )
        self.built = True

    def _calculate_attention(self, query: Any, state: Any) -> Any:
        return self._answer(self._score(query, self.scale_weight), state)

    def _own_config(self) -> dict[str, Any]:
        return {
            "units": self.units,
            "scale": self.scale,
            "probability_fn": self.probability_fn_name,
        }


class BahdanauAttentionV2(_Bahdanau):
    """Attention by a small network.

    Args:
      units: The size of its hidden layer.
      memory: [batch, time, ...], or None.
      memory_sequence_length: [batch] ints: how much of the memory counts.
      normalize: Whether its last weights are normalized.
      probability_fn: "softmax" or "hardmax".
      kernel_initializer: For its last weights.
      dtype: The type of the weights (default: float32).
      name: The layer's name.
      **kwargs: `query_layer`, `memory_layer`, and as of `tf.keras.layers.Layer`.
    """

    def __init__(
        self,
        units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        normalize: bool = False,
        probability_fn: str = "softmax",
        kernel_initializer: Any = "glorot_uniform",
        dtype: Any = None,
        name: str = "BahdanauAttention",
        **kwargs: Any,
    ) -> None:
        self.probability_fn_name = probability_fn
        function = self._process_probability_fn(probability_fn)
        dtype = dtypes.float32 if dtype is None else dtype
        query_layer = _units(kwargs, "query_layer", units, dtype)
        memory_layer = _units(kwargs, "memory_layer", units, dtype)
        self._keep(units, normalize, kernel_initializer)
        super().__init__(
            memory=memory,
            memory_sequence_length=memory_sequence_length,
            query_layer=query_layer,
            memory_layer=memory_layer,
            probability_fn=lambda score, _: function(score),
            name=name,
            dtype=dtype,
            **kwargs,
        )

    def _calculate_attention(self, query: Any, state: Any) -> Any:
        return self._answer(self._score(query), state)

    def _own_config(self) -> dict[str, Any]:
        return {
            "units": self.units,
            "normalize": self.normalize,
            "probability_fn": self.probability_fn_name,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
        }


class _BaseMonotonicAttentionMechanismV2(_BaseAttentionMechanismV2):
    """Goes through the memory from its first place on."""

    sigmoid_noise: Any
    sigmoid_noise_seed: Any
    score_bias_init: Any
    mode: str

    def _keep_walk(self, noise: Any, seed: Any, score_bias_init: Any, mode: str) -> Any:
        """Keeps the arguments; gives the function of scores and state."""
        self.sigmoid_noise = noise
        self.sigmoid_noise_seed = seed
        self.score_bias_init = score_bias_init
        self.mode = mode
        self.attention_score_bias: Any = None
        return functools.partial(
            _monotonic_probability_fn, sigmoid_noise=noise, mode=mode, seed=seed
        )

    def _build_bias(self) -> None:
        if self.attention_score_bias is None:
            self.attention_score_bias = self.add_weight(
                "attention_score_bias",
                shape=(),
                dtype=self.dtype,
                initializer=init_ops.constant_initializer(self.score_bias_init),
            )

    def _walk_config(self) -> dict[str, Any]:
        return {
            "sigmoid_noise": self.sigmoid_noise,
            "sigmoid_noise_seed": self.sigmoid_noise_seed,
            "score_bias_init": self.score_bias_init,
            "mode": self.mode,
        }

    def initial_alignments(self, batch_size: Any, dtype: Any) -> Any:
        """All attention on the first place."""
        places = array_ops.zeros((batch_size,), dtype=dtypes.int32)
        return array_ops.one_hot(places, self._alignments_size, dtype=dtype)


class BahdanauMonotonicAttentionV2(_BaseMonotonicAttentionMechanismV2, _Bahdanau):
    """Monotonic attention by a small network.

    Args:
      units, memory, memory_sequence_length, normalize, kernel_initializer, dtype, name, **kwargs:
        As BahdanauAttentionV2's.
      sigmoid_noise: The deviation of noise that is added to scores.
      sigmoid_noise_seed: For the noise.
      score_bias_init: The bias of scores to begin with.
      mode: "recursive", "parallel" or "hard".
    """

    def __init__(
        self,
        units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        normalize: bool = False,
        sigmoid_noise: float = 0.0,
        sigmoid_noise_seed: int | None = None,
        score_bias_init: float = 0.0,
        mode: str = "parallel",
        kernel_initializer: Any = "glorot_uniform",
        dtype: Any = None,
        name: str = "BahdanauMonotonicAttention",
        **kwargs: Any,
    ) -> None:
        dtype = dtypes.float32 if dtype is None else dtype
        function = self._keep_walk(sigmoid_noise, sigmoid_noise_seed, score_bias_init, mode)
        query_layer = _units(kwargs, "query_layer", units, dtype)
        memory_layer = _units(kwargs, "memory_layer", units, dtype)
        self._keep(units, normalize, kernel_initializer)
        super().__init__(
            memory=memory,
            memory_sequence_length=memory_sequence_length,
            query_layer=query_layer,
            memory_layer=memory_layer,
            probability_fn=function,
            name=name,
            dtype=dtype,
            **kwargs,
        )

    def _calculate_attention(self, query: Any, state: Any) -> Any:
        return self._answer(self._score(query) + self.attention_score_bias, state)

    def _own_config(self) -> dict[str, Any]:
        return {
            "units": self.units,
            "normalize": self.normalize,
            **self._walk_config(),
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
        }


class LuongMonotonicAttentionV2(_BaseMonotonicAttentionMechanismV2, _Luong):
    """Monotonic attention by products of queries and keys.

    Args:
      units, memory, memory_sequence_length, scale, dtype, name, **kwargs: As LuongAttentionV2's.
      sigmoid_noise, sigmoid_noise_seed, score_bias_init, mode: As BahdanauMonotonicAttentionV2's.
    """

    def __init__(
        self,
        units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        scale: bool = False,
        sigmoid_noise: float = 0.0,
        sigmoid_noise_seed: int | None = None,
        score_bias_init: float = 0.0,
        mode: str = "parallel",
        dtype: Any = None,
        name: str = "LuongMonotonicAttention",
        **kwargs: Any,
    ) -> None:
        dtype = dtypes.float32 if dtype is None else dtype
        function = self._keep_walk(sigmoid_noise, sigmoid_noise_seed, score_bias_init, mode)
        memory_layer = _units(kwargs, "memory_layer", units, dtype)
        self.units = units
        self.scale = scale
        self.attention_g = None
        super().__init__(
            memory=memory,
            memory_sequence_length=memory_sequence_length,
            query_layer=None,
            memory_layer=memory_layer,
            probability_fn=function,
            name=name,
            dtype=dtype,
            **kwargs,
        )

    def build(self, input_shape: Any) -> None:
        """Makes the weights."""
        super().build(input_shape)
        if self.scale and self.attention_g is None:
            self.attention_g = self.add_weight(
                "attention_g", initializer=init_ops.ones_initializer, shape=()
            )
        self._build_bias()
        self.built = True

    def _calculate_attention(self, query: Any, state: Any) -> Any:
        return self._answer(self._score(query, self.attention_g) + self.attention_score_bias, state)

    def _own_config(self) -> dict[str, Any]:
        return {"units": self.units, "scale": self.scale, **self._walk_config()}
